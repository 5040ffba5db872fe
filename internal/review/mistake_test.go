package review

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"kubetutor/internal/progress"
)

// diary is a store whose clock the test sets. The store also asks it in the
// background, and is told the time that it was when the test looked last.
type diary struct {
	*progress.DB
	now    time.Time
	looked atomic.Int64 // Unix milliseconds
}

func newDiary(t testing.TB) *diary {
	t.Helper()
	d := &diary{now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
	d.clock()
	db, err := progress.Open(t.TempDir(), progress.WithClock(func() time.Time { return time.UnixMilli(d.looked.Load()) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	d.DB = db
	return d
}

// clock is what the time is.
func (d *diary) clock() time.Time {
	d.looked.Store(d.now.UnixMilli())
	return d.now
}

// then records what happens some time later.
func (d *diary) then(t *testing.T, after time.Duration, data ...any) {
	t.Helper()
	d.now = d.now.Add(after)
	d.clock()
	if _, err := d.RecordAll(t.Context(), data); err != nil {
		t.Fatal(err)
	}
}

// settle records what mistakes have led to, and names the cards.
func (d *diary) settle(t *testing.T, s *Scheduler) (cards []string) {
	t.Helper()
	list, err := mistakes(t.Context(), d, s)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		d.then(t, 0, r)
		cards = append(cards, r.Card)
	}
	return cards
}

func (d *diary) card(t testing.TB, id string) progress.Card {
	t.Helper()
	c, _, err := d.Card(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func usual(t *testing.T) *Scheduler {
	t.Helper()
	s, err := NewScheduler(DefaultConfig(), DefaultWeights(), time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const missedCard = "question:a/q"

// known is a card that was learnt some days ago.
func known(t *testing.T) *diary {
	d := newDiary(t)
	d.then(t, 0, progress.Reviewed{Card: missedCard, Rating: 3, Source: progress.SourceSession, State: progress.CardState{
		Stage: progress.StageReview, Stability: 10, Difficulty: 5, Due: d.now.Add(10 * day), Last: d.now, Reps: 1,
	}})
	return d
}

func TestAMistakeMakesACard(t *testing.T) {
	t.Parallel()
	d, s := newDiary(t), usual(t)
	d.then(t, 0, progress.Answer{Question: "a/q"}, progress.Hint{Lab: "a/l", N: 1})
	if got := d.settle(t, s); !slices.Equal(got, []string{"lab:a/l", missedCard}) {
		t.Errorf("mistakes of %q", got)
	}
	if c := d.card(t, missedCard); c.Stage != progress.StageLearning || !c.Last.Equal(d.now) || c.Lapses != 0 {
		t.Errorf("the question: %+v", c)
	}
	if c := d.card(t, "lab:a/l"); c.Stage != progress.StageReview || c.Due.Before(d.now.Add(12*time.Hour)) {
		t.Errorf("the lab, not again within the day: %+v", c)
	}
}

func TestAMistakeLapsesACard(t *testing.T) {
	t.Parallel()
	d, s := known(t), usual(t)
	d.then(t, 5*day, progress.Answer{Question: "a/q"})
	at := d.now
	d.now = d.now.Add(2 * day) // nobody reviews until then
	if got := d.settle(t, s); len(got) != 1 {
		t.Fatalf("mistakes of %q", got)
	}
	c := d.card(t, missedCard)
	if c.Stage != progress.StageRelearning || c.Lapses != 1 || !c.Last.Equal(at) || c.Stability >= 10 {
		t.Errorf("the card: %+v, want a lapse at %s", c, at)
	}
	if got := d.settle(t, s); len(got) != 0 {
		t.Errorf("and again: %q", got)
	}
}

func TestWhatDoesNotLapse(t *testing.T) {
	t.Parallel()
	wrong := progress.Answer{Question: "a/q"}
	rated := func(stage progress.Stage, source progress.Source) progress.Reviewed {
		return progress.Reviewed{Card: missedCard, Rating: 3, Source: source, State: progress.CardState{Stage: stage, Stability: 10, Difficulty: 5}}
	}
	for name, story := range map[string][]any{
		"a card in learning":      {rated(progress.StageLearning, progress.SourceSession), wrong},
		"a card in relearning":    {rated(progress.StageRelearning, progress.SourceSession), wrong},
		"a suspended card":        {progress.Marked{Cards: []string{missedCard}, Mark: progress.MarkSuspend}, wrong},
		"a right answer":          {progress.Answer{Question: "a/q", Right: true}},
		"rated since the mistake": {wrong, rated(progress.StageReview, progress.SourceSession)},
		"forgotten since":         {wrong, progress.Marked{Cards: []string{missedCard}, Mark: progress.MarkForget}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := known(t)
			d.now = d.now.Add(5 * day)
			for _, event := range story {
				d.then(t, time.Minute, event)
			}
			if got := d.settle(t, usual(t)); len(got) != 0 {
				t.Errorf("mistakes of %q", got)
			}
		})
	}
}

// A card that was learnt again after a mistake lapses no second time on the same
// day, which ends at the rollover hour; on the next it does.
func TestAMistakeADay(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		later time.Duration
		want  int
	}{{time.Hour, 0}, {18 * time.Hour, 0}, {20 * time.Hour, 1}} { // from 9:00, with the rollover at 4
		d, s := known(t), usual(t)
		d.then(t, 5*day, progress.Answer{Question: "a/q"})
		d.settle(t, s)
		d.then(t, time.Minute, progress.Reviewed{Card: missedCard, Rating: 3, Source: progress.SourceSession,
			State: progress.CardState{Stage: progress.StageReview, Stability: 2, Difficulty: 6, Last: d.now.Add(time.Minute), Lapses: 1}})
		d.then(t, tc.later, progress.Answer{Question: "a/q"})
		if got := d.settle(t, s); len(got) != tc.want {
			t.Errorf("%s later: mistakes of %q, want %d", tc.later, got, tc.want)
		}
	}
}

func TestAMistakeBeforeTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	d, s := known(t), usual(t)
	last := d.now
	d.then(t, -day, progress.Answer{Question: "a/q"})
	if got := d.settle(t, s); len(got) != 1 {
		t.Fatalf("mistakes of %q", got)
	}
	if c := d.card(t, missedCard); c.Lapses != 1 || !c.Last.Equal(last) || !c.Missed.IsZero() {
		t.Errorf("the card: %+v, want a lapse at %s", c, last)
	}
}

// Two programs that begin a session at the same time both see the mistake.
func TestTwoProgramsLapseACardOnce(t *testing.T) {
	t.Parallel()
	d, s := known(t), usual(t)
	d.then(t, 5*day, progress.Answer{Question: "a/q"})
	one, err1 := mistakes(t.Context(), d, s)
	two, err2 := mistakes(t.Context(), d, s)
	if err1 != nil || err2 != nil || len(one) != 1 || len(two) != 1 {
		t.Fatal(one, err1, two, err2)
	}
	d.then(t, 0, one[0])
	d.then(t, time.Minute, two[0])
	if c := d.card(t, missedCard); c.Lapses != 1 {
		t.Errorf("lapsed %d times", c.Lapses)
	}
}

// A mistake outside of reviews says nothing of how much is recalled: what was
// right there is in no log.
func TestMistakesAreNotFittedTo(t *testing.T) {
	t.Parallel()
	at := func(days int, from progress.Source) progress.Review {
		return progress.Review{Reviewed: progress.Reviewed{Rating: 1, Source: from, At: time.Date(2026, 11, 1+days, 9, 0, 0, 0, time.UTC)}}
	}
	session, quiz := progress.SourceSession, progress.SourceQuiz
	p := past{
		"question:a/known": {at(0, session), at(5, session), at(9, quiz), at(12, session)},
		"question:a/made":  {at(0, quiz), at(5, session)},
	}
	list, scored := p.histories(calendar{time.UTC, 4})
	if len(list) != 2 || len(list[0]) != 2 || len(list[1]) != 2 || scored != 2 {
		t.Errorf("%d reviews to be scored, of %v", scored, list)
	}
}

// What awaits the learner is the same before a mistake is recorded and after, in
// steps and on the days that follow.
func TestSummaryKnowsMistakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.record(progress.Answer{Question: question(0, 1).Path()}, progress.Hint{Lab: lab(1, 0).Path(), N: 1})
	for _, tc := range []struct {
		later time.Duration
		want  Counts
		next  time.Duration // from now, 0 for none
	}{
		{0, Counts{}, time.Minute},
		{time.Minute, Counts{Learning: 1}, 0},
		{day, Counts{Learning: 1, HandsOn: 1}, 0},
	} {
		w.now = w.now.Add(tc.later)
		s, err := w.desk.Summary(t.Context(), Filter{})
		if err != nil || s.Counts != tc.want || tc.next == 0 != s.Next.IsZero() || tc.next > 0 && !s.Next.Equal(w.now.Add(tc.next)) {
			t.Errorf("%s later: %+v, %v", tc.later, s, err)
		}
	}
	labs, err := w.desk.Summary(t.Context(), Filter{Kinds: []Kind{Lab}})
	if err != nil || labs.HandsOn != 1 {
		t.Errorf("hands-on: %+v, %v", labs, err)
	}
	w.now = w.now.Add(-day)
	labs, err = w.desk.Summary(t.Context(), Filter{Kinds: []Kind{Lab}})
	if err != nil || labs.Next.Day() != 22 {
		t.Errorf("hands-on, a day before: %+v, %v", labs, err)
	}
}
