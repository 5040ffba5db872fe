package progress

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"
)

// newMachine is an installation.
func newMachine(t *testing.T) *story {
	t.Helper()
	m, _ := told(t)
	return m
}

func (m *story) rates(t *testing.T, minute, rating int) string {
	t.Helper()
	m.minutes.Store(int64(minute))
	state := CardState{Stage: StageReview, Stability: float64(minute), Last: m.at(), Reps: 1}
	return record(t, m.DB, Reviewed{Card: "question:a/q", Rating: rating, Source: SourceSession, State: state})[0]
}

// take imports what another has.
func (m *story) take(t *testing.T, from *story) {
	t.Helper()
	if _, err := m.Import(t.Context(), bytes.NewBufferString(export(t, from.DB))); err != nil {
		t.Fatal(err)
	}
}

func (m *story) log(t *testing.T) (ratings []int) {
	t.Helper()
	err := m.Reviews(t.Context(), time.Time{}, func(r Review) error {
		ratings = append(ratings, r.Rating)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ratings
}

// Of ratings of a card on two machines the newest by its ID holds, the log has
// all of them, and both machines come to the same.
func TestReviewsOfTwoMachinesAreJoined(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		play      func(one, two *story)
		stability float64
		log       []int
	}{
		"in turns": {func(one, two *story) {
			one.rates(t, 1, 3)
			two.rates(t, 2, 2)
			one.rates(t, 3, 4)
			two.rates(t, 4, 1)
		}, 4, []int{3, 2, 4, 1}},
		"one took its newest back": {func(one, two *story) {
			two.rates(t, 2, 2)
			id := one.rates(t, 5, 4)
			record(t, one.DB, Unreviewed{Event: id})
		}, 2, []int{2}},
		"one took back what the other rated after": {func(one, two *story) {
			id := one.rates(t, 1, 4)
			record(t, one.DB, Unreviewed{Event: id})
			two.rates(t, 3, 2)
		}, 3, []int{2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one, two := newMachine(t), newMachine(t)
			tc.play(one, two)
			one.take(t, two)
			two.take(t, one)
			a, _, errA := one.Card(t.Context(), "question:a/q")
			b, _, errB := two.Card(t.Context(), "question:a/q")
			if errA != nil || errB != nil || !reflect.DeepEqual(a, b) || a.Stability != tc.stability {
				t.Errorf("one has %+v, %v\ntwo has %+v, %v\nwant stability %v", a, errA, b, errB, tc.stability)
			}
			if la, lb := one.log(t), two.log(t); !slices.Equal(la, tc.log) || !slices.Equal(lb, tc.log) {
				t.Errorf("logs %v and %v, want %v", la, lb, tc.log)
			}
		})
	}
}

// A mistake that both machines have rated lapses the card once.
func TestAMistakeIsRatedOnceOnTwoMachines(t *testing.T) {
	t.Parallel()
	one, _ := told(t, Answer{Question: "a/q"})
	two := newMachine(t)
	two.take(t, one)
	two.minutes.Store(60)
	for i, m := range []*story{one, two} {
		record(t, m.DB, Reviewed{Card: "question:a/q", Rating: 1, Source: SourceQuiz, At: one.at(), State: CardState{Stage: StageLearning, Step: i}})
	}
	one.take(t, two)
	two.take(t, one)
	if got := fmt.Sprint(one.log(t), two.log(t)); got != "[1] [1]" {
		t.Errorf("logs %s", got)
	}
}

// Of two programs that rate a card at the same moment, one is refused.
func TestARatingOfAnOlderStateIsRefused(t *testing.T) {
	t.Parallel()
	one := newMachine(t)
	never, other := "", one.rates(t, 1, 3)
	for name, tc := range map[string]struct {
		card  string
		after *string
		want  error
	}{
		"as it stands":        {"question:a/q", &other, nil},
		"not new any more":    {"question:a/q", &never, ErrElsewhere},
		"of a card's history": {"question:a/old", &other, ErrElsewhere},
		"new":                 {"question:a/new", &never, nil},
		"does not care":       {"question:a/any", nil, nil},
	} {
		_, err := one.Record(t.Context(), Reviewed{Card: tc.card, Rating: 1, After: tc.after})
		if !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}
