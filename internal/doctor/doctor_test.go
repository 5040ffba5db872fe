package doctor_test

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/doctor"
	"kubetutor/internal/i18n"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
)

const wanted = "0123456789abcdef"

// sound is a machine on which nothing is in the way, with the engine of a release.
func sound() doctor.Facts {
	place := func(dir string) doctor.Place { return doctor.Place{Dir: dir, Above: dir, Free: 50 << 30} }
	return doctor.Facts{
		OS: "linux",
		Terminal: doctor.Terminal{
			Known: true, Present: true, Columns: 120, Rows: 40, Env: env("TERM=xterm-256color"),
			Locale: "en_GB.UTF-8", UTF8: true, Colours: 256, Ambiguous: 1, Editor: "vi",
		},
		Data: place("/home/a/.local/share/kubetutor"),
		Engine: doctor.Engine{
			Known: true,
			Site: lab.Site{
				Engine: lab.Engine{State: lab.EngineReady, ID: wanted, File: "/usr/bin/kubelab"}, Wanted: wanted,
				Cache: "/home/a/.cache/kubetutor", Sockets: "/run/user/1/kubetutor",
			},
			Program: place("/usr/bin"), Cache: place("/home/a/.cache/kubetutor"), State: place("/home/a/.local/state/kubetutor/clusters"),
			Sockets:  place("/run/user/1/kubetutor"),
			Machine:  lab.Machine{Memory: 16 << 30, MemoryFree: 8 << 30, MemoryWanted: 4 << 30, DiskFree: 50 << 30, DiskWanted: 6 << 30, Disk: "/home/a"},
			Landlock: 7, Files: 1 << 20,
		},
		Settings: doctor.Settings{File: "/home/a/.config/kubetutor/settings.yaml", Exists: true},
		Lessons:  doctor.Lessons{Count: 20},
		Clock:    doctor.Clock{Now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)},
	}
}

// fromSource is a machine that has a checkout and Go instead of a built engine.
func fromSource() doctor.Facts {
	f := sound()
	f.Engine.Site.Engine = lab.Engine{State: lab.EngineUnknown}
	f.Engine.Site.Source = "/src/kubetutor"
	f.Engine.Program = doctor.Place{}
	f.Engine.Go = lab.Toolchain{File: "/usr/local/go/bin/go", Version: "go1.26.8", Wanted: "1.26.0", Modules: "/home/a/go/pkg/mod"}
	return f
}

// missing is a machine with nothing to make an engine of.
func missing() doctor.Facts {
	f := sound()
	f.Engine.Site.Engine = lab.Engine{State: lab.EngineMissing, Reason: "The engine kubelab is not there."}
	return f
}

func env(vars ...string) func(string) string {
	return func(name string) string {
		for _, v := range vars {
			if value, ok := strings.CutPrefix(v, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

var errDenied = errors.New("permission denied")

// trouble is one change of a machine and what must be found then.
type trouble struct {
	id     string
	level  doctor.Level
	on     func() doctor.Facts // nil: sound
	change func(*doctor.Facts)
}

func terminalTroubles() []trouble {
	type facts = doctor.Facts
	return []trouble{
		{"terminal", doctor.Fine, nil, func(*facts) {}},
		{"terminal-none", doctor.Fine, nil, func(f *facts) { f.Terminal.Present = false }},
		{"terminal-size", doctor.Fine, nil, func(f *facts) { f.Terminal.Columns, f.Terminal.Rows = 80, 24 }},
		{"terminal-sizeless", doctor.Note, nil, func(f *facts) { f.Terminal.Rows = 0 }},
		{"terminal-small", doctor.Note, nil, func(f *facts) { f.Terminal.Columns = 79 }},
		{"terminal-small", doctor.Note, nil, func(f *facts) { f.Terminal.Rows = 23 }},
		{"terminal-tiny", doctor.Problem, nil, func(f *facts) { f.Terminal.Columns = 39 }},
		{"terminal-conhost", doctor.Note, nil, func(f *facts) { f.OS, f.Terminal.Env = "windows", env() }},
		{"terminal-unnamed", doctor.Problem, nil, func(f *facts) { f.Terminal.Env = env() }},
		{"terminal-dumb", doctor.Fine, nil, func(f *facts) { f.Terminal.Env = env("TERM=dumb") }},
		{"terminal-console", doctor.Note, nil, func(f *facts) { f.Terminal.Env = env("TERM=linux") }},
		{"locale", doctor.Fine, nil, func(*facts) {}},
		{"locale-none", doctor.Note, nil, func(f *facts) { f.Terminal.Locale, f.Terminal.UTF8 = "", false }},
		{"locale-not-utf8", doctor.Problem, nil, func(f *facts) { f.Terminal.Locale, f.Terminal.UTF8 = "zh_CN.GBK", false }},
		{"width", doctor.Fine, nil, func(*facts) {}},
		{"width-wide", doctor.Problem, nil, func(f *facts) { f.Terminal.Ambiguous = 2 }},
		{"colours", doctor.Fine, nil, func(*facts) {}},
		{"colours-few", doctor.Note, nil, func(f *facts) { f.Terminal.Colours = 16 }},
		{"colours-off", doctor.Fine, nil, func(f *facts) { f.Terminal.Env = env("TERM=xterm", "NO_COLOR=1") }},
		{"tmux", doctor.Fine, nil, tmux(20, "tmux-256color", "on")},
		{"tmux-escape", doctor.Note, nil, tmux(500, "tmux-256color", "on")},
		{"tmux-colours", doctor.Note, nil, tmux(20, "screen", "on")},
		{"tmux-clipboard", doctor.Note, nil, tmux(20, "tmux-256color", "external")},
		{"screen", doctor.Note, nil, func(f *facts) { f.Terminal.Env = env("TERM=screen-256color", "STY=1.pts-0") }},
		{"ssh", doctor.Fine, nil, func(f *facts) { f.Terminal.Env = env("TERM=xterm", "SSH_CONNECTION=10.0.0.1 1 10.0.0.2 22") }},
		{"editor", doctor.Fine, nil, func(*facts) {}},
		{"editor-missing", doctor.Note, nil, func(f *facts) { f.Terminal.EditorMissing = true }},
	}
}

func tmux(escape int, terminal, clipboard string) func(*doctor.Facts) {
	return func(f *doctor.Facts) {
		f.Terminal.Tmux = &doctor.Tmux{Escape: escape, Terminal: terminal, Clipboard: clipboard}
	}
}

func fileTroubles() []trouble {
	type facts = doctor.Facts
	return []trouble{
		{"data", doctor.Fine, nil, func(*facts) {}},
		{"data-nowhere", doctor.Problem, nil, func(f *facts) { f.Data = doctor.Place{Err: errors.New("no HOME")} }},
		{"data-unwritable", doctor.Problem, nil, func(f *facts) { f.Data.Denied = errDenied }},
		{"data-full", doctor.Problem, nil, func(f *facts) { f.Data.Free = 1 << 20 }},
		{"data-network", doctor.Note, nil, func(f *facts) { f.Data.Network = true }},
		{"state", doctor.Fine, nil, func(*facts) {}},
		{"state-nowhere", doctor.Problem, nil, func(f *facts) { f.Engine = doctor.Engine{State: doctor.Place{Err: errors.New("no HOME")}} }},
		{"state-unwritable", doctor.Problem, nil, func(f *facts) { f.Engine.State.Denied = errDenied }},
		{"state-full", doctor.Problem, nil, func(f *facts) { f.Engine.State.Free = 0 }},
		{"state-network", doctor.Note, nil, func(f *facts) { f.Engine.State.Network = true }},
		{"cache-unwritable", doctor.Note, nil, func(f *facts) { f.Engine.Cache.Denied = errDenied }},
		{"sockets", doctor.Fine, nil, func(*facts) {}},
		{"sockets-untrusted", doctor.Problem, nil, func(f *facts) { f.Engine.Site.Untrusted = errors.New("it is a link; remove it") }},
		{"sockets-unwritable", doctor.Problem, nil, func(f *facts) { f.Engine.Sockets.Denied = errDenied }},
		{"sockets-elsewhere", doctor.Note, nil, func(f *facts) { f.Engine.Site.TooLong = "/very/long" }},
		{"clock", doctor.Fine, nil, func(f *facts) { f.Clock.Newest = f.Clock.Now.Add(time.Minute) }},
		{"clock-behind", doctor.Problem, nil, func(f *facts) { f.Clock.Newest, f.Clock.File = f.Clock.Now.Add(48*time.Hour), "/f" }},
		{"lessons", doctor.Fine, nil, func(*facts) {}},
		{"lessons-broken", doctor.Problem, nil, func(f *facts) { f.Lessons = doctor.Lessons{Err: errors.New("x.yaml:1:1: no")} }},
		{"pack-fault", doctor.Problem, nil, func(f *facts) { f.Lessons.LeftOut = []string{"/pack is left out"} }},
		{"settings", doctor.Fine, nil, func(*facts) {}},
		{"settings-none", doctor.Fine, nil, func(f *facts) { f.Settings.Exists = false }},
		{"settings-nowhere", doctor.Note, nil, func(f *facts) { f.Settings = doctor.Settings{Err: errors.New("no HOME")} }},
		{"settings-fault", doctor.Problem, nil, func(f *facts) { f.Settings.Faults = []string{"settings.yaml:3:1: unknown key"} }},
	}
}

func engineTroubles() []trouble {
	type facts = doctor.Facts
	stray := lab.Program{File: "/opt/kubelab", ID: "fedcba9876543210"}
	return []trouble{
		{"engine", doctor.Fine, nil, func(*facts) {}},
		{"engine-other", doctor.Note, nil, func(f *facts) { f.Engine.Site.Explicit, f.Engine.Site.Engine.ID = true, "" }},
		{"engine-unbuilt", doctor.Fine, fromSource, func(*facts) {}},
		{"engine-missing", doctor.Problem, missing, func(*facts) {}},
		{"engine-unsupported", doctor.Note, missing, func(f *facts) { f.OS = "windows" }},
		{"engine-untried", doctor.Note, nil, func(f *facts) { f.OS = "darwin" }},
		{"engine-noexec", doctor.Problem, nil, func(f *facts) { f.Engine.Program.NoExec = true }},
		{"engine-broken", doctor.Problem, missing, func(f *facts) { f.Engine.Site.Beside = lab.Program{File: "/opt/kubelab", Err: errDenied} }},
		{"engine-stray", doctor.Problem, missing, func(f *facts) { f.Engine.Site.Beside = stray }},
		{"engine-stray", doctor.Note, fromSource, func(f *facts) { f.Engine.Site.Beside = stray }},
		{"go", doctor.Fine, fromSource, func(*facts) {}},
		{"go-missing", doctor.Problem, fromSource, func(f *facts) { f.Engine.Go = lab.Toolchain{} }},
		{"go-broken", doctor.Problem, fromSource, func(f *facts) { f.Engine.Go.Err = errDenied }},
		{"go-old", doctor.Problem, fromSource, func(f *facts) { f.Engine.Go.Version = "go1.25.3" }},
		{"go-old", doctor.Problem, fromSource, func(f *facts) {
			f.Engine.Go.Version, f.Engine.Go.Fetches, f.Engine.Go.Offline = "go1.25.3", true, true
		}},
		{"go-fetched", doctor.Note, fromSource, func(f *facts) { f.Engine.Go.Version, f.Engine.Go.Fetches = "go1.25.3", true }},
		{"modules-missing", doctor.Problem, fromSource, func(f *facts) { f.Engine.Go.Modules, f.Engine.Go.Offline = "", true }},
		{"modules-fetched", doctor.Note, fromSource, func(f *facts) { f.Engine.Go.Modules = "" }},
		{"build-memory", doctor.Problem, fromSource, func(f *facts) { f.Engine.Machine.MemoryFree = 3 << 30 }},
		{"build-disk", doctor.Problem, fromSource, func(f *facts) { f.Engine.Machine.DiskFree = 5 << 30 }},
		{"build-noexec", doctor.Problem, fromSource, func(f *facts) { f.Engine.Cache.NoExec = true }},
		{"memory", doctor.Fine, nil, func(*facts) {}},
		{"memory-low", doctor.Problem, nil, func(f *facts) { f.Engine.Machine.MemoryFree = 500 << 20 }},
		{"landlock", doctor.Fine, nil, func(*facts) {}},
		{"landlock-old", doctor.Note, nil, func(f *facts) { f.Engine.Landlock = 3 }},
		{"landlock-none", doctor.Note, nil, func(f *facts) { f.Engine.Landlock = 0 }},
		{"confinement-none", doctor.Note, nil, func(f *facts) { f.OS = "darwin" }},
		{"files-few", doctor.Problem, nil, func(f *facts) { f.Engine.Files = 256 }},
		{"loopback", doctor.Fine, nil, func(*facts) {}},
		{"loopback-closed", doctor.Problem, nil, func(f *facts) { f.Engine.Loopback = errDenied }},
		{"class", doctor.Fine, nil, teaches(doctor.Class{Address: "192.0.2.7", Labs: 8})},
		{"class-alone", doctor.Note, nil, teaches(doctor.Class{})},
		{"class-unconfined", doctor.Note, nil, teaches(doctor.Class{Address: "192.0.2.7", Confined: errDenied})},
		{"class-port", doctor.Note, nil, teaches(doctor.Class{Address: "192.0.2.7", Port: 2222, Taken: true})},
		{"cluster", doctor.Fine, nil, remains(lab.Remains{Hello: &protocol.Hello{Engine: wanted, Kubernetes: "v1.37.1"}})},
		{"cluster-none", doctor.Fine, nil, func(*facts) {}},
		{"cluster-asleep", doctor.Fine, nil, remains(lab.Remains{State: true})},
		{"cluster-dead", doctor.Note, nil, remains(lab.Remains{State: true, Dead: true})},
		{"cluster-port", doctor.Note, nil, remains(lab.Remains{State: true, Port: 6443, Taken: true})},
		{"cluster-stale", doctor.Problem, nil, remains(lab.Remains{Hello: &protocol.Hello{Engine: "fedcba9876543210"}})},
		{"cluster-mute", doctor.Problem, nil, remains(lab.Remains{Err: &lab.VersionError{Theirs: 99, PID: 7}})},
	}
}

func remains(r lab.Remains) func(*doctor.Facts) {
	r.Name = "main"
	return func(f *doctor.Facts) { f.Clusters = []lab.Remains{r} }
}

// TestEachFindingIsFoundAndWorded provokes every finding that there are words
// for, and reads what is said of it in both languages.
func TestEachFindingIsFoundAndWorded(t *testing.T) {
	t.Parallel()
	provoked := map[string]bool{}
	for _, trouble := range slices.Concat(terminalTroubles(), fileTroubles(), engineTroubles()) {
		provoked[trouble.id] = true
		t.Run(trouble.id, func(t *testing.T) {
			t.Parallel()
			machine := trouble.on
			if machine == nil {
				machine = sound
			}
			facts := machine()
			trouble.change(&facts)
			x, ok := find(doctor.Examine(facts), trouble.id)
			if !ok {
				t.Fatalf("not found among %v", ids(doctor.Examine(facts)))
			}
			if x.Level != trouble.level {
				t.Errorf("its level is %s, want %s", x.Level, trouble.level)
			}
			worded(t, x)
		})
	}
	for _, id := range i18n.CLIWords(course.English).Findings() {
		if !provoked[id] {
			t.Errorf("%s is provoked by nothing", id)
		}
	}
}

// worded reads a finding in both languages.
func worded(t *testing.T, x doctor.Finding) {
	t.Helper()
	for _, lang := range course.Langs {
		text, do := i18n.CLIWords(lang).Finding(x.ID, x.Data)
		if text == "" || strings.ContainsAny(text+do, "{}") {
			t.Errorf("%s: %q, %q", lang, text, do)
		}
		if x.Level == doctor.Problem && do == "" {
			t.Errorf("%s: nothing is said of what to do: %q", lang, text)
		}
		if x.Level == doctor.Fine && do != "" {
			t.Errorf("%s: there is nothing to do, and it says %q", lang, do)
		}
	}
}

func find(groups []doctor.Group, id string) (doctor.Finding, bool) {
	for _, g := range groups {
		for _, x := range g.Findings {
			if x.ID == id {
				return x, true
			}
		}
	}
	return doctor.Finding{}, false
}

func ids(groups []doctor.Group) (list []string) {
	for _, g := range groups {
		for _, x := range g.Findings {
			list = append(list, x.ID)
		}
	}
	return list
}

// names finds the words in braces.
var names = regexp.MustCompile(`\{\w+\}`)

// TestLanguagesSayTheSame holds that both languages name the same things.
func TestLanguagesSayTheSame(t *testing.T) {
	t.Parallel()
	en, zh := i18n.CLIWords(course.English), i18n.CLIWords(course.Chinese)
	for _, id := range en.Findings() {
		enText, enDo := en.Finding(id, nil)
		zhText, zhDo := zh.Finding(id, nil)
		for _, pair := range [][2]string{{enText, zhText}, {enDo, zhDo}} {
			if !maps.Equal(named(pair[0]), named(pair[1])) || (pair[0] == "") != (pair[1] == "") {
				t.Errorf("%s: %q and %q", id, pair[0], pair[1])
			}
		}
	}
}

func named(text string) map[string]bool {
	set := map[string]bool{}
	for _, name := range names.FindAllString(text, -1) {
		set[name] = true
	}
	return set
}

// teaches is a machine on which a class could be taught.
func teaches(c doctor.Class) func(*doctor.Facts) {
	c.Known = true
	return func(f *doctor.Facts) { f.Class = c }
}

// TestSoundMachines holds that nothing is said to be in the way where nothing is.
func TestSoundMachines(t *testing.T) {
	t.Parallel()
	for name, facts := range map[string]doctor.Facts{"release": sound(), "checkout": fromSource(), "nothing known": {}} {
		groups := doctor.Examine(facts)
		if worst := doctor.Worst(groups); worst != doctor.Fine {
			t.Errorf("%s: %s: %v", name, worst, ids(groups))
		}
	}
}

func TestWorst(t *testing.T) {
	t.Parallel()
	group := func(levels ...doctor.Level) doctor.Group {
		g := doctor.Group{}
		for _, l := range levels {
			g.Findings = append(g.Findings, doctor.Finding{Level: l})
		}
		return g
	}
	for want, groups := range map[doctor.Level][]doctor.Group{
		doctor.Fine:    {group(doctor.Fine), group()},
		doctor.Note:    {group(doctor.Note, doctor.Fine), group(doctor.Fine)},
		doctor.Problem: {group(doctor.Problem), group(doctor.Note)},
	} {
		if got := doctor.Worst(groups); got != want {
			t.Errorf("%v: %s, want %s", groups, got, want)
		}
	}
}
