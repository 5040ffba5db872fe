package doctor

import (
	"cmp"
	"go/version"
	"strconv"

	"kubetutor/internal/lab"
)

// Engine is what labs need.
type Engine struct {
	Known    bool // it was looked at
	Site     lab.Site
	Program  Place // where the engine's program is, or would be
	Cache    Place
	State    Place
	Sockets  Place
	Machine  lab.Machine
	Go       lab.Toolchain
	Landlock int    // version of Linux's Landlock; 0 where there is none
	Files    uint64 // how many files a process may have open; 0 where that is not known
	Loopback error  // why nothing can listen on 127.0.0.1
}

// supported tells whether there is an engine for a system.
func supported(os string) bool { return os == "linux" || os == "darwin" }

// examine says where the engine stands, what building it wants where it has to be
// built, and what running it wants.
func (e Engine) examine(os string) []Finding {
	if !e.Known {
		return nil
	}
	found := e.program(os)
	if !supported(os) {
		return found
	}
	if e.Site.Engine.State == lab.EngineUnknown {
		found = append(found, e.build()...)
	}
	if os != "linux" {
		found = append(found, of("engine-untried", Note, "os", os))
	}
	found = append(found, e.memory()...)
	found = append(found, e.confinement(os)...)
	return append(found, e.limits()...)
}

func (e Engine) program(os string) []Finding {
	s := e.Site
	switch {
	case !supported(os) && s.Engine.State != lab.EngineReady:
		return []Finding{of("engine-unsupported", Note, "os", os)}
	case s.Engine.State == lab.EngineReady && e.Program.NoExec:
		return []Finding{of("engine-noexec", Problem, "file", s.Engine.File)}
	case s.Engine.State == lab.EngineReady && s.Explicit && s.Wanted != "" && s.Engine.ID != s.Wanted:
		return []Finding{of("engine-other", Note, "file", s.Engine.File, "id", cmp.Or(s.Engine.ID, "?"), "wanted", s.Wanted)}
	case s.Engine.State == lab.EngineReady:
		return []Finding{of("engine", Fine, "file", s.Engine.File, "id", cmp.Or(s.Engine.ID, "?"))}
	}
	found := e.stray()
	if s.Engine.State == lab.EngineMissing && found == nil {
		found = append(found, of("engine-missing", Problem, "reason", s.Engine.Reason))
	}
	return found
}

// stray finds a kubelab beside kubetutor that is not used, and why.
func (e Engine) stray() []Finding {
	p := e.Site.Beside
	level := Problem
	if e.Site.Source != "" {
		level = Note // the right one will be built
	}
	switch {
	case p.File == "":
		return nil
	case p.Err != nil:
		return []Finding{of("engine-broken", level, "file", p.File, "error", p.Err.Error())}
	}
	return []Finding{of("engine-stray", level, "file", p.File, "id", cmp.Or(p.ID, "?"), "wanted", e.Site.Wanted)}
}

// build is about an engine that has to be built before the first lab.
func (e Engine) build() []Finding {
	found := []Finding{of("engine-unbuilt", Fine, "source", e.Site.Source)}
	for _, part := range [][]Finding{e.compiler(), e.modules(), e.room()} {
		found = append(found, part...)
	}
	return found
}

func (e Engine) compiler() []Finding {
	t := e.Go
	switch {
	case t.File == "":
		return []Finding{of("go-missing", Problem)}
	case t.Err != nil:
		return []Finding{of("go-broken", Problem, "error", t.Err.Error())}
	case version.Compare(t.Version, "go"+t.Wanted) >= 0:
		return []Finding{of("go", Fine, "version", t.Version, "file", t.File)}
	case t.Fetches && !t.Offline:
		return []Finding{of("go-fetched", Note, "version", t.Version, "wanted", t.Wanted)}
	}
	return []Finding{of("go-old", Problem, "version", t.Version, "wanted", t.Wanted)}
}

func (e Engine) modules() []Finding {
	switch {
	case e.Go.File == "" || e.Go.Err != nil || e.Go.Modules != "":
		return nil
	case e.Go.Offline:
		return []Finding{of("modules-missing", Problem)}
	}
	return []Finding{of("modules-fetched", Note)}
}

// room is what the compiler and the linker want of the machine.
func (e Engine) room() (found []Finding) {
	m := e.Machine
	if m.Memory > 0 && m.MemoryFree < m.MemoryWanted {
		found = append(found, of("build-memory", Problem, "free", lab.Gigabytes(m.MemoryFree), "wanted", lab.Gigabytes(m.MemoryWanted)))
	}
	if m.DiskFree > 0 && m.DiskFree < m.DiskWanted {
		found = append(found, of("build-disk", Problem, "free", lab.Gigabytes(m.DiskFree), "wanted", lab.Gigabytes(m.DiskWanted), "dir", m.Disk))
	}
	if e.Cache.Denied == nil && e.Cache.NoExec {
		found = append(found, of("build-noexec", Problem, "dir", e.Cache.Dir))
	}
	return found
}

// clusterMemory is what three nodes and their control plane use with a few Pods,
// and some room.
const clusterMemory = 700 << 20

func (e Engine) memory() []Finding {
	m := e.Machine
	switch {
	case m.Memory == 0:
		return nil
	case m.MemoryFree < clusterMemory:
		return []Finding{of("memory-low", Problem, "free", lab.Gigabytes(m.MemoryFree), "wanted", lab.Gigabytes(clusterMemory))}
	}
	return []Finding{of("memory", Fine, "free", lab.Gigabytes(m.MemoryFree), "all", lab.Gigabytes(m.Memory))}
}

// networkLandlock is the first version of Landlock that knows of ports.
const networkLandlock = 4

// confinement is about the kernel's part in keeping what a learner types away
// from the learner's files.
func (e Engine) confinement(os string) []Finding {
	abi := strconv.Itoa(e.Landlock)
	switch {
	case os != "linux":
		return []Finding{of("confinement-none", Note)}
	case e.Landlock == 0:
		return []Finding{of("landlock-none", Note)}
	case e.Landlock < networkLandlock:
		return []Finding{of("landlock-old", Note, "version", abi)}
	}
	return []Finding{of("landlock", Fine, "version", abi)}
}

// fewFiles is too few open files for an API server with its watches.
const fewFiles = 1024

func (e Engine) limits() (found []Finding) {
	if e.Files > 0 && e.Files < fewFiles {
		found = append(found, of("files-few", Problem, "limit", strconv.FormatUint(e.Files, 10), "wanted", strconv.Itoa(fewFiles)))
	}
	if e.Loopback != nil {
		return append(found, of("loopback-closed", Problem, "error", e.Loopback.Error()))
	}
	return append(found, of("loopback", Fine))
}
