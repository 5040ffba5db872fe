package review

import (
	"math/rand/v2"
	"testing"
	"time"

	"kubetutor/internal/progress"
)

// forgetful is a learner who forgets faster than the defaults say, and has
// reviewed cards for a while.
func forgetful(t *testing.T, cards, reviews int) *world {
	t.Helper()
	w := newWorld(t, 1)
	r := rand.New(rand.NewPCG(8, 9))
	defaults, own := usual(t), slower(t)
	var events []any
	for n := range cards {
		id := question(n, 0)
		var state, truth progress.CardState
		at := w.now.AddDate(-1, 0, 0)
		for range reviews {
			rating := Good
			if truth.Stage != progress.StageNew && r.Float64() > own.Recall(truth, at) {
				rating = Again
			}
			state, truth = ratedAs(t, defaults, id, state, rating, at), ratedAs(t, own, id, truth, rating, at)
			events = append(events, progress.Reviewed{Card: string(id), Rating: int(rating), Source: progress.SourceSession, At: at, State: state})
			at = at.Add(time.Duration(1+r.IntN(20)) * day)
		}
	}
	w.record(events...)
	return w
}

func slower(t *testing.T) *Scheduler {
	t.Helper()
	weights := DefaultWeights()
	for i := range 4 {
		weights[i] *= 0.3
	}
	weights[8] -= 0.7
	s, err := NewScheduler(DefaultConfig(), weights, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func ratedAs(t *testing.T, s *Scheduler, id ID, c progress.CardState, r Rating, at time.Time) progress.CardState {
	t.Helper()
	after, err := s.Rate(id, c, r, at)
	if err != nil {
		t.Fatal(err)
	}
	return after
}

// Fitted parameters explain the reviews better, the cards stand as if they had
// always been scheduled with them, and a fit is not made again for nothing.
func TestFitReschedules(t *testing.T) {
	t.Parallel()
	w := forgetful(t, 1100, 6)
	w.record(progress.Reviewed{Card: string(cloze(0, 1)), Rating: 3, State: progress.CardState{Stage: progress.StageReview, Stability: 9, Difficulty: 5, Reps: 7, Last: w.now}})
	elsewhere := w.card(t, string(cloze(0, 1)))
	ok, err := w.desk.Fit(t.Context())
	if err != nil || !ok {
		t.Fatalf("fitted: %v, %v", ok, err)
	}
	fitted, _, err := w.Weights(t.Context())
	if err != nil || fitted.Loss >= fitted.Before {
		t.Errorf("%+v, %v", fitted, err)
	}
	sched, err := w.desk.Scheduler(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	past, err := w.desk.past(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 7, 600, 1099} {
		var want progress.CardState
		id := question(n, 0)
		for _, r := range past[id] {
			want = ratedAs(t, sched, id, want, Rating(r.Rating), r.At)
		}
		if got := w.card(t, string(id)); got.Stability != want.Stability || got.Difficulty != want.Difficulty || !got.Last.Equal(want.Last) || got.Reps != want.Reps {
			t.Errorf("%s: %+v\nwant %+v", id, got, want)
		}
	}
	if c := w.card(t, string(cloze(0, 1))); c != elsewhere {
		t.Errorf("a card without history: %+v, it was %+v", c, elsewhere)
	}
	if ok, err := w.desk.Fit(t.Context()); ok || err != nil {
		t.Errorf("fitted again: %v, %v", ok, err)
	}
}

func TestTooFewToFit(t *testing.T) {
	t.Parallel()
	w := forgetful(t, 20, 6)
	if ok, err := w.desk.Fit(t.Context()); ok || err != nil {
		t.Errorf("fitted: %v, %v", ok, err)
	}
	if _, ok, err := w.Weights(t.Context()); ok || err != nil {
		t.Errorf("weights: %v, %v", ok, err)
	}
}
