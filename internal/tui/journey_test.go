package tui_test

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/progress"
	"kubetutor/internal/tui"
)

func TestFromHomeToALesson(t *testing.T) {
	t.Parallel()
	s := newSim(t, small(t), 80, 24)
	s.shows("Good evening.", "Begin: Storage", "0 of 1 lessons")
	s.press("enter")
	s.shows("Two objects, two people", "1/3")
}

func TestFilterFindsALesson(t *testing.T) {
	t.Parallel()
	s := newSim(t, options(t), 80, 24)
	s.press("down", "enter", "/")
	s.write("rbac")
	s.shows("RBAC")
	s.hides("Storage")
	s.write("zzz")
	s.shows("No lesson matches.")
	s.press("enter") // nothing to open
	s.press("esc")
	s.shows("Access control")
	s.hides("No lesson matches.")
}

func TestReadingEndsOnTheLastPage(t *testing.T) {
	t.Parallel()
	o := small(t)
	o.Lesson = claim
	s := newSim(t, o, 80, 70)
	s.press("n", "n")
	s.shows("3/3")
	s.press("n")
	s.shows("3/3")
	s.press("b")
	s.shows("2/3")
}

func TestLanguageKeepsTheParagraph(t *testing.T) {
	t.Parallel()
	o := small(t)
	o.Lesson = claim
	s := newSim(t, o, 80, 12)
	s.press("n", "down", "down", "down", "down", "down")
	s.shows("Class. ")
	s.press("L")
	s.shows("存储类。")
	s.press("L")
	s.shows("Class. ")
}

func TestResizeKeepsTheParagraph(t *testing.T) {
	t.Parallel()
	o := small(t)
	o.Lesson = claim
	s := newSim(t, o, 80, 12)
	s.press("n", "down", "down", "down", "down", "down")
	block := lastPosition(t, s, o).Block
	for _, w := range []int{45, 200, 60, 80} {
		s.send(tea.WindowSizeMsg{Width: w, Height: 12})
	}
	if now := lastPosition(t, s, o).Block; now != block {
		t.Errorf("block %d was at the top, now %d", block, now)
	}
}

// lastPosition has the position saved, as suspending does.
func lastPosition(t *testing.T, s *sim, o tui.Options) progress.Position {
	t.Helper()
	s.send(key("ctrl+z"))
	list := all[progress.Position](o.Store.(*fakeStore))
	if len(list) == 0 {
		t.Fatal("no position was saved")
	}
	return list[len(list)-1]
}

func TestComingBack(t *testing.T) {
	t.Parallel()
	o := small(t)
	o.Lesson = claim
	s := newSim(t, o, 80, 12)
	s.press("n", "down", "down", "down", "down", "down", "q") // a block begins at the top
	if !s.quit {
		t.Fatal("q does not quit")
	}
	again := newSim(t, o, 80, 12)
	if got, want := again.screen(), s.screen(); got != want {
		t.Errorf("before:\n%s\nafter:\n%s", want, got)
	}
	o.Lesson = ""
	home := newSim(t, o, 80, 24)
	home.shows("Continue", "page 2 of 3")
	for w := 40; w < 130; w++ { // whatever the width, the page is named
		home.send(tea.WindowSizeMsg{Width: w, Height: 24})
		home.shows("page 2 of 3")
		fits(t, home, w, 24)
	}
	home.press("enter")
	home.shows("2. Access modes.")
}

func TestComingBackToAQuestion(t *testing.T) {
	t.Parallel()
	o := small(t)
	o.Lesson = claim
	s := newSim(t, o, 80, 24)
	s.press("space")
	s.shows("Which of the two")
	s.press("q")
	newSim(t, o, 80, 24).shows("Which of the two", "Pick one.")
}

// answer goes to a question of the stand-alone quiz.
func askOnly(t *testing.T, id string) (*sim, *fakeStore) {
	t.Helper()
	o := small(t)
	o.Lesson, o.Quiz = claim, true
	l := inside(t, o.Course, claim)
	l.Questions = slices.DeleteFunc(l.Questions, func(q *course.Question) bool { return q.ID != id })
	return newSim(t, o, 80, 30), o.Store.(*fakeStore)
}

func TestEveryTypeOfQuestion(t *testing.T) {
	t.Parallel()
	tests := []struct {
		id, shows string
		play      func(*sim)
		right     bool
		pending   bool
	}{
		{id: "scope", play: func(s *sim) { s.tickLine("The claim only"); s.press("enter") }, right: true, shows: "Right."},
		{id: "scope", play: func(s *sim) { s.tickLine("Neither"); s.press("enter") }, shows: "this one is right"},
		{id: "pending-why", play: func(s *sim) { s.tickLine("The access mode"); s.press("enter") }, right: true, shows: "Right."},
		{id: "pending-why", play: func(s *sim) { s.tickLine("The size"); s.press("enter") }, shows: "A larger volume is fine."},
		{id: "smallest-fit", play: func(s *sim) { s.write("loft"); s.press("enter") }, right: true, shows: "Right."},
		{id: "smallest-fit", play: func(s *sim) { s.write("crate"); s.press("enter") }, shows: "Right would be: loft"},
		{id: "default-class", play: func(s *sim) { s.write(`""`); s.press("enter") }, right: true, shows: "Right."},
		{id: "describe-claim", play: func(s *sim) { s.write("kubectl -n shop describe pvc/data"); s.press("enter") }, right: true, shows: "Right."},
		{id: "way-to-bound", play: func(s *sim) { s.sort("A claim is created", "The controller", "Claim and volume"); s.press("enter") }, right: true, shows: "Right."},
		{id: "write-claim", play: func(s *sim) { s.press("ctrl+s") }, pending: true, shows: "Your answer is kept."},
	}
	for _, tt := range tests {
		t.Run(tt.id+" "+tt.shows, func(t *testing.T) {
			t.Parallel()
			s, store := askOnly(t, tt.id)
			tt.play(s)
			s.shows(tt.shows)
			answers := all[progress.Answer](store)
			if len(answers) != 1 {
				t.Fatalf("%d answers were kept:\n%s", len(answers), s.screen())
			}
			a := answers[0]
			if a.Right != tt.right || a.Pending != tt.pending || a.Question != claim+"/"+tt.id {
				t.Errorf("kept %+v", a)
			}
		})
	}
}

// tickLine ticks the option with a text.
func (s *sim) tickLine(text string) {
	s.t.Helper()
	for range 10 {
		if strings.Contains(lineWith(s.screen(), "▸"), text) {
			s.press("space")
			return
		}
		s.press("down")
	}
	s.t.Fatalf("no option %q:\n%s", text, s.screen())
}

func lineWith(screen, text string) string {
	for _, l := range strings.Split(screen, "\n") {
		if strings.Contains(l, text) {
			return l
		}
	}
	return ""
}

// sort moves items until they stand in an order.
func (s *sim) sort(texts ...string) {
	s.t.Helper()
	for place, text := range texts {
		s.press("up", "up", "up", "up")
		for range 10 {
			if strings.Contains(lineWith(s.screen(), "▸"), text) {
				break
			}
			s.press("down")
		}
		for range 10 {
			if strings.Contains(lineWith(s.screen(), "▸"), string(rune('1'+place))+".") {
				break
			}
			s.press("K")
		}
	}
}

func TestAnAnswerThatCannotBeSavedHasNoVerdict(t *testing.T) {
	t.Parallel()
	s, store := askOnly(t, "scope")
	store.fail = errors.New("the disk is full")
	s.tickLine("The claim only")
	s.press("enter")
	s.shows("could not be saved", "the disk is full")
	s.hides("Right.")
	store.fail = nil
	s.press("enter")
	s.shows("Right.")
}

func TestALabFromStartToDebrief(t *testing.T) {
	t.Parallel()
	o, l := small(t), labs()
	o.Lab, o.Lesson = l, claim
	s := newSim(t, o, 160, 45)
	s.press("tab")
	s.shows("Press enter to start the lab.", "The console opens once the lab runs.")
	s.press("enter")
	s.shows("1 of 4", `"standard"   spec.storageClassName`, "waiting: Pending", "shop $")
	s.write("kubectl get pv")
	s.press("enter")
	s.shows("shelf   1Gi")
	s.press("shift+tab", "h")
	s.shows("Three things must match.")
	s.press("s")
	s.shows("Show the solution?")
	s.press("n")
	s.hides("storageClassName: manual")
	l.verdicts = passedClaim()
	s.press("R", "y")
	s.shows("Passed", "attempt 2", "owns the whole volume", "4 of 4")
	store := o.Store.(*fakeStore)
	if got := all[progress.Passed](store); len(got) != 1 || got[0].Number != 2 {
		t.Errorf("passed: %+v", got)
	}
	if got := len(all[progress.Solution](store)); got != 0 {
		t.Errorf("the solution was recorded %d times without being shown", got)
	}
	if l.started[0].Seed == l.started[1].Seed {
		t.Error("two attempts have the same seed")
	}
}

func TestAnActiveLabGoesOn(t *testing.T) {
	t.Parallel()
	o, l := small(t), labs()
	o.Lab, o.Lesson = l, claim
	newSim(t, o, 160, 45).press("tab", "enter", "shift+tab", "h", "q")
	again := newSim(t, o, 160, 45)
	again.shows("attempt 1", "1 of 4", "Three things must match.", "shop $")
	if len(l.started) != 1 {
		t.Errorf("it was started %d times", len(l.started))
	}
}

func TestAnActiveLabGoesOnAfterAnEngineThatDidNotAnswer(t *testing.T) {
	t.Parallel()
	o, l := small(t), labs()
	o.Lab, o.Lesson = l, claim
	newSim(t, o, 160, 45).press("tab", "enter", "shift+tab", "q")
	l.silent = 1
	again := newSim(t, o, 160, 45)
	again.shows("attempt 1", "1 of 4", "shop $", "cluster up")
	again.hides("The engine does not answer", "Press enter to start the lab.")
}

func TestAnEngineOfAnotherBuildIsReplaced(t *testing.T) {
	t.Parallel()
	o, l := small(t), labs()
	o.Lab, o.Lesson = l, claim
	newSim(t, o, 160, 45).press("tab", "enter", "shift+tab", "q")
	l.stale = true
	again := newSim(t, o, 160, 45)
	again.shows("another build of the engine (old, process 7)", "restart the engine")
	again.press("enter")
	again.shows("attempt 1", "1 of 4")
	if l.stale || len(l.started) != 1 {
		t.Errorf("stale %v, started %d times", l.stale, len(l.started))
	}
}

func TestAPassIsRecordedBeforeItIsShown(t *testing.T) {
	t.Parallel()
	o, l := small(t), labs()
	o.Lab, o.Lesson, l.verdicts = l, claim, passedClaim()
	s := newSim(t, o, 160, 45)
	tries := 0
	o.Store.(*fakeStore).before = func(data any) error {
		if _, ok := data.(progress.Passed); !ok {
			return nil
		}
		s.hides("✓ Passed", "4 of 4")
		if tries++; tries == 1 {
			return errors.New("the disk is full")
		}
		s.shows("the disk is full")
		return nil
	}
	s.press("tab", "enter")
	s.shows("✓ Passed", "4 of 4")
	if tries != 2 {
		t.Errorf("recorded in %d tries, want 2", tries)
	}
}

func TestASolutionIsKeptBeforeItShows(t *testing.T) {
	t.Parallel()
	o, l := small(t), labs()
	o.Lab, o.Lesson = l, claim
	s := newSim(t, o, 160, 45)
	s.press("tab", "enter")
	s.shows("1 of 4")
	store := o.Store.(*fakeStore)
	store.fail = errors.New("the disk is full")
	s.press("shift+tab", "s", "y")
	s.shows("the disk is full")
	s.hides("storageClassName: manual")
	store.fail = nil
	s.press("s", "y")
	s.shows("storageClassName: manual")
	if got := len(all[progress.Solution](store)); got != 1 {
		t.Errorf("the solution was recorded %d times", got)
	}
}

func TestAStartThatFails(t *testing.T) {
	t.Parallel()
	o, l := small(t), labs()
	l.startErr = &protocol.Error{Code: protocol.CodeInternal, Message: "etcd did not start", Hint: "Free some disk space.", Log: []string{"no space left on device"}}
	o.Lab, o.Lesson = l, claim
	s := newSim(t, o, 80, 30)
	s.press("tab", "enter")
	s.shows("etcd did not start", "Free some disk space.", "no space left on device", "Press enter to try again.")
	l.startErr = nil
	s.press("enter")
	s.shows("shop $")
}

func TestWithoutAnEngine(t *testing.T) {
	t.Parallel()
	o, l := small(t), labs()
	o.Lesson = claim
	s := newSim(t, o, 80, 24)
	s.press("tab", "enter")
	s.shows("Labs are not available here.")
	l.engine = lab.Engine{State: lab.EngineMissing, Reason: "Install Go 1.26, or put kubelab beside kubetutor."}
	o.Lab = l
	newSim(t, o, 80, 24).shows("Install Go 1.26") // it comes back to the lab
	l.engine.Reason = ""                          // as it is for learners of a class
	newSim(t, o, 80, 24).shows("Labs are not available here.")
}

func TestNarrowWindowSaysSo(t *testing.T) {
	t.Parallel()
	s := newSim(t, small(t), 20, 8)
	s.shows("larger")
	// Keys do nothing that is not seen.
	s.press("c", "down", "enter")
	s.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	if s.screen() != newSim(t, small(t), 80, 24).screen() {
		t.Errorf("a key acted unseen:\n%s", s.screen())
	}
	s.send(tea.WindowSizeMsg{Width: 20, Height: 8})
	s.press("q")
	if !s.quit {
		t.Error("q does not leave a window that is too small")
	}
}

// TestTheClusterIsLookedAtAgain holds that what the header says of a cluster does not
// stay when that has started, or answers although it was said to sleep.
func TestTheClusterIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	o, l := small(t), labs()
	o.Lab, o.Lesson = l, claim
	newSim(t, o, 160, 45).press("tab", "enter", "shift+tab", "q")
	l.was = []protocol.Status{l.status, {State: protocol.StateStarting}}
	newSim(t, o, 160, 45).shows("attempt 1", "cluster up")
	l.was = []protocol.Status{l.status, {State: protocol.StateSleeping}}
	s := newSim(t, o, 160, 45)
	s.shows("attempt 1", "cluster asleep")
	s.press("tab") // to the console
	s.write("k get pv")
	s.press("enter")
	s.shows("cluster up")
}

func TestUnknownTheme(t *testing.T) {
	t.Parallel()
	o := small(t)
	o.Theme = "pink"
	if _, err := tui.New(o); err == nil || !strings.Contains(err.Error(), "light") {
		t.Errorf("got %v", err)
	}
}

func TestBackgroundDecidesTheTheme(t *testing.T) {
	t.Parallel()
	for name, follows := range map[string]bool{"auto": true, "contrast": true, "dark": false} {
		o := small(t)
		o.Theme = name
		s := newSim(t, o, 80, 24)
		dark := s.styled()
		s.send(tea.BackgroundColorMsg{Color: white{}})
		if changed := s.styled() != dark; changed != follows {
			t.Errorf("%s: a light background changes it: %v", name, changed)
		}
	}
}

type white struct{}

func (white) RGBA() (r, g, b, a uint32) { return 0xffff, 0xffff, 0xffff, 0xffff }

func TestKeyTable(t *testing.T) {
	t.Parallel()
	for _, lang := range course.Langs {
		table := tui.KeyTable(lang)
		for _, line := range strings.Split(strings.TrimSpace(table), "\n") {
			if strings.Count(line, "|") != 4 || strings.HasSuffix(line, "|  |") {
				t.Errorf("%s: %q", lang, line)
			}
		}
	}
}

func TestKeptAnswersAreJudgedOnceAClusterIsUp(t *testing.T) {
	t.Parallel()
	o, l := small(t), labs()
	o.Lab, o.Lesson, o.Quiz = l, claim, true
	lesson := inside(t, o.Course, claim)
	lesson.Questions = lesson.Questions[len(lesson.Questions)-1:]
	s := newSim(t, o, 80, 24)
	s.press("ctrl+s")
	s.shows("Your answer is kept.")
	l.judge = &protocol.Judgement{Verdicts: []protocol.Verdict{{Check: "class", Result: protocol.Pass}}}
	o.Quiz = false
	s = newSim(t, o, 120, 24)
	s.press("tab", "enter")
	s.shows("1 answers kept earlier are judged now; 1 right.")
	if got := all[progress.Judged](o.Store.(*fakeStore)); len(got) != 1 || !got[0].Right {
		t.Errorf("judged: %+v", got)
	}
}

func TestWithoutColourAndWithASCII(t *testing.T) {
	t.Parallel()
	for _, sc := range scenes() {
		o := small(t)
		o.NoColor, o.ASCII = true, true
		s := sc.play(t, o, 140, 30)
		if colour := regexp.MustCompile(`\x1b\[[0-9;]*(3[0-8]|4[0-8]|9[0-7])[;m]`).FindString(s.styled()); colour != "" {
			t.Errorf("%s has the colour %q", sc.name, colour)
		}
		if i := strings.IndexFunc(s.screen(), func(r rune) bool { return r >= 0x2500 && r < 0x2600 }); i >= 0 && !figure(s.screen()) {
			t.Errorf("%s has a character beyond ASCII:\n%s", sc.name, s.screen())
		}
	}
}

// figure tells that the page shows its figure, which is the lesson's own.
func figure(screen string) bool { return strings.Contains(screen, "namespace shop  ") }
