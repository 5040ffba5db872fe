package doctor

import (
	"strconv"
	"strings"
)

// Settings is the learner's file of settings, and what is wrong in it.
type Settings struct {
	File   string
	Exists bool
	Err    error    // why it is not known where it is
	Faults []string // worded
}

func (s Settings) examine() (found []Finding) {
	for _, fault := range s.Faults {
		found = append(found, of("settings-fault", Problem, "fault", strings.TrimSpace(fault)))
	}
	switch {
	case s.Err != nil:
		return []Finding{of("settings-nowhere", Note, "error", s.Err.Error())}
	case found != nil || s.File == "":
		return found
	case !s.Exists:
		return []Finding{of("settings-none", Fine, "file", s.File)}
	}
	return []Finding{of("settings", Fine, "file", s.File)}
}

// Lessons are those of the course, and the packs that could not be joined to it.
type Lessons struct {
	Count   int
	Err     error    // why there is no course
	LeftOut []string // one sentence for each pack
}

func (l Lessons) examine() (found []Finding) {
	switch {
	case l.Err != nil:
		found = append(found, of("lessons-broken", Problem, "error", l.Err.Error()))
	case l.Count > 0:
		found = append(found, of("lessons", Fine, "count", strconv.Itoa(l.Count)))
	}
	for _, fault := range l.LeftOut {
		found = append(found, of("pack-fault", Problem, "fault", strings.TrimSpace(fault)))
	}
	return found
}
