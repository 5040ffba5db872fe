package fit_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/open-spaced-repetition/go-fsrs/v4"

	"kubetutor/internal/progress"
	"kubetutor/internal/review"
	"kubetutor/internal/review/fit"
)

// hidden are the weights of a learner that only the simulation knows: far from
// the defaults in how fast memory grows, fades and comes back.
func hidden() fit.Weights {
	w := fit.Default()
	w[0], w[1], w[2], w[3] = 0.15, 0.3, 0.6, 1.5
	w[6], w[8], w[10], w[14], w[20] = 2.2, 1.1, 0.6, 1, 0.45
	return w
}

// year is a learner's year: what go-fsrs with the hidden weights says decides
// what is recalled; the scheduler of reviews, with the weights fitted so far,
// decides when to ask.
type year struct {
	t         *testing.T
	random    *rand.Rand
	truth     *fsrs.FSRS
	scheduler *review.Scheduler
	weights   fit.Weights
	cards     []*taken

	// Of the reviews since the first fit, on a later day than the one before:
	asked, recalled, predicted float64 // how many; how many were recalled, and predicted to be
	ours, oracle               float64 // log loss of the scheduler's prediction, and of the truth
}

// taken is a card of the year.
type taken struct {
	id     review.ID
	memory *fsrs.MemoryState // as it is
	state  progress.CardState
	log    fit.History
}

func morning(day int) time.Time {
	return time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC).AddDate(0, 0, day)
}

func (y *year) schedule(w fit.Weights) {
	var err error
	y.weights = w
	if y.scheduler, err = review.NewScheduler(review.DefaultConfig(), w, time.UTC); err != nil {
		y.t.Fatal(err)
	}
}

// study is a day: what is due, then four new cards.
func (y *year) study(day int) {
	now := morning(day)
	for _, c := range y.cards {
		if !c.state.Due.After(now) {
			y.ask(c, now)
		}
	}
	for range 4 {
		c := &taken{id: review.NewID(review.Question, "lesson", time.Duration(len(y.cards)).String())}
		y.cards = append(y.cards, c)
		y.rate(c, 1+y.pick(0.24, 0.094, 0.495), 0, now)
		y.steps(c, now)
	}
}

// ask reviews a card that is due.
func (y *year) ask(c *taken, now time.Time) {
	days := uint64(now.Sub(c.state.Last).Round(24*time.Hour).Hours() / 24)
	truth := y.truth.ForgettingCurve(float64(days), c.memory.Stability)
	recalled := y.random.Float64() < truth
	if y.weights != fit.Default() {
		y.score(y.scheduler.Recall(c.state, now), truth, recalled)
	}
	rating := 1
	if recalled {
		rating = 2 + y.pick(0.224, 0.631)
	}
	y.rate(c, rating, days, now)
	y.steps(c, now)
}

func (y *year) score(predicted, truth float64, recalled bool) {
	y.asked++
	y.predicted += predicted
	if recalled {
		y.recalled++
		y.ours -= math.Log(predicted)
		y.oracle -= math.Log(truth)
		return
	}
	y.ours -= math.Log(1 - predicted)
	y.oracle -= math.Log(1 - truth)
}

// steps goes through what is due again on the same day.
func (y *year) steps(c *taken, now time.Time) {
	for c.state.Due.Before(now.Add(12 * time.Hour)) {
		y.rate(c, []int{1, 3, 3, 3, 3, 3}[y.random.IntN(6)], 0, c.state.Due)
	}
}

func (y *year) rate(c *taken, rating int, days uint64, at time.Time) {
	next := y.truth.NextState(c.memory, 0.9, days, fsrs.Rating(rating))
	c.memory = &next.Memory
	c.log = append(c.log, fit.Review{Rating: rating, Days: float64(days), At: at})
	var err error
	if c.state, err = y.scheduler.Rate(c.id, c.state, review.Rating(rating), at); err != nil {
		y.t.Fatal(err)
	}
}

// refit fits the weights, and goes through what each card's memory is by them.
func (y *year) refit() {
	result, err := fit.Fit(y.t.Context(), y.histories(), fit.Options{Before: y.weights})
	if err != nil {
		y.t.Fatal(err)
	}
	y.schedule(result.Weights)
	for _, c := range y.cards {
		due := c.state.Due
		c.state = progress.CardState{}
		for _, r := range c.log {
			if c.state, err = y.scheduler.Rate(c.id, c.state, review.Rating(r.Rating), r.At); err != nil {
				y.t.Fatal(err)
			}
		}
		c.state.Due = due
	}
}

func (y *year) histories() []fit.History {
	histories := make([]fit.History, len(y.cards))
	for i, c := range y.cards {
		histories[i] = c.log
	}
	return histories
}

func (y *year) pick(likelihoods ...float64) int {
	u := y.random.Float64()
	for i, p := range likelihoods {
		if u < p {
			return i
		}
		u -= p
	}
	return len(likelihoods)
}

// TestYear is the promise of all this: whoever remembers as no default says
// meets, after some weeks, predictions that are as good as if the scheduler
// knew: within two points of log loss of the truth, and of what is recalled.
func TestYear(t *testing.T) {
	t.Parallel()
	p := fsrs.DefaultParam()
	p.W = fsrs.Weights(hidden())
	y := &year{t: t, random: rand.New(rand.NewPCG(2026, 1)), truth: fsrs.NewFSRS(p)}
	y.schedule(fit.Default())
	for day := range 365 {
		y.study(day)
		if day%90 == 60 {
			y.refit()
		}
	}
	ours, oracle := y.ours/y.asked, y.oracle/y.asked
	t.Logf("%v reviews of %d cards: log loss %.4f, of the truth %.4f; recalled %.4f, predicted %.4f",
		y.asked, len(y.cards), ours, oracle, y.recalled/y.asked, y.predicted/y.asked)
	if math.Abs(ours-oracle) > 0.02 {
		t.Errorf("the log loss is %.4f, that of the truth %.4f", ours, oracle)
	}
	if math.Abs(y.predicted-y.recalled)/y.asked > 0.02 {
		t.Errorf("%.4f were recalled, and %.4f predicted to be", y.recalled/y.asked, y.predicted/y.asked)
	}
	// The defaults, had they been kept, were off by more than that.
	histories := y.histories()
	usual, truth := fit.Loss(fit.Default(), histories), fit.Loss(hidden(), histories)
	t.Logf("defaults %.4f, fitted %.4f, truth %.4f", usual, fit.Loss(y.weights, histories), truth)
	if usual-truth < 0.02 {
		t.Errorf("the defaults' log loss is %.4f, that of the truth %.4f: there was nothing to fit", usual, truth)
	}
}
