package host

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
)

// typing is an input and what it made of what came.
func typing(paste int) (*input, *[]string) {
	var events []string
	in := newInput(func(m tea.Msg) {
		switch m := m.(type) {
		case uv.KeyPressEvent:
			events = append(events, tea.KeyPressMsg(m).String())
		case tea.PasteMsg:
			events = append(events, fmt.Sprintf("paste %q", m.Content))
		default:
			events = append(events, fmt.Sprintf("%T", m))
		}
	}, func(r any) { panic(r) }, paste)
	return in, &events
}

func TestInput(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		chunks []string // 100 ms apart
		want   []string
	}{
		{"letters", []string{"aB 1"}, []string{"a", "B", "space", "1"}},
		{"controls", []string{"\r\t\x7f\x03"}, []string{"enter", "tab", "backspace", "ctrl+c"}},
		{"arrows, as CSI and SS3", []string{"\x1b[A\x1bOB\x1b[1;5C"}, []string{"up", "down", "ctrl+right"}},
		{"page and function keys", []string{"\x1b[5~\x1b[6~\x1bOP\x1b[15~\x1b[H\x1b[4~"}, []string{"pgup", "pgdown", "f1", "f5", "home", "end"}},
		{"alone, Esc is a key", []string{"\x1b", "x"}, []string{"esc", "x"}},
		{"two of it", []string{"\x1b\x1b", "x"}, []string{"alt+esc", "x"}},
		{"alt", []string{"\x1bx\x1b["}, []string{"alt+x", "alt+["}},
		{"Chinese", []string{"中文"}, []string{"中", "文"}},
		{"what is not UTF-8", []string{"\xff\xfea", "b"}, []string{"a", "b"}},
		{"a paste", []string{"\x1b[200~a\r\nb\x1b[31m\x1b[201~c"}, []string{`paste "a\r\nb\x1b[31m"`, "c"}},
		{"a long paste", []string{"\x1b[200~0123456789abc\x1b[201~d"}, []string{`paste "0123456789"`, "d"}},
		{"a paste with its end apart", []string{"\x1b[200~a\x1b[20", "1~b"}, []string{`paste "a"`, "b"}},
		{"a paste without an end", []string{"\x1b[200~abc"}, nil},
		{"an end without a paste", []string{"\x1b[201~a"}, []string{"a"}},
		{"a window that grows", []string{"\x1b[8;99999;99999ta"}, []string{"a"}},
		{"a clipboard", []string{"\x1b]52;c;YQ==\x07a"}, []string{"a"}},
		{"a background", []string{"\x1b]11;rgb:0000/0000/0000\x1b\\a"}, []string{"uv.BackgroundColorEvent", "a"}},
		{"the mouse", []string{"\x1b[<0;3;4M"}, []string{"uv.MouseClickEvent"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				in, got := typing(10)
				for _, chunk := range tt.chunks {
					in.feed([]byte(chunk))
					if !strings.HasSuffix(tt.name, "apart") {
						time.Sleep(2 * escapeWait)
						synctest.Wait()
					}
				}
				in.timer.Stop()
				if !slices.Equal(*got, tt.want) {
					t.Errorf("%q came as %q, want %q", tt.chunks, *got, tt.want)
				}
			})
		})
	}
}

// TestInputApart holds that it makes no difference where what is typed is cut.
func TestInputApart(t *testing.T) {
	t.Parallel()
	const text = "a\x1b[A中\x1b[200~p中\x1b[201~\x1bOP\x1bx\x1b]11;rgb:1/2/3\x07z"
	whole, want := typing(100)
	whole.feed([]byte(text))
	whole.timer.Stop()
	for cut := 1; cut < len(text); cut++ {
		in, got := typing(100)
		in.feed([]byte(text[:cut]))
		in.feed([]byte(text[cut:]))
		in.timer.Stop()
		if !slices.Equal(*got, *want) {
			t.Errorf("cut at %d: %q, want %q", cut, *got, *want)
		}
	}
}

// TestInputRate holds that keys are taken as fast as somebody types, and pastes at
// once.
func TestInputRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		in, got := typing(1 << 20)
		l := Limits{Keys: 100, TypeAhead: 200}
		r, w := io.Pipe()
		began := time.Now()
		go func() {
			_, _ = io.WriteString(w, "\x1b[200~"+strings.Repeat("p", 100_000)+"\x1b[201~")
			_, _ = io.WriteString(w, strings.Repeat("k", 1200))
			_ = w.Close()
		}()
		if err := in.read(context.Background(), r, l); err != io.EOF {
			t.Errorf("it ended with %v", err)
		}
		if took := time.Since(began); len(*got) != 1201 || took < 5*time.Second || took > 15*time.Second {
			t.Errorf("%d events took %v", len(*got), took)
		}
	})
}

// FuzzInput holds that nothing that is typed breaks it, says what no terminal may,
// or is kept beyond its bounds.
func FuzzInput(f *testing.F) {
	for _, s := range []string{"a\x1b[A", "\x1b[200~x", "\x1b[8;9;9t", "\x1bP+q544e\x1b\\",
		"\x1b[<0;1;1M", "\x1b[M   ", "\x1b[27;5;9~", "\x1b]11;rgb:a/b/c\x07", "中\xff", "\x1b[?2026;2$y", "\x1b_x\x1b\\", "\x9b1A"} {
		f.Add([]byte(s), uint8(3))
	}
	f.Fuzz(func(t *testing.T, data []byte, cut uint8) {
		in := newInput(func(m tea.Msg) {
			switch m := m.(type) {
			case uv.WindowSizeEvent, uv.PixelSizeEvent, uv.ClipboardEvent, tea.WindowSizeMsg:
				t.Errorf("%q says %T", data, m)
			case tea.PasteMsg:
				if len(m.Content) > 64 {
					t.Errorf("a paste of %d bytes", len(m.Content))
				}
			}
		}, func(r any) { panic(r) }, 64)
		at := min(int(cut), len(data))
		in.feed(data[:at])
		in.expire()
		in.feed(data[at:])
		in.timer.Stop()
		if len(in.pending) > longestKey+len(data) || len(in.pasted) > 64 {
			t.Errorf("%d bytes are kept, and %d of a paste", len(in.pending), len(in.pasted))
		}
		if !in.pasting && len(in.pending) >= longestKey {
			t.Errorf("%d bytes wait", len(in.pending))
		}
		in.expire()
		if !in.pasting && len(in.pending) > 0 {
			t.Errorf("%q waits for ever", in.pending)
		}
	})
}
