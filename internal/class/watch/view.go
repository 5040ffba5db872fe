package watch

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/tui/draw"
)

func (m *Model) wide() bool { return m.width >= wideWidth }

// The lines of the frame: header and rule above; a rule, what is shown or typed
// below, and the keys.
const headerRows = 3

// belowRows are the lines between the body and the keys, the rule among them. A
// screen that is looked at, and what the room is shown, need them themselves.
func (m *Model) belowRows() int {
	switch m.view.(type) {
	case *look, *joinPage:
		return 0
	}
	if m.height >= 40 {
		return 5
	}
	return 3
}

func (m *Model) bodyHeight() int { return max(m.height-headerRows-m.belowRows()-1, 1) }

// aboutRows are what is said of the learner under the cursor in a narrow window.
const aboutRows = 3

func (m *Model) rosterHeight() int {
	if m.wide() {
		return m.bodyHeight() - headRows
	}
	return m.bodyHeight() - headRows - aboutRows - 1
}

// View draws the class.
func (m *Model) View() tea.View {
	v := tea.View{AltScreen: true, WindowTitle: "kubetutor"}
	if content, small := m.TooSmall(m.words.TooSmall, m.width, m.height); small {
		v.Content = content
		return v
	}
	lines := append(m.header(m.width), m.ruled())
	lines = append(lines, draw.Window(m.body(), 0, m.bodyHeight())...)
	below, x := m.below()
	if x >= 0 && m.ask == nil {
		v.Cursor = tea.NewCursor(x, len(lines)+2)
	}
	lines = append(append(lines, below...), m.foot())
	v.Content = draw.Fit(strings.Join(lines, "\n"), m.width, m.height)
	return v
}

// below is a rule, and what is typed or else where everyone is. It tells in which
// column of its third line the cursor stands; -1 for none.
func (m *Model) below() (lines []string, cursor int) {
	h := m.belowRows()
	if h == 0 {
		return nil, -1
	}
	lines, cursor = m.distribution(m.width, h-1), -1
	if m.form != nil && !m.help {
		lines, cursor = m.form.lines(m.shared, m.width)
	}
	return append([]string{m.Rule(m.width)}, draw.Window(lines, 0, h-1)...), cursor
}

// ruled is the line below the header, with the view's title in it.
func (m *Model) ruled() string {
	title := ""
	switch {
	case m.help:
		title = m.words.HelpTitle
	case m.view != nil:
		title = m.view.title()
	}
	if title == "" {
		return m.Rule(m.width)
	}
	text := m.Rule(2) + " " + m.Styles.Title.Render(draw.Clip(title, m.width-6)) + " "
	return text + m.Rule(max(m.width-draw.Width(text), 0))
}

func (m *Model) body() []string {
	switch {
	case m.help:
		return draw.Window(m.helpLines(), m.helpTop, m.bodyHeight())
	case m.view != nil:
		return m.view.lines()
	case m.wide():
		right := max(m.width*2/5, 44)
		left := m.width - right - 1
		return m.Beside(m.roster.lines(left), draw.Window(m.beside(right-2), 0, m.bodyHeight()), left)
	}
	lines := append(m.roster.lines(m.width), m.Rule(m.width))
	return append(lines, draw.Window(m.beneath(m.width-2), 0, aboutRows)...)
}

// beside is what is said of the learner under the cursor in a wide window.
func (m *Model) beside(w int) []string {
	row, ok := m.roster.current()
	if !ok {
		return nil
	}
	return draw.Indent(m.about(row, w), " ")
}

// beneath is the same in a few lines.
func (m *Model) beneath(w int) []string {
	row, ok := m.roster.current()
	if !ok {
		return nil
	}
	lines := []string{m.Styles.Strong.Render(row.Name) + "  " + m.place(row.At) + "  " + m.Styles.Dim.Render(m.presence(row))}
	if why := m.reasons(row); why != "" {
		lines = append(lines, m.Styles.Wait.Render(why))
	}
	for _, f := range row.Standing.Failing {
		lines = append(lines, m.Styles.Bad.Render(m.Signs.Fail)+" "+m.failing(row, f))
	}
	return draw.Indent(draw.Window(lines, 0, aboutRows), " ")
}

// foot is a question, a notice, or the keys that matter here.
func (m *Model) foot() string {
	keys := func(w int) string { return m.KeyLine(m.scopes(), w) }
	switch {
	case m.help:
		return " " + m.Styles.Dim.Render(m.words.AnyKey)
	case m.ask != nil:
		text := " " + m.Styles.Wait.Render(draw.Clip(m.ask.text, m.width-20)) + "  "
		return text + keys(m.width-draw.Width(text))
	case m.notice.err != nil:
		return " " + m.Styles.Bad.Render(m.trouble(m.notice.err))
	case m.notice.said != "":
		return " " + m.Styles.Good.Render(m.notice.said)
	}
	return " " + keys(m.width-2)
}
