package tui

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// sheet is a text that is being edited: lines, a cursor, and what was there
// before. Bytes that are not touched stay as they are.
//
// A change costs as much as the lines that it touches, not as much as the text, so
// that a long one can be typed into on a server with many others.
type sheet struct {
	lines    []string // without their ends; at least one
	size     int      // bytes, line ends included
	row, col int      // of the cursor; col in bytes, between grapheme clusters
	want     int      // the cell to which moves up and down keep; -1: that of the cursor
	past     []sheetChange
	joins    bool // the next letter belongs to the last change
	changes  int  // those that were made, but for what was taken back
}

// sheetChange is what undo needs: which lines stood where others stand now.
type sheetChange struct {
	at       int
	old      []string
	now      int // how many stand there now
	row, col int // of the cursor before
}

// mostUndo is how many changes can be taken back.
const mostUndo = 200

func newSheet(text string) *sheet {
	return &sheet{lines: strings.Split(text, "\n"), size: len(text), want: -1}
}

func (s *sheet) text() string { return strings.Join(s.lines, "\n") }
func (s *sheet) line() string { return s.lines[s.row] }

// dirty tells that the text may be another than at first.
func (s *sheet) dirty() bool { return s.changes > 0 }

// before is what stands before the cursor in its line.
func (s *sheet) before() string { return s.line()[:s.col] }

// indent is the white space that the cursor's line begins with.
func (s *sheet) indent() string {
	line := s.before()
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

// insert puts a text where the cursor is, which then stands behind it.
func (s *sheet) insert(text string) {
	added := strings.Split(s.before()+text+s.line()[s.col:], "\n")
	last := len(added) - 1
	col := len(added[last]) - len(s.line()[s.col:])
	goesOn := s.joins && last == 0
	s.replace(s.row, s.row+1, added, s.row+last, col, goesOn)
	s.joins = last == 0
}

// backspace deletes what stands before the cursor.
func (s *sheet) backspace() {
	switch {
	case s.col > 0:
		from := s.col - len(lastCluster(s.before()))
		s.replace(s.row, s.row+1, []string{s.line()[:from] + s.line()[s.col:]}, s.row, from, false)
	case s.row > 0:
		above := s.lines[s.row-1]
		s.replace(s.row-1, s.row+1, []string{above + s.line()}, s.row-1, len(above), false)
	}
}

// deleteNext deletes what stands behind the cursor.
func (s *sheet) deleteNext() {
	row, col := s.row, s.col
	s.forward()
	if s.row != row || s.col != col {
		s.backspace()
	}
}

// replace puts lines in the place of others. A change that goes on is taken back
// together with the one before, which touched the same line.
func (s *sheet) replace(from, to int, lines []string, row, col int, goesOn bool) {
	if !goesOn {
		s.past = append(s.past, sheetChange{from, slices.Clone(s.lines[from:to]), len(lines), s.row, s.col})
		s.past = s.past[max(len(s.past)-mostUndo, 0):]
		s.changes++
	}
	s.size += lengths(lines) - lengths(s.lines[from:to])
	s.lines = slices.Replace(s.lines, from, to, lines...)
	s.row, s.col, s.want, s.joins = row, col, -1, false
}

// lengths is how many bytes lines take, each with its end.
func lengths(lines []string) (n int) {
	for _, l := range lines {
		n += len(l) + 1
	}
	return n
}

// undo takes the last change back. It is false where there is none.
func (s *sheet) undo() bool {
	n := len(s.past)
	if n == 0 {
		return false
	}
	c := s.past[n-1]
	s.past, s.changes = s.past[:n-1], s.changes-1
	s.size += lengths(c.old) - lengths(s.lines[c.at:c.at+c.now])
	s.lines = slices.Replace(s.lines, c.at, c.at+c.now, c.old...)
	s.row, s.col, s.want, s.joins = c.row, c.col, -1, false
	return true
}

// moveTo puts the cursor somewhere.
func (s *sheet) moveTo(row, col int) { s.row, s.col, s.want, s.joins = row, col, -1, false }

// back goes to the left by a character, forward to the right.
func (s *sheet) back() {
	switch {
	case s.col > 0:
		s.moveTo(s.row, s.col-len(lastCluster(s.before())))
	case s.row > 0:
		s.moveTo(s.row-1, len(s.lines[s.row-1]))
	}
}

func (s *sheet) forward() {
	switch {
	case s.col < len(s.line()):
		cluster, _, _, _ := uniseg.FirstGraphemeClusterInString(s.line()[s.col:], -1)
		s.moveTo(s.row, s.col+len(cluster))
	case s.row+1 < len(s.lines):
		s.moveTo(s.row+1, 0)
	}
}

// vertical moves by lines, and keeps to the same cell as far as lines have it.
func (s *sheet) vertical(by int) {
	want := s.want
	if want < 0 {
		want = width(displayed(s.before()))
	}
	s.pointAt(s.row+by, want)
	s.want = want
}

// pointAt puts the cursor into a line at a cell, or as near as there is.
func (s *sheet) pointAt(row, cell int) {
	row = max(min(row, len(s.lines)-1), 0)
	line, col, at := s.lines[row], 0, 0
	for col < len(line) {
		cluster, _, _, _ := uniseg.FirstGraphemeClusterInString(line[col:], -1)
		if at += width(displayed(cluster)); at > cell {
			break
		}
		col += len(cluster)
	}
	s.moveTo(row, col)
}

// nearby is how far back the last character of a text is looked for, in bytes.
const nearby = 256

// lastCluster is the last character of a text, with all that is combined in it.
func lastCluster(text string) (last string) {
	rest := text
	if len(rest) > nearby {
		rest = rest[len(rest)-nearby:]
		for len(rest) > 0 && !utf8.RuneStart(rest[0]) {
			rest = rest[1:]
		}
	}
	for rest != "" {
		last, rest, _, _ = uniseg.FirstGraphemeClusterInString(rest, -1)
	}
	return last
}

// displayed is a text as it is drawn: tabs as spaces, and a sign for whatever
// cannot be seen or would do more than be seen.
func displayed(text string) string {
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == '\t':
			b.WriteString("    ")
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD"), unicode.IsControl(r), bidi(r):
			b.WriteByte('?')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
