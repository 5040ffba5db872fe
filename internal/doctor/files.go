package doctor

import "kubetutor/internal/lab"

// Place is a directory that the tutor writes to, or would make.
type Place struct {
	Dir     string // "" where it is not known which
	Err     error  // why it is not known which
	Above   string // the nearest directory that is there: itself, or one above
	Denied  error  // why nothing can be written there
	Free    int64  // bytes that can still be written there, -1 where that is not known
	Network bool   // it is on a network file system
	NoExec  bool   // programs there cannot be executed
}

// What a year of progress, and a cluster with three nodes and their volumes,
// want of a disk.
const (
	dataWanted  = 64 << 20
	stateWanted = 1 << 30
)

func (f Facts) files() []Finding {
	found := f.Data.examine("data", dataWanted)
	found = append(found, f.Engine.State.examine("state", stateWanted)...)
	if f.Engine.Cache.Denied != nil {
		found = append(found, of("cache-unwritable", Note, "dir", f.Engine.Cache.Dir, "error", f.Engine.Cache.Denied.Error()))
	}
	return append(found, f.Engine.sockets()...)
}

// examine judges a place by what it is for.
func (p Place) examine(what string, wanted int64) []Finding {
	switch {
	case p.Err != nil:
		return []Finding{of(what+"-nowhere", Problem, "error", p.Err.Error())}
	case p.Dir == "":
		return nil
	case p.Denied != nil:
		return []Finding{of(what+"-unwritable", Problem, "dir", p.Dir, "above", p.Above, "error", p.Denied.Error())}
	case p.Free >= 0 && p.Free < wanted:
		return []Finding{of(what+"-full", Problem, "dir", p.Dir, "free", lab.Gigabytes(p.Free), "wanted", lab.Gigabytes(wanted))}
	case p.Network:
		return []Finding{of(what+"-network", Note, "dir", p.Dir)}
	}
	return []Finding{of(what, Fine, "dir", p.Dir)}
}

// sockets is about the directory that daemons listen in, which nobody else may
// have a hand in.
func (e Engine) sockets() []Finding {
	place := e.Sockets
	switch {
	case place.Dir == "":
		return nil
	case e.Site.Untrusted != nil:
		return []Finding{of("sockets-untrusted", Problem, "dir", place.Dir, "error", e.Site.Untrusted.Error())}
	case place.Denied != nil:
		return []Finding{of("sockets-unwritable", Problem, "dir", place.Dir, "above", place.Above, "error", place.Denied.Error())}
	case e.Site.TooLong != "":
		return []Finding{of("sockets-elsewhere", Note, "dir", place.Dir, "long", e.Site.TooLong)}
	}
	return []Finding{of("sockets", Fine, "dir", place.Dir)}
}
