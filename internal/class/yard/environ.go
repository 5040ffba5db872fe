package yard

import (
	"fmt"
	"slices"
	"strings"
)

// What engines get to be small and to leave the processor to the server.
const (
	// giveWay is the nice value of engines: a key that a learner presses is more
	// important than a controller's round.
	giveWay = 5
	// memoryLimit is the soft limit of an engine's heap (GOMEMLIMIT): the collector
	// works harder where a lab has grown beyond it.
	memoryLimit = 400 << 20
	// threads is how many processors one engine uses at the same time (GOMAXPROCS).
	threads = 2
)

// Scrub is what an engine gets of an environment: what programs need to run and to
// tell the time, and nothing that names files, clusters, tools or secrets of whoever
// serves the class.
func Scrub(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return !slices.Contains([]string{"PATH", "TZ", "TMPDIR", "SYSTEMROOT", "GOCOVERDIR"}, name)
	})
}

// environ is that of a learner's engine: its home is the lab's state. The cache is
// where the engine's program is found that all have in common.
func environ(all []string, state, sockets, cache string) []string {
	return append(Scrub(all),
		"HOME="+state, "XDG_STATE_HOME="+state, "XDG_CACHE_HOME="+cache, "XDG_RUNTIME_DIR="+sockets,
		"LANG=C.UTF-8", fmt.Sprintf("GOMEMLIMIT=%d", memoryLimit), fmt.Sprintf("GOMAXPROCS=%d", threads),
	)
}
