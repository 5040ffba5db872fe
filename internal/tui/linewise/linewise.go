// Package linewise draws a Bubble Tea program's views line by line. It is for
// terminals at the other end of a connection, where many programs run in one
// process.
//
// Bubble Tea's own renderer keeps two buffers of cells, 112 bytes each: 1.8 MB for
// a window of 160×50. This one keeps the lines of the last frame, and writes those
// that changed, whole. That is more on the wire (4 KB for a page that scrolls) and
// less of everything else; and a row with wide characters is right whatever the
// terminal takes to be wide. It draws at once and then pauses, where Bubble Tea
// waits for the next tick of a clock that never stops.
package linewise

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// pause is the least time between two frames: 60 in a second.
const pause = time.Second / 60

// Screen is a terminal that shows views.
type Screen struct {
	out     io.Writer
	profile colorprofile.Profile
	wake    chan struct{} // holds one: there is something to draw
	done    chan struct{} // closed when nothing is drawn any more

	mu     sync.Mutex
	next   tea.View
	beside []byte // is written before the next frame
	width  int
	height int
	synced bool
	fresh  bool // the terminal shows nothing of ours yet, or another size
	ending bool

	shown tea.View // what the terminal shows; only drawing uses it
	lines []string
	modes modes
}

// modes are what else was set on the terminal.
type modes struct {
	cursor bool // is shown
	shape  int  // as DECSCUSR has it
	mouse  tea.MouseMode
	title  string
}

// New takes a terminal: its alternate screen is shown, and what it can do is asked
// for. Draw must run. Writes to out come from one goroutine at a time.
func New(out io.Writer, profile colorprofile.Profile, width, height int) *Screen {
	return &Screen{
		out: out, profile: max(profile, colorprofile.ASCII), wake: make(chan struct{}, 1), done: make(chan struct{}),
		width: width, height: height, fresh: true,
	}
}

// Show has a view drawn. It returns at once; of views that come faster than they
// can be drawn, the last one is.
func (s *Screen) Show(v tea.View) {
	s.mu.Lock()
	s.next = v
	s.mu.Unlock()
	s.stir()
}

// Resize says that the window has another size, in cells. Everything is drawn
// again with the next view.
func (s *Screen) Resize(width, height int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.width, s.height, s.fresh = width, height, true
}

// Synchronize says that the terminal knows synchronized output (mode 2026): a
// frame then appears at once, however long it takes to come.
func (s *Screen) Synchronize() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.synced = true
}

// maxBeside bounds what waits to be written beside views, in bytes.
const maxBeside = 1 << 20

// Write has something sent beside the views: what the program asks the terminal,
// or puts into its clipboard. It returns at once. What a terminal that takes nothing
// has not taken is bounded; more is lost.
func (s *Screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	if len(s.beside)+len(p) <= maxBeside {
		s.beside = append(s.beside, p...)
	}
	s.mu.Unlock()
	s.stir()
	return len(p), nil
}

func (s *Screen) stir() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Close draws what was shown last, leaves the terminal as it was found, and
// returns once Draw has.
func (s *Screen) Close() {
	s.mu.Lock()
	s.ending = true
	s.mu.Unlock()
	s.stir()
	<-s.done
}

// Draw draws until Close, or until the terminal is gone.
func (s *Screen) Draw() {
	defer close(s.done)
	_, err := io.WriteString(s.out, ansi.SetModeAltScreenSaveCursor+ansi.ResetModeAutoWrap+ansi.ResetModeTextCursorEnable+
		ansi.SetModeBracketedPaste+ansi.RequestModeSynchronizedOutput)
	for err == nil {
		<-s.wake
		f := s.take()
		if drawn := append(f.beside, s.frame(f)...); len(drawn) > 0 {
			_, err = s.out.Write(drawn)
		}
		if f.ending {
			break
		}
		time.Sleep(pause)
	}
	_, _ = io.WriteString(s.out, s.restored())
}

// frame is what is to be drawn.
type frame struct {
	view          tea.View
	beside        []byte
	width, height int
	synced, fresh bool
	ending        bool
}

func (s *Screen) take() frame {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := frame{s.next, s.beside, s.width, s.height, s.synced, s.fresh, s.ending}
	s.fresh, s.beside = false, nil
	return f
}

// frame is what changes the terminal from what it shows to f; nothing where it
// shows that.
func (s *Screen) frame(f frame) []byte {
	var b bytes.Buffer
	if f.fresh {
		s.lines = nil
		b.WriteString(ansi.EraseEntireScreen)
	}
	s.draw(&b, f)
	s.set(&b, f.view)
	if b.Len() > 0 || s.moved(f.view.Cursor) {
		s.point(&b, f.view.Cursor)
	}
	s.shown = f.view
	if b.Len() == 0 || !f.synced {
		return b.Bytes()
	}
	return append(append([]byte(ansi.SetModeSynchronizedOutput), b.Bytes()...), ansi.ResetModeSynchronizedOutput...)
}

// draw writes the lines that changed. Meanwhile the cursor is not shown: it would
// be seen to jump.
func (s *Screen) draw(b *bytes.Buffer, f frame) {
	lines := strings.Split(f.view.Content, "\n")
	lines = lines[:min(len(lines), f.height)]
	text := &colorprofile.Writer{Forward: b, Profile: s.profile}
	for y := range max(len(lines), len(s.lines)) {
		now := at(lines, y)
		if y < len(s.lines) && now == s.lines[y] || y >= len(s.lines) && now == "" {
			continue
		}
		if s.modes.cursor {
			s.modes.cursor = false
			b.WriteString(ansi.ResetModeTextCursorEnable)
		}
		b.WriteString(ansi.CursorPosition(1, y+1))
		line, columns := harmless(now, f.width)
		_, _ = io.WriteString(text, line)
		b.WriteString(ansi.ResetStyle)
		if columns < f.width { // beyond the last column this would erase that
			b.WriteString(ansi.EraseLineRight)
		}
	}
	s.lines = lines
}

func at(lines []string, y int) string {
	if y < len(lines) {
		return lines[y]
	}
	return ""
}

// harmless keeps of a line what draws in its row: text, colours and links, no more
// than fit into w columns. Nothing else is expected in one; whatever slips through
// elsewhere ends here.
func harmless(line string, w int) (kept string, columns int) {
	var b strings.Builder
	state := ansi.NormalState
	for len(line) > 0 {
		seq, width, n, next := ansi.DecodeSequence(line, state, nil)
		switch {
		case width > 0 && columns+width <= w && utf8.ValidString(seq):
			b.WriteString(seq)
			columns += width
		case width == 0 && draws(seq):
			b.WriteString(seq)
		}
		line, state = line[n:], next
	}
	return b.String(), columns
}

// draws tells whether a control sequence sets colours or a link.
func draws(seq string) bool {
	return ansi.HasCsiPrefix(seq) && strings.HasSuffix(seq, "m") && !strings.ContainsAny(seq, "?><=") || strings.HasPrefix(seq, "\x1b]8;")
}

// set sets what a view has beside its text.
func (s *Screen) set(b *bytes.Buffer, v tea.View) {
	if v.WindowTitle != s.modes.title {
		s.modes.title = v.WindowTitle
		b.WriteString(ansi.SetWindowTitle(v.WindowTitle))
	}
	if v.MouseMode != s.modes.mouse {
		b.WriteString(mouse(s.modes.mouse, false))
		b.WriteString(mouse(v.MouseMode, true))
		s.modes.mouse = v.MouseMode
	}
}

// mouse begins or ends what a mode of the mouse reports.
func mouse(m tea.MouseMode, on bool) string {
	switch {
	case m == tea.MouseModeNone:
		return ""
	case m == tea.MouseModeCellMotion && on:
		return ansi.SetModeMouseButtonEvent + ansi.SetModeMouseExtSgr
	case m == tea.MouseModeCellMotion:
		return ansi.ResetModeMouseButtonEvent + ansi.ResetModeMouseExtSgr
	case on:
		return ansi.SetModeMouseAnyEvent + ansi.SetModeMouseExtSgr
	}
	return ansi.ResetModeMouseAnyEvent + ansi.ResetModeMouseExtSgr
}

// moved tells whether the cursor is not where and as it was.
func (s *Screen) moved(c *tea.Cursor) bool {
	if c == nil || s.shown.Cursor == nil {
		return s.modes.cursor != (c != nil)
	}
	return *c != *s.shown.Cursor || !s.modes.cursor
}

// point puts the cursor where it belongs; nil hides it.
func (s *Screen) point(b *bytes.Buffer, c *tea.Cursor) {
	if c == nil {
		if s.modes.cursor {
			b.WriteString(ansi.ResetModeTextCursorEnable)
		}
		s.modes.cursor = false
		return
	}
	if shape := shape(c); shape != s.modes.shape {
		s.modes.shape = shape
		b.WriteString(ansi.SetCursorStyle(shape))
	}
	b.WriteString(ansi.CursorPosition(c.X+1, c.Y+1))
	if !s.modes.cursor {
		b.WriteString(ansi.SetModeTextCursorEnable)
	}
	s.modes.cursor = true
}

// shape is that of a cursor as DECSCUSR numbers it; 0 is the terminal's own, which
// is taken for the one that nobody chose.
func shape(c *tea.Cursor) int {
	n := 2*int(c.Shape) + 1
	if !c.Blink {
		n++
	}
	if n == 1 {
		return 0
	}
	return n
}

// restored leaves the terminal as it was found.
func (s *Screen) restored() string {
	end := ansi.ResetModeBracketedPaste + mouse(s.modes.mouse, false)
	if s.modes.shape != 0 {
		end += ansi.SetCursorStyle(0)
	}
	if s.modes.title != "" {
		end += ansi.SetWindowTitle("")
	}
	return end + ansi.SetModeAutoWrap + ansi.ResetModeAltScreenSaveCursor + ansi.SetModeTextCursorEnable
}
