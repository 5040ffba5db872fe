package class

import (
	"strings"

	"github.com/rivo/uniseg"
)

// Limits of a screen.
const (
	maxColumns   = 500
	maxRows      = 200
	maxContent   = 1 << 20 // bytes that are looked at
	maxSGR       = 64      // bytes of the parameters of one sequence
	maxPerColumn = 4       // SGR sequences for each column of a line, on the average
)

// CleanScreen makes a screen out of any bytes that holds text, ends of lines and
// SGR sequences, and nothing else that a terminal acts on; it has at most 500
// columns and 200 rows, of which its content has no more, and ends with attributes
// reset. The caption is cleaned as by [Clean].
func CleanScreen(s Screen) Screen {
	s.Columns, s.Rows = min(max(s.Columns, 1), maxColumns), min(max(s.Rows, 1), maxRows)
	s.Caption = Clean(s.Caption, maxCaption)
	lines := strings.SplitN(s.Content[:min(len(s.Content), maxContent)], "\n", s.Rows+1)
	styled := false
	for i := range lines[:min(len(lines), s.Rows)] {
		w := lineWriter{columns: s.Columns}
		w.line(strings.TrimSuffix(lines[i], "\r"))
		lines[i] = w.out.String()
		styled = styled || w.sequences > 0
	}
	s.Content = strings.Join(lines[:min(len(lines), s.Rows)], "\n")
	if styled && !strings.HasSuffix(s.Content, reset) {
		s.Content += reset
	}
	return s
}

const reset = "\x1b[m"

// lineWriter takes what is good of a line of a screen.
type lineWriter struct {
	columns   int
	cells     int
	sequences int
	out       strings.Builder
}

// line reads text and control sequences in turn (ECMA-48 5.4, 5.6). The state of
// sequences does not go over the end of a line.
func (w *lineWriter) line(text string) {
	for text != "" {
		if at := strings.IndexByte(text, '\x1b'); at != 0 {
			if at < 0 {
				at = len(text)
			}
			w.text(text[:at])
			text = text[at:]
			continue
		}
		n, sgr := sequence(text)
		if sgr && w.sequences < maxPerColumn*w.columns {
			w.sequences++
			w.out.WriteString(text[:n])
		}
		text = text[n:]
	}
}

// text writes what fits of a text.
func (w *lineWriter) text(text string) {
	text = strings.Map(harmless, text)
	state := -1
	for text != "" {
		var cluster string
		var cells int
		cluster, text, cells, state = uniseg.FirstGraphemeClusterInString(text, state)
		if w.cells+cells > w.columns {
			w.cells = w.columns // nothing that comes later may fill the place
			return
		}
		w.cells += cells
		w.out.WriteString(firstRunes(cluster, maxCluster))
	}
}

// sequence measures the control sequence that a text begins with, and tells whether
// it is one that sets attributes (SGR).
func sequence(text string) (size int, sgr bool) {
	if len(text) < 2 {
		return len(text), false
	}
	switch text[1] {
	case '\x1b':
		return 1, false
	case '[':
		return controlSequence(text)
	case ']', 'P', 'X', '^', '_': // strings, which end with ST or BEL
		return stringSequence(text), false
	}
	i := 1
	for i < len(text) && text[i] >= 0x20 && text[i] <= 0x2f {
		i++
	}
	return min(i+1, len(text)), false
}

// controlSequence measures ESC [, parameters, intermediates and a final byte.
func controlSequence(text string) (size int, sgr bool) {
	i := 2
	for i < len(text) && text[i] >= 0x30 && text[i] <= 0x3f {
		i++
	}
	parameters := text[2:i]
	for i < len(text) && text[i] >= 0x20 && text[i] <= 0x2f {
		i++
	}
	if i == len(text) || text[i] < 0x40 || text[i] > 0x7e {
		return i, false // broken off; what follows is text
	}
	plain := i == 2+len(parameters) && len(parameters) <= maxSGR && !strings.ContainsAny(parameters, "<=>?")
	return i + 1, plain && text[i] == 'm'
}

// stringSequence measures up to its end: BEL, ST, or another sequence.
func stringSequence(text string) int {
	at := strings.IndexAny(text[2:], "\a\x1b")
	if at < 0 {
		return len(text)
	}
	switch at += 2; {
	case text[at] == '\a':
		return at + 1
	case strings.HasPrefix(text[at:], "\x1b\\"):
		return at + 2
	}
	return at
}
