// Package fit fits the weights of FSRS-6 to what one learner remembered, tells
// how well weights predict, and what a desired retention costs.
//
// It follows fsrs-rs 6.6.1 (github.com/open-spaced-repetition/fsrs-rs at
// 0cbb9d3; Copyright (c) 2023 Open Spaced Repetition, BSD-3-Clause), the
// optimizer of Anki, of which it takes the model (model.rs), the bounds of the
// weights (parameter_clipper.rs), the search for the initial stabilities
// (parameter_initialization.rs), the removal of outliers and the weight of
// recent reviews (dataset.rs), the pull towards the start, Adam and the falling
// rate (training.rs, cosine_annealing.rs), and the workload's probabilities and
// costs (simulation.rs). From py-fsrs 6.3.1 (MIT) are the least number of
// reviews, and cards that come in random order rather than by length
// (optimizer.py).
//
// Three things are our own. Small collections are gone through more often, see
// leastSteps. The weights in use are kept when the new ones explain the reviews
// no better. And all is in float64, on one goroutine, with the derivatives
// written out (gradient.go, backward.go); a fit is the same each time.
package fit

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// MinReviews is how many reviews Fit needs that were not on the day of the
// card's review before: mini_batch_size of py-fsrs 6.3.1, which leaves the
// weights alone below it.
const MinReviews = 512

// Options say what a fit is compared with.
type Options struct {
	// Before are the weights in use; all zero for the defaults. Those out of
	// their bounds are moved into them, as the scheduler does.
	Before Weights
}

// Result is what came of a fit.
type Result struct {
	// Weights are the best that were found: those before if nothing was better.
	Weights Weights
	// Reviews is how many were predicted: those not on the day of the card's
	// review before.
	Reviews int
	// Loss and Before are Loss of these weights and of those before. Loss is
	// never above Before.
	Loss, Before float64
}

// TooFewError says that there are not enough reviews for a fit yet.
type TooFewError struct{ Have, Need int }

func (e *TooFewError) Error() string {
	return fmt.Sprintf("%d reviews that are not on the day of the card's review before are needed to fit the weights, and there are %d", e.Need, e.Have)
}

// Fit finds the weights that explain the histories best. It takes some 35 ms
// for 24,000 reviews, on one processor; an ended ctx ends it with its error.
// A *TooFewError says that there is too little to go by; any other error names
// the review that is none, or says that the weights before are no numbers.
func Fit(ctx context.Context, histories []History, o Options) (Result, error) {
	before, err := o.before()
	if err != nil {
		return Result{}, err
	}
	d, err := read(histories)
	if err != nil {
		return Result{}, fmt.Errorf("reading the reviews to fit the weights to: %w", err)
	}
	if d.scored < MinReviews {
		return Result{}, &TooFewError{Have: d.scored, Need: MinReviews}
	}
	w, err := d.fit(ctx)
	if err != nil {
		return Result{}, fmt.Errorf("fitting the weights: %w", err)
	}
	return d.better(before, w), nil
}

func (o Options) before() (Weights, error) {
	w := o.Before
	if w == (Weights{}) {
		w = Default()
	}
	w.clip()
	if !w.valid() {
		return w, errors.New("the weights before are not all numbers")
	}
	return w, nil
}

// better is the result with the better of two sets of weights.
func (d data) better(before, after Weights) Result {
	r := Result{Weights: before, Reviews: d.scored, Before: d.loss(before)}
	r.Loss = r.Before
	if loss := d.loss(after); loss < r.Before {
		r.Weights, r.Loss = after, loss
	}
	return r
}

// fit searches the first stabilities, and trains all weights from there.
func (d data) fit(ctx context.Context) (Weights, error) {
	d, groups := d.withoutOutliers()
	start := Default()
	first, count := firstStabilities(groups, d.recalled())
	copy(start[:], first[:])
	start.clip()
	w, err := train(ctx, d, start)
	if err != nil {
		return w, err
	}
	copy(first[:], w[:])
	order(&first, count)
	copy(w[:], first[:])
	return w, nil
}

// Loss is the mean log loss of the predictions that weights make for each
// review that is not on the day of the card's review before, recent ones
// weighing more if the reviews say when they were. Lower is better; a coin
// has 0.69. It is NaN when there is nothing to predict, or a review is none.
func Loss(w Weights, histories []History) float64 {
	d, err := read(histories)
	if err != nil {
		return math.NaN()
	}
	return d.loss(w)
}

func (d data) loss(w Weights) float64 {
	m := newModel(w)
	sum := 0.0
	for _, c := range d.cards {
		sum += m.loss(c)
	}
	return sum / d.weight
}
