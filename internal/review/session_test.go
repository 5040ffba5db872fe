package review

import (
	"errors"
	"slices"
	"testing"
	"time"
)

// A learner who reads a lesson is asked its clozes and questions, siblings on
// other days, and meets every card again.
func TestFirstDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	if s, err := w.desk.Summary(t.Context(), Filter{}); err != nil || s.All() != 0 || !s.Next.IsZero() {
		t.Fatalf("before anything is read: %+v, %v", s, err)
	}
	w.reads(0)
	w.desk.Config.New = 8
	var seen []ID
	for day := range 3 {
		sum, err := w.desk.Summary(t.Context(), Filter{})
		if err != nil {
			t.Fatal(err)
		}
		s := w.begin(Options{})
		asked := w.all(s, always(Good))
		t.Log(day, sum, len(asked), s.Tally())
		for _, id := range asked {
			if !slices.Contains(seen, id) {
				seen = append(seen, id)
			}
		}
		w.now = w.now.Add(24 * time.Hour)
	}
	if len(seen) != 11 { // 6 questions, two of them on a page, and 5 clozes
		t.Errorf("asked %d: %v", len(seen), seen)
	}
}

func TestNothingLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	s := w.begin(Options{})
	if _, err := s.Next(t.Context()); !errors.Is(err, ErrDone) {
		t.Errorf("got %v", err)
	}
	if err := s.Rate(t.Context(), Good, Given{}); err == nil {
		t.Error("rated what is not shown")
	}
	if _, ok, err := s.Undo(t.Context()); ok || err != nil {
		t.Errorf("undo: %v, %v", ok, err)
	}
}
