package tui

import (
	"strings"
	"unicode"

	"charm.land/lipgloss/v2"

	"kubetutor/internal/chart"
	"kubetutor/internal/markdown"
	"kubetutor/internal/tui/draw"
)

// signs are the characters that are drawn beside words.
type signs struct {
	pass, fail, wait, unknown         string
	cursor, bar, full, empty, dot     string
	ticked, open, picked, unpicked    string
	horizontal, vertical              string
	down, up, cross, left, right, sep string
	watched, locked                   string
}

func newSigns(ascii bool) signs {
	if ascii {
		return signs{
			pass: "+", fail: "x", wait: "o", unknown: "-", cursor: ">", bar: "|", full: "#", empty: ".", dot: ".",
			ticked: "[x]", open: "[ ]", picked: "(*)", unpicked: "( )",
			horizontal: "-", vertical: "|", down: "+", up: "+", cross: "+", left: "+", right: "+", sep: ">",
			watched: "(*)", locked: "#",
		}
	}
	return signs{
		pass: "✓", fail: "✗", wait: "◌", unknown: "–", cursor: "▸", bar: "┃", full: "█", empty: "░", dot: "·",
		ticked: "[x]", open: "[ ]", picked: "(•)", unpicked: "( )",
		horizontal: "─", vertical: "│", down: "┬", up: "┴", cross: "┼", left: "├", right: "┤", sep: "›",
		watched: "●", locked: "⊘",
	}
}

func clip(s string, w int) string { return draw.Clip(s, w) }

func clipHard(s string, w int) string { return draw.ClipHard(s, w) }

func pad(s string, w int) string { return draw.Pad(s, w) }

func spread(left, right string, w int) string { return draw.Spread(left, right, w) }

func window(rows []string, top, h int) []string { return draw.Window(rows, top, h) }

func follow(top, at, h, total int) int { return draw.Follow(top, at, h, total) }

// beside joins two columns of equal height with a line between.
func (c *common) beside(left, right []string, leftWidth int) []string {
	line := c.styles.Rule.Render(c.signs.vertical)
	out := make([]string, len(left))
	for i := range left {
		out[i] = pad(left[i], leftWidth) + line + right[i]
	}
	return out
}

// rule is a line across; at column at (0: nowhere) stands joint.
func (c *common) rule(w, at int, joint string) string {
	if at <= 0 || at >= w {
		return c.styles.Rule.Render(strings.Repeat(c.signs.horizontal, max(w, 0)))
	}
	return c.styles.Rule.Render(strings.Repeat(c.signs.horizontal, at) + joint + strings.Repeat(c.signs.horizontal, w-at-1))
}

// gauge is a bar of w columns of which part of whole is full.
func (c *common) gauge(part, whole, w int) string {
	full := 0
	if whole > 0 {
		full = min(part*w/whole, w)
	}
	return c.styles.Accent.Render(strings.Repeat(c.signs.full, full)) + c.styles.Rule.Render(strings.Repeat(c.signs.empty, w-full))
}

// drawn gives a drawing its colours.
func (c *common) drawn(lines []chart.Line, indent string) []string {
	list := make([]string, len(lines))
	for i, l := range lines {
		if len(l) > 0 {
			list[i] = indent
		}
		for _, s := range l {
			list[i] += c.tone(s.Tone).Render(s.Text)
		}
	}
	return list
}

// tone is the style of a tone.
func (c *common) tone(t chart.Tone) lipgloss.Style {
	switch t {
	case chart.Value:
		return c.styles.Accent
	case chart.Frame:
		return c.styles.Dim
	}
	return c.styles.Text
}

// wrapped breaks a sentence and styles each line.
func wrapped(s string, w int, style lipgloss.Style) []string {
	lines := markdown.Wrap(clean(s, maxText), max(w, 4))
	for i, l := range lines {
		lines[i] = style.Render(l)
	}
	return lines
}

func indent(lines []string, by string) []string { return draw.Indent(lines, by) }

// maxText is how much text from outside is taken at once, in bytes.
const maxText = 64 << 10

// clean removes what could do more than be read: control and format characters
// (line ends stay, tabs become spaces), invalid UTF-8, and all beyond limit
// bytes.
func clean(s string, limit int) string {
	if len(s) > limit {
		s = s[:limit]
	}
	s = strings.ToValidUTF8(s, "")
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", "    ").Replace(s)
	return strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || bidi(r) || !unicode.IsGraphic(r)) {
			return -1
		}
		return r
	}, s)
}

// bidi tells the characters that turn the direction of what follows.
func bidi(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// width is how many columns a text takes.
func width(s string) int { return lipgloss.Width(s) }

func plainStyle() lipgloss.Style { return lipgloss.NewStyle() }
