package plain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/attempt"
	"kubetutor/internal/progress"
	"kubetutor/internal/quiz"
	"kubetutor/internal/review"
	"kubetutor/internal/search"
)

// Grader grades answers; a *quiz.Grader does.
type Grader interface {
	Grade(ctx context.Context, q *course.Question, lang course.Lang, a quiz.Answer, j quiz.Judge) (quiz.Grade, error)
}

// Options are what a tutor works with.
type Options struct {
	Course   *course.Course
	Store    progress.Store
	Labs     lab.Service
	Desk     *attempt.Desk
	Reviews  *review.Desk
	Grader   Grader
	Lang     course.Lang
	Words    *i18n.CLI
	Style    Style
	In       io.Reader
	Out      io.Writer
	Environ  []string
	Settings Settings // nil: there are none to change
	// ReviewConfig tells the settings of reviews of now; nil: they do not change.
	ReviewConfig func() review.Config
	// Search gives the index of the course, which is made when it is asked for first.
	Search func(ctx context.Context) (*search.Index, error)
	// Prepare makes the engine ready, telling the learner how far that is.
	Prepare func(ctx context.Context) error
	// Divert sends interrupts (control-C) to f until restore is called; nil where
	// they cannot be diverted.
	Divert func(f func()) (restore func())
	// Terminal is In where that is a terminal that programs can have; else nil.
	Terminal *os.File
	// Rows is how many rows the terminal has now; nil where there is none, and
	// nobody is asked before a text goes on.
	Rows func() int
	// Clipboard puts a text into the learner's clipboard; nil where there is none.
	Clipboard func(text string) error
	// Further are commands that can be typed at every prompt besides the tutor's own.
	Further []Command
}

// Command is something that can be typed.
type Command struct {
	Word string // never translated
	Text string // what it does, for help
	// Do does it, with what stands behind the word, and says the outcome on out.
	Do func(ctx context.Context, rest string, out io.Writer) error
}

// Tutor is the tutor line after line.
type Tutor struct {
	Options
	lines  *Lines
	screen *screen
	around func() []choice // what can be typed on the page; nil where none is open
	begun  time.Time       // since when the learner reads what they read
}

// New returns a tutor that reads o.In, which nobody else may read.
func New(o Options) *Tutor {
	s := &screen{Writer: o.Out, columns: o.Style.Width}
	o.Out = s
	return &Tutor{Options: o, lines: NewLines(o.In), screen: s}
}

// Run shows the home menu, or begins at a lesson, until the learner quits or the
// input ends. Where the learner is was saved before every question.
func (t *Tutor) Run(ctx context.Context, lesson string) error {
	fmt.Fprintln(t.Out, t.Words.Welcome)
	err := t.first(ctx, lesson)
	for err == nil || errors.Is(err, errHome) || errors.Is(err, errAgain) {
		err = t.home(ctx)
	}
	return t.ended(err)
}

// ended turns the ways to leave that are no errors into none.
func (t *Tutor) ended(err error) error {
	if errors.Is(err, errQuit) || errors.Is(err, io.EOF) {
		fmt.Fprintln(t.Out, t.Words.Goodbye)
		return nil
	}
	if errors.Is(err, errHome) || errors.Is(err, errAgain) {
		return nil
	}
	return err
}

// first reads a lesson first, if one is named.
func (t *Tutor) first(ctx context.Context, id string) error {
	if id == "" {
		return nil
	}
	l, ok := t.Course.Lesson(id)
	if !ok {
		return fmt.Errorf(t.Words.UnknownLesson, id, strings.Join(t.Course.Nearest(id, 3), ", "))
	}
	return t.read(ctx, l)
}

// read loads a lesson and reads it.
func (t *Tutor) read(ctx context.Context, l *course.Lesson) error {
	b, err := l.Body()
	if err != nil {
		return err
	}
	return t.Read(ctx, b)
}

// home asks what to do now.
func (t *Tutor) home(ctx context.Context) error {
	choices, err := t.homeChoices(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(t.Out)
	for i, c := range choices {
		fmt.Fprintf(t.Out, "%d  %-9s %s\n", i+1, c.word, c.text)
	}
	number := 0
	_, err = t.put(ctx, prompt{text: t.Words.AtHome, choices: choices, answer: func(typed string) (ok bool) {
		number, ok = numbered(typed, len(choices))
		return ok
	}})
	if err != nil || number == 0 {
		return err
	}
	return choices[number-1].do(ctx, "")
}

// numbered reads a number from 1 to n.
func numbered(typed string, n int) (number int, ok bool) {
	number, err := strconv.Atoi(typed)
	if err != nil || number < 1 || number > n {
		return 0, false
	}
	return number, true
}

// homeChoices are the entries of the menu: going on, where that can be, and what
// a full-screen tutor's home page offers.
func (t *Tutor) homeChoices(ctx context.Context) (choices []choice, err error) {
	p, ok, err := t.Store.Last(ctx)
	if err != nil {
		return nil, err
	}
	if l, known := t.Course.Lesson(p.Lesson); ok && known {
		place := fmt.Sprintf(t.Words.Place, l.Track.Title.In(t.Lang), l.Title.In(t.Lang), p.Page+1, l.PageCount)
		choices = append(choices, choice{"continue", "", place, alone(func(ctx context.Context) error { return t.read(ctx, l) })})
	}
	w := t.Words
	reviews, due, err := t.reviewChoice(ctx)
	if err != nil {
		return nil, err
	}
	if due { // then it comes first
		choices = append([]choice{reviews}, choices...)
	}
	choices = append(choices, choice{"course", "", w.MenuCourse, t.courseList})
	if !due {
		choices = append(choices, reviews)
	}
	return append(choices,
		choice{"search", "", w.MenuSearch, t.search},
		choice{"glossary", "", w.MenuGlossary, t.glossary},
		choice{"stats", "", w.StatsAbout, t.statistics},
		choice{"settings", "", w.SettingsMenu, t.settings},
		choice{"quiz", "", w.About["quiz"], t.quiz},
		choice{"language", "l", w.MenuLanguage, alone(t.switchLanguage)},
		choice{"quit", "q", w.MenuQuit, leads(errQuit)},
	), nil
}
