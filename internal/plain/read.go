package plain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/markdown/block"
	"kubetutor/internal/progress"
)

// The prefixes of Position.Focus.
const (
	focusQuiz = "quiz:"
	focusLab  = "lab:"
)

// spot is a place in a lesson: a page, a part of it, and the first question of
// that part to ask.
type spot struct{ page, part, question int }

// Read reads a lesson from where the learner was last, page by page, asking its
// questions and offering its labs where they stand.
func (t *Tutor) Read(ctx context.Context, l *course.Body) error {
	at, err := t.resume(ctx, l)
	if err != nil {
		return err
	}
	return t.readFrom(ctx, l, at)
}

// readFrom reads a lesson from a place on.
func (t *Tutor) readFrom(ctx context.Context, l *course.Body, at spot) (err error) {
	fmt.Fprintf(t.Out, "\n%s › %s\n", l.Track.Title.In(t.Lang), l.Title.In(t.Lang))
	for at.page < len(l.Pages[t.Lang]) {
		if at, err = t.page(ctx, l, at); err != nil {
			return err
		}
	}
	fmt.Fprintln(t.Out, t.Words.LessonEnd)
	return nil
}

// resume finds the part where the learner was last: the question or the lab
// that was open, else the beginning of the page.
func (t *Tutor) resume(ctx context.Context, l *course.Body) (spot, error) {
	p, ok, err := t.Store.PositionIn(ctx, l.ID)
	if err != nil || !ok || p.Page >= len(l.Pages[t.Lang]) || p.Page < 0 {
		return spot{}, err
	}
	at := spot{page: p.Page}
	for i, part := range l.Pages[t.Lang][p.Page].Parts {
		id, _ := strings.CutPrefix(p.Focus, focusQuiz)
		if n := slices.Index(part.Quiz, id); n >= 0 {
			at.part, at.question = i, n
		}
		if part.Lab != "" && p.Focus == focusLab+part.Lab {
			at.part = i
		}
	}
	return at, nil
}

// page goes through a page from one of its parts on and tells where to go next.
func (t *Tutor) page(ctx context.Context, l *course.Body, at spot) (spot, error) {
	page := l.Pages[t.Lang][at.page]
	fmt.Fprintf(t.Out, "\n%s  %d/%d\n\n", page.Title, at.page+1, len(l.Pages[t.Lang]))
	begun := time.Now()
	for i, part := range page.Parts[min(at.part, len(page.Parts)):] {
		here := progress.Position{Lesson: l.ID, Page: at.page, Pages: len(l.Pages[t.Lang]), Block: blocksBefore(page, at.part+i)}
		if i == 0 && len(part.Quiz) > at.question {
			part.Quiz = part.Quiz[at.question:]
		}
		if err := t.part(ctx, l, part, here); err != nil {
			return at, err
		}
	}
	return t.turn(ctx, l, at, begun)
}

// blocksBefore counts the blocks of a page before one of its parts, as the
// full-screen tutor does.
func blocksBefore(page course.Page, part int) int {
	n := 1 // the heading
	for _, p := range page.Parts[:min(part, len(page.Parts))] {
		n += block.Count(p.Markdown)
	}
	return n
}

// part shows text, asks questions, or offers a lab.
func (t *Tutor) part(ctx context.Context, l *course.Body, part course.Part, here progress.Position) error {
	switch {
	case part.Lab != "":
		here.Focus = focusLab + part.Lab
		if err := t.save(ctx, here); err != nil {
			return err
		}
		b, _ := l.Lab(part.Lab)
		return t.lab(ctx, b)
	case len(part.Quiz) > 0:
		return t.questions(ctx, l, part.Quiz, here)
	}
	if err := t.save(ctx, here); err != nil {
		return err
	}
	if err := t.Style.text(t.Out, part.Markdown, t.Lang); err != nil {
		return err
	}
	fmt.Fprintln(t.Out)
	return nil
}

func (t *Tutor) questions(ctx context.Context, l *course.Body, ids []string, here progress.Position) error {
	for _, id := range ids {
		here.Focus = focusQuiz + id
		if err := t.save(ctx, here); err != nil {
			return err
		}
		q, _ := l.Question(id)
		if err := t.question(ctx, l, q); err != nil {
			return err
		}
	}
	return nil
}

// save records where the learner is before anything is waited for.
func (t *Tutor) save(ctx context.Context, p progress.Position) error {
	_, err := t.Store.Record(ctx, p)
	return err
}

// turn asks where to go from the end of a page.
func (t *Tutor) turn(ctx context.Context, l *course.Body, at spot, begun time.Time) (spot, error) {
	for {
		typed, err := t.ask(ctx, t.Words.TurnPage)
		here := progress.Position{Lesson: l.ID, Page: at.page, Pages: len(l.Pages[t.Lang]), Spent: time.Since(begun).Round(time.Millisecond)}
		if err := errors.Join(err, t.save(context.WithoutCancel(ctx), here)); err != nil {
			return at, err
		}
		begun = time.Now()
		switch strings.ToLower(typed) {
		case "", "n", "next":
			return spot{page: at.page + 1}, nil
		case "b", "back":
			return spot{page: max(at.page-1, 0)}, nil
		case "r", "again":
			return spot{page: at.page}, nil
		case "l", "language":
			_ = t.switchLanguage(ctx)
			return spot{page: at.page}, nil
		case "h", "home":
			return at, errHome
		case "q", "quit":
			return at, errQuit
		}
		fmt.Fprintf(t.Out, t.Words.NotUnderstood+"\n", typed)
	}
}
