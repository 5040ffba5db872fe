package yard

import (
	"runtime"

	"kubetutor/internal/lab"
)

// What Capacity counts with. Measured on two cores, with the proportional set size
// (PSS) of all processes of a lab at rest, the program's own pages shared by several
// labs: with three nodes 380 MB for each lab after the first (520 MB alone), and 10 %
// of a core; without nodes 260 to 290 MB, and 1 %. A command in each console adds 20
// MB. A start takes 2 s of a core without nodes and 4.5 s with them, a wake 1.5 s and
// 2.5 s. With eight labs with nodes awake on these two cores, and a kubectl in each
// every 3 s, 3 ms of the server's work on a key were done within 36 ms (p99; 12 ms
// with four labs, 2 ms at the median with eight).
const (
	labMemory  = 450 << 20 // of a lab with nodes that is worked in
	restMemory = 2 << 30   // of the server, the system and the instructor's own programs
	labsOfCore = 4         // at rest they take 40 % of it; the rest is for what is typed, and for starts
)

// Capacity is how many labs may be awake at once on a machine of so many bytes of
// memory and so many processors, at least 1: as many as its memory holds, and at most
// four for each processor. Eight cores with 16 GB carry 31.
func Capacity(memory int64, processors int) int {
	return max(1, min(int((memory-restMemory)/labMemory), labsOfCore*processors))
}

// capacityHere is that of this machine; where its memory is not known, one lab for
// each processor.
func capacityHere() int {
	total, _, err := lab.Memory()
	if err != nil {
		return runtime.NumCPU()
	}
	return Capacity(total, runtime.NumCPU())
}
