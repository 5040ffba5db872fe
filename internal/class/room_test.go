package class_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"kubetutor/internal/class"
	"kubetutor/internal/class/classtest"
)

// sights follows a seat; what it was told comes one by one.
func sights(t *testing.T, s class.Seat) <-chan class.Sight {
	t.Helper()
	c := make(chan class.Sight, 100)
	go s.Follow(t.Context(), func(s class.Sight) error { c <- s; return nil })
	return c
}

// until reads until one is as wanted.
func until[T any](t *testing.T, c <-chan T, is func(T) bool) T {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		select {
		case v := <-c:
			if is(v) {
				return v
			}
		case <-deadline:
			t.Fatal("it did not come")
		}
	}
}

func TestAMessageReachesALearner(t *testing.T) {
	t.Parallel()
	r := classtest.Room(t, class.Options{})
	p := classtest.Enter(t, r, "Lin")
	c := sights(t, p)
	first := until(t, c, func(class.Sight) bool { return true })
	if first.Me != "Lin" || first.Resume == "" || first.Class != "storage-lab" || len(first.Lessons) != 3 {
		t.Errorf("at first: %+v", first)
	}
	chair := r.Sit("Ann")
	if err := chair.Do(t.Context(), class.Order{Kind: class.OrderSend, Message: &class.Message{Kind: class.MessageText, Text: "hello"}}); err != nil {
		t.Fatal(err)
	}
	s := until(t, c, func(s class.Sight) bool { return len(s.Messages) == 1 })
	if s.Messages[0].Text != "hello" || s.Read != "" {
		t.Errorf("got %+v", s)
	}
	if err := p.Read(t.Context(), s.Messages[0].ID); err != nil {
		t.Fatal(err)
	}
	until(t, c, func(s class.Sight) bool { return s.Read != "" })
}

func TestAScreenIsSeenAfterConsentOnly(t *testing.T) {
	t.Parallel()
	r := classtest.Room(t, class.Options{})
	p := classtest.Enter(t, r, "Lin")
	c := sights(t, p)
	frames, over := make(chan class.Screen, 100), make(chan error, 1)
	who := r.Learners()[0].ID
	go func() {
		over <- r.Sit("Ann").Look(t.Context(), who, func(s class.Screen) error { frames <- s; return nil })
	}()
	s := until(t, c, func(s class.Sight) bool { return s.Ask != nil })
	if p.Screens() != 0 || s.Watched != "" || s.Ask.By != "Ann" {
		t.Errorf("before the consent: %d look, %+v", p.Screens(), s)
	}
	p.Paint(class.Screen{Columns: 80, Rows: 24, Content: "secret"})
	if err := p.Allow(t.Context(), s.Ask.ID, true); err != nil {
		t.Fatal(err)
	}
	until(t, c, func(s class.Sight) bool { return s.Watched == "Ann" && s.Ask == nil })
	p.Paint(class.Screen{Columns: 80, Rows: 24, Content: "shown"})
	if f := until(t, frames, func(class.Screen) bool { return true }); f.Content != "shown" {
		t.Errorf("saw %q", f.Content)
	}
	if err := p.Allow(t.Context(), "", false); err != nil {
		t.Fatal(err)
	}
	if err := until(t, over, func(error) bool { return true }); !errors.Is(err, class.ErrDeclined) {
		t.Errorf("the look ended with %v", err)
	}
	until(t, c, func(s class.Sight) bool { return s.Watched == "" })
	if p.Screens() != 0 {
		t.Error("still painting")
	}
}

func TestABoardIsWatched(t *testing.T) {
	t.Parallel()
	r := classtest.Room(t, class.Options{})
	boards := make(chan class.Board, 100)
	go r.Sit("Ann").Watch(t.Context(), func(b class.Board) error { boards <- b; return nil })
	until(t, boards, func(b class.Board) bool { return len(b.Rows) == 0 && b.Join.Code != "" })
	p := classtest.Enter(t, r, "Lin")
	until(t, boards, func(b class.Board) bool { return len(b.Rows) == 1 && b.Here == 1 && b.Rows[0].Attended })
	if err := p.Raise(t.Context(), class.Call{Up: true, Text: "why?"}); err != nil {
		t.Fatal(err)
	}
	b := until(t, boards, func(b class.Board) bool { return len(b.Rows[0].Stuck) == 1 })
	if b.Rows[0].Stuck[0] != class.StuckHand || b.Rows[0].Call.Text != "why?" {
		t.Errorf("%+v", b.Rows[0])
	}
	p.Leave()
	until(t, boards, func(b class.Board) bool { return b.Here == 0 && b.Away == 1 })
}

func TestConsentGivesANameBack(t *testing.T) {
	t.Parallel()
	r := classtest.Room(t, class.Options{})
	old, err := r.Admit(t.Context(), class.Application{Name: "Lin", Code: r.Join().Code, Key: "SHA256:first"})
	if err != nil {
		t.Fatal(err)
	}
	boards := make(chan class.Board, 100)
	chair := r.Sit("Ann")
	go chair.Watch(t.Context(), func(b class.Board) error { boards <- b; return nil })
	type result struct {
		class.Admission
		error
	}
	got := make(chan result, 1)
	go func() {
		a, err := r.Ask(t.Context(), class.Application{Name: "ＬＩＮ", Code: r.Join().Code, Key: "SHA256:second", From: "192.0.2.9"})
		got <- result{a, err}
	}()
	b := until(t, boards, func(b class.Board) bool { return len(b.Asking) == 1 })
	if err := chair.Do(t.Context(), class.Order{Kind: class.OrderAdmit, ID: b.Asking[0].ID, Yes: true}); err != nil {
		t.Fatal(err)
	}
	a := until(t, got, func(result) bool { return true })
	if a.error != nil || a.Learner.ID != old.Learner.ID || a.Resume == "" || a.Resume == old.Resume {
		t.Errorf("let in as %+v, %v", a.Admission, a.error)
	}
	_, err = r.Admit(context.Background(), class.Application{Name: "Lin", Code: r.Join().Code, Resume: old.Resume})
	if !errors.Is(err, class.ErrResume) {
		t.Errorf("the old resume code: %v", err)
	}
	_, err = r.Admit(context.Background(), class.Application{Name: "Lin", Code: r.Join().Code, Key: "SHA256:first"})
	if _, known := r.Known("SHA256:first"); !errors.Is(err, class.ErrTaken) || known {
		t.Errorf("the key of who had the name before: %v, %v", err, known)
	}
	if l, _ := r.Known("SHA256:second"); l.ID != old.Learner.ID {
		t.Errorf("the key of who has it now is that of %+v", l)
	}
}
