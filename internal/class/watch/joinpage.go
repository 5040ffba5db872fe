package watch

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/class/frame"
	"kubetutor/internal/class/qr"
	"kubetutor/internal/tui/draw"
	"kubetutor/internal/tui/keymap"
)

// joinPage shows the room what it takes to join.
type joinPage struct {
	*shared
	pane
	inverted bool // the QR code is drawn the other way round
}

func (p *joinPage) scope() keymap.Scope { return inJoin }
func (p *joinPage) title() string       { return p.words.JoinTitle }

func (p *joinPage) act(a keymap.Action) tea.Cmd {
	switch a {
	case invert:
		p.inverted = !p.inverted
	case renew:
		// No time: for as long as the class has set.
		return say(askMsg{p.words.AskRenew, func() tea.Cmd {
			return p.do(class.Order{Kind: class.OrderRenew}, p.words.Renewed)
		}})
	}
	return nil
}

// lines has words on the left and the QR code on the right, or without it where
// there is no room: a code that is cut cannot be read.
func (p *joinPage) lines() []string {
	w, h := p.w, p.h
	code := p.code(w, h)
	if len(code) == 0 {
		return p.said(w-4, h)
	}
	left := w - lipgloss.Width(code[0]) - 3
	words, code := draw.Window(p.said(left-4, h), 0, h), draw.Window(code, 0, h)
	for i := range words {
		words[i] = draw.Pad(words[i], left) + code[i]
	}
	return words
}

// code is the QR code where it leaves room for the words.
func (p *joinPage) code(w, h int) []string {
	text := p.o.QR
	if text == "" {
		text = p.board.Join.Line
	}
	if text == "" {
		return nil
	}
	drawn := qr.Lines
	if p.o.ASCII {
		drawn = qr.ASCII
	}
	code, err := drawn(text, qr.Ink(p.Light() != p.inverted))
	if err != nil || len(code) > h || lipgloss.Width(code[0]) > w-36 {
		return nil
	}
	return code
}

func (p *joinPage) said(w, h int) []string {
	j := p.board.Join
	lines := []string{"", "  " + p.Styles.Text.Render(p.words.JoinLine), "", "  " + p.Styles.Title.Render(j.Line), "", "  " + p.Styles.Text.Render(p.words.JoinCode), ""}
	lines = append(lines, draw.Indent(p.large(j.Code, w, h-len(lines)-6), "  ")...)
	lines = append(lines, "", "  "+p.Styles.Dim.Render(p.expiry()), "")
	about := fmt.Sprintf(p.words.JoinHost, j.Fingerprint)
	return append(lines, draw.Indent(frame.Wrapped(about, w, p.Styles.Dim), "  ")...)
}

func (p *joinPage) expiry() string {
	left := p.board.Join.Expires.Sub(p.now())
	if left <= 0 {
		return p.words.CodeExpired
	}
	return fmt.Sprintf(p.words.CodeGood, p.board.Join.Expires.In(p.o.Now().Location()).Format("15:04"), int((left+time.Minute-1)/time.Minute))
}

// large writes the code so that the last row of a room reads it, where there is
// room for that.
func (p *joinPage) large(code string, w, h int) []string {
	if lines, ok := large(code, p.Signs.Full); ok && len(lines) <= h && lipgloss.Width(lines[0]) <= w {
		for i, l := range lines {
			lines[i] = p.Styles.Accent.Bold(true).Render(l)
		}
		return lines
	}
	return []string{p.Styles.Title.Render(code)}
}

// large writes letters and digits in five lines; ok is false where it does not
// know one of them.
func large(text, dot string) (lines []string, ok bool) {
	const rows = 5
	lines = make([]string, rows)
	shapes := glyphs()
	for _, r := range strings.ToUpper(text) {
		shape, ok := shapes[r]
		if !ok {
			return nil, false
		}
		for y, row := range strings.Fields(shape) {
			for _, bit := range row {
				lines[y] += strings.Repeat(map[rune]string{'#': dot, '.': " "}[bit], 2)
			}
			lines[y] += "  "
		}
	}
	return lines, text != ""
}

// glyphs are the shapes of letters and digits, three by five dots.
func glyphs() map[rune]string {
	return map[rune]string{
		'A': ".#. #.# ### #.# #.#", 'B': "##. #.# ##. #.# ##.", 'C': ".## #.. #.. #.. .##", 'D': "##. #.# #.# #.# ##.",
		'E': "### #.. ##. #.. ###", 'F': "### #.. ##. #.. #..", 'G': ".## #.. #.# #.# .##", 'H': "#.# #.# ### #.# #.#",
		'I': "### .#. .#. .#. ###", 'J': "..# ..# ..# #.# .#.", 'K': "#.# #.# ##. #.# #.#", 'L': "#.. #.. #.. #.. ###",
		'M': "#.# ### ### #.# #.#", 'N': "##. #.# #.# #.# #.#", 'O': ".#. #.# #.# #.# .#.", 'P': "##. #.# ##. #.. #..",
		'Q': ".#. #.# #.# ### .##", 'R': "##. #.# ##. #.# #.#", 'S': ".## #.. .#. ..# ##.", 'T': "### .#. .#. .#. .#.",
		'U': "#.# #.# #.# #.# ###", 'V': "#.# #.# #.# #.# .#.", 'W': "#.# #.# ### ### #.#", 'X': "#.# #.# .#. #.# #.#",
		'Y': "#.# #.# .#. .#. .#.", 'Z': "### ..# .#. #.. ###",
		'0': "### #.# #.# #.# ###", '1': ".#. ##. .#. .#. ###", '2': "##. ..# .#. #.. ###", '3': "##. ..# .#. ..# ##.",
		'4': "#.# #.# ### ..# ..#", '5': "### #.. ##. ..# ##.", '6': ".## #.. ### #.# ###", '7': "### ..# .#. .#. .#.",
		'8': "### #.# ### #.# ###", '9': "### #.# ### ..# ##.", '-': "... ... ### ... ...", ' ': "... ... ... ... ...",
	}
}
