package tui_test

import (
	"errors"
	"path/filepath"
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
	s.press("a", "Z")
	s.shows("f1 Z")
	s.press("f1")
	s.shows("any key closes this")
	s.press("x", "s")
	if len(file.edits) != 1 || file.edits[0].Key != "keys.global.help" || !slices.Equal(file.edits[0].Values, []string{"f1", "Z"}) {
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

// onReviewSettings opens the settings page of somebody who reviews.
func onReviewSettings(t *testing.T) (*sim, *fakeSettings, tui.Insights) {
	t.Helper()
	o, file := small(t), &fakeSettings{}
	reviewing(&o)
	o.Settings = file
	s := newSim(t, o, 100, 60)
	s.press(",")
	s.shows("Reviews", "New cards", "10", "Retention", "0.9", "1m 10m", "Day ends", "4:00", "yes")
	return s, file, o.Insights
}

func TestReviewsAreSetAndSaved(t *testing.T) {
	t.Parallel()
	s, file, now := onReviewSettings(t)
	s.press("down", "down", "down", "right")
	if c := now.Config(); c.New != 15 {
		t.Errorf("%d new cards count", c.New)
	}
	s.press("down", "down", "down", "right", "right") // retention
	s.shows("not saved", "0.95")
	s.press("down", "left", "down", "left", "down", "left", "down", "down", "enter")
	c := now.Config()
	if c.Retention != 0.95 || len(c.Steps) != 1 || len(c.Relearning) != 0 || c.Rollover != 3 || c.Bury {
		t.Errorf("what counts: %+v", c)
	}
	s.shows("none", "no ")
	s.press("s")
	want := []settings.Edit{
		{Key: "review.new", Values: []string{"15"}}, {Key: "review.retention", Values: []string{"0.95"}}, {Key: "review.steps", Values: []string{"10m"}},
		{Key: "review.relearning", Values: []string{"none"}}, {Key: "review.rollover", Values: []string{"3"}}, {Key: "review.bury", Values: []string{"false"}},
	}
	if !slices.EqualFunc(file.edits, want, func(a, b settings.Edit) bool { return a.Key == b.Key && slices.Equal(a.Values, b.Values) }) {
		t.Errorf("saved %v\nwant %v", file.edits, want)
	}
	s.press("backspace", "s")
	if last := file.edits[len(file.edits)-1]; last.Key != "review.bury" || last.Values != nil || !now.Config().Bury {
		t.Errorf("the default is saved as %v", last)
	}
}

// What a setting offers has the value that it has, wherever that comes from, and
// every value is one that the file takes.
func TestValuesOfReviewsAreTaken(t *testing.T) {
	t.Parallel()
	s, file, now := onReviewSettings(t)
	c := now.Config()
	c.New, c.Retention = 17, 0.88
	now.Configure(c)
	s.press("down", "down", "down", "right")
	if got := now.Config().New; got != 20 {
		t.Errorf("after 17 comes %d", got)
	}
	for range settings.ReviewKeys() {
		for range 25 {
			s.press("right", "s")
		}
		s.press("down")
	}
	path := filepath.Join(t.TempDir(), "settings.yaml")
	for _, e := range file.edits {
		if _, err := settings.Update(path, settings.Vocabulary{}, e); err != nil {
			t.Errorf("%v: %v", e, err)
		}
	}
	if len(file.edits) < 100 {
		t.Errorf("there were %d edits", len(file.edits))
	}
}

func TestWorkloadOfRetentions(t *testing.T) {
	t.Parallel()
	s, _, _ := onReviewSettings(t)
	s.shows("80 %", "97 %", "a day", "simulated over a year")
	if line := lineWith(s.screen(), "▸ 90 %"); line == "" {
		t.Errorf("the retention that counts is not marked:\n%s", s.screen())
	}
	for range 6 {
		s.press("down")
	}
	s.press("right")
	if line := lineWith(s.screen(), "▸ 92 %"); line == "" {
		t.Errorf("the retention that is chosen is not marked:\n%s", s.screen())
	}
}

var _ tui.Settings = (*fakeSettings)(nil)
