package tui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/progress"
)

// lessonLoadedMsg brings what is in a lesson.
type lessonLoadedMsg struct {
	lesson *course.Body
	quiz   bool               // only its questions are wanted
	at     *progress.Position // where to open it; nil is where the learner was
	fresh  bool               // not as it was left, but anew
	err    error
}

// loadLesson loads what is in a lesson; nil where there is no such lesson.
func (c *common) loadLesson(id string, quiz bool, at *progress.Position) tea.Cmd {
	l := c.lesson(id)
	if l == nil {
		return nil
	}
	return func() tea.Msg {
		b, err := l.Body()
		return lessonLoadedMsg{lesson: b, quiz: quiz, at: at, err: err}
	}
}

// loadAnew loads a lesson that is opened anew, also where it was left for a while.
func (c *common) loadAnew(id string, at *progress.Position) tea.Cmd {
	l := c.lesson(id)
	return func() tea.Msg {
		b, err := l.Body()
		return lessonLoadedMsg{lesson: b, at: at, fresh: true, err: err}
	}
}

// opened shows a lesson, or why it cannot be shown.
func (m *Model) opened(msg lessonLoadedMsg) tea.Cmd {
	if msg.err != nil {
		m.notice = msg.err.Error()
		return nil
	}
	if !msg.fresh && m.keeps(msg.lesson.ID, msg.quiz, msg.at) {
		return m.takeUp()
	}
	p := m.c.lessonPage(msg.lesson, msg.quiz)
	if l, ok := p.(*lessonPage); ok && msg.at != nil {
		l.start = msg.at
	}
	return m.show(p)
}

// onlyQuestions opens the questions of a lesson, unless it is locked.
func (m *Model) onlyQuestions(lesson string) tea.Cmd {
	if said := m.shut(lesson, nil); said != "" {
		m.notice = said
		return nil
	}
	return m.c.loadLesson(lesson, true, nil)
}

// placed is a position with its page, found by its focus where it has none.
func placed(at progress.Position, l *course.Body) progress.Position {
	if at.Page >= 0 {
		return at
	}
	question, _ := strings.CutPrefix(at.Focus, focusQuiz)
	lab, _ := strings.CutPrefix(at.Focus, focusLab)
	at.Page = slices.IndexFunc(l.Pages[course.English], func(p course.Page) bool {
		return slices.ContainsFunc(p.Parts, func(part course.Part) bool {
			return slices.Contains(part.Quiz, question) || part.Lab != "" && part.Lab == lab
		})
	})
	at.Page = max(at.Page, 0)
	return at
}

// lessonPage is the page of a lesson, or that of its questions alone.
func (c *common) lessonPage(l *course.Body, quiz bool) page {
	if quiz {
		return newQuizPage(c, l)
	}
	return newLessonPage(c, l)
}
