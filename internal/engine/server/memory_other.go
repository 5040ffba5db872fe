//go:build !linux

package server

import "runtime"

// memoryOfTrees returns what this process has from the system, in bytes: other
// systems do not tell a process about the memory of its children.
func memoryOfTrees(...int) int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys - m.HeapReleased)
}
