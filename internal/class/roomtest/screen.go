package roomtest

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/mattn/go-runewidth"
)

// screen is what a terminal shows: it carries out those control sequences of an
// xterm that Bubble Tea writes. Colours are of no interest here.
//
// A terminal emulator of the tests' own is small beside what it saves: forty of
// them share two processors with the server that is measured.
type screen struct {
	width, height int
	cells         [][]rune // 0 is the second half of a wide character
	x, y          int
	saved         [2]int
	top, bottom   int  // the rows that scroll, bottom not included
	pending       bool // the last column is written: the next character wraps
	insert, wrap  bool
	last          rune // for REP
	drawing       bool // between the beginning and the end of a synchronized frame

	changes int    // how often something that is seen changed
	frames  int    // synchronized frames that ended
	asked   []byte // answers to what the program asked the terminal
	parser  *ansi.Parser
	widths  *runewidth.Condition
}

func newScreen(width, height int) *screen {
	s := &screen{width: width, height: height, bottom: height, wrap: true, parser: ansi.NewParser(), widths: &runewidth.Condition{}}
	s.cells = make([][]rune, height)
	for y := range s.cells {
		s.cells[y] = slices.Repeat([]rune{' '}, width)
	}
	s.parser.SetHandler(ansi.Handler{Print: s.print, Execute: s.control, HandleCsi: s.csi, HandleEsc: s.esc, HandleOsc: s.osc})
	return s
}

// Write takes the program's output.
func (s *screen) Write(p []byte) (int, error) {
	for _, b := range p {
		s.parser.Advance(b)
	}
	return len(p), nil
}

// rows are the lines, without the spaces at their ends.
func (s *screen) rows() []string {
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

func (s *screen) print(r rune) {
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
	s.changes++
	if s.x += w; s.x >= s.width {
		s.x, s.pending = s.width-1, true
	}
}

func (s *screen) control(b byte) {
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
func (s *screen) down() {
	s.pending = false
	if s.y == s.bottom-1 {
		s.scroll(s.top, 1)
		return
	}
	s.y = min(s.y+1, s.height-1)
}

func (s *screen) up() {
	s.pending = false
	if s.y == s.top {
		s.scroll(s.top, -1)
		return
	}
	s.y = max(s.y-1, 0)
}

func (s *screen) moveTo(x, y int) {
	s.x, s.y, s.pending = min(max(x, 0), s.width-1), min(max(y, 0), s.height-1), false
}

// scroll moves the rows from one on up by n, or down by as many where n is
// negative.
func (s *screen) scroll(from, n int) {
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

func (s *screen) erase(cells []rune) {
	for i := range cells {
		cells[i] = ' '
	}
	s.changes++
}

// shift makes room for n characters at the cursor; where n is negative it takes
// as many away.
func (s *screen) shift(n int) {
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

func (s *screen) esc(cmd ansi.Cmd) {
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
func (s *screen) osc(cmd int, data []byte) {
	if cmd == 11 && strings.HasSuffix(string(data), "?") {
		s.asked = append(s.asked, "\x1b]11;rgb:0000/0000/0000\x07"...)
	}
}

func (s *screen) csi(cmd ansi.Cmd, params ansi.Params) {
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
func (s *screen) change(final byte, n int, params ansi.Params) {
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

func (s *screen) move(final byte, n, m int) {
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

func (s *screen) margins(top int, params ansi.Params) {
	bottom, _, _ := params.Param(1, s.height)
	if bottom == 0 {
		bottom = s.height
	}
	s.top, s.bottom = min(top-1, s.height-1), min(bottom, s.height)
	s.moveTo(0, 0)
}

func (s *screen) clear(mode int) {
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

func (s *screen) eraseRows(rows [][]rune) {
	for _, line := range rows {
		s.erase(line)
	}
}

// private carries out what the DEC and others added. Of modes, the one that
// frames are synchronized with is known (2026), and that of wrapping lines.
func (s *screen) private(cmd ansi.Cmd, params ansi.Params) {
	mode, _, _ := params.Param(0, 0)
	switch {
	case cmd.Prefix() != '?':
	case cmd.Intermediate() == '$' && cmd.Final() == 'p' && mode == 2026:
		s.asked = append(s.asked, "\x1b[?2026;2$y"...)
	case cmd.Intermediate() != 0:
	case cmd.Final() == 'h' || cmd.Final() == 'l':
		s.set(mode, cmd.Final() == 'h')
	}
}

func (s *screen) set(mode int, on bool) {
	switch mode {
	case 7:
		s.wrap = on
	case 1049:
		s.eraseRows(s.cells)
	case 2026:
		if s.drawing && !on {
			s.frames++
		}
		s.drawing = on
	}
}
