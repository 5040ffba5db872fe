package tui

import (
	"context"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/tui/keymap"
)

// maxCall is how long a call for help may be, in characters.
const maxCall = 500

// handLine is the line in which the learner may say what they need help with. It
// stands in the footer.
type handLine struct {
	c     *common
	input textinput.Model
}

// hand raises the hand, or takes it down.
func (m *Model) hand() tea.Cmd {
	r := m.c.room
	if r.sight.Hand {
		r.lowered = true
		m.notice = m.c.words.RoomHandIsDown
		return r.tell(func(ctx context.Context, s class.Seat) error { return s.Raise(ctx, class.Call{}) })
	}
	m.asksHelp = &handLine{c: m.c, input: m.c.newInput()}
	m.asksHelp.input.CharLimit = maxCall
	return m.asksHelp.input.Focus()
}

// handKey takes the keys while the line is typed.
func (m *Model) handKey(k tea.KeyPressMsg) tea.Cmd {
	a, ok := m.c.keys.Find(k.String(), keymap.Hand)
	if !ok {
		return m.asksHelp.typed(k)
	}
	text := m.asksHelp.input.Value()
	m.asksHelp = nil
	if a != keymap.Submit {
		return nil
	}
	m.notice = m.c.words.RoomHandIsUp
	call := class.Call{Up: true, Text: text}
	return m.c.room.tell(func(ctx context.Context, s class.Seat) error { return s.Raise(ctx, call) })
}

func (l *handLine) typed(msg tea.Msg) (cmd tea.Cmd) {
	l.input, cmd = l.input.Update(msg)
	return cmd
}

// view is the line, and where the cursor stands in it. In a narrow window what is
// typed is more than what is asked.
func (l *handLine) view(w int) (line string, cursor int) {
	label := " " + clip(l.c.words.RoomHandLabel, max(w/2, w-40))
	text, at := drawInput(l.input, max(w-width(label)-1, 1))
	line = l.c.styles.Wait.Render(label) + text
	if left := w - width(label) - width(text) - 3; left > 20 {
		line += "   " + l.c.keyLine([]keymap.Scope{keymap.Hand}, left)
	}
	return line, width(label) + at
}
