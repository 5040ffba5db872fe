package class_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/oklog/ulid/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/class/classtest"
	"kubetutor/internal/progress"
)

// travelled is an event that comes from another machine.
func travelled(at time.Time, n int, kind progress.Kind, data any) progress.Event {
	raw, _ := json.Marshal(data)
	id := ulid.ULID{15: byte(n)}
	_ = id.SetTime(ulid.Timestamp(at))
	return progress.Event{ID: id.String(), Device: ulid.ULID{1}.String(), At: at, Kind: kind, Data: raw}
}

// TestWhatIsDoneElsewhereIsKept brings events of a machine of one's own, again and
// in disorder, and looks for them on disk each time.
func TestWhatIsDoneElsewhereIsKept(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	a := classtest.Join(t, s.room, "Ann")
	own, err := s.room.Enter(t.Context(), a.Learner.ID, true)
	if err != nil {
		t.Fatal(err)
	}
	now := s.clock.now()
	events := []progress.Event{
		travelled(now.Add(-time.Minute), 1, progress.KindPosition, progress.Position{Lesson: "lesson-0000", Page: 1}),
		travelled(now, 2, progress.KindAnswer, progress.Answer{Question: "lesson-0000/q-0"}),
		travelled(now.Add(time.Hour), 3, progress.KindAnswer, progress.Answer{Question: "lesson-0000/q-0", Right: true}),
		travelled(now, 4, progress.KindFailed, progress.Failed{Lab: "lesson-0000/lab-0", Number: 1, Asked: true}),
	}
	for _, n := range []int{1, 1, 3, 0, 2, 3, 0} {
		if err := own.Recorded(t.Context(), events[n]); err != nil {
			t.Fatal(err)
		}
		if !onDisk(t, s.store, a.Learner.ID, events[n].ID) {
			t.Errorf("the event %d is acknowledged and not on disk", n)
		}
	}
	if err := own.RecordedAll(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	row := s.room.Board().Rows[0]
	if row.Right != 1 || row.Answered != 1 || row.Tries != 1 || row.At.Page != 2 || row.Moved.After(now) {
		t.Errorf("on the board: %+v", row)
	}
	bad := travelled(now, 5, progress.KindPosition, "no position")
	if err := own.Recorded(t.Context(), bad); err == nil {
		t.Error("what cannot be read was taken")
	}
	own.Leave()
	if err := own.Recorded(t.Context(), events[0]); err == nil {
		t.Error("a session that has ended brings something")
	}
	if got := classtest.Open(t, s.store, class.Options{Now: s.clock.now, Course: classtest.Course(t)}).Board().Rows[0]; got.Right != 1 || got.Tries != 1 {
		t.Errorf("in the next server: %+v", got)
	}
}

func onDisk(t *testing.T, s class.Store, who class.LearnerID, id string) bool {
	t.Helper()
	p, err := s.Progress(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	_, ok, err := p.Event(t.Context(), id)
	return ok && err == nil
}

// TestTheEndKeepsWhatWasDone ends a class with somebody in it, and somebody away.
func TestTheEndKeepsWhatWasDone(t *testing.T) {
	t.Parallel()
	s := newScene(t, "Ann")
	bob := classtest.Join(t, s.room, "Bob")
	seen := sights(t, s.who["Ann"])
	if err := s.room.Sit("Ms Li").Do(t.Context(), class.Order{Kind: class.OrderEnd}); err != nil {
		t.Fatal(err)
	}
	until(t, seen, func(s class.Sight) bool { return s.Over })
	s.turn("Ann", "lesson-0000", 2)
	if b := s.room.Board(); !b.Over || b.Rows[0].At.Page != 2 {
		t.Errorf("the last page: %+v", b.Rows[0])
	}
	if _, err := s.room.Enter(t.Context(), bob.Learner.ID, false); !errors.Is(err, class.ErrOver) {
		t.Errorf("Bob enters: %v", err)
	}
	own, err := s.room.Enter(t.Context(), bob.Learner.ID, true)
	if err != nil {
		t.Fatal(err)
	}
	e := travelled(s.clock.now(), 1, progress.KindPassed, progress.Passed{Lab: "lesson-0000/lab-0", Number: 1})
	if err := own.Recorded(t.Context(), e); err != nil || !onDisk(t, s.store, bob.Learner.ID, e.ID) {
		t.Errorf("what Bob did on the train: %v", err)
	}
	if _, err := s.apply(class.Application{Name: "Cyd", Code: s.room.Join().Code}); !errors.Is(err, class.ErrOver) {
		t.Errorf("Cyd joins: %v", err)
	}
}

// TestNobodyWaitsForASlowReader has readers that never return.
func TestNobodyWaitsForASlowReader(t *testing.T) {
	t.Parallel()
	s := newScene(t, "Ann", "Bob")
	var stuck sync.WaitGroup
	stuck.Add(2)
	go s.who["Ann"].Follow(t.Context(), func(class.Sight) error { stuck.Done(); <-t.Context().Done(); return nil })
	go s.room.Sit("Slow").Watch(t.Context(), func(class.Board) error { stuck.Done(); <-t.Context().Done(); return nil })
	stuck.Wait()
	seen := sights(t, s.who["Bob"])
	chair := s.room.Sit("Ms Li")
	for n := range 200 {
		text := &class.Message{Kind: class.MessageText, Text: fmt.Sprint(n)}
		if err := chair.Do(t.Context(), class.Order{Kind: class.OrderSend, Message: text}); err != nil {
			t.Fatal(err)
		}
	}
	got := until(t, seen, func(s class.Sight) bool { return len(s.Messages) == 50 && s.Messages[49].Text == "199" })
	if got.Messages[0].Text != "150" {
		t.Errorf("the oldest that is kept is %q", got.Messages[0].Text)
	}
}

// TestReadersAreToldNotTooOften lets a hundred things happen in each second of ten.
func TestReadersAreToldNotTooOften(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := classtest.Room(t, class.Options{})
		p := classtest.Enter(t, r, "Ann")
		ctx, cancel := context.WithCancel(t.Context())
		var boards, sights int
		var wg sync.WaitGroup
		wg.Go(func() { r.Sit("Ms Li").Watch(ctx, func(class.Board) error { boards++; return nil }) })
		wg.Go(func() { p.Follow(ctx, func(class.Sight) error { sights++; return nil }) })
		for n := range 1000 {
			if err := r.Sit("Ms Li").Do(ctx, class.Order{Kind: class.OrderTime, Time: time.Hour, Text: fmt.Sprint(n)}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Millisecond)
		}
		cancel()
		wg.Wait()
		if boards < 30 || boards > 41 || sights < 50 || sights > 101 {
			t.Errorf("in ten seconds %d boards and %d sights", boards, sights)
		}
	})
}

// TestABoardComesAnyway: time passes on it, though nothing happens.
func TestABoardComesAnyway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := classtest.Room(t, class.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		n := 0
		if err := r.Sit("Ms Li").Watch(ctx, func(class.Board) error { n++; return nil }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("it ended with %v", err)
		}
		if n < 18 || n > 22 {
			t.Errorf("%d boards in a quiet minute", n)
		}
	})
}

func TestAScreenIsShownToAll(t *testing.T) {
	t.Parallel()
	s := newScene(t, "Ann")
	seen := sights(t, s.who["Ann"])
	teacher := s.room.EnterInstructor("Ms Li")
	chair := s.room.Sit("Ms Li")
	teacher.Paint(class.Screen{Columns: 80, Rows: 24, Content: "private"})
	if err := s.room.Sit("Mr X").Do(t.Context(), class.Order{Kind: class.OrderShow, ID: teacher.ID()}); !errors.Is(err, class.ErrOrder) {
		t.Errorf("another shows it: %v", err)
	}
	show := class.Order{Kind: class.OrderShow, ID: teacher.ID(), Text: "look at\x1b[2J the events"}
	if err := chair.Do(t.Context(), show); err != nil || teacher.Screens() != 1 {
		t.Fatal(err, teacher.Screens())
	}
	if b := s.room.Board(); b.Shown != teacher.ID() || len(b.Screens) != 1 || b.Screens[0].By != "Ms Li" {
		t.Errorf("the board has %+v, %q", b.Screens, b.Shown)
	}
	teacher.Paint(class.Screen{Columns: 80, Rows: 24, Content: "\x1b[2J\x1b[31mkubectl"})
	got := until(t, seen, func(s class.Sight) bool { return s.Shown != nil })
	if got.Shown.Content != "\x1b[31mkubectl\x1b[m" || got.Shown.Caption != "look at[2J the events" {
		t.Errorf("shown: %+v", got.Shown)
	}
	show.Text = "and now"
	if err := chair.Do(t.Context(), show); err != nil || teacher.Screens() != 1 {
		t.Fatal(err, teacher.Screens())
	}
	until(t, seen, func(s class.Sight) bool { return s.Shown != nil && s.Shown.Caption == "and now" })
	if err := chair.Do(t.Context(), class.Order{Kind: class.OrderShow}); err != nil || teacher.Screens() != 0 {
		t.Fatal(err, teacher.Screens())
	}
	until(t, seen, func(s class.Sight) bool { return s.Shown == nil })
	if err := chair.Do(t.Context(), show); err != nil {
		t.Fatal(err)
	}
	teacher.Leave()
	if b := s.room.Board(); b.Shown != "" || len(b.Screens) != 0 {
		t.Errorf("after they left: %+v", b)
	}
}

// TestALookEnds ends one in each of the ways.
func TestALookEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end  func(p *class.Presence, ask string, cancel func())
		want error
	}{
		"a no":            {func(p *class.Presence, ask string, _ func()) { p.Allow(t.Context(), ask, false) }, class.ErrDeclined},
		"a yes, then no":  {func(p *class.Presence, ask string, _ func()) { allow(t, p, ask); p.Allow(t.Context(), ask, false) }, class.ErrDeclined},
		"leaving":         {func(p *class.Presence, _ string, _ func()) { p.Leave() }, class.ErrAway},
		"a yes, leaving":  {func(p *class.Presence, ask string, _ func()) { allow(t, p, ask); p.Leave() }, class.ErrAway},
		"the instructor":  {func(_ *class.Presence, _ string, cancel func()) { cancel() }, context.Canceled},
		"a yes, and they": {func(p *class.Presence, ask string, cancel func()) { allow(t, p, ask); cancel() }, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, "Ann")
			p := s.who["Ann"]
			ctx, cancel := context.WithCancel(t.Context())
			over := make(chan error, 1)
			go func() {
				over <- s.room.Sit("Ms Li").Look(ctx, s.room.Learners()[0].ID, func(class.Screen) error { return nil })
			}()
			seen := until(t, sights(t, p), func(s class.Sight) bool { return s.Ask != nil })
			c.end(p, seen.Ask.ID, cancel)
			if err := until(t, over, func(error) bool { return true }); !errors.Is(err, c.want) {
				t.Errorf("it ended with %v, want %v", err, c.want)
			}
			if p.Screens() != 0 || s.room.Board().Rows[0].Watched {
				t.Error("it goes on")
			}
			cancel()
		})
	}
}

func allow(t *testing.T, p *class.Presence, ask string) {
	if err := p.Allow(t.Context(), ask, true); err != nil {
		t.Error(err)
	}
	if p.Screens() != 1 {
		t.Error("nobody looks")
	}
}

// TestOnlyTheSessionThatAllowedItIsSeen has a learner at two terminals.
func TestOnlyTheSessionThatAllowedItIsSeen(t *testing.T) {
	t.Parallel()
	s := newScene(t, "Ann")
	one := s.who["Ann"]
	other, err := s.room.Enter(t.Context(), s.room.Learners()[0].ID, false)
	if err != nil {
		t.Fatal(err)
	}
	frames, over := make(chan class.Screen, 10), make(chan error, 1)
	go func() {
		over <- s.room.Sit("Ms Li").Look(t.Context(), s.room.Learners()[0].ID, func(f class.Screen) error { frames <- f; return nil })
	}()
	seen := until(t, sights(t, other), func(s class.Sight) bool { return s.Ask != nil })
	allow(t, other, seen.Ask.ID)
	one.Paint(class.Screen{Columns: 80, Rows: 24, Content: "not this"})
	other.Paint(class.Screen{Columns: 80, Rows: 24, Content: "this"})
	if f := until(t, frames, func(class.Screen) bool { return true }); f.Content != "this" || one.Screens() != 0 {
		t.Errorf("seen: %q", f.Content)
	}
	one.Leave()
	other.Paint(class.Screen{Columns: 80, Rows: 24, Content: "and this"})
	until(t, frames, func(f class.Screen) bool { return f.Content == "and this" })
	other.Leave()
	if err := until(t, over, func(error) bool { return true }); !errors.Is(err, class.ErrAway) {
		t.Errorf("it ended with %v", err)
	}
}

func TestSessionsHaveBounds(t *testing.T) {
	t.Parallel()
	s := newScene(t, "Ann")
	id := s.room.Learners()[0].ID
	for range 7 {
		if _, err := s.room.Enter(t.Context(), id, false); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.room.Enter(t.Context(), id, false); !errors.Is(err, class.ErrFull) {
		t.Errorf("the ninth: %v", err)
	}
	if _, err := s.room.Enter(t.Context(), "abcdefgh", false); !errors.Is(err, class.ErrUnknown) {
		t.Errorf("a stranger: %v", err)
	}
	s.room.Close()
	select {
	case <-s.who["Ann"].Gone():
	default:
		t.Error("the room is closed, and somebody is in it")
	}
	if _, err := s.room.Enter(t.Context(), id, false); !errors.Is(err, class.ErrOver) {
		t.Errorf("into a closed room: %v", err)
	}
}

// TestWhatTheStoreRefusesIsNotDone lets the disk be full.
func TestWhatTheStoreRefusesIsNotDone(t *testing.T) {
	t.Parallel()
	s := newScene(t, "Ann")
	before := s.room.Board()
	full := errors.New("the disk is full")
	s.store.Fail(full)
	chair := s.room.Sit("Ms Li")
	for _, o := range []class.Order{
		{Kind: class.OrderSend, Message: &class.Message{Kind: class.MessageText, Text: "x"}},
		{Kind: class.OrderLock, Place: &class.Place{Lesson: "lesson-0000"}},
		{Kind: class.OrderTime, Time: time.Minute}, {Kind: class.OrderAttend}, {Kind: class.OrderRenew}, {Kind: class.OrderEnd},
	} {
		if err := chair.Do(t.Context(), o); !errors.Is(err, full) {
			t.Errorf("%s: %v", o.Kind, err)
		}
	}
	if err := s.who["Ann"].Raise(t.Context(), class.Call{Up: true}); !errors.Is(err, full) {
		t.Errorf("a hand: %v", err)
	}
	if _, err := s.apply(class.Application{Name: "Bob", Code: before.Join.Code}); !errors.Is(err, full) {
		t.Errorf("a join: %v", err)
	}
	after := s.room.Board()
	if len(after.Rows) != 1 || after.Over || after.Countdown != nil || after.Locked != nil || after.Join != before.Join || after.Rows[0].Call != nil {
		t.Errorf("done all the same: %+v", after)
	}
	s.store.Fail(nil)
	if _, err := s.apply(class.Application{Name: "Bob", Code: before.Join.Code}); err != nil {
		t.Errorf("later: %v", err)
	}
}

func TestOrdersThatCannotBe(t *testing.T) {
	t.Parallel()
	s := newScene(t, "Ann")
	chair := s.room.Sit("Ms Li")
	text := func(kind class.MessageKind, text string) *class.Message {
		return &class.Message{Kind: kind, Text: text}
	}
	for _, o := range []class.Order{
		{}, {Kind: "shell\x1b[2J"}, {Kind: class.OrderSend}, {Kind: class.OrderSend, Message: text("shout", "x")},
		{Kind: class.OrderSend, Message: text(class.MessageText, "\x00\u202e")},
		{Kind: class.OrderSend, Message: &class.Message{Kind: class.MessageHint, Lab: "../x", Hint: 1}},
		{Kind: class.OrderSend, Message: &class.Message{Kind: class.MessageHint, Lab: "a/b"}},
		{Kind: class.OrderLock}, {Kind: class.OrderLock, Place: &class.Place{Lesson: "no-such"}},
		{Kind: class.OrderOpen, Place: &class.Place{Lesson: "lesson-0000", Page: 6}},
		{Kind: class.OrderLock, Place: &class.Place{Lesson: "lesson-0000", Focus: "quiz:q-9"}},
		{Kind: class.OrderRecall, Place: &class.Place{Lesson: "lesson-0000", Page: -1}},
		{Kind: class.OrderTime, Time: -time.Second}, {Kind: class.OrderTime, Time: 25 * time.Hour}, {Kind: class.OrderExtend, Time: time.Minute},
		{Kind: class.OrderAdmit, ID: "nobody"}, {Kind: class.OrderShow, ID: "nothing"}, {Kind: class.OrderNote, Text: "x"},
		{Kind: class.OrderRenew, Time: -time.Second},
	} {
		if err := chair.Do(t.Context(), o); !errors.Is(err, class.ErrOrder) || harmful(err.Error(), "") != "" {
			t.Errorf("%+v: %v", o, err)
		}
	}
	o := class.Order{Kind: class.OrderSend, To: []class.LearnerID{"zzzzzzzz"}, Message: text(class.MessageText, "x")}
	if err := chair.Do(t.Context(), o); !errors.Is(err, class.ErrUnknown) {
		t.Errorf("to nobody: %v", err)
	}
}

// TestNothingHarmfulComesThrough sends terminal escapes in all that can be said.
func TestNothingHarmfulComesThrough(t *testing.T) {
	t.Parallel()
	const evil = "\x1b]0;owned\a\x1b[2Jx\u202e\u009b31m\r\n\x00"
	s := newScene(t, "Ann")
	p, chair := s.who["Ann"], s.room.Sit(evil)
	id := s.room.Learners()[0].ID
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(p.Raise(t.Context(), class.Call{Up: true, Text: evil}))
	must(p.Checks(t.Context(), class.Standing{Lab: evil, Number: -1, Failing: []class.Failing{{Check: evil, Text: evil, Want: evil, Have: evil}}}))
	must(p.Recorded(t.Context(), travelled(s.clock.now(), 1, progress.KindPosition, progress.Position{Lesson: evil})))
	for _, kind := range []class.MessageKind{class.MessageText, class.MessageCommand} {
		must(chair.Do(t.Context(), class.Order{Kind: class.OrderSend, Message: &class.Message{Kind: kind, Text: evil, Lab: evil}}))
	}
	must(chair.Do(t.Context(), class.Order{Kind: class.OrderNote, To: []class.LearnerID{id}, Text: evil}))
	must(chair.Do(t.Context(), class.Order{Kind: class.OrderTime, Time: time.Minute, Text: evil}))
	teacher := s.room.EnterInstructor(evil)
	must(chair.Do(t.Context(), class.Order{Kind: class.OrderShow, ID: teacher.ID(), Text: evil}))
	teacher.Paint(class.Screen{Columns: 80, Rows: 24, Content: evil, Caption: evil})
	var all strings.Builder
	must(json.NewEncoder(&all).Encode(s.room.Board()))
	must(json.NewEncoder(&all).Encode(sight(t, p)))
	// JSON writes control characters as escapes: so they are looked for there.
	for _, bad := range []string{`\u001b`, `\u0007`, `\u0000`, `\r`, "\u202e", "\u009b"} {
		if strings.Contains(all.String(), bad) {
			t.Errorf("%q came through: %s", bad, all.String())
		}
	}
}

// TestWhoFloodsWaits lets one learner raise their hand without end, while another
// does so once.
func TestWhoFloodsWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := classtest.Room(t, class.Options{})
		ann, bob := classtest.Enter(t, r, "Ann"), classtest.Enter(t, r, "Bob")
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		raised := 0
		wg.Go(func() {
			for ann.Raise(ctx, class.Call{Up: true}) == nil {
				raised++
			}
		})
		time.Sleep(10 * time.Second)
		before := time.Now()
		if err := bob.Raise(t.Context(), class.Call{Up: true}); err != nil || time.Since(before) > 0 {
			t.Errorf("Bob waited for %v, %v", time.Since(before), err)
		}
		cancel()
		wg.Wait()
		if raised < 30 || raised > 45 {
			t.Errorf("Ann was heard %d times in ten seconds", raised)
		}
	})
}

// TestAClosedClass is opened lesson by lesson.
func TestAClosedClass(t *testing.T) {
	t.Parallel()
	c := classtest.Class()
	c.Closed = true
	store := classtest.NewStore(t)
	if err := class.Create(t.Context(), store, c); err != nil {
		t.Fatal(err)
	}
	r := classtest.Open(t, store, class.Options{Course: classtest.Course(t)})
	if _, err := r.Renew(t.Context(), "", 0); err != nil {
		t.Fatal(err)
	}
	p := classtest.Enter(t, r, "Ann")
	if err := r.Sit("Ms Li").Do(t.Context(), class.Order{Kind: class.OrderOpen, Place: &class.Place{Lesson: "lesson-0001", Page: 2}}); err != nil {
		t.Fatal(err)
	}
	s := sight(t, p)
	for at, want := range map[class.Place]bool{
		{Lesson: "lesson-0000"}: true, {Lesson: "lesson-0000", Page: 1}: true, {Lesson: "lesson-0001"}: false, {Lesson: "lesson-0001", Page: 2}: false,
		{Lesson: "lesson-0001", Page: 3}: true, {Lesson: "lesson-0001", Page: 3, Focus: "quiz:q-3"}: true, {Lesson: "lesson-0004", Page: 1}: false,
	} {
		if s.Closed(at) != want {
			t.Errorf("%v is closed: %v", at, !want)
		}
	}
}
