package controlplane

import "runtime/debug"

// startGC is GOGC while a control plane starts: what it allocates then mostly
// stays, and on two cores the collector would take a fifth of the time.
const startGC = 400

// lessCollection slows the garbage collector down until the returned function
// is called, which gives unused memory back to the system.
func lessCollection() (end func()) {
	old := debug.SetGCPercent(startGC)
	return func() {
		debug.SetGCPercent(old)
		go debug.FreeOSMemory()
	}
}
