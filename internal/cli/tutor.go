package cli

import (
	"context"
	"fmt"
	"strings"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/attempt"
	"kubetutor/internal/plain"
	"kubetutor/internal/quiz"
	"kubetutor/internal/review"
)

// runTutor opens the tutor, at a lesson if one is named.
func runTutor(ctx context.Context, f *Factory, lesson string) error {
	f.onScreen = !f.plain()
	go f.Course() // is read while the progress is opened: both stand before the first frame
	if lesson != "" {
		l, err := f.lesson(lesson)
		if err != nil {
			return err
		}
		lesson = l.ID
	}
	if err := f.openOrAsk(); err != nil {
		return err
	}
	if !f.onScreen {
		t, err := f.plainTutor(ctx)
		if err != nil {
			return err
		}
		if said := f.faulty(); said != "" {
			fmt.Fprintln(f.IO.Err, said)
		}
		return t.Run(ctx, lesson)
	}
	return runTUI(ctx, f, lesson)
}

// plain tells whether to write line after line instead of drawing a screen: it
// was asked for (screen readers), or there is no screen to draw on.
func (f *Factory) plain() bool {
	asked, _ := f.wantsPlain()
	return asked || !f.IO.Terminal()
}

// style is how text is written by commands: for a person at a terminal, or for
// another program.
func (f *Factory) style() plain.Style {
	if f.plain() || !f.IO.OutTerminal() {
		return plain.Style{Width: min(f.IO.Width(), 80), Plain: true}
	}
	return plain.Style{Width: min(f.IO.Width(), 100), NoColor: f.noColor()}
}

// plainTutor wires the append-only tutor.
func (f *Factory) plainTutor(ctx context.Context) (*plain.Tutor, error) {
	o, err := f.plainOptions()
	if err != nil {
		return nil, err
	}
	return plain.New(o), nil
}

func (f *Factory) plainOptions() (o plain.Options, err error) {
	c, err := f.Course()
	if err != nil {
		return o, err
	}
	store, err := f.Store()
	if err != nil {
		return o, err
	}
	labs, err := f.Labs()
	if err != nil {
		return o, err
	}
	desk, err := f.Desk()
	if err != nil {
		return o, err
	}
	return plain.Options{
		Course: c, Store: store, Labs: labs, Desk: &attempt.Desk{Labs: labs, Store: store}, Reviews: desk, Grader: lateGrader{f},
		Lang: f.Lang(), Words: f.Words, Style: f.style(), In: f.IO.In, Out: f.IO.Out, Environ: f.Environ,
		Divert: f.interrupts.divert, Terminal: f.terminal(), Search: f.Search, Settings: settingsFile{f}, ReviewConfig: func() review.Config { return reviewConfig(f.chosen().Review) },
		Prepare: func(ctx context.Context) error { return f.prepare(ctx, labs) }, Rows: f.rows(), Clipboard: f.clipboard(),
	}, nil
}

// rows tells how many rows the terminal has; nil where there is none.
func (f *Factory) rows() func() int {
	if !f.IO.Terminal() {
		return nil
	}
	return func() int {
		_, rows := f.IO.Size()
		return rows
	}
}

func isUTF8(locale string) bool {
	flat := strings.ReplaceAll(strings.ToLower(locale), "-", "")
	return strings.Contains(flat, "utf8")
}

// lateGrader makes the grader at the first answer: reading kubectl's flags takes
// longer than the first frame can wait.
type lateGrader struct{ f *Factory }

// Grade grades as [quiz.Grader.Grade] does.
func (l lateGrader) Grade(ctx context.Context, q *course.Question, lang course.Lang, a quiz.Answer, j quiz.Judge) (quiz.Grade, error) {
	g, err := l.f.Grader()
	if err != nil {
		return quiz.Grade{}, err
	}
	return g.Grade(ctx, q, lang, a, j)
}
