package insight

import (
	"context"
	"fmt"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/progress"
	"kubetutor/internal/review"
	"kubetutor/internal/review/fit"
)

// Retentions are the desired retentions whose workload is told.
func Retentions() []float64 { return []float64{0.80, 0.85, 0.87, 0.90, 0.92, 0.95, 0.97} }

// Load is what a desired retention costs.
type Load = fit.Workload

// Workload simulates a year of reviews for each of Retentions: with the learner's
// parameters, pace and number of new cards a day, over all cards that the course
// can make: of the few that somebody has at first, nothing could be told. Hands-on
// cards are left out: they have a number of their own a day.
func Workload(ctx context.Context, d *review.Desk) ([]Load, error) {
	w, err := weights(ctx, d)
	if err != nil {
		return nil, fmt.Errorf("simulating the workload of reviews: %w", err)
	}
	deck := fit.Deck{Cards: possible(d.Course), New: max(d.Config.New, 1)}
	if deck.Seconds, err = pace(ctx, d.Store); err != nil {
		return nil, fmt.Errorf("simulating the workload of reviews: %w", err)
	}
	return fit.Simulate(ctx, w, deck, Retentions()...)
}

func weights(ctx context.Context, d *review.Desk) (fit.Weights, error) {
	fitted, ok, err := d.Store.Weights(ctx)
	if !ok {
		return fit.Default(), err
	}
	return fitted.Weights, err
}

// possible is how many questions and clozes the course has, and at least one.
func possible(c *course.Course) int {
	n := 0
	for _, l := range c.Lessons() {
		n += len(l.QuestionIDs) + len(l.ClozeIDs)
	}
	return max(n, 1)
}

// The pace is the learner's own from so many timed reviews on. One answer counts
// for at most a minute, as in Anki: beyond that somebody went away.
const (
	paced  = 100
	atMost = time.Minute
)

// pace is how many seconds an answer takes by rating; all zero where too little is
// known.
func pace(ctx context.Context, r progress.CardReader) (seconds [4]float64, err error) {
	var spent [4]time.Duration
	var n [4]int
	err = r.Reviews(ctx, time.Time{}, func(p progress.Review) error {
		if review.Rating(p.Rating).Valid() && p.Took > 0 && counts(p.Source) {
			spent[p.Rating-1] += min(p.Took, atMost)
			n[p.Rating-1]++
		}
		return nil
	})
	all, of := time.Duration(0), 0
	for i := range n {
		all, of = all+spent[i], of+n[i]
	}
	if err != nil || of < paced {
		return seconds, err
	}
	for i := range seconds {
		seconds[i] = all.Seconds() / float64(of)
		if n[i] >= few {
			seconds[i] = spent[i].Seconds() / float64(n[i])
		}
	}
	return seconds, nil
}
