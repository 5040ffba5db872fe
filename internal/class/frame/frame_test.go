package frame_test

import (
	"testing"
	"time"

	"kubetutor/internal/class/frame"
	"kubetutor/internal/tui/draw"
	"kubetutor/internal/tui/keymap"
	"kubetutor/internal/tui/theme"
)

func TestClock(t *testing.T) {
	t.Parallel()
	for left, want := range map[time.Duration]string{
		-time.Hour: "0:00", 0: "0:00", time.Millisecond: "0:01", time.Minute: "1:00", 59*time.Second + 1: "1:00",
		12*time.Minute + 30*time.Second: "12:30", time.Hour: "1:00:00", 61*time.Minute + 5*time.Second: "1:01:05",
	} {
		if got := frame.Clock(left); got != want {
			t.Errorf("%v is %q, want %q", left, got, want)
		}
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	if got := frame.Join(", ", "", "a", "", "b", ""); got != "a, b" {
		t.Errorf("%q", got)
	}
}

// The line of keys never takes more than its room, and leaves out what an earlier
// scope means.
func TestKeyLine(t *testing.T) {
	t.Parallel()
	styles, err := theme.Named("mono", false, true)
	if err != nil {
		t.Fatal(err)
	}
	f := frame.Frame{Styles: styles, Actions: map[string]string{"open": "打开", "back": "back", "near/back": "leave"}, Keys: keymap.New([]keymap.Binding{
		{Scope: "near", Action: keymap.Open, Keys: []string{"enter"}, Foot: true}, {Scope: "near", Action: keymap.Back, Keys: []string{"esc"}, Foot: true},
		{Scope: "far", Action: keymap.Back, Keys: []string{"esc"}, Foot: true}, {Scope: "far", Action: keymap.Help, Keys: []string{"?"}},
	})}
	for room := range 40 {
		if got := f.KeyLine([]keymap.Scope{"near", "far"}, room); draw.Width(got) > room {
			t.Errorf("%q takes more than %d columns", got, room)
		}
	}
	got := f.KeyLine([]keymap.Scope{"near", "far"}, 80)
	if want := "\x1b[1menter\x1b[m 打开   \x1b[1mesc\x1b[m leave"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
