package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/tui/keymap"
)

// quizPage asks all questions of a lesson and nothing else.
type quizPage struct {
	c      *common
	lesson *course.Body
	panel  *quizPanel // nil for a lesson without questions
}

func newQuizPage(c *common, l *course.Body) *quizPage {
	p := &quizPage{c: c, lesson: l}
	if list := c.openQuestions(l, l.Questions); len(list) > 0 {
		p.panel = newQuizPanel(c, l.ID, list, list[0].ID)
	}
	return p
}

func (p *quizPage) Title() string  { return p.c.path(p.lesson.Lesson) }
func (p *quizPage) Aside() string  { return p.c.words.Questions }
func (p *quizPage) Split() int     { return 0 }
func (p *quizPage) Busy() bool     { return false }
func (p *quizPage) Leave() tea.Cmd { return nil }

func (p *quizPage) Init() tea.Cmd {
	if p.panel == nil {
		return say(openCourseMsg{p.lesson.ID})
	}
	return p.panel.Init()
}

func (p *quizPage) SetSize(w, h int) {
	if p.panel != nil {
		p.panel.SetSize(w, h)
	}
}

func (p *quizPage) Scopes() []keymap.Scope {
	if p.panel == nil {
		return nil
	}
	return p.panel.Scopes()
}

func (p *quizPage) Typing() bool { return p.panel != nil && p.panel.Typing() }

func (p *quizPage) Cursor() *tea.Cursor {
	if p.panel == nil {
		return nil
	}
	return p.panel.Cursor()
}

func (p *quizPage) Wants() []docKey {
	if p.panel == nil {
		return nil
	}
	return p.panel.wants()
}

func (p *quizPage) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case leaveQuizMsg:
		if msg.reread {
			return say(openLessonMsg{p.lesson.ID})
		}
		return say(openCourseMsg{p.lesson.ID})
	case actMsg:
		if msg.action == keymap.Back {
			return say(openCourseMsg{p.lesson.ID})
		}
	}
	if p.panel == nil {
		return nil
	}
	return p.panel.Update(msg)
}

func (p *quizPage) View() string {
	if p.panel == nil {
		return ""
	}
	return strings.Join(p.panel.lines(), "\n")
}
