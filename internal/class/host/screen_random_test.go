package host

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"kubetutor/internal/class/roomtest/emulator"
)

// randomLine is a line of at most w cells, with colours, and with wide characters.
func randomLine(r *rand.Rand, w int) string {
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

// randomView is a screen full of such lines, most of them as before.
func randomView(r *rand.Rand, before tea.View, w, h int) tea.View {
	lines := strings.Split(before.Content, "\n")
	for len(lines) < h {
		lines = append(lines, "")
	}
	lines = lines[:h]
	for range r.IntN(h) {
		lines[r.IntN(h)] = randomLine(r, w)
	}
	v := tea.View{Content: strings.Join(lines[:1+r.IntN(h)], "\n"), AltScreen: true, WindowTitle: "a title"}
	if r.IntN(2) == 0 {
		v.Cursor = tea.NewCursor(r.IntN(w), r.IntN(h))
	}
	return v
}

// TestRandomViews draws views one over the other, and compares what a terminal then
// shows with the last.
func TestRandomViews(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		w, h := 3+r.IntN(100), 1+r.IntN(40)
		terminal := emulator.New(w, h)
		s := &screen{to: terminal, profile: colorprofile.Profile(r.IntN(6)), size: window{w, h}}
		v := tea.View{}
		for step := range 30 {
			v = randomView(r, v, w, h)
			if err := s.draw(v); err != nil {
				t.Fatal(err)
			}
			if got, want := strings.Join(terminal.Rows(), "\n"), plainView(v, h); got != want {
				t.Fatalf("seed %d, step %d, %d×%d: shown is\n%s\nbut it should be\n%s", seed, step, w, h, got, want)
			}
			x, y, shown := terminal.Cursor()
			if c := v.Cursor; shown != (c != nil) || c != nil && (x != c.X || y != c.Y) {
				t.Fatalf("seed %d, step %d: the cursor is at %d, %d (shown %v), and should be at %+v", seed, step, x, y, shown, c)
			}
		}
	}
}

func plainView(v tea.View, h int) string {
	lines := strings.Split(ansi.Strip(v.Content), "\n")
	for len(lines) < h {
		lines = append(lines, "")
	}
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// FuzzLineStaysInItsRow shows a terminal any line between two others: these stay,
// and the terminal is asked nothing.
func FuzzLineStaysInItsRow(f *testing.F) {
	for _, s := range []string{"\x1b[2J", "\x1b[A中", "\x1b]11;?\x07", "a\x1b", "\x1b[", "\xc2\x9b5A", "\x1b8;", "\x1b[0;1;", "\x1b]8;;", "\x9b2J", "a\tb", "\x1bP+q\x1b\\"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		line = strings.ReplaceAll(line, "\n", "")
		terminal := emulator.New(20, 3)
		s := &screen{to: terminal, profile: colorprofile.TrueColor, size: window{20, 3}}
		if err := s.draw(tea.View{Content: fmt.Sprintf("above\n%s\nbelow", line)}); err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(terminal, ansi.ResetStyle)
		if rows := terminal.Rows(); rows[0] != "above" || rows[2] != "below" || len(terminal.Answers()) > 0 {
			t.Errorf("%q became the screen\n%s", line, strings.Join(rows, "\n"))
		}
	})
}
