package review

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"kubetutor/internal/progress"
)

// exact is a scheduler with the default parameters that does not spread intervals.
func exact(t testing.TB, change func(*Config)) *Scheduler {
	t.Helper()
	c := DefaultConfig()
	if change != nil {
		change(&c)
	}
	s, err := NewScheduler(c, DefaultWeights(), time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	s.steps.EnableFuzz, s.whole.EnableFuzz = false, false
	return s
}

var noon = time.Date(2022, 11, 29, 12, 30, 0, 0, time.UTC)

// The ratings, times and results are those of py-fsrs 6.3.1
// (github.com/open-spaced-repetition/py-fsrs at 3abe686, tests/test_basic.py,
// test_review_card and test_memo_state), of ts-fsrs 5.4.1 (at cdec8d2,
// packages/fsrs/__tests__/FSRS-6.test.ts, "ivl_history" and "memory state"), and
// of fsrs-rs (src/inference.rs), from which both have them.
func TestPublishedIntervals(t *testing.T) {
	t.Parallel()
	s := exact(t, nil)
	var c progress.CardState
	var got []int
	at := noon
	for _, r := range []Rating{Good, Good, Good, Good, Good, Good, Again, Again, Good, Good, Good, Good, Good} {
		c = rated(t, s, c, r, at)
		got = append(got, int(s.interval(c, at)/day))
		at = c.Due
	}
	if want := []int{0, 2, 11, 46, 163, 498, 0, 0, 2, 4, 7, 12, 21}; !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

func TestPublishedMemoryState(t *testing.T) {
	t.Parallel()
	s := exact(t, nil)
	var c progress.CardState
	at := noon
	for i, r := range []Rating{Again, Good, Good, Good, Good, Good} {
		at = at.Add(time.Duration([]int{0, 0, 1, 3, 8, 21}[i]) * day)
		c = rated(t, s, c, r, at)
	}
	if !near(c.Stability, 53.62691) || !near(c.Difficulty, 6.3574867) {
		t.Errorf("stability %v, difficulty %v", c.Stability, c.Difficulty)
	}
}

// The same file of ts-fsrs, "first repeat".
func TestPublishedFirstRating(t *testing.T) {
	t.Parallel()
	s := exact(t, nil)
	for i, want := range []progress.CardState{
		{Stage: progress.StageLearning, Stability: 0.212, Difficulty: 6.4133, Due: noon.Add(time.Minute)},
		{Stage: progress.StageLearning, Stability: 1.2931, Difficulty: 5.11217071, Due: noon.Add(6 * time.Minute)},
		{Stage: progress.StageLearning, Step: 1, Stability: 2.3065, Difficulty: 2.11810397, Due: noon.Add(10 * time.Minute)},
		{Stage: progress.StageReview, Stability: 8.2956, Difficulty: 1, Due: time.Date(2022, 12, 7, 4, 0, 0, 0, time.UTC)},
	} {
		want.Last, want.Reps = noon, 1
		got := rated(t, s, progress.CardState{}, Rating(i+1), noon)
		if !near(got.Stability, want.Stability) || !near(got.Difficulty, want.Difficulty) {
			t.Errorf("%d: stability %v, difficulty %v", i+1, got.Stability, got.Difficulty)
		}
		want.Stability, want.Difficulty = got.Stability, got.Difficulty
		if got != want {
			t.Errorf("%d: got %+v\nwant %+v", i+1, got, want)
		}
	}
}

// ts-fsrs, the same file, "get retrievability", eight days after an Easy card;
// py-fsrs's definition of stability: recalled with 90 %.
func TestPublishedRecall(t *testing.T) {
	t.Parallel()
	s := exact(t, nil)
	c := rated(t, s, progress.CardState{}, Easy, noon)
	if got := s.Recall(c, noon.Add(8*day)); math.Abs(got-0.9024733) > 1e-6 {
		t.Errorf("got %v", got)
	}
	c.Stability = 7
	if got := s.Recall(c, noon.Add(7*day)); math.Abs(got-0.9) > 1e-12 {
		t.Errorf("after its stability: %v", got)
	}
	if s.Recall(progress.CardState{}, noon) != 0 || s.Recall(c, noon.Add(-day)) != 1 {
		t.Error("a new card, or one of the future")
	}
}

// py-fsrs 6.3.1, tests/test_basic.py: steps. A mean of two steps is rounded to
// minutes by go-fsrs.
func TestPublishedSteps(t *testing.T) {
	t.Parallel()
	minutes := func(n ...int) (list []time.Duration) {
		for _, n := range n {
			list = append(list, time.Duration(n)*time.Minute)
		}
		return list
	}
	learning := progress.CardState{Stage: progress.StageLearning, Stability: 2, Difficulty: 5, Due: noon, Last: noon, Reps: 1}
	second := learning
	second.Step = 1
	lapsed := learning
	lapsed.Stage = progress.StageRelearning
	for _, test := range []struct {
		name              string
		steps, relearning []time.Duration
		from              progress.CardState
		rating            Rating
		stage             progress.Stage
		step              int
		after             time.Duration // 0: a day or more
	}{
		{"good_learning_steps", minutes(1, 10), nil, progress.CardState{}, Good, progress.StageLearning, 1, 10 * time.Minute},
		{"good_learning_steps, then", minutes(1, 10), nil, second, Good, progress.StageReview, 0, 0},
		{"again_learning_steps", minutes(1, 10), nil, progress.CardState{}, Again, progress.StageLearning, 0, time.Minute},
		{"easy_learning_steps", minutes(1, 10), nil, progress.CardState{}, Easy, progress.StageReview, 0, 0},
		{"no_learning_steps", nil, nil, progress.CardState{}, Again, progress.StageReview, 0, 0},
		{"hard_one_learning_step", minutes(10), nil, learning, Hard, progress.StageLearning, 0, 15 * time.Minute},
		{"hard_second_learning_step", minutes(1, 10), nil, second, Hard, progress.StageLearning, 1, 10 * time.Minute},
		{"hard_one_relearning_step", nil, minutes(10), lapsed, Hard, progress.StageRelearning, 0, 15 * time.Minute},
		{"hard_two_relearning_steps", nil, minutes(2, 10), lapsed, Hard, progress.StageRelearning, 0, 6 * time.Minute},
		{"one_card_multiple_schedulers", minutes(1), nil, second, Good, progress.StageReview, 0, 0},
		{"one_card_multiple_schedulers, again", minutes(1), nil, second, Again, progress.StageLearning, 0, time.Minute},
		{"one_card_multiple_schedulers, none", nil, nil, second, Hard, progress.StageReview, 0, 0},
	} {
		s := exact(t, func(c *Config) { c.Steps, c.Relearning = test.steps, test.relearning })
		got := rated(t, s, test.from, test.rating, noon)
		after := got.Due.Sub(noon)
		if got.Stage != test.stage || got.Step != test.step || test.after > 0 && after != test.after || test.after == 0 && after < 12*time.Hour {
			t.Errorf("%s: %s, step %d, after %s", test.name, got.Stage, got.Step, after)
		}
	}
}

func rated(t testing.TB, s *Scheduler, c progress.CardState, r Rating, at time.Time) progress.CardState {
	t.Helper()
	after, err := s.Rate("question:a/q", c, r, at)
	if err != nil {
		t.Fatal(err)
	}
	return after
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-4 }

// Whatever the state, the clock and the settings: a rating gives a state that can
// be rated again, better ratings are not due earlier, and the same question gives
// the same answer.
func TestChoicesAreSound(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	c := DefaultConfig()
	for range 3000 {
		c.Retention = 0.7 + 0.29*r.Float64()
		c.Rollover = r.IntN(24)
		c.Max = time.Duration(1+r.IntN(400)) * day
		s, err := NewScheduler(c, DefaultWeights(), time.FixedZone("", (r.IntN(26)-12)*3600))
		if err != nil {
			t.Fatal(err)
		}
		id := NewID(Kinds()[r.IntN(3)], "a", string(rune('a'+r.IntN(26))))
		var state progress.CardState
		at := noon
		for range 12 {
			at = at.Add(time.Duration(r.Int64N(int64(40*day))) - 5*day) // the clock may go back
			state = soundChoice(t, s, id, state, at, r)
		}
	}
}

func soundChoice(t *testing.T, s *Scheduler, id ID, state progress.CardState, at time.Time, r *rand.Rand) progress.CardState {
	t.Helper()
	all, err := s.Choices(id, state, at)
	if err != nil {
		t.Fatalf("%s %+v at %s: %v", id, state, at, err)
	}
	same, _ := s.Choices(id, state, at)
	for i, c := range all {
		days := s.days.between(at, c.Due)
		switch {
		case c != same[i]:
			t.Fatalf("%+v gives %+v, then %+v", state, c, same[i])
		case i > 0 && c.Due.Before(all[i-1].Due) && c.Stage == all[i-1].Stage:
			t.Fatalf("%+v: %d is due before %d: %+v", state, i+1, i, all)
		case c.Stage == progress.StageReview && (days < 1 || days > int(s.config.Max/day)):
			t.Fatalf("%+v: due in %d days: %+v", state, days, c)
		case !c.Due.After(at) || c.Reps != state.Reps+1 || c.Lapses < state.Lapses || id.Kind() == Lab && inSteps(c):
			t.Fatalf("%+v gives %+v at %s", state, c, at)
		case s.Recall(c, at) != 1 || s.Recall(c, c.Due) > 1:
			t.Fatalf("%+v: recall %v", c, s.Recall(c, at))
		}
	}
	return all[r.IntN(4)]
}

// Two cards with the same history are spread; a card with itself is not.
func TestSpread(t *testing.T) {
	t.Parallel()
	s := usual(t)
	state := progress.CardState{Stage: progress.StageReview, Stability: 60, Difficulty: 5, Due: noon, Last: noon.Add(-60 * day), Reps: 4}
	dues := map[time.Time]bool{}
	for n := range 50 {
		got, err := s.Rate(question(0, n), state, Good, noon)
		if err != nil {
			t.Fatal(err)
		}
		dues[got.Due] = true
	}
	if len(dues) < 5 {
		t.Errorf("50 cards are due on %d days", len(dues))
	}
}

// States that no rating leads to, as an import may have them.
func TestOddStates(t *testing.T) {
	t.Parallel()
	s := usual(t)
	for _, c := range []progress.CardState{
		{Stage: "other", Stability: 5}, {Stage: progress.StageReview}, {Stage: progress.StageReview, Stability: 1e9, Difficulty: 99},
		{Stage: progress.StageLearning, Step: 99, Stability: 1, Difficulty: -4}, {Stage: progress.StageRelearning, Step: -7, Stability: 1e-9},
		{Stage: progress.StageReview, Stability: 3, Reps: -4, Lapses: -1, Last: noon.AddDate(300, 0, 0)},
	} {
		if _, err := s.Choices("question:a/q", c, noon); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
