package review

import (
	"errors"
	"testing"
)

// A step is asked before its time only where nothing else is left, and then as
// the others are.
func TestEarly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.knows(question(0, 1), 10, -1)
	w.knows(question(1, 1), 10, -1)
	s := w.begin(Options{})
	if _, err := s.Early(t.Context()); !errors.Is(err, ErrDone) {
		t.Errorf("before any step: %v", err)
	}
	for range 2 {
		if _, err := s.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.rate(s, Again)
	}
	if _, err := s.Next(t.Context()); !errors.As(err, &ErrWait{}) {
		t.Fatalf("the steps are due at once: %v", err)
	}
	seen := map[ID]bool{}
	for range 2 {
		turn, err := s.Early(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := s.Next(t.Context()); again.Card.ID != turn.Card.ID {
			t.Errorf("%s is shown, and next is %s", turn.Card.ID, again.Card.ID)
		}
		seen[turn.Card.ID] = true
		w.rate(s, Easy)
	}
	if _, err := s.Early(t.Context()); !errors.Is(err, ErrDone) || len(seen) != 2 {
		t.Errorf("asked %v, then %v", seen, err)
	}
}
