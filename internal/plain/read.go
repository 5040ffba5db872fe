package plain

import (
	"context"
	"errors"
	"fmt"
	"io"
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
func (t *Tutor) readFrom(ctx context.Context, l *course.Body, at spot) error {
	t.say("\n"+t.Words.LessonHead, l.Track.Title.In(t.Lang), l.Title.In(t.Lang))
	for at.page < len(l.Pages[t.Lang]) {
		next, err := t.page(ctx, l, at)
		switch {
		case errors.Is(err, errAgain): // in the language of now
			at = spot{page: at.page}
		case err != nil:
			return err
		default:
			at = next
		}
	}
	t.say("%s", t.Words.LessonEnd)
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

// visit is the learner on a page of a lesson.
type visit struct {
	*Tutor
	lesson *course.Body
	page   int
	to     int               // the page to go to
	here   progress.Position // as it was saved last
}

// page goes through a page from one of its parts on and tells where to go next.
func (t *Tutor) page(ctx context.Context, l *course.Body, at spot) (spot, error) {
	v := &visit{Tutor: t, lesson: l, page: at.page, to: at.page + 1}
	around := t.around
	t.around, t.begun = v.around, time.Now()
	defer func() { t.around = around }()
	t.say("\n"+t.Words.PageHead+"\n", l.Pages[t.Lang][at.page].Title, at.page+1, v.pages())
	err := v.parts(ctx, at)
	if err == nil {
		err = v.turn(ctx)
	}
	if err := v.leave(ctx); err != nil {
		return at, err
	}
	if err != nil && !errors.Is(err, errTurned) {
		return at, err
	}
	return spot{page: v.to}, nil
}

// parts goes through the parts of the page, from one on.
func (v *visit) parts(ctx context.Context, at spot) error {
	page := v.lesson.Pages[v.Lang][v.page]
	for i, part := range page.Parts[min(at.part, len(page.Parts)):] {
		v.here = progress.Position{Lesson: v.lesson.ID, Page: v.page, Pages: v.pages(), Block: blocksBefore(page, at.part+i)}
		if i == 0 && len(part.Quiz) > at.question {
			part.Quiz = part.Quiz[at.question:]
		}
		if err := v.part(ctx, part); err != nil {
			return err
		}
	}
	v.here.Block, v.here.Focus = 0, "" // whoever comes back begins with the page
	return nil
}

// leave records how long the learner was here.
func (v *visit) leave(ctx context.Context) error {
	v.here.Spent = time.Since(v.begun).Round(time.Millisecond)
	v.begun = time.Now()
	_, err := v.Store.Record(context.WithoutCancel(ctx), v.here)
	return err
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
func (v *visit) part(ctx context.Context, part course.Part) error {
	switch {
	case part.Lab != "":
		if err := v.save(ctx, focusLab+part.Lab); err != nil {
			return err
		}
		b, _ := v.lesson.Lab(part.Lab)
		return v.lab(ctx, b)
	case len(part.Quiz) > 0:
		return v.questions(ctx, part.Quiz)
	}
	if err := v.save(ctx, ""); err != nil {
		return err
	}
	return v.show(ctx, func(w io.Writer) error {
		if err := v.Style.text(w, part.Markdown, v.Lang); err != nil {
			return err
		}
		_, err := fmt.Fprintln(w)
		return err
	})
}

func (v *visit) questions(ctx context.Context, ids []string) error {
	for _, id := range ids {
		if err := v.save(ctx, focusQuiz+id); err != nil {
			return err
		}
		q, _ := v.lesson.Question(id)
		if err := v.question(ctx, v.lesson, q); err != nil {
			return err
		}
	}
	return nil
}

// save records where the learner is before anything is waited for.
func (v *visit) save(ctx context.Context, focus string) error {
	v.here.Focus = focus
	_, err := v.Store.Record(ctx, v.here)
	return err
}
