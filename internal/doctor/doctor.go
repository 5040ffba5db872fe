// Package doctor looks for what a learner could trip over on a machine: in the
// terminal, in the directories, with the engine, in the settings.
//
// Gathering facts and judging them are apart. Facts are what was seen; functions
// that see them ([LookAtPlace], [AskTmux] and so on) change nothing and start
// nothing that lasts. [Examine] is pure: the same facts give the same findings,
// which is how each of them can be tried on any machine.
package doctor

import (
	"time"

	"kubetutor/internal/lab"
)

// Level says how much a finding matters.
type Level string

// The levels.
const (
	Fine    Level = "ok"      // as it should be, or as good
	Note    Level = "note"    // it works, but something could be better, or is not to be had here
	Problem Level = "problem" // something will not work before it is mended
)

// Finding is what was found about one subject. Its words are those of package
// i18n, by its ID.
type Finding struct {
	ID    string // such as terminal-small
	Level Level
	Data  map[string]string // what the words are about, by the names in them
}

// Facts are what was seen. The zero value of a part means that nothing is known
// of it, of which nothing is said.
type Facts struct {
	OS       string // as runtime.GOOS
	Terminal Terminal
	Data     Place
	Engine   Engine
	Clusters []lab.Remains
	Settings Settings
	Lessons  Lessons
	Clock    Clock
	Class    Class
}

// Group is a part of the findings under a common heading.
type Group struct {
	ID       string
	Findings []Finding
}

// Examine judges facts, group by group.
func Examine(f Facts) []Group {
	return []Group{
		{"terminal", f.Terminal.examine(f.OS)},
		{"files", append(f.files(), f.Clock.examine()...)},
		{"lessons", append(f.Lessons.examine(), f.Settings.examine()...)},
		{"engine", f.Engine.examine(f.OS)},
		{"clusters", f.clusters()},
		{"class", f.Class.examine()},
	}
}

// Worst is the highest level among findings; Fine where there are none.
func Worst(groups []Group) Level {
	worst := Fine
	for _, g := range groups {
		for _, x := range g.Findings {
			if x.Level == Problem || x.Level == Note && worst == Fine {
				worst = x.Level
			}
		}
	}
	return worst
}

// of makes a finding; data are names and values in turn.
func of(id string, level Level, data ...string) Finding {
	x := Finding{ID: id, Level: level, Data: map[string]string{}}
	for i := 0; i+1 < len(data); i += 2 {
		x.Data[data[i]] = data[i+1]
	}
	return x
}

// Clock is what this machine takes for the time, and the newest time in the
// tutor's files.
type Clock struct {
	Now    time.Time
	Newest time.Time
	File   string // that is of that time
}

// slack is how far clocks of file servers may be ahead.
const slack = time.Hour

// examine finds a clock that stands behind: certificates would not be valid yet,
// and days of reviews not come. That one is ahead cannot be seen.
func (c Clock) examine() []Finding {
	switch {
	case c.Now.IsZero():
		return nil
	case c.Newest.After(c.Now.Add(slack)):
		return []Finding{of("clock-behind", Problem, "now", stamp(c.Now), "newest", stamp(c.Newest), "file", c.File)}
	}
	return []Finding{of("clock", Fine, "now", stamp(c.Now))}
}

func stamp(t time.Time) string { return t.Format("2006-01-02 15:04") }
