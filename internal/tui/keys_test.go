package tui_test

import (
	"encoding/json"
	"regexp"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/tui"
	"kubetutor/internal/tui/keymap"
)

// Every sentence that names a key names one that there is, and none names a key
// that the learner may have changed.
func TestWordsNameNoKeysThemselves(t *testing.T) {
	t.Parallel()
	fixed := regexp.MustCompile(`(?i)(press|按|，) ?(enter|space|tab|esc|ctrl|回车|空格|[a-z?/] )`)
	for _, lang := range course.Langs {
		words := i18n.TUIWords(lang).WithKeys(func(path string) string {
			label := keymap.Default().Label(path)
			if label == "" {
				t.Errorf("%s: there is no key %s", lang, path)
			}
			return "KEY"
		})
		text, err := json.Marshal(words)
		if err != nil {
			t.Fatal(err)
		}
		if found := fixed.FindString(string(text)); found != "" {
			t.Errorf("%s: a key is named: %q", lang, found)
		}
	}
}

// rebound are options with other keys.
func rebound(t *testing.T, o tui.Options, changes ...keymap.Change) tui.Options {
	t.Helper()
	m, problems := keymap.Default().With(changes)
	if len(problems) > 0 {
		t.Fatalf("%+v", problems)
	}
	o.Keys = m
	return o
}

func TestOtherKeysWorkAndAreShown(t *testing.T) {
	t.Parallel()
	o := rebound(t, small(t),
		keymap.Change{Scope: keymap.LabIdle, Action: keymap.Start, Keys: []string{"f5"}},
		keymap.Change{Scope: keymap.LabRuns, Action: keymap.Hint, Keys: []string{"%"}},
		keymap.Change{Scope: keymap.Reading, Action: keymap.Next, Keys: []string{"x"}},
		keymap.Change{Scope: keymap.Choice, Action: keymap.Pick, Keys: []string{"a", "b", "c", "d"}},
		keymap.Change{Scope: keymap.Global, Action: keymap.Help, Keys: []string{"f1"}},
	)
	o.Lab, o.Lesson = labs(), claim
	s := newSim(t, o, 160, 45)
	s.shows("x answers", "x next", "f1 help", "Press f5 to start the lab.")
	s.press("space")
	s.shows("x answers")
	s.press("x", "b")
	s.shows("Pick one.")
	if line := lineWith(s.screen(), "(•)"); line == "" {
		t.Errorf("b ticks nothing:\n%s", s.screen())
	}
	s.press("esc", "tab", "enter")
	s.shows("Press f5 to start the lab.")
	s.press("f5", "shift+tab")
	s.shows("% hint (3)")
	s.press("%")
	s.shows("Three things must match.")
	s.press("f1")
	s.shows("any key closes this", "hint")
}
