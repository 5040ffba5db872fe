// Package emulator is a terminal for tests.
package emulator

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/mattn/go-runewidth"
)

// Screen is what a terminal shows: it carries out those control sequences of an
// xterm that Bubble Tea and the server of a class write. Colours are of no interest here.
//
// An emulator of the tests' own is small beside what it saves: in the room that
// judges a class, forty of them share two processors with the server that is
// measured.
type Screen struct {
	// Changes is how often something that is seen changed, Frames how many
	// synchronized frames ended, and Drawing that one has begun.
	Changes int
	Frames  int
	Drawing bool

	width, height int
	cells         [][]rune // 0 is the second half of a wide character
	x, y          int
	hidden        bool // the cursor
	saved         [2]int
	top, bottom   int  // the rows that scroll, bottom not included
	pending       bool // the last column is written: the next character wraps
	insert, wrap  bool
	last          rune // for REP
	answers       []byte
	parser        *ansi.Parser
	widths        *runewidth.Condition
}

// maxSequence bounds what a control sequence may hold.
const maxSequence = 4096

// New is an empty screen.
func New(width, height int) *Screen {
	s := &Screen{width: width, height: height, bottom: height, wrap: true, parser: ansi.NewParser(), widths: &runewidth.Condition{}}
	s.parser.SetDataSize(maxSequence)
	s.cells = make([][]rune, height)
	for y := range s.cells {
		s.cells[y] = slices.Repeat([]rune{' '}, width)
	}
	s.parser.SetHandler(ansi.Handler{Print: s.print, Execute: s.control, HandleCsi: s.csi, HandleEsc: s.esc, HandleOsc: s.osc})
	return s
}

// Answers returns what the terminal answers to what it was asked since the last
// call.
func (s *Screen) Answers() []byte {
	a := s.answers
	s.answers = nil
	return a
}

// Cursor is where the cursor is, from 0, and whether it is seen.
func (s *Screen) Cursor() (x, y int, shown bool) { return s.x, s.y, !s.hidden }

// Write takes the program's output.
func (s *Screen) Write(p []byte) (int, error) {
	for _, b := range p {
		s.parser.Advance(b)
	}
	return len(p), nil
}

// Rows are the lines, without the spaces at their ends.
func (s *Screen) Rows() []string {
	rows := make([]string, s.height)
	for y, line := range s.cells {
		var b strings.Builder
		for _, r := range line {
			if r != 0 {
				b.WriteRune(r)
			}
		}
		rows[y] = strings.TrimRight(b.String(), " ")
	}
	return rows
}

func (s *Screen) print(r rune) {
	w := s.widths.RuneWidth(r)
	if w == 0 {
		return // combining characters change no text that is looked for
	}
	if s.pending && s.wrap {
		s.x = 0
		s.down()
	}
	s.pending, s.last = false, r
	if s.insert {
		s.shift(w)
	}
	line := s.cells[s.y]
	line[s.x] = r
	for i := s.x + 1; i < min(s.x+w, s.width); i++ {
		line[i] = 0
	}
	s.Changes++
	if s.x += w; s.x >= s.width {
		s.x, s.pending = s.width-1, true
	}
}

func (s *Screen) control(b byte) {
	switch b {
	case '\r':
		s.moveTo(0, s.y)
	case '\n':
		s.down()
	case '\b':
		s.moveTo(s.x-1, s.y)
	case '\t':
		s.moveTo((s.x/8+1)*8, s.y)
	}
}

// down goes to the next row, and scrolls at the end of those that do.
func (s *Screen) down() {
	s.pending = false
	if s.y == s.bottom-1 {
		s.scroll(s.top, 1)
		return
	}
	s.y = min(s.y+1, s.height-1)
}

func (s *Screen) up() {
	s.pending = false
	if s.y == s.top {
		s.scroll(s.top, -1)
		return
	}
	s.y = max(s.y-1, 0)
}

func (s *Screen) moveTo(x, y int) {
	s.x, s.y, s.pending = min(max(x, 0), s.width-1), min(max(y, 0), s.height-1), false
}

// scroll moves the rows from one on up by n, or down by as many where n is
// negative.
func (s *Screen) scroll(from, n int) {
	part := s.cells[from:s.bottom]
	for range min(max(n, -n), len(part)) {
		if n > 0 {
			first := part[0]
			copy(part, part[1:])
			part[len(part)-1] = first
			s.erase(first)
		} else {
			end := part[len(part)-1]
			copy(part[1:], part)
			part[0] = end
			s.erase(end)
		}
	}
}

func (s *Screen) erase(cells []rune) {
	for i := range cells {
		cells[i] = ' '
	}
	s.Changes++
}

// shift makes room for n characters at the cursor; where n is negative it takes
// as many away.
func (s *Screen) shift(n int) {
	rest := s.cells[s.y][s.x:]
	if n > 0 {
		n = min(n, len(rest))
		copy(rest[n:], rest)
		s.erase(rest[:n])
		return
	}
	n = min(-n, len(rest))
	copy(rest, rest[n:])
	s.erase(rest[len(rest)-n:])
}

func (s *Screen) esc(cmd ansi.Cmd) {
	switch cmd.Final() {
	case 'M':
		s.up()
	case 'D':
		s.down()
	case '7':
		s.saved = [2]int{s.x, s.y}
	case '8':
		s.moveTo(s.saved[0], s.saved[1])
	}
}

// osc answers which colour the background has, as terminals do.
func (s *Screen) osc(cmd int, data []byte) {
	if cmd == 11 && strings.HasSuffix(string(data), "?") {
		s.answers = append(s.answers, "\x1b]11;rgb:0000/0000/0000\x07"...)
	}
}

func (s *Screen) csi(cmd ansi.Cmd, params ansi.Params) {
	if cmd.Prefix() != 0 || cmd.Intermediate() != 0 {
		s.private(cmd, params)
		return
	}
	n := number(params, 0)
	switch cmd.Final() {
	case 'A', 'B', 'C', 'D', 'E', 'F', 'G', '`', 'a', 'd', 'e', 'H', 'f', 'I', 'Z':
		s.move(cmd.Final(), n, number(params, 1))
	case 'b':
		for range n {
			s.print(s.last)
		}
	case 'S':
		s.scroll(s.top, n)
	case 'T':
		s.scroll(s.top, -n)
	case 'L':
		s.scroll(s.y, -n)
	case 'M':
		s.scroll(s.y, n)
	case 'r':
		s.margins(n, params)
	case 'h', 'l':
		s.insert = s.insert && n != 4 || n == 4 && cmd.Final() == 'h'
	default:
		s.change(cmd.Final(), n, params)
	}
}

// change edits the row at the cursor.
func (s *Screen) change(final byte, n int, params ansi.Params) {
	line := s.cells[s.y]
	mode, _, _ := params.Param(0, 0)
	switch final {
	case 'J':
		s.clear(mode)
	case 'K':
		s.erase([][]rune{line[s.x:], line[:s.x+1], line}[min(mode, 2)])
	case 'X':
		s.erase(line[s.x:min(s.x+n, s.width)])
	case '@':
		s.shift(n)
	case 'P':
		s.shift(-n)
	}
}

// number is a parameter of which 0, as nothing, means 1.
func number(params ansi.Params, i int) int {
	n, _, _ := params.Param(i, 1)
	return max(n, 1)
}

func (s *Screen) move(final byte, n, m int) {
	switch final {
	case 'A':
		s.moveTo(s.x, s.y-n)
	case 'B', 'e':
		s.moveTo(s.x, s.y+n)
	case 'C', 'a':
		s.moveTo(s.x+n, s.y)
	case 'D':
		s.moveTo(s.x-n, s.y)
	case 'E':
		s.moveTo(0, s.y+n)
	case 'F':
		s.moveTo(0, s.y-n)
	case 'G', '`':
		s.moveTo(n-1, s.y)
	case 'd':
		s.moveTo(s.x, n-1)
	case 'H', 'f':
		s.moveTo(m-1, n-1)
	case 'I':
		s.moveTo((s.x/8+n)*8, s.y)
	case 'Z':
		s.moveTo(((s.x+7)/8-n)*8, s.y)
	}
}

func (s *Screen) margins(top int, params ansi.Params) {
	bottom, _, _ := params.Param(1, s.height)
	if bottom == 0 {
		bottom = s.height
	}
	s.top, s.bottom = min(top-1, s.height-1), min(bottom, s.height)
	s.moveTo(0, 0)
}

func (s *Screen) clear(mode int) {
	line := s.cells[s.y]
	switch mode {
	case 0:
		s.erase(line[s.x:])
		s.eraseRows(s.cells[s.y+1:])
	case 1:
		s.erase(line[:s.x+1])
		s.eraseRows(s.cells[:s.y])
	default:
		s.eraseRows(s.cells)
	}
}

func (s *Screen) eraseRows(rows [][]rune) {
	for _, line := range rows {
		s.erase(line)
	}
}

// private carries out what the DEC and others added. Of modes, the one that
// frames are synchronized with is known (2026), and those of wrapping lines and of
// the cursor.
func (s *Screen) private(cmd ansi.Cmd, params ansi.Params) {
	mode, _, _ := params.Param(0, 0)
	switch {
	case cmd.Prefix() != '?':
	case cmd.Intermediate() == '$' && cmd.Final() == 'p' && mode == 2026:
		s.answers = append(s.answers, "\x1b[?2026;2$y"...)
	case cmd.Intermediate() != 0:
	case cmd.Final() == 'h' || cmd.Final() == 'l':
		s.set(mode, cmd.Final() == 'h')
	}
}

func (s *Screen) set(mode int, on bool) {
	switch mode {
	case 7:
		s.wrap = on
	case 25:
		s.hidden = !on
	case 1049:
		s.eraseRows(s.cells)
	case 2026:
		if s.Drawing && !on {
			s.Frames++
		}
		s.Drawing = on
	}
}
