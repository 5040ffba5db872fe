package tui

import (
	"fmt"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
)

func TestScrollback(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"plain", "a\nb\n", "a|b|"},
		{"unended", "a\nb", "a|b"},
		{"windows line ends", "a\r\nb\r\n", "a|b|"},
		{"progress", "10%\r20%\r30%\n", "30%|"},
		{"tabs", "a\tb\n", "a       b|"},
		{"colour", "\x1b[31mred\x1b[0m\n", "\x1b[31mred\x1b[0m\x1b[m|"},
		{"cursor movement", "a\x1b[2J\x1b[Hb\n", "ab|"},
		{"title", "a\x1b]0;evil\x07b\n", "ab|"},
		{"control characters", "a\x00\x07\x08b\n", "ab|"},
		{"invalid UTF-8", "a\xff\xfeb\n", "ab|"},
		{"Chinese", "中文\n", "中文|"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var whole, bytewise scrollback
			whole.write([]byte(tt.in))
			for i := range len(tt.in) {
				bytewise.write([]byte(tt.in[i : i+1]))
			}
			for name, s := range map[string]*scrollback{"whole": &whole, "byte by byte": &bytewise} {
				if got := strings.Join(append(s.lines, s.last()), "|"); got != tt.want {
					t.Errorf("%s: %q, want %q", name, got, tt.want)
				}
			}
		})
	}
}

func TestScrollbackIsBounded(t *testing.T) {
	t.Parallel()
	var s scrollback
	for i := range 3 * maxLines {
		s.write(fmt.Appendf(nil, "line %d\n", i))
	}
	s.write([]byte(strings.Repeat("x", 10*maxColumns)))
	if len(s.lines) > maxLines {
		t.Errorf("%d lines are kept", len(s.lines))
	}
	for _, l := range s.lines {
		if lipgloss.Width(l) > maxColumns {
			t.Fatalf("a line has %d columns", lipgloss.Width(l))
		}
	}
}

func FuzzScrollback(f *testing.F) {
	f.Add([]byte("a\x1b[31mb\x1b[0m\n中文\xe4\xb8"), 3, 10)
	f.Add([]byte("\x1b]0;x\x1b\\\x1bP1\x9c"), 1, 1)
	f.Fuzz(func(t *testing.T, data []byte, cut, w int) {
		w = 2 + (w&0x7fff)%200
		var s scrollback
		at := (cut & 0x7fff) % (len(data) + 1)
		s.write(data[:at])
		s.write(data[at:])
		rows, open := s.tail(100, w)
		for _, r := range append(rows, open) {
			if lipgloss.Width(r) > w {
				t.Errorf("%q is wider than %d", r, w)
			}
			if strings.ContainsAny(strings.ReplaceAll(r, "\x1b[", ""), "\x1b\x07\x00\r\n") {
				t.Errorf("%q could do more than be read", r)
			}
		}
	})
}
