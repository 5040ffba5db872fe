package host

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// screen draws views on a terminal at the other end of a connection. It keeps the
// lines that are there and writes those that differ: some kilobytes for each
// session, where buffers of cells take most of a megabyte. Of a line it lets
// through characters, colours and the like (SGR), and nothing else that a terminal
// would act on, whatever a model or a learner's name has in it.
type screen struct {
	to      io.Writer
	profile colorprofile.Profile

	size   window
	lines  []string
	view   tea.View // as the terminal's modes are; without content
	begun  bool
	frames int // how many were written
	buf    strings.Builder
}

// resize takes another size of the window. What the terminal made of the lines that
// it had is not known.
func (s *screen) resize(w window) {
	if w != s.size {
		s.size, s.lines = w, nil
	}
}

// clear forgets what is on the screen, so that all of it is drawn anew.
func (s *screen) clear() { s.lines = nil }

// draw brings a view onto the terminal.
func (s *screen) draw(v tea.View) error {
	s.buf.Reset()
	s.modes(v)
	lines := s.fit(v.Content)
	if s.lines == nil {
		s.buf.WriteString(ansi.ResetStyle + ansi.EraseEntireScreen)
		s.lines = make([]string, s.size.height)
	}
	for row, line := range lines {
		if line != s.lines[row] {
			s.row(row, line)
		}
	}
	s.lines = lines
	drawn := s.buf.Len() > 0
	s.cursor(v.Cursor, drawn)
	s.view = v
	s.view.Content, s.begun = "", true
	if s.buf.Len() == 0 {
		return nil
	}
	return s.flush(drawn)
}

// row writes a line over the one that is there.
func (s *screen) row(row int, line string) {
	s.buf.WriteString(ansi.CursorPosition(1, row+1))
	s.buf.WriteString(line)
	if ansi.StringWidth(line) < s.size.width { // behind a full line, this would erase its end
		s.buf.WriteString(ansi.EraseLineRight)
	}
}

// fit breaks content into as many lines as the window has, each no wider than it
// and with the attributes that it begins with.
func (s *screen) fit(content string) []string {
	lines := make([]string, s.size.height)
	pen := ""
	for row := 0; row < len(lines) && content != ""; row++ {
		line, rest, _ := strings.Cut(content, "\n")
		lines[row], pen = s.clean(pen, line)
		content = rest
	}
	return lines
}

// clean returns a line as it is written, and the attributes that it leaves on.
func (s *screen) clean(pen, line string) (clean, left string) {
	if pen == "" && plain(line) && len(line) <= s.size.width {
		return line, ""
	}
	line = strings.ToValidUTF8(line, "") // stray bytes are control characters to some terminals
	p := ansi.GetParser()
	defer ansi.PutParser(p)
	var b strings.Builder
	b.WriteString(pen)
	var state byte
	column := 0
	for len(line) > 0 {
		seq, width, n, next := ansi.DecodeSequence(line, state, p)
		switch {
		case width > 0:
			if column += width; column <= s.size.width && utf8.ValidString(seq) {
				b.WriteString(seq)
			}
		case seq == "\t" && column < s.size.width:
			b.WriteByte(' ')
			column++
		case isStyle(seq, p):
			b.WriteString(seq)
			pen = penAfter(pen, seq)
		}
		line, state = line[n:], next
	}
	if b.Len() > 0 && strings.Contains(b.String(), "\x1b[") {
		b.WriteString(ansi.ResetStyle)
	}
	return b.String(), pen
}

// plain tells whether a line is printable ASCII.
func plain(line string) bool {
	for i := range len(line) {
		if line[i] < ' ' || line[i] >= 0x7f {
			return false
		}
	}
	return true
}

// isStyle tells whether a sequence selects graphic rendition (SGR) and nothing else.
func isStyle(seq string, p *ansi.Parser) bool {
	if !strings.HasPrefix(seq, "\x1b[") || !strings.HasSuffix(seq, "m") || p.Command() != 'm' {
		return false
	}
	return strings.IndexFunc(seq[2:len(seq)-1], func(r rune) bool { return (r < '0' || r > ';') && r != ':' }) < 0
}

// penAfter is what is on after a sequence: what was, and it; or nothing, if it takes
// all away.
func penAfter(pen, seq string) string {
	if seq == "\x1b[m" || seq == "\x1b[0m" {
		return ""
	}
	const most = 256 // far more than there are attributes
	if len(pen)+len(seq) > most {
		return seq
	}
	return pen + seq
}

// modes turns on and off what a view asks for and the last one did not.
func (s *screen) modes(v tea.View) {
	if !s.begun { // a character that is wider than thought must not end on the next row
		s.buf.WriteString(ansi.HideCursor + ansi.ResetModeAutoWrap)
	}
	s.toggle(v.AltScreen, s.view.AltScreen, ansi.SetModeAltScreenSaveCursor, ansi.ResetModeAltScreenSaveCursor)
	if s.begun && v.AltScreen != s.view.AltScreen {
		s.lines = nil
	}
	s.toggle(!v.DisableBracketedPasteMode, s.begun && !s.view.DisableBracketedPasteMode, ansi.SetModeBracketedPaste, ansi.ResetModeBracketedPaste)
	s.toggle(v.ReportFocus, s.view.ReportFocus, ansi.SetModeFocusEvent, ansi.ResetModeFocusEvent)
	if v.MouseMode != s.view.MouseMode {
		s.buf.WriteString(mouseOff)
		switch v.MouseMode {
		case tea.MouseModeCellMotion:
			s.buf.WriteString(ansi.SetModeMouseButtonEvent + ansi.SetModeMouseExtSgr)
		case tea.MouseModeAllMotion:
			s.buf.WriteString(ansi.SetModeMouseAnyEvent + ansi.SetModeMouseExtSgr)
		}
	}
	if v.WindowTitle != s.view.WindowTitle {
		s.buf.WriteString(ansi.SetWindowTitle(printable(v.WindowTitle)))
	}
}

func (s *screen) toggle(want, have bool, on, off string) {
	switch {
	case want && !have:
		s.buf.WriteString(on)
	case !want && have:
		s.buf.WriteString(off)
	}
}

// cursor puts the cursor where a view has it, after something was drawn.
func (s *screen) cursor(c *tea.Cursor, drawn bool) {
	had := s.view.Cursor
	switch {
	case c == nil && (had != nil || !s.begun):
		s.buf.WriteString(ansi.HideCursor)
	case c != nil && (drawn || had == nil || *had != *c):
		if had == nil || had.Shape != c.Shape || had.Blink != c.Blink {
			s.buf.WriteString(ansi.SetCursorStyle(cursorStyle(c)))
		}
		s.buf.WriteString(ansi.CursorPosition(c.X+1, c.Y+1))
		if had == nil {
			s.buf.WriteString(ansi.ShowCursor)
		}
	}
}

// cursorStyle is DECSCUSR's number of a cursor.
func cursorStyle(c *tea.Cursor) int {
	style := 2*int(c.Shape) + 1
	if !c.Blink {
		style++
	}
	return style
}

// flush writes what was gathered, in colours that the terminal has.
func (s *screen) flush(drawn bool) error {
	s.frames++
	text := s.buf.String()
	if drawn && s.view.Cursor != nil { // else it is seen flying about
		text = ansi.HideCursor + text + ansi.ShowCursor
	}
	w := colorprofile.Writer{Forward: s.to, Profile: max(s.profile, colorprofile.ASCII)}
	if _, err := io.WriteString(&w, text); err != nil {
		return fmt.Errorf("drawing: %w", err)
	}
	return nil
}

const mouseOff = ansi.ResetModeMouseNormal + ansi.ResetModeMouseButtonEvent + ansi.ResetModeMouseAnyEvent + ansi.ResetModeMouseExtSgr

// restore gives the terminal back as it was, whatever was drawn last and wherever
// that broke off.
func (s *screen) restore() error {
	if !s.begun {
		return nil
	}
	var b strings.Builder
	b.WriteString("\x1b\\") // ends a sequence that was cut off
	b.WriteString(ansi.ResetStyle + mouseOff + ansi.ResetModeFocusEvent + ansi.ResetModeBracketedPaste)
	b.WriteString(ansi.SetCursorStyle(0))
	if s.view.WindowTitle != "" {
		b.WriteString(ansi.SetWindowTitle(""))
	}
	if s.view.AltScreen {
		b.WriteString(ansi.EraseEntireScreen + ansi.ResetModeAltScreenSaveCursor)
	} else {
		b.WriteString(ansi.CursorPosition(1, s.size.height) + "\r\n")
	}
	b.WriteString(ansi.SetModeAutoWrap + ansi.ShowCursor)
	s.begun, s.lines, s.view = false, nil, tea.View{}
	if _, err := io.WriteString(s.to, b.String()); err != nil {
		return fmt.Errorf("restoring the terminal: %w", err)
	}
	return nil
}

// printable leaves control characters out of a text.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return -1
		}
		return r
	}, text)
}
