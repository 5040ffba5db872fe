package yard

import (
	"runtime"

	"kubetutor/internal/lab"
)

// What Capacity counts with. Measured on two cores, with the proportional set size
// (PSS) of all processes of a lab at rest, the program's own pages shared by several
// labs: with three nodes 380 MB for each lab after the first (520 MB alone), and 6 to
// 9 % of a core; without nodes 260 to 290 MB, and 1 %. A command in each console adds
// 20 MB. A start takes 2 s of a core without nodes and 4.5 s with them, a wake 1.5 s
// and 2.5 s.
const (
	labMemory  = 450 << 20 // of a lab with nodes that is worked in
	restMemory = 2 << 30   // of the server, the system and the instructor's own programs
	labsOfCore = 4         // at rest they take a third of it; the rest is for what is typed, and for starts
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
