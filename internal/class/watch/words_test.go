package watch_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/class"
	"kubetutor/internal/class/watch"
	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/tui/keymap"
)

// Every key has words in both languages, none two meanings in one scope.
func TestKeysAreExplained(t *testing.T) {
	t.Parallel()
	keys := watch.Keys()
	for _, lang := range course.Langs {
		w := i18n.ClassWatchWords(lang)
		for _, scope := range keys.Scopes() {
			if w.Scopes[string(scope)] == "" {
				t.Errorf("%s has no words in %s", scope, lang)
			}
			seen := map[string]keymap.Action{}
			for _, b := range keys.Bindings(scope) {
				if w.Actions[string(b.Scope)+"/"+string(b.Action)] == "" && w.Actions[string(b.Action)] == "" {
					t.Errorf("%s/%s has no words in %s", b.Scope, b.Action, lang)
				}
				for _, k := range b.Keys {
					if other, twice := seen[k]; twice {
						t.Errorf("%s means %s and %s in %s", k, other, b.Action, scope)
					}
					seen[k] = b.Action
				}
			}
		}
	}
}

// Words that name keys name such as there are.
func TestWordsNameKeys(t *testing.T) {
	t.Parallel()
	for _, lang := range course.Langs {
		keys := watch.Keys()
		i18n.ClassWatchWords(lang).WithKeys(func(path string) string {
			if keys.Label(path) == "" {
				t.Errorf("there is no key for %s", path)
			}
			return ""
		})
	}
}

// The large letters are read back from their dots: no two look alike.
func TestLargeLettersDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]rune{}
	for _, r := range "ABCDEFGHJKLMNPQRSTUVWXYZ23456789-" {
		lines, ok := watch.Large(string(r), "#")
		if !ok || len(lines) != 5 {
			t.Fatalf("%c: %v", r, lines)
		}
		shape := strings.Join(lines, "\n")
		if other, twice := seen[shape]; twice {
			t.Errorf("%c looks like %c", r, other)
		}
		seen[shape] = r
	}
}

func TestTiming(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]class.Order{
		"15 bind the claim": {Kind: class.OrderTime, Time: 15 * time.Minute, Text: "bind the claim"},
		" 7:30 ":            {Kind: class.OrderTime, Time: 7*time.Minute + 30*time.Second},
		"90s lab":           {Kind: class.OrderTime, Time: 90 * time.Second, Text: "lab"},
		"1h30m":             {Kind: class.OrderTime, Time: 90 * time.Minute},
		"+5":                {Kind: class.OrderExtend, Time: 5 * time.Minute},
		"-0:30":             {Kind: class.OrderExtend, Time: -30 * time.Second},
		"0":                 {Kind: class.OrderTime},
	} {
		if got, ok := watch.Timing(text, true); !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v %v, want %+v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "lab", "5:7", "5:77", "13h", "-", "+0", "1e9", "--5", "99999999999"} {
		if got, ok := watch.Timing(text, true); ok {
			t.Errorf("%q is taken as %+v", text, got)
		}
	}
	for _, text := range []string{"+5", "-5", "0"} {
		if got, ok := watch.Timing(text, false); ok {
			t.Errorf("%q is taken as %+v where no countdown runs", text, got)
		}
	}
}

// Whatever is typed for a countdown, no order is outside of what a countdown can
// be.
func FuzzTiming(f *testing.F) {
	for _, seed := range []string{"15 lab", "+5", "-0:30", "1h30m", "0", "7:99", "-9223372036854775808ns", "99999h", "\x00", "１５"} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, text string, runs bool) {
		o, ok := watch.Timing(text, runs)
		switch {
		case !ok:
		case o.Kind == class.OrderExtend && (!runs || o.Time == 0 || o.Time.Abs() > 12*time.Hour),
			o.Kind == class.OrderTime && (o.Time < 0 || o.Time > 12*time.Hour || o.Time == 0 && !runs),
			o.Kind != class.OrderExtend && o.Kind != class.OrderTime:
			t.Errorf("%q is taken as %+v", text, o)
		}
	})
}
