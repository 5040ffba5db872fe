// Package tui is the full-screen interface: pages (home, course, lesson,
// questions) and the panels of a lesson (text, questions, lab, console).
//
// The root model only routes: modal things first, then keys (which package
// keymap turns into actions), then messages to the page. A page changes itself
// in Update, draws itself in View, is told its size by SetSize, and does all
// input and output in commands. Texts are rendered in commands too: a page says
// in Wants which ones it shows, and finds them in a cache when it draws.
package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/mattn/go-runewidth"

	"kubetutor/internal/class"
	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/attempt"
	"kubetutor/internal/progress"
	"kubetutor/internal/quiz"
	"kubetutor/internal/review"
	"kubetutor/internal/tui/keymap"
	"kubetutor/internal/tui/theme"
)

// Grader grades answers. For what only an engine can tell it returns the
// judge's [quiz.ErrNeedsEngine] where there is none.
type Grader interface {
	Grade(ctx context.Context, q *course.Question, l course.Lang, a quiz.Answer, j quiz.Judge) (quiz.Grade, error)
}

// Options say what the interface shows and what it works with.
type Options struct {
	Course   *course.Course
	Store    progress.Store
	Lab      lab.Service // nil: everything but labs works
	Grader   Grader
	Lang     course.Lang
	Search   Searcher
	Review   Reviews         // nil: there are no reviews
	Asked    *review.Options // begin with such a session of reviews
	Insights Insights        // nil: nothing is known of them
	Theme    string          // one of theme.Choices of assets/themes; "" is auto
	NoColor  bool
	ASCII    bool   // for terminals and fonts without box drawing
	Lesson   string // ID of the lesson to open; "" is home
	Quiz     bool   // with Lesson: only its questions
	Version  string
	Settings Settings     // nil: nothing can be saved
	Notice   string       // said at first, until a key is pressed
	Keys     *keymap.Map  // nil: the default ones
	Mouse    bool         // the wheel scrolls, a click chooses
	Drafts   <-chan Draft // shows a course that is being written; nil does not
	Env      []string     // where $EDITOR is looked for; Run sets it

	// Seat is the learner's place in a class; nil: there is none.
	Seat class.Seat
	// Guest says that the terminal is not of this machine: no program of it is
	// started, no file of it is opened, its clipboard and its process are left alone.
	Guest bool
	// Shared is what this interface shares with others of the process; nil: nothing.
	Shared *Shared

	// Clipboard puts a text into this machine's clipboard. It is nil where there is
	// none, or where it is not the learner's, as over SSH; then the terminal is asked
	// alone.
	Clipboard func(text string) error

	// Now and Seed are the clock and the source of shuffling; nil is the real one.
	Now  func() time.Time
	Seed func() uint64

	// after sends a message after a time; tests hold it.
	after func(time.Duration, tea.Msg) tea.Cmd
}

// frames is how often a second the screen is drawn at most. The first frame and
// every key wait for the next of these moments: 8 ms at the most.
const frames = 120

// Run shows the interface until the learner leaves it or ctx ends; interrupted
// by a signal it returns context.Canceled. Env is the environment, as os.Environ
// gives it.
func Run(ctx context.Context, o Options, in io.Reader, out io.Writer, env []string) error {
	measureNarrow()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	o.Env = env
	m, err := newModel(ctx, o)
	if err != nil {
		return err
	}
	p := tea.NewProgram(m, tea.WithContext(ctx), tea.WithInput(in), tea.WithOutput(out),
		tea.WithEnvironment(env), tea.WithFPS(frames))
	switch _, err := p.Run(); {
	case errors.Is(err, tea.ErrInterrupted):
		return context.Canceled
	case err != nil:
		return fmt.Errorf("showing the interface: %w", err)
	}
	return nil
}

// measureNarrow has text inputs measure as everything else does: under a Chinese
// locale runewidth would take ambiguous characters as wide.
func measureNarrow() {
	if runewidth.DefaultCondition.EastAsianWidth { // else it is left alone: others may be measuring
		runewidth.DefaultCondition.EastAsianWidth = false
	}
}

// New returns the root model, as Run uses it. An unknown theme is an error, and
// so is a lesson to open that cannot be loaded.
func New(o Options) (*Model, error) { return newModel(context.Background(), o) }

func newModel(ctx context.Context, o Options) (*Model, error) {
	c, err := newCommon(ctx, o)
	if err != nil {
		return nil, err
	}
	m := &Model{c: c, width: 80, height: 24, notice: o.Notice}
	if m.page, err = m.first(); err != nil {
		return nil, err
	}
	m.resize(m.width, m.height)
	return m, nil
}

// common is what every page needs.
type common struct {
	ctx       context.Context // ends with the program
	o         Options
	lang      course.Lang
	words     i18n.TUI
	mouse     bool
	theme     string // as it was chosen: it may follow the background
	light     bool   // the terminal's background is, as far as it told
	styles    theme.Styles
	signs     signs
	keys      *keymap.Map
	savedKeys *keymap.Map // those of the file
	docs      *docs
	desk      *attempt.Desk
	machine   *machine // nil for guests
	room      *room    // nil for who is in no class
	known     known    // what the store last told
	awaits    awaits
	ids       int

	// foreign is the context, where labs are done on the learner's own cluster.
	foreign string

	judging bool // answers kept earlier are being judged

	recorder recorder
}

func newCommon(ctx context.Context, o Options) (*common, error) {
	o = o.withDefaults()
	c := &common{ctx: ctx, o: o, keys: o.Keys, savedKeys: o.Keys, mouse: o.Mouse, docs: newDocs(o.Shared), signs: newSigns(o.ASCII)}
	c.machine, c.room = newMachine(ctx, o), newRoom(c)
	c.recorder.keep = func(ctx context.Context, data any) error {
		_, err := c.o.Store.Record(ctx, data)
		return err
	}
	c.desk = &attempt.Desk{Labs: c.o.Lab, Store: c.o.Store}
	c.setLang(c.o.Lang)
	return c, c.setTheme(c.o.Theme)
}

func (o Options) withDefaults() Options {
	if o.Lang == "" {
		o.Lang = course.English
	}
	if o.Theme == "" {
		o.Theme = theme.Auto
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.after == nil {
		o.after = func(d time.Duration, msg tea.Msg) tea.Cmd { return tea.Tick(d, func(time.Time) tea.Msg { return msg }) }
	}
	if o.Seed == nil {
		o.Seed = rand.Uint64
	}
	if o.Keys == nil && o.Shared != nil {
		o.Keys = o.Shared.keys
	}
	if o.Keys == nil {
		o.Keys = keymap.Default()
	}
	if o.Guest {
		o.Clipboard = nil
	}
	if o.Course == nil {
		o.Course = &course.Course{}
	}
	return o
}

// setLang takes the words of a language, with the keys as they are now.
func (c *common) setLang(l course.Lang) {
	c.lang, c.words = l, c.o.Shared.wordsOf(l, c.keys)
}

// setTheme loads a theme of the program's own assets. It stays as it was where
// there is no such theme.
func (c *common) setTheme(name string) error {
	styles, err := theme.Named(name, c.light, c.o.NoColor)
	if err != nil {
		return err
	}
	c.theme, c.styles = name, styles
	return nil
}

// nextID numbers what replies must be told apart by.
func (c *common) nextID() int {
	c.ids++
	return c.ids
}

// record keeps an event; a failure is shown to the learner.
func (c *common) record(data any) tea.Cmd {
	return c.recorder.record(c.ctx, data)
}

// lesson finds a lesson by its ID; nil where there is none.
func (c *common) lesson(id string) *course.Lesson {
	if l, ok := c.o.Course.Lesson(id); ok {
		return l
	}
	return nil
}
