package emulator_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	uv "github.com/charmbracelet/ultraviolet"

	"kubetutor/internal/class/roomtest/emulator"
)

// TestDifferences has Bubble Tea's renderer write what changes from one frame to the
// next, with all that it knows of an xterm, and holds that the emulator then shows
// the frame.
func TestDifferences(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 1))
		w, h := 10+r.IntN(80), 3+r.IntN(30)
		var out bytes.Buffer
		renderer := uv.NewTerminalRenderer(&out, []string{"TERM=xterm-256color"})
		renderer.SetFullscreen(true)
		renderer.SetRelativeCursor(false)
		renderer.SetScrollOptim(true)
		renderer.SetTabStops(w)
		screen, cells := emulator.New(w, h), uv.NewScreenBuffer(w, h)
		var lines []string
		for step := range 30 {
			lines = next(r, lines, w, h)
			cells.Clear()
			uv.NewStyledString(strings.Join(lines, "\n")).Draw(cells, cells.Bounds())
			renderer.Render(cells.RenderBuffer)
			if err := renderer.Flush(); err != nil {
				t.Fatal(err)
			}
			_, _ = screen.Write(out.Bytes())
			out.Reset()
			if got, want := screen.Rows(), trimmed(lines); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("seed %d, step %d, %d×%d: shown is\n%s\nbut it should be\n%s", seed, step, w, h, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
	}
}

// next is a frame that was scrolled a little or changed in places.
func next(r *rand.Rand, before []string, w, h int) []string {
	lines := append([]string{}, before...)
	if by := r.IntN(4); len(lines) > by {
		lines = lines[by:]
	}
	for len(lines) < h {
		lines = append(lines, line(r, w))
	}
	for range r.IntN(3) {
		lines[r.IntN(h)] = line(r, w)
	}
	return lines
}

func line(r *rand.Rand, w int) string {
	var b strings.Builder
	for left := r.IntN(w + 1); left > 1; left-- {
		switch word := []string{"a", "─", "word", "    ", "中"}[r.IntN(5)]; {
		case word == "中":
			b.WriteString(word)
			left--
		case len(word) == 4 && left > 4:
			b.WriteString(word)
			left -= 3
		case len(word) != 4:
			b.WriteString(word)
		}
	}
	return b.String()
}

func trimmed(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = strings.TrimRight(l, " ")
	}
	return out
}

// TestAnswers holds what the terminal says when it is asked.
func TestAnswers(t *testing.T) {
	t.Parallel()
	s := emulator.New(10, 2)
	_, _ = s.Write([]byte("\x1b]11;?\x07\x1b[?2026$p\x1b[?2026hframe"))
	if got := string(s.Answers()); got != "\x1b]11;rgb:0000/0000/0000\x07\x1b[?2026;2$y" {
		t.Errorf("it answered %q", got)
	}
	if s.Frames != 0 || !s.Drawing {
		t.Errorf("frames %d, drawing %v", s.Frames, s.Drawing)
	}
	_, _ = s.Write([]byte("\x1b[?2026l"))
	if len(s.Answers()) > 0 || s.Frames != 1 || s.Drawing {
		t.Errorf("frames %d, drawing %v", s.Frames, s.Drawing)
	}
}

// FuzzScreen holds that nothing that is written breaks it.
func FuzzScreen(f *testing.F) {
	f.Add("\x1b[3;1r\x1bM\x1b[99L\x1b[5Z中\x1b[1X\x1b[4h中")
	f.Fuzz(func(t *testing.T, text string) {
		s := emulator.New(7, 3)
		_, _ = s.Write([]byte(text))
		if n := len(s.Rows()); n != 3 {
			t.Errorf("%d rows", n)
		}
	})
}
