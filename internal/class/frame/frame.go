// Package frame is what the instructor's screens have in common: styles, signs,
// the line of keys and the help.
package frame

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"
	"charm.land/lipgloss/v2"

	"kubetutor/internal/markdown"
	"kubetutor/internal/tui/draw"
	"kubetutor/internal/tui/keymap"
	"kubetutor/internal/tui/theme"
)

// The smallest window that is drawn in.
const (
	MinWidth  = 40
	MinHeight = 12
)

// Frame draws what is the same on every page. Words are by keymap.Scope, and by
// keymap.Action or SCOPE/ACTION.
type Frame struct {
	Styles          theme.Styles
	Signs           Signs
	Keys            *keymap.Map
	Scopes, Actions map[string]string

	theme   string // as it was chosen: it may follow the background
	light   bool   // the terminal's background is, as far as it told
	noColor bool
}

// New is a frame without words, in a theme of the program's own assets; ascii is
// for terminals and fonts without box drawing. An unknown theme is an error.
func New(theme string, noColor, ascii bool, keys *keymap.Map) (Frame, error) {
	f := Frame{Signs: newSigns(ascii), Keys: keys, theme: theme, noColor: noColor}
	return f, f.style()
}

// Background takes what the terminal says about its own, which a theme may follow.
func (f *Frame) Background(light bool) error {
	f.light = light
	return f.style()
}

// Light tells whether the terminal's background is, as far as it told.
func (f *Frame) Light() bool { return f.light }

func (f *Frame) style() error {
	styles, err := theme.Named(f.theme, f.light, f.noColor)
	if err != nil {
		return err
	}
	f.Styles = styles
	return nil
}

// Signs are the characters that are drawn beside words.
type Signs struct {
	Pass, Fail, Cursor, Chosen, Alert, Dot, Sep string
	Full, Empty, Horizontal, Vertical           string
	Open, Locked                                string
	QuoteLeft, QuoteRight                       string
}

// newSigns are those of terminals with box drawing, or without.
func newSigns(ascii bool) Signs {
	if ascii {
		return Signs{
			Pass: "+", Fail: "x", Cursor: ">", Chosen: "*", Alert: "!", Dot: "-", Sep: ">", Full: "#", Empty: ".",
			Horizontal: "-", Vertical: "|", Open: "[ ]", Locked: "[#]", QuoteLeft: `"`, QuoteRight: `"`,
		}
	}
	return Signs{
		Pass: "✓", Fail: "✗", Cursor: "▸", Chosen: "■", Alert: "!", Dot: "·", Sep: "›", Full: "▇", Empty: "░",
		Horizontal: "─", Vertical: "│", Open: "○", Locked: "●", QuoteLeft: "“", QuoteRight: "”",
	}
}

// TooSmall says in the words of a format that a window of that size is, where it
// is.
func (f Frame) TooSmall(format string, w, h int) (content string, ok bool) {
	if w >= MinWidth && h >= MinHeight {
		return "", false
	}
	return draw.Fit(strings.Join(Wrapped(fmt.Sprintf(format, w, h), w, f.Styles.Text), "\n"), w, h), true
}

// Rule is a line across.
func (f Frame) Rule(w int) string {
	return f.Styles.Rule.Render(strings.Repeat(f.Signs.Horizontal, max(w, 0)))
}

// Beside joins two columns with a line between.
func (f Frame) Beside(left, right []string, leftWidth int) []string {
	line := f.Styles.Rule.Render(f.Signs.Vertical)
	out := make([]string, len(left))
	for i := range left {
		out[i] = draw.Pad(left[i], leftWidth) + line + right[i]
	}
	return out
}

// KeyLine is the short list of keys at the bottom: as many as fit. A key that
// means something else in an earlier scope is left out.
func (f Frame) KeyLine(scopes []keymap.Scope, room int) string {
	line := ""
	for _, b := range f.Keys.Bindings(scopes...) {
		if !b.Foot || f.taken(b, scopes) {
			continue
		}
		part := f.Styles.Key.Render(b.Label()) + " " + f.Styles.Dim.Render(f.does(b))
		if line != "" {
			part = "   " + part
		}
		if lipgloss.Width(line)+lipgloss.Width(part) <= room {
			line += part
		}
	}
	return line
}

func (f Frame) taken(b keymap.Binding, scopes []keymap.Scope) bool {
	_, ok := f.Keys.Find(b.Keys[0], scopes[:slices.Index(scopes, b.Scope)]...)
	return ok
}

func (f Frame) does(b keymap.Binding) string {
	if s := f.Actions[string(b.Scope)+"/"+string(b.Action)]; s != "" {
		return s
	}
	return f.Actions[string(b.Action)]
}

// Help lists all keys of the scopes, in as many columns as fit into w.
func (f Frame) Help(scopes []keymap.Scope, w int) (lines []string) {
	for _, s := range scopes {
		lines = append(lines, "", "  "+f.Styles.Title.Render(f.Scopes[string(s)]))
		lines = append(lines, f.columns(f.Keys.Bindings(s), w-4)...)
	}
	return lines
}

func (f Frame) columns(bindings []keymap.Binding, w int) (lines []string) {
	const keys, cell = 14, 38
	n := max(w/cell, 1)
	for i := 0; i < len(bindings); i += n {
		line := "    "
		for _, b := range bindings[i:min(i+n, len(bindings))] {
			line += draw.Pad(f.Styles.Key.Render(draw.Pad(strings.Join(b.Labels(), " "), keys))+" "+f.does(b), cell)
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}

// Wrapped breaks a text, whose lines stay apart, and styles each line.
func Wrapped(s string, w int, style lipgloss.Style) []string {
	lines := markdown.Wrap(s, max(w, 4))
	for i, l := range lines {
		lines[i] = style.Render(l)
	}
	return lines
}

// Input is a line of text with the terminal's own cursor, which is where input
// methods open their window. It takes at most limit characters.
func (f Frame) Input(limit int) textinput.Model {
	in := textinput.New()
	in.SetVirtualCursor(false)
	in.Prompt = ""
	in.CharLimit = limit
	plain := textinput.StyleState{Text: f.Styles.Text, Placeholder: f.Styles.Dim, Suggestion: f.Styles.Dim, Prompt: f.Styles.Accent}
	in.SetStyles(textinput.Styles{Focused: plain, Blurred: plain})
	return in
}

// Clock writes a time that is left as m:ss or h:mm:ss; what is over is 0:00. It
// counts begun seconds, so that a minute begins with 1:00.
func Clock(left time.Duration) string {
	n := int(max(left+time.Second-1, 0) / time.Second)
	if n >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", n/3600, n/60%60, n%60)
	}
	return fmt.Sprintf("%d:%02d", n/60, n%60)
}

// Join joins what is not empty.
func Join(by string, parts ...string) string {
	text := ""
	for _, p := range parts {
		if text != "" && p != "" {
			text += by
		}
		text += p
	}
	return text
}
