package tui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/progress"
)

// mostSteps bounds how far the way back goes.
const mostSteps = 50

// backMsg asks to go back to where the last jump began.
type backMsg struct{}

// jump goes to a place or, where that is nil, to where the learner was in a
// lesson. From within a lesson there is a way back.
func (m *Model) jump(lesson string, at *progress.Position) tea.Cmd {
	if m.c.lesson(lesson) == nil {
		m.notice = fmt.Sprintf(m.c.words.NoLesson, lesson)
		return nil
	}
	if said := m.shut(lesson, at); said != "" {
		m.notice = said
		return nil
	}
	if p, ok := m.page.(*lessonPage); ok {
		m.trail = append(m.trail, p.position())
		m.trail = m.trail[max(len(m.trail)-mostSteps, 0):]
		m.notice = m.c.words.WayBack
	}
	if m.page == m.review && m.review != nil {
		m.away, m.trail, m.notice = true, nil, m.c.words.WayBack
	}
	return m.openPlace(lesson, at)
}

// shut says that a place is locked, in a class; where it is not, "".
func (m *Model) shut(lesson string, at *progress.Position) string {
	if at == nil || at.Page < 0 {
		return m.c.locked(class.Place{Lesson: lesson, Page: 1})
	}
	return m.c.locked(placeOf(*at))
}

// goBack returns to where the last jump began.
func (m *Model) goBack() tea.Cmd {
	n := len(m.trail)
	if n == 0 && m.away {
		return m.reviews()
	}
	if n == 0 {
		m.notice = m.c.words.NoWayBack
		return nil
	}
	at := m.trail[n-1]
	m.trail = m.trail[:n-1]
	return m.openPlace(at.Lesson, &at)
}

// openPlace goes to a place, within the lesson that is open without closing it.
func (m *Model) openPlace(lesson string, at *progress.Position) tea.Cmd {
	if m.keeps(lesson, false, at) {
		return m.takeUp()
	}
	if p, ok := m.page.(*lessonPage); ok && p.lesson.ID == lesson && at != nil {
		m.over = nil
		return p.jump(placed(*at, p.lesson))
	}
	return m.c.loadLesson(lesson, false, at)
}
