package tui

import (
	"fmt"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/tui/keymap"
)

// nameMsg asks the learner to type the name of their own cluster's context; yes
// is sent once they have.
type nameMsg struct {
	context string
	yes     tea.Msg
}

// startLabMsg begins a lab, or goes on with it.
type startLabMsg struct{ lab string }

// naming is the line in which that name is typed. It stands in the footer.
type naming struct {
	c *common
	nameMsg
	input textinput.Model
}

func newNaming(c *common, msg nameMsg) *naming {
	n := &naming{c: c, nameMsg: msg, input: c.newInput()}
	n.input.Focus()
	return n
}

func (n *naming) label() string { return " " + n.c.words.TypeName }

// view is the line, and where the cursor stands in it.
func (n *naming) view(w int) (line string, cursor int) {
	label := n.label()
	room := max(w-width(label)-1, 1)
	text, at := drawInput(n.input, room)
	line = n.c.styles.Wait.Render(label) + text
	if left := w - width(label) - width(text) - 3; left > 20 {
		line += "   " + n.c.keyLine([]keymap.Scope{keymap.Naming}, left)
	}
	return line, width(label) + at
}

// naming takes the keys while a name is typed.
func (m *Model) nameKey(k tea.KeyPressMsg) (cmd tea.Cmd) {
	n := m.naming
	a, ok := m.c.keys.Find(k.String(), keymap.Naming)
	if !ok {
		n.input, cmd = n.input.Update(k)
		return cmd
	}
	m.naming = nil
	switch {
	case a != keymap.Submit:
		return nil
	case n.input.Value() != n.context:
		m.notice = fmt.Sprintf(m.c.words.WrongName, n.input.Value(), n.context)
		return nil
	}
	m.c.desk.Confirm(n.context)
	return m.page.Update(n.yes)
}

// paste puts a text where one is typed.
func (m *Model) paste(msg tea.PasteMsg) (cmd tea.Cmd) {
	if m.small() {
		return nil
	}
	if m.asksHelp != nil {
		return m.asksHelp.typed(tea.PasteMsg{Content: line(msg.Content)})
	}
	if m.naming == nil {
		return m.front().Update(tea.PasteMsg{Content: clean(msg.Content, 2*maxText)})
	}
	m.naming.input, cmd = m.naming.input.Update(tea.PasteMsg{Content: clean(msg.Content, maxInput)})
	return cmd
}

// hindered is what must be said or asked before a lab begins on the learner's own
// cluster; nil for nothing. Yes is sent once they have answered.
func (p *labPanel) hindered(yes tea.Msg) tea.Cmd {
	switch context := p.c.foreign; {
	case context == "":
		return nil
	case !p.suits():
		return say(showNoticeMsg{p.c.words.NeedsOwn})
	case p.c.desk.Confirmed() != context:
		return say(nameMsg{context, yes})
	}
	return nil
}

// suits tells whether the lab can be done on the cluster at hand.
func (p *labPanel) suits() bool {
	return p.c.foreign == "" || p.lab.Scope == course.ScopeNamespace
}

// place says on what the lab would be done.
func (p *labPanel) place() string {
	if p.c.foreign == "" {
		return p.c.words.StartsCluster
	}
	return fmt.Sprintf(p.c.words.OwnHere, p.lab.Namespace, p.c.foreign)
}

// theirs is how the learner's own cluster stands.
func (m *Model) theirs() string {
	if m.status.State == protocol.StateUp {
		return m.c.foreign
	}
	return m.c.foreign + " (" + m.c.words.ContextState[string(m.status.State)] + ")"
}
