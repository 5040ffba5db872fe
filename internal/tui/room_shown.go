package tui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"kubetutor/internal/class"
	"kubetutor/internal/tui/keymap"
)

// shownPage is the instructor's screen, as far as the window shows it. It lies over
// the page, which stays as it is, and can be left and opened again.
type shownPage struct {
	c             *common
	top, left     int
	width, height int
}

// openShown opens the instructor's screen, or closes it.
func (m *Model) openShown() tea.Cmd {
	if _, open := m.front().(*shownPage); open {
		m.uncover()
		return nil
	}
	if m.c.room.sight.Shown == nil {
		m.notice = m.c.words.RoomNothingShown
		return nil
	}
	m.c.room.news = banner{}
	return m.cover(&shownPage{c: m.c})
}

// noteShown opens the instructor's screen when it is shown to all, unless the
// learner is in the midst of something; and closes it when it is shown no longer.
func (m *Model) noteShown(old class.Sight) tea.Cmd {
	r := m.c.room
	w := m.c.words
	switch {
	case r.sight.Shown != nil:
		cleaned := class.CleanScreen(*r.sight.Shown)
		r.sight.Shown = &cleaned
	case old.Shown != nil:
		m.over = slices.DeleteFunc(m.over, func(s surface) bool { _, shown := s.(*shownPage); return shown })
		m.notice = w.RoomShowEnds
		return nil
	}
	if r.sight.Shown == nil || old.Shown != nil {
		return nil
	}
	if m.engaged() || m.roomPanel() != noPanel {
		r.say(w.RoomShows, w.RoomShowsTyping)
		return nil
	}
	return m.openShown()
}

func (p *shownPage) Init() tea.Cmd          { return nil }
func (p *shownPage) Title() string          { return p.c.words.RoomShownTitle }
func (p *shownPage) Typing() bool           { return false }
func (p *shownPage) Cursor() *tea.Cursor    { return nil }
func (p *shownPage) Scopes() []keymap.Scope { return []keymap.Scope{keymap.Shown} }
func (p *shownPage) SetSize(w, h int)       { p.width, p.height = w, h }

func (p *shownPage) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case wheelMsg:
		return steps(msg.lines/wheelLines, p.act)
	case actMsg:
		return p.act(msg.action)
	}
	return nil
}

// shownStep is by how many columns the screen is scrolled.
const shownStep = 8

func (p *shownPage) act(a keymap.Action) tea.Cmd {
	s := p.c.room.sight.Shown
	if s == nil || a == keymap.Back {
		return say(uncoverMsg{})
	}
	switch a {
	case keymap.Up:
		p.top--
	case keymap.Down:
		p.top++
	case keymap.Left:
		p.left -= shownStep
	case keymap.Right:
		p.left += shownStep
	}
	p.top = max(min(p.top, s.Rows-p.rows()), 0)
	p.left = max(min(p.left, s.Columns-p.width), 0)
	return nil
}

// rows is how many rows of the screen are seen; a caption stands below.
func (p *shownPage) rows() int {
	if s := p.c.room.sight.Shown; s != nil && s.Caption != "" {
		return max(p.height-1, 1)
	}
	return p.height
}

func (p *shownPage) View() string {
	s := p.c.room.sight.Shown
	if s == nil {
		return strings.Join(window(nil, 0, p.height), "\n")
	}
	lines := window(strings.Split(s.Content, "\n"), p.top, p.rows())
	for i, l := range lines {
		lines[i] = ansi.Cut(l, p.left, p.left+p.width) + ansi.ResetStyle
	}
	if s.Caption != "" {
		lines = append(lines, " "+p.c.styles.Strong.Render(clip(s.Caption, p.width-2)))
	}
	return strings.Join(window(lines, 0, p.height), "\n")
}
