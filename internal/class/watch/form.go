package watch

import (
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"kubetutor/internal/tui/draw"
	"kubetutor/internal/tui/keymap"
)

// form is a line that the instructor types.
type form struct {
	label string
	about string    // what may be typed, or what it is for
	to    *audience // nil: the recipients cannot be chosen
	input textinput.Model
	// submit acts on what was typed. A refusal keeps the form open and is shown.
	submit  func(text string) (cmd tea.Cmd, refusal string)
	refusal string
	typed   func(text string) // told of every change; nil: nobody
}

// maxTyped bounds what can be typed, in characters.
const maxTyped = maxLine

func (s *shared) form(label, about string, submit func(string) (tea.Cmd, string)) *form {
	f := &form{label: label, about: about, submit: submit, input: s.Input(maxTyped)}
	f.input.Focus()
	return f
}

// key handles a key; done tells that the form is over.
func (f *form) key(s *shared, k tea.KeyPressMsg) (cmd tea.Cmd, done bool) {
	switch a, _ := s.Keys.Find(k.String(), inForm); a {
	case keymap.Submit:
		cmd, f.refusal = f.submit(f.input.Value())
		return cmd, f.refusal == ""
	case keymap.Back:
		if f.typed != nil {
			f.typed("")
		}
		return nil, true
	case recipients:
		if f.to != nil {
			f.to.next()
		}
		return nil, false
	}
	return f.pass(k), false
}

// pass gives a key or what was pasted to the input.
func (f *form) pass(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	f.input, cmd = f.input.Update(msg)
	f.refusal = ""
	if f.typed != nil {
		f.typed(f.input.Value())
	}
	return cmd
}

// lines draws the form in two lines of w columns, and tells in which column of
// the second the cursor stands.
func (f *form) lines(s *shared, w int) (lines []string, cursor int) {
	above := " " + s.Styles.Dim.Render(f.about)
	switch {
	case f.refusal != "":
		above = " " + s.Styles.Bad.Render(f.refusal)
	case f.to != nil:
		above = " " + s.Styles.Dim.Render(s.words.To) + " " + s.Styles.Strong.Render(f.to.label()) + "   " + s.Styles.Dim.Render(f.about)
	}
	label := " " + f.label + "  "
	text, at := draw.Input(f.input, max(w-lipgloss.Width(label)-1, 4))
	return []string{draw.Clip(above, w), s.Styles.Accent.Render(label) + text}, lipgloss.Width(label) + at
}
