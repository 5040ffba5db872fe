package cli

import (
	"path/filepath"
	"sync"

	"kubetutor/internal/class"
	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/progress"
	"kubetutor/internal/settings"
	"kubetutor/internal/tui"
	"kubetutor/internal/tui/keymap"
)

// common is what all who come by SSH have together: it is made once.
type common struct {
	course *course.Course
	texts  *tui.Shared
	keys   *keymap.Map // of those who have changed none
	words  map[course.Lang]*i18n.CLI
}

func newCommon(c *course.Course) *common {
	words := map[course.Lang]*i18n.CLI{}
	for _, lang := range course.Langs {
		words[lang] = i18n.CLIWords(lang)
	}
	return &common{course: c, texts: tui.NewShared(), keys: keymap.Default(), words: words}
}

// guest is a factory for somebody who came by SSH. Progress and settings are
// their own, in a directory of theirs; env is what their side told of itself.
// Nothing of this process's environment, nor of its command line, is theirs.
func (f *Factory) guest(dir string, lang course.Lang, env []string, all *common) *Factory {
	g := NewFactory(f.Build, IOStreams{}, env)
	g.guestLang = lang
	g.settings = sync.OnceValues(func() (*settings.File, error) {
		return settings.Load(filepath.Join(dir, "settings.yaml"), g.vocabulary()), nil
	})
	g.Words = all.words[g.Lang()]
	return g
}

// screenOfGuest are the options of their screen. The index and the grader are
// those of the class.
func (f *Factory) screenOfGuest(g *Factory, store progress.Store, all *common) tui.Options {
	reviews := tui.NewReviewDesk(g.deskOf(all.course, store))
	themeName, _ := g.themeName()
	mouse, _ := g.mouse()
	ascii, _ := g.ascii()
	o := tui.Options{
		Course: all.course, Store: store, Review: tui.ReviewsAt(reviews), Insights: tui.InsightsOf(reviews), Grader: lateGrader{f}, Search: lateSearch{f},
		Lang: g.Lang(), Theme: themeName, NoColor: g.noColor(), ASCII: ascii, Mouse: mouse, Keys: all.keys,
		Settings: guestSettings{settingsFile{g}}, Version: version(f.Build), Notice: g.faulty(), Guest: true, Shared: all.texts,
	}
	if len(g.chosen().Keys) > 0 {
		o.Keys = g.keys()
	}
	return o
}

// guestSettings is a file of settings whose place on this machine is nothing that
// its owner needs to know.
type guestSettings struct{ settingsFile }

// Path is its name.
func (s guestSettings) Path() string { return filepath.Base(s.settingsFile.Path()) }

// lodgings are the stores of progress that are open, each one shared by all
// sessions of a learner.
type lodgings struct {
	open func(who class.LearnerID) (class.Progress, error)

	mu  sync.Mutex
	all map[class.LearnerID]*lodging
}

type lodging struct {
	sessions int
	store    func() (class.Progress, error) // opened by the first who asks; the others wait
}

func newLodgings(open func(class.LearnerID) (class.Progress, error)) *lodgings {
	return &lodgings{open: open, all: map[class.LearnerID]*lodging{}}
}

// enter opens a learner's store, or shares the one that is open. The last who
// leaves closes it.
func (l *lodgings) enter(who class.LearnerID) (store class.Progress, leave func(), err error) {
	l.mu.Lock()
	d := l.all[who]
	if d == nil {
		d = &lodging{store: sync.OnceValues(func() (class.Progress, error) { return l.open(who) })}
		l.all[who] = d
	}
	d.sessions++
	l.mu.Unlock()
	leave = sync.OnceFunc(func() { l.leave(who, d) })
	if store, err = d.store(); err != nil {
		leave()
		return nil, nil, err
	}
	return store, leave, nil
}

// leave closes the store with the last session. It holds up who enters meanwhile:
// they must not open what is being closed.
func (l *lodgings) leave(who class.LearnerID, d *lodging) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if d.sessions--; d.sessions > 0 {
		return
	}
	delete(l.all, who)
	if store, err := d.store(); err == nil {
		_ = store.Close() // each event is on disk already
	}
}
