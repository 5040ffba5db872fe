package plain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/attempt"
	"kubetutor/internal/progress"
	"kubetutor/internal/quiz"
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
	Grader   Grader
	Lang     course.Lang
	Words    *i18n.CLI
	Style    Style
	In       io.Reader
	Out      io.Writer
	Environ  []string
	Settings Settings // nil: there are none to change
	// Search gives the index of the course, which is made when it is asked for first.
	Search func(ctx context.Context) (*search.Index, error)
	// Prepare makes the engine ready, telling the learner how far that is.
	Prepare func(ctx context.Context) error
	// Divert sends interrupts (control-C) to f until restore is called; nil where
	// they cannot be diverted.
	Divert func(f func()) (restore func())
	// Terminal is In where that is a terminal that programs can have; else nil.
	Terminal *os.File
}

// Tutor is the tutor line after line.
type Tutor struct {
	Options
	lines *Lines
}

// New returns a tutor that reads o.In, which nobody else may read.
func New(o Options) *Tutor { return &Tutor{Options: o, lines: NewLines(o.In)} }

// errQuit ends the tutor, errHome goes back to the beginning.
var (
	errQuit = errors.New("the learner quits")
	errHome = errors.New("the learner goes home")
)

// Run shows the home menu, or begins at a lesson, until the learner quits or the
// input ends. Where the learner is was saved before every question.
func (t *Tutor) Run(ctx context.Context, lesson string) error {
	fmt.Fprintln(t.Out, t.Words.Welcome)
	err := t.open(ctx, lesson)
	for err == nil || errors.Is(err, errHome) {
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
	if errors.Is(err, errHome) {
		return nil
	}
	return err
}

// open reads a lesson first, if one is named.
func (t *Tutor) open(ctx context.Context, id string) error {
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

// choice is an entry of a menu.
type choice struct {
	word string // typed instead of its number; never translated
	text string
	do   func(ctx context.Context, rest string) error // rest was typed after the word
}

// alone is something to do that takes no words.
func alone(do func(context.Context) error) func(context.Context, string) error {
	return func(ctx context.Context, _ string) error { return do(ctx) }
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
	return t.choose(ctx, choices)
}

func (t *Tutor) homeChoices(ctx context.Context) ([]choice, error) {
	choices := []choice{
		{"course", t.Words.MenuCourse, alone(t.courseList)},
		{"search", t.Words.MenuSearch, t.search},
		{"glossary", t.Words.MenuGlossary, t.glossary},
		{"stats", t.Words.StatsAbout, t.statistics},
		{"settings", t.Words.SettingsMenu, t.settings},
		{"language", t.Words.MenuLanguage, alone(t.switchLanguage)},
		{"quit", t.Words.MenuQuit, alone(func(context.Context) error { return errQuit })},
	}
	p, ok, err := t.Store.Last(ctx)
	if err != nil || !ok {
		return choices, err
	}
	l, ok := t.Course.Lesson(p.Lesson)
	if !ok {
		return choices, nil
	}
	place := fmt.Sprintf(t.Words.Place, l.Track.Title.In(t.Lang), l.Title.In(t.Lang), p.Page+1, l.PageCount)
	again := choice{"continue", place, alone(func(ctx context.Context) error { return t.read(ctx, l) })}
	return slices.Insert(choices, 0, again), nil
}

// choose reads a number or the beginning of a word, and what may follow it, and
// does it. What is neither is said to be.
func (t *Tutor) choose(ctx context.Context, choices []choice) error {
	typed, err := t.ask(ctx, "> ")
	if err != nil || typed == "" {
		return err
	}
	if n, err := strconv.Atoi(typed); err == nil && n >= 1 && n <= len(choices) {
		return choices[n-1].do(ctx, "")
	}
	word, rest, _ := strings.Cut(typed, " ")
	for _, c := range choices {
		if strings.HasPrefix(c.word, strings.ToLower(word)) {
			return c.do(ctx, strings.TrimSpace(rest))
		}
	}
	fmt.Fprintf(t.Out, t.Words.NotUnderstood+"\n", typed)
	return nil
}

// ask prints a prompt and reads a line.
func (t *Tutor) ask(ctx context.Context, prompt string) (string, error) {
	fmt.Fprint(t.Out, prompt)
	line, err := t.lines.Read(ctx)
	return strings.TrimSpace(line), err
}

// courseList lists all lessons and reads the one that is chosen.
func (t *Tutor) courseList(ctx context.Context) error {
	lessons := t.Course.Lessons()
	read, err := t.Store.Lessons(ctx)
	if err != nil {
		return err
	}
	n := 0
	for _, track := range t.Course.Tracks {
		fmt.Fprintf(t.Out, "\n%s\n", track.Title.In(t.Lang))
		for _, l := range track.Lessons {
			n++
			fmt.Fprintf(t.Out, "%3d  %s%s\n", n, LessonLine(l, t.Lang, t.Words), t.readMark(read, l))
		}
	}
	typed, err := t.ask(ctx, t.Words.WhichLesson)
	if err != nil || typed == "" {
		return err
	}
	if n, err := strconv.Atoi(typed); err == nil && n >= 1 && n <= len(lessons) {
		return t.read(ctx, lessons[n-1])
	}
	if l, ok := t.Course.Lesson(typed); ok {
		return t.read(ctx, l)
	}
	fmt.Fprintf(t.Out, t.Words.UnknownLesson+"\n", typed, strings.Join(t.Course.Nearest(typed, 3), ", "))
	return nil
}

func (t *Tutor) readMark(read map[string]progress.LessonState, l *course.Lesson) string {
	state, ok := read[l.ID]
	if !ok {
		return ""
	}
	return fmt.Sprintf(t.Words.ReadUpTo, state.Page+1, l.PageCount)
}

// switchLanguage changes between English and Chinese.
func (t *Tutor) switchLanguage(context.Context) error {
	if t.Lang == course.Chinese {
		t.setLang(course.English)
	} else {
		t.setLang(course.Chinese)
	}
	return nil
}

func (t *Tutor) setLang(l course.Lang) { t.Lang, t.Words = l, i18n.CLIWords(l) }
