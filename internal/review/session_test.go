package review

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"kubetutor/internal/progress"
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
		if s.counts() != sum.Counts || day == 0 && sum.New != 8 {
			t.Errorf("day %d: the summary says %+v, the session %+v", day, sum, s.counts())
		}
		asked := w.all(s, always(Good))
		if tally := s.Tally(); tally.Rated != len(asked) || tally.New != sum.New || tally.Recalled != len(asked) {
			t.Errorf("day %d: asked %d, %+v", day, len(asked), tally)
		}
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

// busy is a learner of whom much is due.
func busy(t *testing.T) *world {
	w := newWorld(t, 12)
	w.reads(0, 1, 2)
	for n := range 12 {
		w.knows(question(n, 1), float64(3+n), -n)
		w.knows(cloze(n, 2), float64(3+n), -1)
		w.knows(lab(n, 0), 20, -1)
	}
	return w
}

// What a turn says of a rating is what follows from it, however long the learner
// thinks.
func TestChoiceShownIsTaken(t *testing.T) {
	t.Parallel()
	w := busy(t)
	s := w.begin(Options{})
	for n := range 40 {
		turn, err := s.Next(t.Context())
		if wait := (ErrWait{}); errors.As(err, &wait) {
			w.now = wait.Until
			continue
		}
		if errors.Is(err, ErrDone) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		w.now = w.now.Add(time.Duration(n%7) * 13 * time.Minute)
		c := turn.Choices[n%4]
		w.rate(s, c.Rating)
		got := w.card(t, string(turn.Card.ID))
		if inSteps(got.CardState) && !got.Due.Equal(w.now.Add(c.Interval)) {
			t.Errorf("%s: due %s, want %s after %s", turn.Card.ID, got.Due, c.Interval, w.now)
		}
		if !inSteps(got.CardState) && !got.Due.Equal(c.Due) {
			t.Errorf("%s: due %s, want %s", turn.Card.ID, got.Due, c.Due)
		}
	}
}

// Whatever was done, taking all of it back leaves every card as it was and asks
// the same again.
func TestUndoRestoresExactly(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		w := busy(t)
		w.desk.Config.Leech = 1 + int(seed%3)
		r := rand.New(rand.NewPCG(seed, 7))
		s := w.begin(Options{})
		before, first, state := w.cards(), w.next(s), s.state
		for range 30 {
			if !w.something(s, r) {
				break
			}
		}
		for {
			_, ok, err := s.Undo(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				break
			}
		}
		if !reflect.DeepEqual(s.state, state) || s.Tally().Rated != 0 {
			t.Fatalf("seed %d: the session has %+v\nand had %+v", seed, s.state, state)
		}
		if turn := w.next(s); turn.Card.ID != first.Card.ID {
			t.Errorf("seed %d: asks %s, first it was %s", seed, turn.Card.ID, first.Card.ID)
		}
		if after := w.cards(); !reflect.DeepEqual(before, after) {
			t.Fatalf("seed %d: cards\n%+v\nwere\n%+v", seed, after, before)
		}
	}
}

// something does anything that can be done in a session; false at its end.
func (w *world) something(s *Session, r *rand.Rand) bool {
	w.Helper()
	_, err := s.Next(w.Context())
	if wait := (ErrWait{}); errors.As(err, &wait) {
		w.now = wait.Until
		return true
	}
	if errors.Is(err, ErrDone) {
		return false
	}
	w.now = w.now.Add(time.Duration(r.IntN(100)) * time.Second)
	switch r.IntN(8) {
	case 0:
		err = s.Suspend(w.Context())
	case 1:
		err = s.Bury(w.Context())
	case 2:
		_, _, err = s.Undo(w.Context())
	default:
		err = s.Rate(w.Context(), Rating(1+r.IntN(4)), Given{Took: time.Second})
	}
	if err != nil {
		w.Fatal(err)
	}
	return true
}

// cards are all cards that were ever rated or are marked. A row without anything
// in it says the same as no row.
func (w *world) cards() map[string]progress.Card {
	w.Helper()
	rows, err := w.Cards(w.Context(), progress.CardQuery{})
	if err != nil {
		w.Fatal(err)
	}
	m := map[string]progress.Card{}
	for _, c := range rows {
		if c != (progress.Card{ID: c.ID}) {
			m[c.ID] = c
		}
	}
	return m
}

func TestLeech(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	w.desk.Config.Leech = 2
	w.knows(question(0, 1), 10, -1)
	var told []ID
	for range 2 {
		s := w.begin(Options{})
		w.next(s)
		w.rate(s, Again)
		told = append(told, s.Tally().Leeches...)
		w.all(s, always(Good))
		w.now = w.now.AddDate(0, 1, 0)
	}
	c := w.card(t, string(question(0, 1)))
	if len(told) != 1 || !c.Leech || !c.Suspended || c.Lapses != 2 {
		t.Fatalf("told %v, %+v", told, c)
	}
	if got := w.all(w.begin(Options{}), always(Good)); len(got) != 0 {
		t.Errorf("a leech is asked: %v", got)
	}
	if err := w.desk.Mark(t.Context(), told, progress.MarkUnsuspend, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if got := w.all(w.begin(Options{}), always(Good)); len(got) == 0 {
		t.Error("a card that is no leech any more is not asked")
	}
}

// Two programs review at the same time: no card is asked twice, and none is rated
// by what another program has changed.
func TestTwoSessions(t *testing.T) {
	t.Parallel()
	w := busy(t)
	a, b := w.begin(Options{}), w.begin(Options{})
	shownByA, shownByB := w.next(a), w.next(b)
	if shownByA.Card.ID != shownByB.Card.ID {
		t.Fatal("they begin differently")
	}
	w.rate(a, Good)
	if err := b.Rate(t.Context(), Again, Given{}); !errors.Is(err, ErrElsewhere) {
		t.Errorf("rated twice: %v", err)
	}
	w.next(a)
	if err := a.Suspend(t.Context()); err != nil {
		t.Fatal(err)
	}
	seen := map[ID]bool{shownByA.Card.ID: true}
	for range 10 {
		turn := w.next(b)
		if seen[turn.Card.ID] {
			t.Errorf("%s is asked twice", turn.Card.ID)
		}
		seen[turn.Card.ID] = true
		w.rate(b, Easy)
		turn = w.next(a)
		if seen[turn.Card.ID] {
			t.Errorf("%s is asked twice", turn.Card.ID)
		}
		seen[turn.Card.ID] = true
		w.rate(a, Easy)
	}
}

// A session that goes on over the rollover hour goes on with the new day's cards.
func TestOverMidnight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	w.now = time.Date(2026, 11, 22, 3, 50, 0, 0, time.UTC)
	w.knows(question(0, 1), 10, 0)
	w.knows(question(1, 1), 10, 1)
	w.knows(question(2, 1), 10, 1)
	s := w.begin(Options{})
	if turn := w.next(s); turn.Left.All() != 1 {
		t.Fatalf("left %+v", turn.Left)
	}
	w.rate(s, Good)
	if _, err := s.Next(t.Context()); !errors.Is(err, ErrDone) {
		t.Fatalf("got %v", err)
	}
	w.now = w.now.Add(10 * time.Minute)
	if turn := w.next(s); turn.Left.Due != 2 {
		t.Errorf("left %+v", turn.Left)
	}
	w.rate(s, Good)
	for range 2 {
		if _, ok, err := s.Undo(t.Context()); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	w.rate(s, Good)
	if turn := w.next(s); turn.Left.Due != 2 {
		t.Errorf("after taking back the day before: left %+v", turn.Left)
	}
}

func TestTimeBox(t *testing.T) {
	t.Parallel()
	w := busy(t)
	s := w.begin(Options{Box: 10 * time.Minute})
	w.next(s)
	w.now = w.now.Add(11 * time.Minute)
	w.next(s) // the card that is shown is answered
	w.rate(s, Good)
	if _, err := s.Next(t.Context()); !errors.Is(err, ErrDone) {
		t.Errorf("got %v", err)
	}
}

// A cram asks everything and changes nothing.
func TestCram(t *testing.T) {
	t.Parallel()
	w := busy(t)
	before := w.cards()
	s := w.begin(Options{Mode: Cram, Filter: Filter{Lessons: []string{"lesson-0000", "lesson-0003"}}})
	missed := map[ID]bool{}
	asked := w.all(s, func(turn Turn) Rating {
		if missed[turn.Card.ID] {
			return Good
		}
		missed[turn.Card.ID] = true
		return Again
	})
	if len(missed) != 13 || len(asked) != 26 { // 11 of the lesson that was read, 2 of the other
		t.Errorf("asked %d cards, %d times", len(missed), len(asked))
	}
	if _, ok, err := s.Undo(t.Context()); !ok || err != nil {
		t.Errorf("undo: %v, %v", ok, err)
	}
	if err := s.Suspend(t.Context()); err != nil {
		t.Error(err)
	}
	n := 0
	w.Reviews(t.Context(), w.now.AddDate(0, 0, -1), func(progress.Review) error { n++; return nil })
	if after := w.cards(); n != 0 || !reflect.DeepEqual(before, after) {
		t.Errorf("%d reviews; cards\n%+v\nwere\n%+v", n, after, before)
	}
}

func TestAhead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	for n := range 10 {
		w.knows(question(n, 1), 10, n)
	}
	for days, want := range []int{1, 2, 3, 4} {
		if got := w.begin(Options{Mode: Ahead, Days: days}).counts(); got.Due != want {
			t.Errorf("%d days ahead: %+v", days, got)
		}
	}
	asked := w.all(w.begin(Options{Mode: Ahead, Days: 3}), always(Good))
	if len(asked) != 4 {
		t.Errorf("asked %v", asked)
	}
	if c := w.card(t, string(question(3, 1))); c.Last.Before(w.now.Add(-time.Hour)) || c.Due.Before(w.now.Add(4*day)) {
		t.Errorf("%+v", c)
	}
}

// A clock that was put back makes no time negative, and what was rated in its
// future is not lost.
func TestClockBack(t *testing.T) {
	t.Parallel()
	w := busy(t)
	s := w.begin(Options{})
	w.next(s)
	w.rate(s, Again)
	w.now = w.now.AddDate(0, 0, -3)
	turn := w.next(s)
	for _, c := range turn.Choices {
		if c.Interval <= 0 || !c.Due.After(w.now) {
			t.Errorf("%+v", c)
		}
	}
	w.rate(s, Good)
	if c := w.card(t, string(turn.Card.ID)); !c.Last.Equal(w.now) {
		t.Errorf("%+v at %s", c, w.now)
	}
	if sum, err := w.desk.Summary(t.Context(), Filter{}); err != nil || sum.Minutes < 0 {
		t.Errorf("%+v, %v", sum, err)
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	w := busy(t)
	list, err := w.desk.List(t.Context(), Filter{})
	if err != nil || len(list) != 3*11+9*2+12 {
		t.Fatalf("listed %d, %v", len(list), err)
	}
	for _, e := range list {
		item, err := w.desk.Open(t.Context(), e.Card)
		if err != nil || (item.Question == nil) == (item.Lab == nil) || (item.Lab != nil) != (e.ID.Kind() == Lab) || e.Page < 0 || e.Track == "" {
			t.Errorf("%s: %+v, %v", e.ID, item, err)
		}
	}
	if _, err := w.desk.Open(t.Context(), Card{ID: "question:lesson-0000/none"}); !errors.Is(err, ErrNoCard) {
		t.Errorf("got %v", err)
	}
}
