package tui_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"kubetutor/internal/settings"
	"kubetutor/internal/tui"
)

// fakeSettings keeps what was saved.
type fakeSettings struct {
	edits []settings.Edit
	fail  error
}

func (s *fakeSettings) Path() string { return "/home/ada/.config/kubetutor/settings.yaml" }

func (s *fakeSettings) Save(edits ...settings.Edit) error {
	if s.fail == nil {
		s.edits = append(s.edits, edits...)
	}
	return s.fail
}

// onSettings opens the settings page.
func onSettings(t *testing.T) (*sim, *fakeSettings) {
	t.Helper()
	o, file := small(t), &fakeSettings{}
	o.Settings = file
	s := newSim(t, o, 100, 50)
	s.press(",")
	s.shows("Settings", "Language", "English", "Colours", "dark", "Mouse", "off")
	return s, file
}

func TestWhatIsChosenCountsAtOnceAndIsSavedWhenAsked(t *testing.T) {
	t.Parallel()
	s, file := onSettings(t)
	dark := s.styled()
	s.press("down", "right")
	s.shows("light", "not saved")
	if strings.Contains(s.styled(), "122;162;247") || !strings.Contains(dark, "122;162;247") {
		t.Error("the other theme is not shown")
	}
	s.press("down", "enter")
	s.shows("on", "the wheel scrolls")
	s.press("up", "up", "enter")
	s.shows("语言", "中文", "尚未保存")
	if len(file.edits) > 0 {
		t.Fatalf("saved without being asked: %v", file.edits)
	}
	s.press("s")
	s.shows("已保存到 /home/ada")
	s.hides("尚未保存")
	want := []settings.Edit{{Key: "lang", Values: []string{"zh"}}, {Key: "theme", Values: []string{"light"}}, {Key: "mouse", Values: []string{"true"}}}
	if !slices.EqualFunc(file.edits, want, func(a, b settings.Edit) bool { return a.Key == b.Key && slices.Equal(a.Values, b.Values) }) {
		t.Errorf("saved %v, want %v", file.edits, want)
	}
}

// The keys for language and mouse work there too, and what they change is kept
// as well.
func TestOtherKeysThatChangeSettings(t *testing.T) {
	t.Parallel()
	s, file := onSettings(t)
	s.press("M", "L", "s")
	if len(file.edits) != 2 || file.edits[0].Key != "lang" || file.edits[1].Values[0] != "true" {
		t.Errorf("saved %v", file.edits)
	}
}

func TestThemesGoRound(t *testing.T) {
	t.Parallel()
	s, _ := onSettings(t)
	s.press("down")
	seen := map[string]bool{}
	for range 20 {
		seen[lineWith(s.screen(), "Colours")] = true
		s.press("left")
	}
	if len(seen) != 8 {
		t.Errorf("there are %d themes: %v", len(seen), seen)
	}
}

// keyRow moves the cursor to an action in a part of the interface.
func (s *sim) keyRow(scope, action string) {
	s.t.Helper()
	for range 300 {
		screen := s.screen()
		line := lineWith(screen, "▸")
		heading := ""
		for _, l := range strings.Split(screen, "\n") {
			if strings.HasPrefix(l, "  Keys · ") {
				heading = strings.TrimPrefix(l, "  Keys · ")
			}
			if l == line {
				break
			}
		}
		if strings.TrimSpace(heading) == scope && strings.HasPrefix(strings.TrimPrefix(line, "  ▸ "), action) {
			return
		}
		s.press("down")
	}
	s.t.Fatalf("there is no %q in %q:\n%s", action, scope, s.screen())
}

func TestKeysAreChangedAndShownEverywhere(t *testing.T) {
	t.Parallel()
	s, file := onSettings(t)
	s.keyRow("Everywhere but in inputs", "help")
	s.press("enter")
	s.shows("press the new key")
	s.press("esc")
	s.hides("press the new key")
	s.press("enter", "q")
	s.shows(`"q" is the key of global.quit already`)
	s.press("enter", "f1")
	s.shows("f1 help", "changed", "not saved")
	s.press("a", "H")
	s.shows("f1 H")
	s.press("f1")
	s.shows("any key closes this")
	s.press("x", "s")
	if len(file.edits) != 1 || file.edits[0].Key != "keys.global.help" || !slices.Equal(file.edits[0].Values, []string{"f1", "H"}) {
		t.Errorf("saved %v", file.edits)
	}
	s.press("backspace")
	s.shows("? help", "not saved")
	s.press("s")
	if last := file.edits[len(file.edits)-1]; last.Key != "keys.global.help" || last.Values != nil {
		t.Errorf("the default is saved as %v", last)
	}
}

// A letter cannot be a key where text is typed, and the interrupt cannot be
// taken away.
func TestKeysThatCannotBe(t *testing.T) {
	t.Parallel()
	s, _ := onSettings(t)
	s.keyRow("Console", "clear")
	s.press("enter", "x")
	s.shows(`"x" is text`)
	s.press("enter", "ctrl+d")
	s.shows(`"ctrl+d" is the key of console.end-input already`)
	s.press("enter", "f5")
	s.shows("clear                    f5")
}

func TestLeavingWithoutSaving(t *testing.T) {
	t.Parallel()
	s, file := onSettings(t)
	s.press("enter", "esc")
	s.shows("晚上好", "尚未保存：这些更改在退出前有效")
	s.press(",")
	s.shows("设置")
	if len(file.edits) > 0 {
		t.Errorf("saved %v", file.edits)
	}
}

func TestSettingsThatCannotBeSaved(t *testing.T) {
	t.Parallel()
	s, file := onSettings(t)
	file.fail = errors.New("the disk is full")
	s.press("down", "right", "s")
	s.shows("the disk is full", "not saved")
	file.fail = &settings.FaultError{Path: file.Path(), Fault: settings.Fault{Line: 3, Column: 1, What: settings.UnknownKey, Args: []any{"thema", "theme"}}}
	s.press("s")
	s.shows("settings.yaml:3:1:", `no setting "thema"`, "not saved")
	file.fail = nil
	s.press("s")
	s.shows("Saved in")

	o := small(t)
	o.Settings = nil
	s = newSim(t, o, 80, 30)
	s.press(",", "down", "right", "s")
	s.shows("cannot be saved here")
}

var _ tui.Settings = (*fakeSettings)(nil)
