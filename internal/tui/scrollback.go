package tui

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Bounds of what a console remembers.
const (
	maxLines   = 5000
	maxColumns = 4096 // of one line; a longer one goes on in the next
	maxPending = 64   // bytes of an escape sequence that is not finished
	tabStop    = 8
)

// scrollback is what a console has printed, as lines. Of escape sequences only
// colours and type faces (SGR) survive, so that no program can do more to the
// screen than write on it.
type scrollback struct {
	lines   []string
	line    strings.Builder // the last one, not ended yet
	columns int             // of line
	styled  bool            // line has escape sequences
	back    bool            // a carriage return: the next character begins the line anew
	pending []byte          // a character or a sequence that is not finished
	plain   bool            // no colours
}

// write adds what a program printed; it may end anywhere.
func (s *scrollback) write(data []byte) {
	data = append(s.pending, data...)
	cut := complete(data)
	s.pending = append([]byte(nil), data[cut:]...)
	text, state := string(data[:cut]), byte(0)
	for len(text) > 0 {
		seq, w, n, next := ansi.DecodeSequence(text, state, nil)
		s.put(seq, w)
		text, state = text[n:], next
	}
}

// complete is how many of the bytes end with a whole character or sequence.
func complete(data []byte) int {
	if i := strings.LastIndexByte(string(data[max(len(data)-maxPending, 0):]), 0x1b); i >= 0 {
		i += max(len(data)-maxPending, 0)
		if seq, _, n, state := ansi.DecodeSequence(string(data[i:]), 0, nil); state != 0 && i+n == len(data) || len(seq) == 1 {
			return i
		}
	}
	for n := 1; n < utf8.UTFMax && n <= len(data); n++ {
		b := data[len(data)-n]
		if utf8.RuneStart(b) {
			if b >= utf8.RuneSelf && !utf8.FullRune(data[len(data)-n:]) {
				return len(data) - n
			}
			break
		}
	}
	return len(data)
}

func (s *scrollback) put(seq string, w int) {
	switch {
	case seq == "\n":
		s.end()
	case seq == "\r":
		s.back = true
	case seq == "\t":
		n := tabStop - s.columns%tabStop
		s.text(strings.Repeat(" ", n), n)
	case w > 0 && utf8.ValidString(seq):
		s.text(seq, w)
	case isSGR(seq) && !s.plain:
		s.line.WriteString(seq)
		s.styled = true
	}
}

// isSGR tells a sequence that only sets colours and type faces.
func isSGR(seq string) bool {
	body, ok := strings.CutPrefix(seq, "\x1b[")
	if !ok || !strings.HasSuffix(body, "m") {
		return false
	}
	return strings.Trim(body[:len(body)-1], "0123456789;:") == ""
}

func (s *scrollback) text(t string, w int) {
	if s.back {
		s.line.Reset()
		s.columns, s.styled = 0, false
	}
	s.back = false
	if s.columns+w > maxColumns {
		s.end()
	}
	s.line.WriteString(t)
	s.columns += w
}

// end ends the line.
func (s *scrollback) end() {
	s.lines = append(s.lines, s.last())
	if len(s.lines) > maxLines {
		s.lines = append([]string(nil), s.lines[len(s.lines)-maxLines*9/10:]...)
	}
	s.line.Reset()
	s.columns, s.styled, s.back = 0, false, false
}

func (s *scrollback) last() string {
	if s.styled {
		return s.line.String() + ansi.ResetStyle
	}
	return s.line.String()
}

// fresh ends the line if something stands in it.
func (s *scrollback) fresh() {
	if s.columns > 0 {
		s.end()
	}
}

func (s *scrollback) clear() {
	s.lines = nil
	s.line.Reset()
	s.columns, s.styled, s.back, s.pending = 0, false, false, nil
}

// tail is the last n rows at a width, lines broken where they are too long, and
// the line that is not ended.
func (s *scrollback) tail(n, w int) (rows []string, open string) {
	for i := len(s.lines) - 1; i >= 0 && len(rows) < n; i-- {
		rows = append(broken(s.lines[i], w), rows...)
	}
	if len(rows) > n {
		rows = rows[len(rows)-n:]
	}
	parts := broken(s.last(), w)
	return append(rows, parts[:len(parts)-1]...), parts[len(parts)-1]
}

// broken cuts a line into pieces of at most w columns; styles go on.
func broken(line string, w int) []string {
	total := width(line)
	if total <= w || w <= 1 {
		return []string{line}
	}
	var parts []string
	for at := 0; at < total; {
		part := ansi.Cut(line, at, at+w)
		n := max(width(part), 1)
		if strings.Contains(part, "\x1b") {
			part += ansi.ResetStyle
		}
		parts = append(parts, part)
		at += n
	}
	return parts
}
