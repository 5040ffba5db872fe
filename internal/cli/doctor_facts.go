package cli

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/charmbracelet/colorprofile"

	"kubetutor/internal/class/yard"
	"kubetutor/internal/doctor"
	"kubetutor/internal/lab"
)

// facts looks at this machine, changing nothing.
func (f *Factory) facts(ctx context.Context) doctor.Facts {
	facts := doctor.Facts{OS: runtime.GOOS, Terminal: f.terminalFacts(ctx), Data: f.dataFacts()}
	facts.Lessons, facts.Settings = f.lessonFacts(), f.settingsFacts()
	labs, err := f.Labs()
	if err != nil {
		facts.Engine.State.Err = err
	} else {
		facts.Engine = engineFacts(ctx, labs)
		facts.Clusters = labs.Remains(ctx)
	}
	facts.Class = classFacts(facts.Engine.Machine.Memory)
	facts.Clock = doctor.LookAtClock(time.Now(), facts.Data.Dir, facts.Engine.State.Dir, f.executable())
	return facts
}

// classFacts tells whether a class could be taught from here.
func classFacts(memory int64) doctor.Class {
	c := doctor.Class{Known: true, Confined: yard.Confined(), Port: defaultPort, Labs: yard.Capacity(memory, runtime.NumCPU())}
	if l, err := net.Listen("tcp", net.JoinHostPort("", strconv.Itoa(defaultPort))); err == nil {
		_ = l.Close() // it could be had, which is all
	} else {
		c.Taken = true
	}
	if all, err := reachable(); err == nil && len(all) > 0 {
		c.Address = all[0].String()
	}
	return c
}

// executable is this program's file, which is no newer than now.
func (f *Factory) executable() string {
	file, err := os.Executable()
	if err != nil {
		return ""
	}
	return file
}

func (f *Factory) terminalFacts(ctx context.Context) doctor.Terminal {
	t := doctor.Terminal{Known: true, Present: f.IO.Terminal(), Env: f.Env, Locale: f.locale()}
	t.UTF8 = isUTF8(t.Locale)
	if !t.Present {
		return t
	}
	t.Columns, t.Rows = f.IO.Size()
	t.Colours = colours(colorprofile.Env(f.Environ))
	t.Ambiguous = doctor.AmbiguousWidth(f.terminal())
	if f.Env("TMUX") != "" {
		t.Tmux = doctor.AskTmux(ctx, f.Environ)
	}
	t.Editor = f.editor()[0]
	t.EditorMissing = !doctor.OnPath(t.Editor, f.Env("PATH"))
	return t
}

// locale is the one that says which characters there are.
func (f *Factory) locale() string {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := f.Env(name); value != "" {
			return value
		}
	}
	return ""
}

// colours is how many colours a profile has, 0 for none.
func colours(p colorprofile.Profile) int {
	return map[colorprofile.Profile]int{colorprofile.TrueColor: 1 << 24, colorprofile.ANSI256: 256, colorprofile.ANSI: 16}[p]
}

func (f *Factory) dataFacts() doctor.Place {
	dir, err := f.dataDir()
	if err != nil {
		return doctor.Place{Err: err}
	}
	return doctor.LookAtPlace(dir)
}

// lessonFacts reads the course as the tutor does; what is said about packs that
// are left out becomes part of the findings.
func (f *Factory) lessonFacts() doctor.Lessons {
	f.onScreen = true
	c, err := f.Course()
	if err != nil {
		return doctor.Lessons{Err: err}
	}
	return doctor.Lessons{Count: len(c.Lessons()), LeftOut: f.leftOut}
}

func (f *Factory) settingsFacts() doctor.Settings {
	file, err := f.Settings()
	if err != nil {
		return doctor.Settings{Err: err}
	}
	s := doctor.Settings{File: file.Path, Exists: file.Exists}
	for _, fault := range file.Faults {
		s.Faults = append(s.Faults, fault.In(file.Path, f.Lang()))
	}
	return s
}

func engineFacts(ctx context.Context, labs *lab.Labs) doctor.Engine {
	s := labs.Site()
	e := doctor.Engine{
		Known: true, Site: s, Machine: labs.Machine(), Landlock: doctor.Landlock(), Files: doctor.OpenFiles(), Loopback: lab.Loopback(0),
		Cache: doctor.LookAtPlace(s.Cache), State: doctor.LookAtPlace(s.State), Sockets: doctor.LookAtPlace(s.Sockets),
	}
	if s.Engine.File != "" {
		e.Program = doctor.LookAtPlace(filepath.Dir(s.Engine.File))
	}
	if s.Engine.State == lab.EngineUnknown {
		e.Go = labs.Toolchain(ctx)
	}
	return e
}
