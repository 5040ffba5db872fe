package tui

import (
	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
)

// lessonLoadedMsg brings what is in a lesson.
type lessonLoadedMsg struct {
	lesson *course.Body
	quiz   bool // only its questions are wanted
	err    error
}

// loadLesson loads what is in a lesson; nil where there is no such lesson.
func (c *common) loadLesson(id string, quiz bool) tea.Cmd {
	l := c.lesson(id)
	if l == nil {
		return nil
	}
	return func() tea.Msg {
		b, err := l.Body()
		return lessonLoadedMsg{b, quiz, err}
	}
}

// opened shows a lesson, or why it cannot be shown.
func (m *Model) opened(msg lessonLoadedMsg) tea.Cmd {
	if msg.err != nil {
		m.notice = msg.err.Error()
		return nil
	}
	return m.show(m.c.lessonPage(msg.lesson, msg.quiz))
}

// lessonPage is the page of a lesson, or that of its questions alone.
func (c *common) lessonPage(l *course.Body, quiz bool) page {
	if quiz {
		return newQuizPage(c, l)
	}
	return newLessonPage(c, l)
}
