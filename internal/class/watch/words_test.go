package watch_test

import (
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
