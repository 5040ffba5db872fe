package draw_test

import (
	"slices"
	"testing"

	"kubetutor/internal/tui/draw"
)

func TestLines(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ got, want string }{
		{draw.Clip("申领 data", 5), "申领…"}, {draw.Clip("abc", 3), "abc"}, {draw.Clip("abc", 0), ""},
		{draw.ClipHard("申领", 3), "申"}, {draw.Pad("申", 4), "申  "}, {draw.Pad("abcdef", 4), "abc…"},
		{draw.Spread("left", "right", 12), "left   right"}, {draw.Spread("a long left", "right", 12), "a lon… right"},
		{draw.Fit("abcd\nef\ngh", 3, 2), "ab…\nef"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
	if got := draw.Window([]string{"a", "b", "c"}, 1, 4); !slices.Equal(got, []string{"b", "c", "", ""}) {
		t.Errorf("%q", got)
	}
}

// The line that is followed is always in the window, and the window in the list.
func TestFollow(t *testing.T) {
	t.Parallel()
	for total := range 12 {
		for h := 1; h < 12; h++ {
			for top := range 12 {
				for at := range total {
					got := draw.Follow(top, at, h, total)
					if got < 0 || at < got || at >= got+h || got > 0 && got+h > total {
						t.Fatalf("a window of %d lines from %d on shows line %d of %d from %d on", h, top, at, total, got)
					}
				}
			}
		}
	}
}
