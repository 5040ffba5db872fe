package tui_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/progress"
	"kubetutor/internal/tui"
)

// fakeSeat tells of one sight at the beginning, and notes what it is told.
type fakeSeat struct {
	first class.Sight
	fail  error

	mu      sync.Mutex
	calls   []class.Call
	read    []string
	allowed []string // ASK=yes or ASK=no
	stood   []class.Standing
}

func (s *fakeSeat) Follow(_ context.Context, changed func(class.Sight) error) error {
	return changed(s.first)
}

func (s *fakeSeat) note(f func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	return s.fail
}

func (s *fakeSeat) Raise(_ context.Context, c class.Call) error {
	return s.note(func() { s.calls = append(s.calls, c) })
}

func (s *fakeSeat) Read(_ context.Context, id string) error {
	return s.note(func() { s.read = append(s.read, id) })
}

func (s *fakeSeat) Allow(_ context.Context, ask string, yes bool) error {
	return s.note(func() { s.allowed = append(s.allowed, fmt.Sprintf("%s=%v", ask, yes)) })
}

func (s *fakeSeat) Recorded(context.Context, progress.Event) error { return s.fail }

func (s *fakeSeat) Checks(_ context.Context, st class.Standing) error {
	return s.note(func() { s.stood = append(s.stood, st) })
}

var _ class.Seat = (*fakeSeat)(nil)

// attending is a learner in a class.
type attending struct {
	*sim
	seat  *fakeSeat
	sight class.Sight
	held  []tea.Msg // what comes after a time
}

// attend begins a tutor in a class.
func attend(t testing.TB, o tui.Options, w, h int, sight class.Sight) *attending {
	t.Helper()
	a := &attending{seat: &fakeSeat{first: sight}, sight: sight}
	clock := &clock{evening()}
	o.Seat, o.Now = a.seat, clock.now
	tui.HoldClock(&o, func(_ time.Duration, msg tea.Msg) tea.Cmd {
		return func() tea.Msg { a.held = append(a.held, msg); return nil }
	})
	a.sim = newSim(t, o, w, h)
	a.clock = clock
	return a
}

// see changes what is known of the class.
func (a *attending) see(change func(*class.Sight)) {
	a.t.Helper()
	change(&a.sight)
	a.send(tui.Sighted(a.sight))
}

// pass lets time pass, and what waited for it happen.
func (a *attending) pass(d time.Duration) {
	a.t.Helper()
	a.clock.wait(d)
	held := a.held
	a.held = nil
	for _, msg := range held {
		a.send(msg)
	}
}

// quickly presses keys without the moment that a sim leaves between them.
func (a *attending) quickly(keys ...string) {
	a.t.Helper()
	for _, k := range keys {
		a.clock.wait(50 * time.Millisecond)
		a.send(key(k))
	}
}

func storageLab() class.Sight {
	return class.Sight{Class: "storage-lab", Me: "Li Na", Lessons: []string{claim}}
}

func messageAt(id string, kind class.MessageKind, text string) class.Message {
	return class.Message{ID: id, At: evening(), Kind: kind, Text: text}
}

func TestTheClassIsInTheFrame(t *testing.T) {
	t.Parallel()
	a := attend(t, small(t), 80, 24, storageLab())
	a.shows("── storage-lab ──", "0 of 1 lessons")
	a.see(func(s *class.Sight) {
		s.Hand, s.Countdown = true, &class.Countdown{Until: evening().Add(12*time.Minute + 30*time.Second), Of: "bind-claim"}
	})
	a.shows("storage-lab · bind-claim: 13 min · hand up")
	a.see(func(s *class.Sight) { s.Lost = true })
	a.shows("connection to the class lost")
	a.see(func(s *class.Sight) { s.Lost, s.Queue = false, 3 })
	a.shows("You are 3rd in the queue")
}

func TestTheCountdownMovesRarelyUntilItsLastMinute(t *testing.T) {
	t.Parallel()
	o := small(t)
	var waits []time.Duration
	sight := storageLab()
	sight.Countdown = &class.Countdown{Until: evening().Add(80 * time.Second)}
	clock := &clock{evening()}
	o.Now, o.Seat = clock.now, &fakeSeat{first: sight}
	var next tea.Msg
	tui.HoldClock(&o, func(d time.Duration, msg tea.Msg) tea.Cmd {
		waits, next = append(waits, d), msg
		return nil
	})
	s := newSim(t, o, 80, 24)
	for range 4 {
		clock.wait(waits[len(waits)-1])
		s.send(next)
	}
	want := []time.Duration{15 * time.Second, 5 * time.Second, time.Second, time.Second, time.Second}
	if fmt.Sprint(waits) != fmt.Sprint(want) {
		t.Errorf("it is drawn after %v, want %v", waits, want)
	}
	s.shows("58 s")
}

func TestAMessageStealsNoKeyAndIsNeverTyped(t *testing.T) {
	t.Parallel()
	o, l := small(t), labs()
	o.Lab, o.Lesson = l, claim
	a := attend(t, o, 160, 45, storageLab())
	a.press("tab", "enter")
	a.write("kubectl ge")
	a.see(func(s *class.Sight) {
		s.Messages = append(s.Messages, messageAt("01A", class.MessageCommand, "kubectl get pvc -A\x1b[2J"))
	})
	a.shows("ctrl+y opens · A command to try: kubectl get pvc -A", "1 new message", "kubectl ge")
	a.write("t")
	a.shows("$ kubectl get")
	a.press("ctrl+y")
	a.shows("It is not run unless you run it", "$ kubectl get pvc -A")
	if len(a.seat.read) != 1 || a.seat.read[0] != "01A" {
		t.Errorf("read: %v", a.seat.read)
	}
	if len(l.console.lines) > 0 {
		t.Errorf("it was run: %v", l.console.lines)
	}
	a.press("c")
	if a.clipboard != "kubectl get pvc -A[2J" && a.clipboard != "kubectl get pvc -A" {
		t.Errorf("copied %q", a.clipboard)
	}
	a.press("i")
	a.shows("shop $ kubectl get pvc -A", "Nothing has been run yet.")
	if len(l.console.lines) > 0 {
		t.Errorf("it was run: %v", l.console.lines)
	}
}

func TestAHintIsShownWithTheLearnersValues(t *testing.T) {
	t.Parallel()
	o := small(t)
	o.Lab, o.Lesson = labs(), claim
	a := attend(t, o, 100, 40, storageLab())
	a.see(func(s *class.Sight) {
		s.Messages = []class.Message{{ID: "01A", At: evening(), Kind: class.MessageHint, Lab: claim + "/bind-claim", Hint: 1}}
	})
	a.shows("m opens · A hint for you has come.")
	a.press("m")
	a.shows("Three things must match.")
	a.press("L")
	a.hides("Three things must match.")
}

func TestRaisingTheHand(t *testing.T) {
	t.Parallel()
	a := attend(t, small(t), 80, 24, storageLab())
	a.press("H")
	a.shows("What do you need?")
	a.write("My claim is Pending")
	a.press("enter")
	a.see(func(s *class.Sight) { s.Hand = true })
	a.shows("hand up", "Your hand is up.")
	a.press("H")
	want := []class.Call{{Up: true, Text: "My claim is Pending"}, {}}
	if fmt.Sprint(a.seat.calls) != fmt.Sprint(want) {
		t.Errorf("called %v, want %v", a.seat.calls, want)
	}
	a.see(func(s *class.Sight) { s.Hand = false })
	a.hides("The instructor has taken")
	a.press("H", "esc")
	if len(a.seat.calls) != 2 {
		t.Error("esc raises the hand")
	}
	a.see(func(s *class.Sight) { s.Hand = true })
	a.see(func(s *class.Sight) { s.Hand = false })
	a.shows("The instructor has taken your hand down.")
}

func asks(s *class.Sight) { s.Ask = &class.Ask{ID: "ask1", By: "Anna"} }

func TestNobodySeesTheScreenByAKeyThatWasBeingTyped(t *testing.T) {
	t.Parallel()
	a := attend(t, small(t), 80, 24, storageLab())
	a.see(asks)
	a.shows("Anna asks to see your screen.")
	a.quickly("y", "y", "y", "y", "y", "y", "y", "y", "y", "y", "y", "y", "y", "y", "y", "y")
	if len(a.seat.allowed) > 0 {
		t.Fatalf("a key that is held says yes: %v", a.seat.allowed)
	}
	a.press("x", "enter", "space")
	a.shows("Anna asks to see your screen.")
	a.press("esc")
	if fmt.Sprint(a.seat.allowed) != "[ask1=false]" {
		t.Errorf("allowed %v", a.seat.allowed)
	}
	a.hides("Anna asks to see your screen.")
	a.see(func(s *class.Sight) { s.Ask = &class.Ask{ID: "ask2", By: "Anna"} })
	a.press("y")
	if fmt.Sprint(a.seat.allowed) != "[ask1=false ask2=true]" {
		t.Errorf("allowed %v", a.seat.allowed)
	}
}

func TestWhoTypesIsNotInterruptedByAnAsk(t *testing.T) {
	t.Parallel()
	o := small(t)
	o.Lab, o.Lesson = labs(), claim
	a := attend(t, o, 160, 45, storageLab())
	a.press("tab", "enter")
	a.see(asks)
	a.write("yyy")
	a.shows("yyy", "ctrl+y to answer")
	if len(a.seat.allowed) > 0 {
		t.Fatal("what is typed says yes")
	}
	a.press("ctrl+y")
	a.shows("Anna asks to see your screen.", "they see what you see")
	a.press("n")
	a.shows("$ yyy")
	if fmt.Sprint(a.seat.allowed) != "[ask1=false]" {
		t.Errorf("allowed %v", a.seat.allowed)
	}
}

func TestBeingWatchedIsSeenEverywhereAndEndsByOneKey(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{80, 24}, {40, 10}, {160, 50}, {30, 8}} {
		for _, ascii := range []bool{false, true} {
			o := small(t)
			o.ASCII, o.Theme, o.NoColor = ascii, "mono", true
			o.Lab, o.Lesson = labs(), claim
			a := attend(t, o, size[0], size[1], storageLab())
			a.see(func(s *class.Sight) { s.Watched = "Anna" })
			mark := "● Anna is watching"
			if ascii {
				mark = "(*) Anna is watching"
			}
			if size[0] < 40 {
				mark = mark[:len(mark)-len(" is watching")]
			}
			for _, keys := range [][]string{nil, {"?"}, {"x"}, {"ctrl+k"}, {"esc"}, {"tab"}, {"enter"}, {"ctrl+y"}} {
				a.press(keys...)
				a.shows(mark)
				if !strings.Contains(a.styled(), "\x1b[1;7m") {
					t.Errorf("%v: the mark does not stand out without colours:\n%q", size, a.styled())
				}
			}
			a.press("ctrl+x")
			if fmt.Sprint(a.seat.allowed) != "[=false]" {
				t.Errorf("%v: allowed %v", size, a.seat.allowed)
			}
		}
	}
}

func TestLocksKeepOutAndNobodyIsThrownOut(t *testing.T) {
	t.Parallel()
	o := small(t)
	o.Lab = labs()
	sight := storageLab()
	sight.Locked = []class.Place{{Lesson: claim}}
	a := attend(t, o, 80, 24, sight)
	a.press("down", "enter")
	a.shows("This class", "⊘", "locked")
	a.press("enter")
	a.shows("is locked: the instructor will open it.")
	a.press("t")
	a.shows("is locked: the instructor will open it.")
	a.see(func(s *class.Sight) { s.Locked = nil })
	a.press("enter")
	a.shows("1/3")
	a.see(func(s *class.Sight) { s.Locked = []class.Place{{Lesson: claim, Page: 2}} })
	a.press("n")
	a.shows("Page 2 is locked", "1/3")
	a.see(func(s *class.Sight) { s.Locked = []class.Place{{Lesson: claim, Focus: "lab:bind-claim"}} })
	a.press("tab")
	a.shows("This step is locked", "1/3")
	a.press("n")
	a.shows("2/3")
	a.see(func(s *class.Sight) { s.Locked = []class.Place{{Lesson: claim}} })
	a.shows("2/3", "What is on your screen stays")
	a.press("n")
	a.shows("2/3", "is locked")
}

func recalls(id string, to class.Place) func(*class.Sight) {
	return func(s *class.Sight) { s.Recall = &class.Recall{ID: id, To: to} }
}

func TestACallIsFollowedUnlessTheLearnerStays(t *testing.T) {
	t.Parallel()
	o := small(t)
	o.Lab, o.Lesson = labs(), claim
	a := attend(t, o, 100, 30, storageLab())
	a.see(recalls("01A", class.Place{Lesson: claim, Page: 2}))
	a.shows("In 10 s to: How a claim finds its volume, page 2", "called back")
	a.press("esc")
	a.pass(11 * time.Second)
	a.shows("1/3")
	a.press("C")
	a.shows("2/3", "You were called to")
	a.press("n")
	a.see(recalls("01B", class.Place{Lesson: claim, Page: 1}))
	for range 12 {
		a.pass(time.Second)
	}
	a.shows("1/3")
	a.press("backspace")
	a.shows("3/3")
}

func TestACallTearsNobodyFromWhatTheyWrite(t *testing.T) {
	t.Parallel()
	o, l := small(t), labs()
	o.Lab, o.Lesson = l, claim
	a := attend(t, o, 160, 45, storageLab())
	a.press("tab", "enter")
	a.write("kubectl get pv")
	a.see(recalls("01A", class.Place{Lesson: claim, Page: 3}))
	for range 15 {
		a.pass(time.Second)
	}
	a.shows("Everybody is called to", "$ kubectl get pv", "1/3")
	a.press("esc", "C")
	a.shows("3/3")
	a.press("backspace")
	a.shows("$ kubectl get pv", "1/3", "Here is where you were")
}

func TestAnOldCallIsNotFollowedByWhoComesLater(t *testing.T) {
	t.Parallel()
	o := small(t)
	o.Lesson = claim
	sight := storageLab()
	recalls("01ARZ3NDEKTSV4RRFFQ69G5FAV", class.Place{Lesson: claim, Page: 2})(&sight)
	a := attend(t, o, 80, 24, sight)
	a.hides("Everybody is called")
	a.pass(12 * time.Second)
	a.shows("1/3")
}

func TestTheResumeCodeMustBeRead(t *testing.T) {
	t.Parallel()
	sight := storageLab()
	sight.Resume = "K7QP-2MXD"
	a := attend(t, small(t), 80, 24, sight)
	a.shows("Keep this code", "K7QP-2MXD", "come back as Li Na")
	a.quickly("enter", "enter") // typed at the door
	a.shows("K7QP-2MXD")
	a.press("x", "esc", "q")
	a.shows("K7QP-2MXD")
	if a.quit {
		t.Fatal("it quits")
	}
	a.press("enter")
	a.hides("K7QP-2MXD")
	a.shows("Good evening.")
	a.press("m")
	a.shows("Your resume code: K7QP-2MXD")
}

func TestTheEndOfTheClass(t *testing.T) {
	t.Parallel()
	for _, guest := range []bool{true, false} {
		o := small(t)
		o.Guest = guest
		a := attend(t, o, 80, 24, storageLab())
		a.see(func(s *class.Sight) { s.Over = true })
		a.shows("The class is over", "Everything that you have done")
		a.press("enter")
		a.shows("the class is over", "Continue")
	}
}

func TestTheInstructorsScreen(t *testing.T) {
	t.Parallel()
	a := attend(t, small(t), 80, 24, storageLab())
	screen := &class.Screen{Columns: 120, Rows: 40, Content: strings.Repeat("\x1b[31mkubectl get pods\x1b[m\x1b]52;c;eA==\x07\n", 40), Caption: "look at STATUS"}
	a.see(func(s *class.Sight) { s.Shown = screen })
	a.shows("The instructor's screen", "kubectl get pods", "look at STATUS")
	if strings.Contains(a.styled(), "]52") {
		t.Error("a control sequence reaches the terminal")
	}
	a.press("esc")
	a.hides("kubectl get pods")
	a.shows("screen shown")
	a.press("V")
	a.shows("kubectl get pods")
	a.see(func(s *class.Sight) { s.Shown = nil })
	a.hides("kubectl get pods")
	a.shows("no longer shown")
}

func TestTheClassIsToldHowTheLabStands(t *testing.T) {
	t.Parallel()
	o, l := small(t), labs()
	o.Lab, o.Lesson = l, claim
	a := attend(t, o, 160, 45, storageLab())
	a.press("tab", "enter")
	if len(a.seat.stood) == 0 {
		t.Fatal("nothing was told")
	}
	s := a.seat.stood[len(a.seat.stood)-1]
	if s.Lab != claim+"/bind-claim" || s.Number != 1 || s.Of != 4 || s.Passed+len(s.Failing) != 4 || s.Failing[0].Want == "" || s.Failing[0].Have == "" {
		t.Errorf("told %+v", s)
	}
	told := len(a.seat.stood)
	a.press("down", "up")
	a.pass(time.Second)
	a.press("down", "up")
	if len(a.seat.stood) != told {
		t.Errorf("the same is told %d times", len(a.seat.stood)-told+1)
	}
}
