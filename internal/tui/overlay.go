package tui

import (
	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/tui/keymap"
)

// surface is what has the keys: a page, or what lies over it.
type surface interface {
	Init() tea.Cmd
	Update(msg tea.Msg) tea.Cmd
	View() string
	SetSize(width, height int)
	// Scopes are those of the keys, the innermost first.
	Scopes() []keymap.Scope
	// Typing tells that letters are text: no key of one letter means anything.
	Typing() bool
	// Cursor is where the terminal's cursor stands; nil hides it.
	Cursor() *tea.Cursor
}

// uncoverMsg takes away what lies over the page.
type uncoverMsg struct{}

// front is what has the keys. The page stays as it is beneath the others.
func (m *Model) front() surface {
	if n := len(m.over); n > 0 {
		return m.over[n-1]
	}
	return m.page
}

// cover lays a surface over all others.
func (m *Model) cover(s surface) tea.Cmd {
	m.over = append(m.over, s)
	s.SetSize(m.pageSize())
	return s.Init()
}

// uncover takes the top one away.
func (m *Model) uncover() {
	n := len(m.over)
	if n == 0 {
		return
	}
	if s, ok := m.over[n-1].(interface{ Leave() }); ok {
		s.Leave()
	}
	m.over = m.over[:n-1]
}

// uncoverAll takes all of them away.
func (m *Model) uncoverAll() {
	for len(m.over) > 0 {
		m.uncover()
	}
}

// title names what fills the window.
func (m *Model) title() string {
	if s, ok := m.front().(interface{ Title() string }); ok {
		return s.Title()
	}
	return m.page.Title()
}

// network lays the picture of the network over everything, or takes it away.
func (m *Model) network() tea.Cmd {
	if _, open := m.front().(*networkPage); open {
		m.uncover()
		return nil
	}
	return m.cover(newNetworkPage(m.c))
}

// search opens the search, or closes it.
func (m *Model) search() tea.Cmd {
	if m.ask != nil || m.naming != nil || m.broken != nil {
		return nil
	}
	if _, editing := m.front().(*editorPage); editing {
		return nil // what is written must not be left by the way
	}
	if _, open := m.front().(*palette); open {
		m.uncover()
		return nil
	}
	m.armed, m.notice, m.help = false, "", nil
	return m.cover(newPalette(m.c))
}

// everywhere passes a message to all surfaces.
func (m *Model) everywhere(msg tea.Msg) tea.Cmd {
	cmds := []tea.Cmd{m.page.Update(msg)}
	for _, s := range m.over {
		cmds = append(cmds, s.Update(msg))
	}
	return tea.Batch(cmds...)
}
