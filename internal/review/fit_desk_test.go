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

// Only what is known from the beginning is fitted to, or computed anew.
func TestBeginningsThatAreNotKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	sched := usual(t)
	days := func(n int) time.Time { return w.now.AddDate(0, 0, n-60).Truncate(time.Millisecond) }
	rated := func(id ID, from progress.Source, before progress.CardState, n int) progress.CardState {
		after := ratedAs(t, sched, id, before, Good, days(n))
		w.record(progress.Reviewed{Card: string(id), Rating: int(Good), Source: from, At: days(n), State: after})
		return after
	}
	session := func(id ID, state progress.CardState, on ...int) {
		for _, n := range on {
			state = rated(id, progress.SourceSession, state, n)
		}
	}
	whole, state, cut, older := question(0, 0), question(0, 1), question(0, 2), question(0, 3)
	session(whole, progress.CardState{}, 0, 4, 9)
	session(state, ratedSeven(days(0)), 10, 20) // it came with its state, after a seventh rating
	session(cut, progress.CardState{}, 0, 5, 11)
	session(older, progress.CardState{}, 20, 30)
	early := rated(older, progress.SourceImport, progress.CardState{}, 0) // put before them
	rated(older, progress.SourceImport, early, 7)
	var first string
	if err := w.Reviews(t.Context(), time.Time{}, func(r progress.Review) error {
		if r.Card == string(cut) && first == "" {
			first = r.ID
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	w.record(progress.Unreviewed{Event: first}) // the others stand
	p, err := w.desk.past(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	list, scored := p.histories(sched.days)
	if len(list) != 2 || len(list[0]) != 3 || len(list[1]) != 4 || scored != 5 {
		t.Errorf("%d reviews to be scored, of %v", scored, list)
	}
	own := slower(t)
	for id, want := range map[ID]bool{whole: true, state: false, cut: false, older: true} {
		after, ok := own.again(w.card(t, string(id)), p[id], w.now)
		if ok != want || ok && after.Reps != w.card(t, string(id)).Reps {
			t.Errorf("%s: computed anew: %v, %+v", id, ok, after)
		}
	}
}

func ratedSeven(last time.Time) progress.CardState {
	return progress.CardState{Stage: progress.StageReview, Stability: 9, Difficulty: 5, Reps: 7, Last: last}
}

// New parameters move what is to come, and by what they say. What is due already
// stays so.
func TestDueStaysDue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	id, days := question(0, 0), calendar{time.UTC, 4}
	var state progress.CardState
	own := slower(t)
	for _, n := range []int{-20, -15} {
		at := w.now.AddDate(0, 0, n)
		state = ratedAs(t, own, id, state, Easy, at)
		w.record(progress.Reviewed{Card: string(id), Rating: int(Easy), Source: progress.SourceSession, At: at, State: state})
	}
	p, err := w.desk.past(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sched, row := usual(t), w.card(t, string(id))
	for _, tc := range []struct {
		now  time.Time
		stay bool
	}{{row.Due.Add(-time.Second), false}, {row.Due, true}, {row.Due.AddDate(0, 1, 0), true}} {
		after, ok := sched.again(row, p[id], tc.now)
		if !ok || after.Stability <= row.Stability || after.Due.Equal(row.Due) != tc.stay {
			t.Errorf("at %s: %+v, %v; it was %+v", tc.now, after, ok, row)
		}
		if n := days.between(row.Last, after.Due); float64(n) > 2*after.Stability {
			t.Errorf("due after %d days, with a stability of %v", n, after.Stability)
		}
	}
}
