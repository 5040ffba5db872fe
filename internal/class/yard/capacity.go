package yard

import (
	"runtime"

	"kubetutor/internal/lab"
)

// What an awake lab takes, measured (see Capacity), and what is left to the server
// and the system.
const (
	labMemory  = 450 << 20
	rest       = 2 << 30
	labsOfCore = 4
)

// Capacity is how many labs may be awake at once on a machine of so many bytes of
// memory and so many processors, at least 1.
func Capacity(memory int64, processors int) int {
	return max(1, min(int((memory-rest)/labMemory), labsOfCore*processors))
}

// capacityHere is that of this machine.
func capacityHere() int {
	total, _, err := lab.Memory()
	if err != nil {
		return max(1, runtime.NumCPU())
	}
	return Capacity(total, runtime.NumCPU())
}
