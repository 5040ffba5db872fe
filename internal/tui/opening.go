package tui

import (
	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
)

// wholeLoadedMsg brings all of the course.
type wholeLoadedMsg struct {
	course *course.Course
	err    error
}

// loadWhole loads all of the course, where there is only its outline, and then
// what the learner did in it.
func (m *Model) loadWhole() tea.Cmd {
	if !m.opening {
		return m.c.load()
	}
	return func() tea.Msg {
		whole, err := m.c.o.Whole()
		return wholeLoadedMsg{whole, err}
	}
}

// opened takes over the course, and then the keys that were typed too early.
func (m *Model) opened(msg wholeLoadedMsg) tea.Cmd {
	if msg.err != nil {
		m.failed = msg.err
		return tea.Quit
	}
	m.c.o.Course, m.opening = msg.course, false
	cmds := []tea.Cmd{m.c.load()}
	for _, key := range m.early {
		cmds = append(cmds, say(key))
	}
	m.early = nil
	return tea.Sequence(cmds...)
}

// typed tells whether the learner did something that the page must answer.
func typed(msg tea.Msg) bool {
	switch msg.(type) {
	case tea.KeyPressMsg, tea.PasteMsg:
		return true
	}
	return false
}
