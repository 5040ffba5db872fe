package progress

import (
	"sync/atomic"
	"testing"
	"time"
)

// story is a store and what happens, a minute between any two events.
type story struct {
	*DB
	minutes atomic.Int64
}

func (s *story) at() time.Time { return storyBegins.Add(time.Duration(s.minutes.Load()) * time.Minute) }

var storyBegins = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// told records what happens, and gives back the IDs.
func told(t *testing.T, events ...any) (*story, []string) {
	t.Helper()
	s := &story{}
	s.DB = open(t, t.TempDir(), WithClock(s.at))
	return s, s.goesOn(t, events...)
}

func (s *story) goesOn(t *testing.T, events ...any) (ids []string) {
	t.Helper()
	for _, e := range events {
		s.minutes.Add(1)
		ids = append(ids, record(t, s.DB, e)...)
	}
	return ids
}

// missedAt tells after which event of the story the card was missed, from 1; 0
// for never.
func missedAt(t *testing.T, d *story, id string) int {
	t.Helper()
	c, _, err := d.Card(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if c.Missed.IsZero() {
		return 0
	}
	return int(c.Missed.Sub(storyBegins).Minutes())
}

func TestWhatIsAMistakeInALab(t *testing.T) {
	t.Parallel()
	begin := func(n int) any { return Attempt{Lab: "a/l", Number: n} }
	held := Check{Lab: "a/l", Number: 1, Check: "one", Of: 2}
	failed := Failed{Lab: "a/l", Number: 1, Checks: []string{"two"}, Asked: true}
	for name, tc := range map[string]struct {
		story []any
		want  int // which event is the newest mistake
	}{
		"passed without help":           {[]any{begin(1), held, Passed{Lab: "a/l", Number: 1}, begin(2)}, 0},
		"a hint":                        {[]any{begin(1), Hint{Lab: "a/l", Number: 1, N: 1}, held}, 2},
		"the same hint again":           {[]any{begin(1), Hint{Lab: "a/l", Number: 1, N: 1}, Hint{Lab: "a/l", Number: 1, N: 1}}, 2},
		"a hint after passing":          {[]any{begin(1), Passed{Lab: "a/l", Number: 1}, Hint{Lab: "a/l", Number: 1, N: 1}}, 0},
		"a hint of an older attempt":    {[]any{begin(1), begin(2), Hint{Lab: "a/l", Number: 1, N: 1}}, 0},
		"the solution":                  {[]any{begin(1), Solution{Lab: "a/l", Number: 1}, Passed{Lab: "a/l", Number: 1}}, 2},
		"the solution before any start": {[]any{Solution{Lab: "a/l"}}, 1},
		"in a jump":                     {[]any{Attempt{Lab: "a/l", Number: 1, Jumped: true}, Hint{Lab: "a/l", Number: 1, N: 1}, begin(2)}, 0},
		"left untouched":                {[]any{begin(1), begin(2)}, 0},
		"left when something held":      {[]any{begin(1), held, begin(2)}, 3},
		"left by a jump":                {[]any{begin(1), held, Attempt{Lab: "a/l", Number: 2, Jumped: true}}, 3},
		"red from the beginning":        {[]any{begin(1), failed, begin(2)}, 0},
		"asked too early":               {[]any{begin(1), held, failed}, 3},
		"asked again":                   {[]any{begin(1), held, failed, failed}, 3},
		"asked after passing":           {[]any{begin(1), held, Passed{Lab: "a/l", Number: 1}, failed}, 0},
		"broken and mended":             {[]any{begin(1), Failed{Lab: "a/l", Number: 1, Checks: []string{"one"}}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, _ := told(t, tc.story...)
			if got := missedAt(t, d, "lab:a/l"); got != tc.want {
				t.Errorf("missed at event %d, want %d", got, tc.want)
			}
		})
	}
}

func TestWhatIsAMistakeInAQuestion(t *testing.T) {
	t.Parallel()
	d, ids := told(t,
		Answer{Question: "a/right", Right: true},
		Answer{Question: "a/wrong"},
		Answer{Question: "a/pending", Pending: true},
		Answer{Question: "a/rated", Pending: true},
		Reviewed{Card: "question:a/rated", Rating: 3, Source: SourceSession, State: CardState{Stage: StageReview}},
	)
	d.goesOn(t, Judged{Answer: ids[2]}, Judged{Answer: ids[3]})
	for card, want := range map[string]int{"right": 0, "wrong": 2, "pending": 6, "rated": 0} {
		if got := missedAt(t, d, "question:a/"+card); got != want {
			t.Errorf("%s: missed at event %d, want %d", card, got, want)
		}
	}
}

// What holds by itself at the beginning is no try.
func TestChecksThatHoldFromTheBeginning(t *testing.T) {
	t.Parallel()
	d, _ := told(t, Attempt{Lab: "a/l", Number: 1})
	record(t, d.DB, Check{Lab: "a/l", Number: 1, Check: "guard"}) // at the same time
	d.goesOn(t, Failed{Lab: "a/l", Number: 1, Checks: []string{"one"}, Asked: true}, Attempt{Lab: "a/l", Number: 2})
	if got := missedAt(t, d, "lab:a/l"); got != 0 {
		t.Errorf("missed at %d", got)
	}
}

func TestFailedTriesAreCountedOnce(t *testing.T) {
	t.Parallel()
	try := func(asked bool, checks ...string) any {
		return Failed{Lab: "a/l", Number: 1, Checks: checks, Asked: asked}
	}
	d, _ := told(t, Attempt{Lab: "a/l", Number: 1}, try(false, "b"), try(true, "b", "a"), try(true, "a", "b"), try(true, "a"))
	labs, err := d.Labs(t.Context())
	if got := labs["a/l"].Failed; err != nil || len(got) != 3 || got[1] != "a b" {
		t.Errorf("failed tries %q, %v", got, err)
	}
}

// A mistake is rated once, whoever does it: another program, or another machine
// whose events come later.
func TestAMistakeIsRatedOnce(t *testing.T) {
	t.Parallel()
	lapse := func(lapses int) any {
		return Reviewed{Card: "question:a/q", Rating: 1, Source: SourceQuiz, State: CardState{Stage: StageRelearning, Lapses: lapses}}
	}
	d, ids := told(t,
		Reviewed{Card: "question:a/q", Rating: 3, Source: SourceSession, State: CardState{Stage: StageReview}},
		Answer{Question: "a/q"}, lapse(1), lapse(2))
	if c, _, err := d.Card(t.Context(), "question:a/q"); err != nil || c.Lapses != 1 || !c.Missed.IsZero() || c.Review != ids[2] {
		t.Errorf("after two of one mistake: %+v, %v", c, err)
	}
	logged := 0
	err := d.Reviews(t.Context(), time.Time{}, func(Review) error { logged++; return nil })
	if err != nil || logged != 2 {
		t.Errorf("the log has %d, %v", logged, err)
	}
}

func TestTakingARatingBackBringsTheMistakeBack(t *testing.T) {
	t.Parallel()
	d, ids := told(t, Answer{Question: "a/q"}, Reviewed{Card: "question:a/q", Rating: 3, Source: SourceSession, State: CardState{Stage: StageReview}})
	if got := missedAt(t, d, "question:a/q"); got != 0 {
		t.Fatalf("after a rating: missed at %d", got)
	}
	d.goesOn(t, Unreviewed{Event: ids[1]})
	if got := missedAt(t, d, "question:a/q"); got != 1 {
		t.Errorf("missed at event %d, want 1", got)
	}
	cards, err := d.Cards(t.Context(), CardQuery{Missed: true})
	if err != nil || len(cards) != 1 {
		t.Errorf("those that were missed: %v, %v", cards, err)
	}
}
