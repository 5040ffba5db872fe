package watch

import (
	"fmt"
	"slices"
	"strings"

	"kubetutor/internal/class"
	"kubetutor/internal/course"
)

// The prefixes of a place's focus.
const (
	focusQuiz = "quiz:"
	focusLab  = "lab:"
)

// lesson is the title of a lesson, in the instructor's language.
func (s *shared) lesson(id string) string {
	if l, ok := s.o.Course.Lesson(id); ok {
		return l.Title.In(s.lang)
	}
	return id
}

// step names a place within its lesson, in a few words; of a whole lesson, the
// lesson.
func (s *shared) step(p class.Place) string {
	if id, ok := strings.CutPrefix(p.Focus, focusLab); ok {
		return fmt.Sprintf(s.words.AtLab, s.lab(p.Lesson, id))
	}
	if id, ok := strings.CutPrefix(p.Focus, focusQuiz); ok {
		return s.question(p.Lesson, id)
	}
	switch {
	case p.Page > 0:
		return s.page(p)
	case p.Lesson == "":
		return s.words.Nowhere
	}
	return s.lesson(p.Lesson)
}

// place names a place with its lesson.
func (s *shared) place(p class.Place) string {
	switch {
	case p.Lesson == "":
		return s.words.Nowhere
	case p.Page == 0 && p.Focus == "":
		return s.lesson(p.Lesson)
	}
	return s.lesson(p.Lesson) + " " + s.Signs.Sep + " " + s.step(p)
}

func (s *shared) page(p class.Place) string {
	b := s.bodies[p.Lesson]
	if b == nil || p.Page > len(b.Pages[s.lang]) {
		return fmt.Sprintf(s.words.AtPage, p.Page)
	}
	return fmt.Sprintf(s.words.AtPageTitle, p.Page, b.Pages[s.lang][p.Page-1].Title)
}

func (s *shared) question(lesson, id string) string {
	l, ok := s.o.Course.Lesson(lesson)
	if !ok {
		return fmt.Sprintf(s.words.AtQuestion, id)
	}
	if at := slices.Index(l.QuestionIDs, id); at >= 0 {
		return fmt.Sprintf(s.words.AtQuestionOf, at+1, len(l.QuestionIDs))
	}
	return fmt.Sprintf(s.words.AtQuestion, id)
}

// lab is the title of a lab of a lesson.
func (s *shared) lab(lesson, id string) string {
	if l := s.labOf(lesson, id); l != nil {
		return l.Title.In(s.lang)
	}
	return id
}

func (s *shared) labOf(lesson, id string) *course.Lab {
	if b := s.bodies[lesson]; b != nil {
		if l, ok := b.Lab(id); ok {
			return l
		}
	}
	return nil
}

// check says what a failing check asks for: in the instructor's language where
// the title names no value that was drawn for the learner.
func (s *shared) check(r class.Row, f class.Failing) string {
	if l := s.labOf(labOf(r)); l != nil {
		at := slices.IndexFunc(l.Checks, func(c course.Check) bool { return c.ID == f.Check })
		if at >= 0 && !strings.Contains(l.Checks[at].Title.In(s.lang), "@{") {
			return l.Checks[at].Title.In(s.lang)
		}
	}
	if f.Text == "" {
		return f.Check
	}
	return f.Text
}

// labOf is the lab that a learner is in: the one that they do, else the one that
// they look at; empty for none.
func labOf(r class.Row) (lesson, lab string) {
	if lesson, lab, ok := strings.Cut(r.Standing.Lab, "/"); ok {
		return lesson, lab
	}
	if lab, ok := strings.CutPrefix(r.At.Focus, focusLab); ok {
		return r.At.Lesson, lab
	}
	return "", ""
}
