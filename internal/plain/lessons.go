package plain

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"kubetutor/internal/course"
	"kubetutor/internal/progress"
)

// courseList lists all lessons and reads the one that is chosen; or that which
// is named.
func (t *Tutor) courseList(ctx context.Context, named string) error {
	if named != "" {
		return t.open(ctx, named)
	}
	p := prompt{
		text: t.Words.AtCourse, answer: func(typed string) bool { return len(t.lessonsLike(typed)) > 0 },
		choices: []choice{{"quiz", "", t.Words.About["quiz"], t.quiz}},
	}
	if err := t.listLessons(ctx, t.Course.Lessons()); err != nil {
		return err
	}
	for {
		typed, err := t.put(ctx, p)
		if err != nil || typed == "" {
			return err
		}
		if err := t.open(ctx, typed); err != nil {
			return err
		}
	}
}

// listLessons lists lessons, numbered as in the whole course.
func (t *Tutor) listLessons(ctx context.Context, shown []*course.Lesson) error {
	read, err := t.Store.Lessons(ctx)
	if err != nil {
		return err
	}
	return t.show(ctx, func(w io.Writer) error {
		var track *course.Track
		for i, l := range t.Course.Lessons() {
			if !slices.Contains(shown, l) {
				continue
			}
			if l.Track != track {
				track = l.Track
				fmt.Fprintf(w, "\n%s\n", track.Title.In(t.Lang))
			}
			fmt.Fprintf(w, "%3d  %s%s\n", i+1, LessonLine(l, t.Lang, t.Words), t.readMark(read, l))
		}
		return nil
	})
}

func (t *Tutor) readMark(read map[string]progress.LessonState, l *course.Lesson) string {
	state, ok := read[l.ID]
	if !ok {
		return ""
	}
	return fmt.Sprintf(t.Words.ReadUpTo, state.Page+1, l.PageCount)
}

// lessonsLike are the lessons that are meant: by a number, by their ID, or by
// words of their title or ID.
func (t *Tutor) lessonsLike(named string) (found []*course.Lesson) {
	all := t.Course.Lessons()
	if n, ok := numbered(named, len(all)); ok {
		return all[n-1 : n]
	}
	if l, ok := t.Course.Lesson(named); ok {
		return []*course.Lesson{l}
	}
	named = strings.ToLower(named)
	for _, l := range all {
		if strings.Contains(strings.ToLower(l.ID+"\n"+l.Title.EN+"\n"+l.Title.ZH), named) {
			found = append(found, l)
		}
	}
	return found
}

// open reads the lesson that is meant. If several are, it lists them.
func (t *Tutor) open(ctx context.Context, named string) error {
	switch found := t.lessonsLike(named); len(found) {
	case 0:
		t.say(t.Words.UnknownLesson, named, strings.Join(t.Course.Nearest(named, 3), t.Words.ListSeparator))
		return nil
	case 1:
		return t.visit(ctx, found[0])
	default:
		return t.listLessons(ctx, found)
	}
}

// visit reads a lesson; afterwards the learner is told again where they were.
func (t *Tutor) visit(ctx context.Context, l *course.Lesson) error {
	return afterwards(t.read(ctx, l))
}

// afterwards makes what was asked before something else be said again.
func afterwards(err error) error {
	if err != nil {
		return err
	}
	return errAgain
}

// quiz asks the questions of a lesson only.
func (t *Tutor) quiz(ctx context.Context, named string) error {
	if named == "" {
		t.say("%s", t.Words.About["quiz"])
		return nil
	}
	found := t.lessonsLike(named)
	if len(found) != 1 {
		return t.open(ctx, named) // which lists them, or says that there is none
	}
	b, err := found[0].Body()
	if err != nil {
		return err
	}
	return afterwards(t.askAll(ctx, b))
}
