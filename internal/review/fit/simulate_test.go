package fit

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
)

func retentions() []float64 { return []float64{0.70, 0.75, 0.80, 0.85, 0.90, 0.95, 0.97} }

func simulated(t *testing.T, w Weights, deck Deck, of ...float64) []Workload {
	t.Helper()
	loads, err := Simulate(t.Context(), w, deck, of...)
	if err != nil {
		t.Fatal(err)
	}
	return loads
}

// TestSimulate holds the workloads to what must be so: more retention is more
// reviews, more minutes and more cards in memory, and never more than there are.
func TestSimulate(t *testing.T) {
	t.Parallel()
	deck := Deck{Cards: 2000, New: 10}
	loads := simulated(t, Default(), deck, retentions()...)
	for i, load := range loads {
		if load.Retention != retentions()[i] || load.Memorised > 2000 {
			t.Errorf("%+v of %v", load, retentions()[i])
		}
		if i == 0 {
			continue
		}
		before := loads[i-1]
		if load.Reviews <= before.Reviews || load.Memorised <= before.Memorised {
			t.Errorf("%+v after %+v", load, before)
		}
	}
	if !slices.Equal(loads, simulated(t, Default(), deck, retentions()...)) {
		t.Error("a second time is not as the first")
	}
	// Cards that wait for nine in ten are between 0.9, when they are due, and 1.
	if share := loads[4].Memorised / 2000; share < 0.9 || share > 0.98 {
		t.Errorf("of all cards, %v are memorised for a retention of 0.9", share)
	}
}

// TestSimulateSamples holds the sample to the whole: a deck that is sampled
// costs as much as the decks that it is made of.
func TestSimulateSamples(t *testing.T) {
	t.Parallel()
	whole := simulated(t, Default(), Deck{Cards: 20000, New: 60}, 0.9)[0]
	part := simulated(t, Default(), Deck{Cards: 1000, New: 3}, 0.9)[0]
	for _, pair := range [][2]float64{
		{whole.Reviews, part.Reviews}, {whole.Minutes, part.Minutes}, {whole.Memorised, part.Memorised},
	} {
		if ratio := pair[0] / pair[1]; math.Abs(ratio-20) > 1 {
			t.Errorf("twenty times the deck costs %v times as much: %+v and %+v", ratio, whole, part)
		}
	}
}

// TestSimulateCosts gives each rating a price of its own.
func TestSimulateCosts(t *testing.T) {
	t.Parallel()
	deck := Deck{Cards: 300, New: 300, Seconds: [4]float64{60, 60, 60, 60}}
	load := simulated(t, Default(), deck, 0.9)[0]
	near(t, "minutes", load.Minutes, load.Reviews, 1e-9)
	deck.Days = 1 // 300 cards are met, and repeated on the day, but never due
	load = simulated(t, Default(), deck, 0.9)[0]
	if load.Reviews < 500 || load.Reviews > 1100 {
		t.Errorf("300 cards take %v answers on their first day", load.Reviews)
	}
}

// TestSimulateRecall is that cards are forgotten as often as they should be.
func TestSimulateRecall(t *testing.T) {
	t.Parallel()
	s := simulation{model: newModel(Default()), random: testRandom(1)}
	s.seconds[reviewing][again-1] = 1
	const times = 20000
	for range times {
		s.review(state{stability: 10, difficulty: 5}, 20)
	}
	if got, want := s.spent/times, 1-s.recall(20, 10); math.Abs(got-want) > 0.01 {
		t.Errorf("%v were forgotten, not %v", got, want)
	}
}

// TestSimulateBetter is that a learner who remembers better works less.
func TestSimulateBetter(t *testing.T) {
	t.Parallel()
	w := Default()
	w[8] += 0.5
	deck := Deck{Cards: 1000, New: 10}
	usual, better := simulated(t, Default(), deck, 0.9)[0], simulated(t, w, deck, 0.9)[0]
	if better.Reviews >= usual.Reviews || better.Minutes >= usual.Minutes {
		t.Errorf("better: %+v; usual: %+v", better, usual)
	}
}

func TestSimulateRefuses(t *testing.T) {
	t.Parallel()
	bad := Default()
	bad[3] = math.NaN()
	ended, end := context.WithCancel(t.Context())
	end()
	for name, c := range map[string]struct {
		ctx       context.Context
		w         Weights
		deck      Deck
		retention float64
	}{
		"no cards":            {t.Context(), Default(), Deck{New: 1}, 0.9},
		"none a day":          {t.Context(), Default(), Deck{Cards: 1}, 0.9},
		"days before":         {t.Context(), Default(), Deck{Cards: 1, New: 1, Days: -1}, 0.9},
		"a century":           {t.Context(), Default(), Deck{Cards: 1, New: 1, Days: 36500}, 0.9},
		"too many cards":      {t.Context(), Default(), Deck{Cards: math.MaxInt, New: math.MaxInt}, 0.9},
		"no number":           {t.Context(), bad, Deck{Cards: 1, New: 1}, 0.9},
		"no retention":        {t.Context(), Default(), Deck{Cards: 1, New: 1}, 0},
		"all retention":       {t.Context(), Default(), Deck{Cards: 1, New: 1}, 1},
		"retention no number": {t.Context(), Default(), Deck{Cards: 1, New: 1}, math.NaN()},
		"ended":               {ended, Default(), Deck{Cards: 1, New: 1}, 0.9},
	} {
		if loads, err := Simulate(c.ctx, c.w, c.deck, c.retention); err == nil {
			t.Errorf("%s: %+v", name, loads)
		}
	}
	if _, err := Simulate(ended, Default(), Deck{Cards: 1, New: 1}, 0.9); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: %v", err)
	}
}
