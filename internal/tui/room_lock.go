package tui

import (
	"fmt"
	"slices"

	"kubetutor/internal/class"
	"kubetutor/internal/course"
	"kubetutor/internal/progress"
)

// closed tells whether the instructor has locked a place.
func (c *common) closed(p class.Place) bool { return c.room != nil && c.room.sight.Closed(p) }

// locked says that a place is locked; "" where it is not.
func (c *common) locked(p class.Place) string {
	if !c.closed(p) {
		return ""
	}
	w := c.words
	switch l := c.lesson(p.Lesson); {
	case c.closed(class.Place{Lesson: p.Lesson, Page: 1}) && l != nil:
		return fmt.Sprintf(w.RoomLessonLocked, l.Title.In(c.lang))
	case p.Page > 0 && c.closed(class.Place{Lesson: p.Lesson, Page: p.Page}):
		return fmt.Sprintf(w.RoomPageLocked, p.Page)
	}
	return w.RoomPartLocked
}

// placeOf is a position as the class names it.
func placeOf(at progress.Position) class.Place {
	return class.Place{Lesson: at.Lesson, Page: max(at.Page+1, 0), Focus: at.Focus}
}

// where is where the learner is; the zero value where that is in no lesson.
func (m *Model) where() class.Place {
	if p, ok := m.page.(resumable); ok {
		return placeOf(p.place())
	}
	return class.Place{}
}

// lockedPage says that a page of the lesson is locked.
func (p *lessonPage) lockedPage(page int) string {
	return p.c.locked(class.Place{Lesson: p.lesson.ID, Page: page + 1})
}

// lockedPart says that a question or a lab of the page is locked.
func (p *lessonPage) lockedPart(focus string) string {
	return p.c.locked(class.Place{Lesson: p.lesson.ID, Page: p.text.page + 1, Focus: focus})
}

// openQuestions are the questions of a lesson that are not locked.
func (c *common) openQuestions(l *course.Body, list []*course.Question) []*course.Question {
	if c.room == nil {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(q *course.Question) bool {
		page := slices.IndexFunc(l.Pages[course.English], func(p course.Page) bool {
			return slices.ContainsFunc(p.Parts, func(part course.Part) bool { return slices.Contains(part.Quiz, q.ID) })
		})
		return c.closed(class.Place{Lesson: l.ID, Page: page + 1, Focus: focusQuiz + q.ID})
	})
}

// lessonGroup is a heading of the course's tree and the lessons below it.
type lessonGroup struct {
	title   string
	lessons []*course.Lesson
}

// groups are the lessons of the course, those of the class first.
func (c *common) groups() []lessonGroup {
	plan := c.plan()
	list := make([]lessonGroup, 0, len(c.o.Course.Tracks)+1)
	if len(plan) > 0 {
		list = append(list, lessonGroup{c.words.RoomPlan, plan})
	}
	for _, t := range c.o.Course.Tracks {
		lessons := t.Lessons
		if len(plan) > 0 {
			lessons = slices.DeleteFunc(slices.Clone(lessons), func(l *course.Lesson) bool { return slices.Contains(plan, l) })
		}
		if len(lessons) > 0 {
			list = append(list, lessonGroup{t.Title.In(c.lang), lessons})
		}
	}
	return list
}

// plan is the lessons of the class; none where the learner is in none.
func (c *common) plan() (list []*course.Lesson) {
	if c.room == nil {
		return nil
	}
	for _, id := range c.room.sight.Lessons {
		if l := c.lesson(id); l != nil {
			list = append(list, l)
		}
	}
	return list
}
