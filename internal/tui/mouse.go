package tui

import (
	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/tui/keymap"
)

// The mouse is optional, and off by default: the terminal then selects text with
// it. Where it is on, a click chooses, another one on what is chosen opens it,
// and the wheel scrolls what it is over.
type (
	clickMsg struct{ x, y int }        // a place of the page
	wheelMsg struct{ x, y, lines int } // the same; lines downwards
)

// wheelLines is how far one step of the wheel goes.
const wheelLines = 3

// pageTop is the row of the window in which the page begins.
const pageTop = 2

// pointed passes on what the mouse does.
func (m *Model) pointed(msg tea.MouseMsg) tea.Cmd {
	at := msg.Mouse()
	if m.ask != nil || m.naming != nil || m.small() {
		return nil
	}
	switch msg.(type) {
	case tea.MouseWheelMsg:
		return m.wheel(at)
	case tea.MouseClickMsg:
		return m.click(at)
	}
	return nil
}

func (m *Model) wheel(at tea.Mouse) tea.Cmd {
	lines := map[tea.MouseButton]int{tea.MouseWheelUp: -wheelLines, tea.MouseWheelDown: wheelLines}[at.Button]
	switch {
	case lines == 0:
		return nil
	case m.help != nil:
		m.help.scroll(lines, m.width, m.height-frameRows)
		return nil
	}
	return m.front().Update(wheelMsg{at.X, at.Y - pageTop, lines})
}

func (m *Model) click(at tea.Mouse) tea.Cmd {
	m.armed, m.notice = false, ""
	y := at.Y - pageTop
	switch {
	case at.Button != tea.MouseLeft || y < 0 || y >= m.height-frameRows:
		return nil
	case m.help != nil:
		m.help = nil
		return nil
	}
	return m.front().Update(clickMsg{at.X, y})
}

// switchMouse turns the mouse on or off.
func (m *Model) switchMouse() {
	m.c.mouse = !m.c.mouse
	m.notice = m.c.words.MouseOff
	if m.c.mouse {
		m.notice = m.c.words.MouseOn
	}
}

func (m *Model) mouseMode() tea.MouseMode {
	if m.c.mouse {
		return tea.MouseModeCellMotion
	}
	return tea.MouseModeNone
}

// steps is the action up or down, once for each line of the wheel.
func steps(lines int, act func(keymap.Action) tea.Cmd) tea.Cmd {
	action := keymap.Down
	if lines < 0 {
		action, lines = keymap.Up, -lines
	}
	cmds := make([]tea.Cmd, 0, lines)
	for range lines {
		cmds = append(cmds, act(action))
	}
	return tea.Batch(cmds...)
}

// click chooses an entry of home, or opens the one that is chosen.
func (h *home) click(y int) tea.Cmd {
	i := h.top(homeTop+len(h.items())) + y - homeTop
	items := h.items()
	switch {
	case i < 0 || i >= len(items):
		return nil
	case i == h.cursor:
		return say(items[i].open)
	}
	h.choose(i)
	return nil
}

// click chooses a lesson, or opens the one that is chosen.
func (p *coursePage) click(y int) tea.Cmd {
	rows, at := p.rows()
	i := p.top(rows, at) + y - len(p.head())
	if y < len(p.head()) || i >= len(rows) || rows[i].lesson == nil {
		return nil
	}
	if p.cursor == rows[i].lesson.ID {
		return say(openLessonMsg{p.cursor})
	}
	p.cursor = rows[i].lesson.ID
	return nil
}

// click gives a panel the keys, opens a card, chooses a page or an answer.
func (p *lessonPage) click(at clickMsg) tea.Cmd {
	left, right := p.halves()
	switch {
	case right > 0 && at.x > left && at.y < p.labHeight(p.height):
		return p.openLab(p.lab.lab.ID)
	case right > 0 && at.x > left:
		return p.enterConsole()
	case right == 0 && (p.focus == onLab || p.focus == onConsole):
		return nil
	case p.focus == onOutline:
		return p.clickOutline(at.y)
	}
	var back tea.Cmd
	if p.focus == onLab || p.focus == onConsole {
		back = p.backToText()
	}
	if p.quiz != nil {
		return tea.Batch(back, p.quiz.click(at.y))
	}
	return tea.Batch(back, p.clickText(at.y))
}

func (p *lessonPage) clickOutline(y int) tea.Cmd {
	page := p.outline.at(y, len(p.text.pages()))
	if page < 0 {
		return nil
	}
	if page == p.outline.cursor {
		return p.actOutline(keymap.Open)
	}
	p.outline.cursor = page
	return nil
}

// clickText opens the card in a line of the text.
func (p *lessonPage) clickText(y int) tea.Cmd {
	rows, ready := p.text.rows()
	i := p.text.top(rows) + y
	if !ready || i >= len(rows) || rows[i].part < 0 || rows[i].text == "" || p.text.current().Parts[rows[i].part].Markdown != "" {
		return nil
	}
	return p.openPart(rows[i].part)
}

// wheel scrolls what it is over.
func (p *lessonPage) wheel(at wheelMsg) tea.Cmd {
	left, right := p.halves()
	lab := right == 0 && p.focus == onLab || right > 0 && at.x > left && at.y < p.labHeight(p.height)
	console := right == 0 && p.focus == onConsole || right > 0 && at.x > left && !lab
	switch {
	case lab:
		return steps(at.lines, func(a keymap.Action) tea.Cmd { return p.lab.Update(actMsg{action: a}) })
	case console:
		p.console.scroll(-at.lines)
	case p.focus == onOutline:
		return steps(at.lines/wheelLines, p.actOutline)
	case p.quiz != nil:
		return p.quiz.wheel(at.lines)
	default:
		p.text.scroll(at.lines)
	}
	return nil
}

// click chooses an answer.
func (p *quizPanel) click(y int) tea.Cmd {
	d, top := p.placed()
	n, ok := d.answers[top+y-1]
	switch {
	case p.phase != asking || !ok:
		return nil
	case len(p.inputs) > 0:
		return p.focusInput(n)
	}
	p.pick(n)
	return nil
}

// wheel scrolls what has been answered, and moves among answers before.
func (p *quizPanel) wheel(lines int) tea.Cmd {
	if p.phase == asking {
		lines /= wheelLines
	}
	return steps(lines, func(a keymap.Action) tea.Cmd { return p.act(actMsg{action: a}) })
}
