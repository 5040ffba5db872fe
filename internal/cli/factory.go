// Package cli is the command line: flags in, services wired once and only when
// a command needs them, one call, text or JSON out.
//
// Exit statuses: 0 done; 1 it failed, or some checks fail; 2 the command line
// was wrong, or checks could not be judged; 130 interrupted.
package cli

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"kubetutor/assets"
	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/attempt"
	"kubetutor/internal/progress"
	"kubetutor/internal/quiz"
	"kubetutor/internal/review"
	"kubetutor/internal/search"
	"kubetutor/internal/settings"
	"kubetutor/internal/xdg"
)

// Build is what the linker told the program about itself.
type Build struct {
	Version  string // "" for a build from sources
	EngineID string // of the engine that is released with it, "" for a build from sources
}

// flags are the global ones.
type flags struct {
	lang, theme, lessons, data, kubelab, kubeconfig, context, confirm, name string
	packs                                                                   []string
	plain                                                                   bool
}

// Factory gives commands what they need. Services are made at the first use:
// `kubetutor version` opens no database and reads no lesson.
type Factory struct {
	Build   Build
	IO      IOStreams
	Environ []string
	Words   *i18n.CLI

	interrupts interrupts

	searching sync.Mutex // guards index
	index     *search.Index
	onScreen  bool     // the full-screen tutor is about to open
	leftOut   []string // why packs are not part of the course, to be said there

	flags      flags
	guestLang  course.Lang // what somebody's terminal asks for who came by SSH; "" is no guest
	code       int
	close      []func()
	course     func() (*course.Course, error)
	settings   func() (*settings.File, error)
	changed    atomic.Pointer[settings.File] // the settings after a change
	plainGiven func() bool                   // --plain was on the command line
	store      func() (*progress.DB, error)
	labs       func() (*lab.Labs, error)
	grader     func() (*quiz.Grader, error)
	desk       func() (*review.Desk, error)
}

// NewFactory prepares the services; it makes none of them.
func NewFactory(b Build, s IOStreams, environ []string) *Factory {
	f := &Factory{Build: b, IO: s, Environ: environ}
	f.course = sync.OnceValues(f.loadCourse)
	f.settings = sync.OnceValues(f.loadSettings)
	f.plainGiven = func() bool { return false }
	f.store = sync.OnceValues(f.openStore)
	f.labs = sync.OnceValues(f.newLabs)
	f.grader = sync.OnceValues(newGrader)
	f.desk = sync.OnceValues(f.newDesk)
	return f
}

// Close ends the services that were made, in reverse order.
func (f *Factory) Close() {
	for i := len(f.close) - 1; i >= 0; i-- {
		f.close[i]()
	}
}

// Env reads a variable of the environment.
func (f *Factory) Env(name string) string {
	for i := len(f.Environ) - 1; i >= 0; i-- {
		if value, ok := strings.CutPrefix(f.Environ[i], name+"="); ok {
			return value
		}
	}
	return ""
}

// Lang is the language of everything that is written.
func (f *Factory) Lang() course.Lang {
	lang, _ := f.language()
	return lang
}

func localeLang(locale string) course.Lang {
	if strings.HasPrefix(strings.ToLower(locale), string(course.Chinese)) {
		return course.Chinese
	}
	return course.English
}

// Store is the learner's progress.
func (f *Factory) Store() (*progress.DB, error) { return f.store() }

func (f *Factory) openStore() (*progress.DB, error) {
	dir, err := f.dataDir()
	if err != nil {
		return nil, err
	}
	db, err := progress.Open(dir)
	if err != nil {
		return nil, err
	}
	f.close = append(f.close, func() { _ = db.Close() })
	for _, note := range db.Notes() {
		fmt.Fprintln(f.IO.Err, note)
	}
	return db, nil
}

// dataDir is that of --data, else $XDG_DATA_HOME/kubetutor, by default
// ~/.local/share/kubetutor.
func (f *Factory) dataDir() (string, error) {
	if f.flags.data != "" {
		return filepath.Abs(f.flags.data)
	}
	dir, err := xdg.Dir(f.Env, "XDG_DATA_HOME", ".local/share")
	if err != nil {
		return "", fmt.Errorf("%w, or use --data DIR", err)
	}
	return dir, nil
}

// Labs is the service of the cluster that the flags name.
func (f *Factory) Labs() (*lab.Labs, error) { return f.labs() }

func (f *Factory) newLabs() (*lab.Labs, error) {
	l, err := f.labsNamed(f.flags.name)
	if err != nil {
		return nil, err
	}
	f.close = append(f.close, l.Close)
	return l, nil
}

// labsNamed is the service of another cluster; the caller closes it.
func (f *Factory) labsNamed(name string) (*lab.Labs, error) {
	return lab.New(lab.Options{
		Name: name, Kubelab: f.flags.kubelab, Kubeconfig: f.flags.kubeconfig, Context: f.flags.context,
		EngineID: f.Build.EngineID, Environ: f.Environ,
	})
}

// LabDesk is where the learner works on labs.
func (f *Factory) LabDesk() (*attempt.Desk, error) {
	labs, err := f.Labs()
	if err != nil {
		return nil, err
	}
	store, err := f.Store()
	if err != nil {
		return nil, err
	}
	return &attempt.Desk{Labs: labs, Store: store}, nil
}

// Desk is where the learner reviews.
func (f *Factory) Desk() (*review.Desk, error) { return f.desk() }

func (f *Factory) newDesk() (*review.Desk, error) {
	c, err := f.Course()
	if err != nil {
		return nil, err
	}
	store, err := f.Store()
	if err != nil {
		return nil, err
	}
	return f.deskOf(c, store), nil
}

// deskOf is a desk with the learner's settings.
func (f *Factory) deskOf(c *course.Course, store progress.Store) *review.Desk {
	return &review.Desk{Course: c, Store: store, Config: reviewConfig(f.chosen().Review), Now: time.Now}
}

// Grader grades answers.
func (f *Factory) Grader() (*quiz.Grader, error) { return f.grader() }

func newGrader() (*quiz.Grader, error) {
	data, err := assets.FS.ReadFile("kubectl.json")
	if err != nil {
		return nil, fmt.Errorf("reading kubectl's flags: %w", err)
	}
	return quiz.New(data)
}

// exit makes the program end with a status that is no error.
func (f *Factory) exit(code int) error {
	f.code = code
	return nil
}

// json writes v, indented, for programs and people alike.
func (f *Factory) json(v any) error {
	e := json.NewEncoder(f.IO.Out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// printf writes text for people.
func (f *Factory) printf(format string, args ...any) { fmt.Fprintf(f.IO.Out, format, args...) }
