package watch_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"kubetutor/internal/class"
	"kubetutor/internal/class/watch"
)

// Whatever learners write reaches the terminal as nothing but text. Every string
// of a board is filled with it.
func TestNothingUncleanReachesTheScreen(t *testing.T) {
	t.Parallel()
	for _, evil := range []string{
		"\x1b]0;title\a", "\x1b[2J", "\x1b[31m", "\u202egnp.exe", "a\nb\r\nc", "\x00\x07\x08", "\u009b31m", "\xff\xfe\x1b", "\u2066x\u2069",
		"\x1bP+q544e\x1b\\", "\u200f\u200b\ufeff", "\tx",
	} {
		for _, w := range []int{80, 160} {
			s := newSim(t, w, 30, func(o *watch.Options) { o.By, o.NoColor = evil, true })
			s.tell(filled(evil))
			for _, keys := range []string{"", "o", "J", "d", "v", "m", " m", "n", "t", "E", "bb", "w", "p", "da", "h", "/", "e", "?"} {
				for _, k := range keys {
					s.send(tea.KeyPressMsg{Code: k, Text: string(k)})
				}
				harmless(t, s.styled(), evil)
				s.press("esc", "esc", "enter")
				harmless(t, s.styled(), evil)
				s.press("esc")
			}
		}
	}
}

// filled is a board all of whose strings hold a text.
func filled(text string) class.Board {
	var b class.Board
	fill(reflect.ValueOf(&b).Elem(), text)
	b.At, b.Over, b.Lost, b.Missing[0].Attended = start, false, false, false
	b.Rows[0].Stuck = []class.Stuck{class.StuckHand, class.StuckTries, class.StuckIdle}
	return b
}

func fill(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x" + text + "y")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(3)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), text)
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			fill(v.Index(0), text)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(start))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), text)
		}
	}
}

// harmless fails the test unless a frame has text, ends of lines and attributes
// without colour only.
func harmless(t *testing.T, frame, evil string) {
	t.Helper()
	rest := frame
	for _, own := range []string{ansi.ResetStyle, "\x1b[m", "\x1b[1m", "\x1b[7m", "\x1b[1;7m", "\x1b[4m", "\n"} {
		rest = strings.ReplaceAll(rest, own, "")
	}
	for _, r := range rest {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u202e' || r == '\u2066' || r == '\u2069' || r == '\u200f' || r == '\ufeff' || r == '\u200b' {
			t.Fatalf("%q brings %q to the screen:\n%q", evil, r, rest)
		}
	}
}
