package tui

import (
	"fmt"

	"charm.land/bubbles/v2/textarea"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"charm.land/lipgloss/v2"

	"kubetutor/internal/tui/draw"
)

// maxInput bounds what can be typed into a line, in characters.
const maxInput = 4096

// maxManifest bounds a text of many lines, in characters: all of it is laid out
// anew at every key, which takes about 4 ms per KB.
const maxManifest = 16 << 10

// newInput is a line of text with the terminal's own cursor, which is where
// input methods open their window.
func (c *common) newInput() textinput.Model {
	in := textinput.New()
	in.SetVirtualCursor(false)
	in.Prompt = ""
	in.CharLimit = maxInput
	plain := textinput.StyleState{Text: c.styles.Text, Placeholder: c.styles.Dim, Suggestion: c.styles.Dim, Prompt: c.styles.Accent}
	in.SetStyles(textinput.Styles{Focused: plain, Blurred: plain})
	return in
}

// newArea is a text of many lines with the terminal's own cursor.
func (c *common) newArea() textarea.Model {
	area := textarea.New()
	area.SetVirtualCursor(false)
	area.Prompt = ""
	area.CharLimit = maxManifest
	area.MaxHeight = 0
	plain := textarea.StyleState{
		Text: c.styles.Text, CursorLine: lipgloss.NewStyle(), LineNumber: c.styles.Dim,
		CursorLineNumber: c.styles.Accent, Placeholder: c.styles.Dim, Prompt: c.styles.Dim, EndOfBuffer: c.styles.Dim,
	}
	area.SetStyles(textarea.Styles{Focused: plain, Blurred: plain})
	return area
}

func drawInput(in textinput.Model, w int) (view string, cursor int) { return draw.Input(in, w) }

// prompt draws an input behind its label in w columns, and tells in which of them
// the cursor stands.
func (c *common) prompt(label string, in textinput.Model, w int) (line string, cursor int) {
	text, at := drawInput(in, max(w-4-width(label), 4))
	return "  " + c.styles.Accent.Render(label) + text, 2 + width(label) + at
}

// fitting cuts text to what an input takes that holds some already, in characters,
// and says so.
func (c *common) fitting(text string, holds, limit int) (string, tea.Cmd) {
	runes := []rune(text)
	if holds+len(runes) <= limit {
		return text, nil
	}
	return string(runes[:max(limit-holds, 0)]), say(showNoticeMsg{fmt.Sprintf(c.words.TooLong, limit>>10)})
}
