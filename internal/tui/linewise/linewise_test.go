package linewise

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"kubetutor/internal/tui/linewise/emulator"
)

// text is a line of some cells, with colours, and with wide characters.
func text(r *rand.Rand, w int) string {
	var b strings.Builder
	for range r.IntN(6) {
		word := strings.Repeat([]string{"a", "中", "é", " ", "─", "申领"}[r.IntN(6)], r.IntN(w/3+1))
		if r.IntN(2) == 0 {
			word = lipgloss.NewStyle().Foreground(lipgloss.Color("#ff8800")).Bold(true).Render(word)
		}
		b.WriteString(word)
	}
	return ansi.Truncate(b.String(), w, "")
}

// view is a screen full of such lines, most of them as before.
func view(r *rand.Rand, before tea.View, w, h int) tea.View {
	lines := strings.Split(before.Content, "\n")
	for len(lines) < h {
		lines = append(lines, "")
	}
	lines = lines[:h]
	for range r.IntN(h) {
		lines[r.IntN(h)] = text(r, w)
	}
	v := tea.View{Content: strings.Join(lines[:1+r.IntN(h)], "\n"), AltScreen: true, WindowTitle: "a title"}
	if r.IntN(2) == 0 {
		v.Cursor = tea.NewCursor(r.IntN(w), r.IntN(h))
	}
	return v
}

// TestFramesShowViews draws views one over the other, and compares what a terminal
// then shows with the last.
func TestFramesShowViews(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		w, h := 3+r.IntN(100), 1+r.IntN(40)
		s, terminal := New(io.Discard, colorprofile.Profile(r.IntN(6)), w, h), emulator.New(w, h)
		s.synced = seed%2 == 0
		_, _ = io.WriteString(terminal, ansi.ResetModeTextCursorEnable) // as Draw begins
		v := tea.View{}
		for step := range 30 {
			v = view(r, v, w, h)
			s.Show(v)
			_, _ = terminal.Write(s.frame(s.take()))
			if got, want := strings.Join(terminal.Rows(), "\n"), plain(v, h); got != want {
				t.Fatalf("seed %d, step %d, %d×%d: shown is\n%s\nbut it should be\n%s", seed, step, w, h, got, want)
			}
			x, y, shown := terminal.Cursor()
			if c := v.Cursor; shown != (c != nil) || c != nil && (x != c.X || y != c.Y) {
				t.Fatalf("seed %d, step %d: the cursor is at %d, %d (shown %v), and should be at %+v", seed, step, x, y, shown, c)
			}
		}
	}
}

func plain(v tea.View, h int) string {
	lines := strings.Split(ansi.Strip(v.Content), "\n")
	for len(lines) < h {
		lines = append(lines, "")
	}
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// TestNothingForTheSame holds that a view that is shown costs nothing.
func TestNothingForTheSame(t *testing.T) {
	t.Parallel()
	s := New(io.Discard, colorprofile.TrueColor, 20, 3)
	v := tea.View{Content: "one\ntwo", Cursor: tea.NewCursor(2, 1)}
	s.Show(v)
	if len(s.frame(s.take())) == 0 {
		t.Error("nothing was drawn at first")
	}
	v.Cursor = tea.NewCursor(2, 1)
	s.Show(v)
	if got := s.frame(s.take()); len(got) != 0 {
		t.Errorf("drawn again: %q", got)
	}
	v.Cursor = tea.NewCursor(1, 1)
	s.Show(v)
	if got := string(s.frame(s.take())); got != ansi.CursorPosition(2, 2) {
		t.Errorf("a cursor that moves: %q", got)
	}
}

// TestHarmless holds that a line draws in its row and does nothing else.
func TestHarmless(t *testing.T) {
	t.Parallel()
	tests := []struct {
		line, want string
		columns    int
	}{
		{"plain 中文", "plain 中文", 10},
		{"\x1b[1;31mred\x1b[m", "\x1b[1;31mred\x1b[m", 3},
		{"\x1b[38:2::1:2:3mx", "\x1b[38:2::1:2:3mx", 1},
		{"\x1b]8;;https://example.org\x07a\x1b]8;;\x07", "\x1b]8;;https://example.org\x07a\x1b]8;;\x07", 1},
		{"a\x1b[2Jb\x1b[10;10Hc\r\n\td\be", "abcde", 5},
		{"\x1b]52;c;AAAA\x07x\x1b]0;title\x1b\\y", "xy", 2},
		{"\x1b[?1049lx\x1b[>4;2my\x1bcz\u009b31mw", "xyz31mw", 7},
		{"\x1bP+q544e\x1b\\x\x1b_apc\x1b\\y\xff\x9b", "xy", 2},
		{strings.Repeat("中", 9), strings.Repeat("中", 5), 10},
	}
	for _, tt := range tests {
		got, columns := harmless(tt.line, 11)
		if got != tt.want || columns != tt.columns {
			t.Errorf("%q: %q in %d columns, want %q in %d", tt.line, got, columns, tt.want, tt.columns)
		}
	}
}

// FuzzHarmless feeds a terminal what is left of any line: nothing above or below
// its row changes, and it asks the terminal nothing.
func FuzzHarmless(f *testing.F) {
	for _, s := range []string{"\x1b[2J", "\x1b[A中", "\x1b]11;?\x07", "a\x1b", "\x1b[", "\xc2\x9b5A", "\x1b8;", "\x1b[0;1;", "\x1b]8;;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		terminal := emulator.New(20, 3)
		kept, columns := harmless(line, 20)
		fmt.Fprint(terminal, "above\r\n\n"+"below\x1b[2;1H", kept)
		terminal.Write([]byte(ansi.ResetStyle))
		rows := terminal.Rows()
		if rows[0] != "above" || rows[2] != "below" || columns > 20 || len(terminal.Answers()) > 0 {
			t.Errorf("%q became %q in %d columns, and the screen\n%s", line, kept, columns, strings.Join(rows, "\n"))
		}
	})
}

// slow is a terminal that takes nothing until it is told to.
type slow struct {
	mu   sync.Mutex
	goes chan struct{}
	got  bytes.Buffer
}

func (s *slow) Write(p []byte) (int, error) {
	if _, ok := <-s.goes; ok {
		return 0, errors.New("the connection is gone")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got.Write(p)
}

// TestSlowTerminal holds that nobody waits for a terminal that takes nothing, and
// that it gets the last view in the end.
func TestSlowTerminal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		terminal := &slow{goes: make(chan struct{})}
		s := New(terminal, colorprofile.TrueColor, 20, 1)
		go s.Draw()
		for i := range 100 {
			s.Show(tea.View{Content: fmt.Sprint("view ", i)})
		}
		synctest.Wait()
		close(terminal.goes)
		s.Close()
		if got := terminal.got.String(); !strings.Contains(got, "view 99") || strings.Contains(got, "view 98") || !strings.HasSuffix(got, ansi.SetModeTextCursorEnable) {
			t.Errorf("it got %q", got)
		}
	})
}

// TestBeside holds that what is written beside views is sent, in its order, and
// that what a terminal does not take is bounded.
func TestBeside(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		terminal := &slow{goes: make(chan struct{})}
		s := New(terminal, colorprofile.TrueColor, 20, 1)
		go s.Draw()
		fmt.Fprint(s, "one,")
		fmt.Fprint(s, "two")
		synctest.Wait()
		for range 100 {
			_, _ = s.Write(make([]byte, maxBeside/50))
		}
		close(terminal.goes)
		s.Close()
		if got := terminal.got.String(); !strings.Contains(got, "one,two") || len(got) > maxBeside+1000 {
			t.Errorf("it got %d bytes: %.200q", len(got), got)
		}
	})
}

// TestGone holds that drawing ends when the terminal is gone.
func TestGone(t *testing.T) {
	t.Parallel()
	terminal := &slow{goes: make(chan struct{}, 9)}
	for range cap(terminal.goes) {
		terminal.goes <- struct{}{}
	}
	s := New(terminal, colorprofile.TrueColor, 20, 1)
	s.Draw()
	s.Show(tea.View{Content: "nobody sees it"})
	s.Close()
}

// TestPace holds how soon a view is drawn: the first at once, one that follows it
// within a sixtieth of a second.
func TestPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New(io.Discard, colorprofile.TrueColor, 20, 1)
		go s.Draw()
		synctest.Wait()
		start := time.Now()
		s.Show(tea.View{Content: "one"})
		synctest.Wait()
		if time.Since(start) != 0 || s.lines[0] != "one" {
			t.Errorf("the first was drawn after %v: %q", time.Since(start), s.lines)
		}
		s.Show(tea.View{Content: "two"})
		time.Sleep(pause)
		synctest.Wait()
		if s.lines[0] != "two" {
			t.Errorf("the second was not drawn after %v: %q", time.Since(start), s.lines)
		}
		s.Close()
	})
}
