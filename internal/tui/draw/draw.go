// Package draw has the arithmetic of lines and columns that every full-screen
// interface of the program shares. All widths are in cells of the terminal.
package draw

import (
	"strings"

	"charm.land/bubbles/v2/textinput"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// Clip cuts a line that is wider than w columns, with a sign that something is
// missing.
func Clip(s string, w int) string {
	if w <= 0 {
		return ""
	}
	if lipgloss.Width(s) <= w {
		return s
	}
	return ansi.Truncate(s, w, "…")
}

// ClipHard cuts without a sign that something is missing.
func ClipHard(s string, w int) string { return ansi.Truncate(s, max(w, 0), "") }

// Pad makes a line exactly w columns wide.
func Pad(s string, w int) string {
	s = Clip(s, w)
	return s + strings.Repeat(" ", max(w-lipgloss.Width(s), 0))
}

// Spread puts left and right at the ends of a line; left gives way.
func Spread(left, right string, w int) string {
	right = Clip(right, w)
	room := w - lipgloss.Width(right)
	if right != "" && lipgloss.Width(left) >= room {
		left = Clip(left, room-1)
	}
	return Pad(left, room) + right
}

// Window cuts h lines out of rows, starting at top, and fills up with empty
// ones.
func Window(rows []string, top, h int) []string {
	out := make([]string, max(h, 0))
	for i := range out {
		if top+i >= 0 && top+i < len(rows) {
			out[i] = rows[top+i]
		}
	}
	return out
}

// Follow moves the top of a window of h lines so that line at is inside.
func Follow(top, at, h, total int) int {
	if at < top {
		top = at
	}
	if at >= top+h {
		top = at - h + 1
	}
	return max(min(top, total-h), 0)
}

// Fit cuts what would be wider or higher than the window.
func Fit(content string, w, h int) string {
	lines := strings.Split(content, "\n")
	lines = lines[:min(len(lines), h)]
	for i, l := range lines {
		lines[i] = Clip(l, w)
	}
	return strings.Join(lines, "\n")
}

// Indent puts by before each line that is not empty.
func Indent(lines []string, by string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		if l != "" {
			out[i] = by + l
		}
	}
	return out
}

// Input shows the part of a line of text around its cursor that fits into w
// columns, and tells the cursor's column. The component's own view and cursor
// count characters, so that both would be wrong for Chinese.
func Input(in textinput.Model, w int) (view string, cursor int) {
	text, at := []rune(in.Value()), in.Position()
	near := 4 * w // characters that may be seen, those of no width among them; a long line is not measured in all
	from := max(at-near, 0)
	for from < at && lipgloss.Width(string(text[from:at])) > w-1 {
		from++
	}
	return ClipHard(string(text[from:min(len(text), at+near)]), w), lipgloss.Width(string(text[from:at]))
}

// Width is how many columns a text takes.
func Width(s string) int { return lipgloss.Width(s) }
