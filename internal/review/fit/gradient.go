package fit

import "math"

// trace is a step of a card: what went in, and what came about on the way that
// its derivatives are made of.
type trace struct {
	review
	state                     // before the review
	recall, logRecall float64 // what the forgetting curve predicts, and its logarithm
	logS              float64
	plain, power      float64 // parts of the formula that gave the stability
	moved             float64 // difficulty before it drifts
	bounded           bool    // the formula's own bound held: a lapse's ceiling, a same-day review's floor
	stopS, stopD      bool    // a result was moved into its range, where its derivative is 0
}

// partial is the derivative of the loss by a state.
type partial struct{ stability, difficulty float64 }

// loss adds up the log loss of a card's reviews.
func (m *model) loss(c card) float64 {
	now, sum := m.first(c.reviews[0].rating), 0.0
	var step trace
	for _, r := range c.reviews[1:] {
		now = m.step(&step, now, r)
		loss, _ := step.surprise()
		sum += loss
	}
	return sum
}

// tape runs cards through a model, forwards and then backwards. It holds the
// steps of one card; one tape serves one goroutine.
type tape struct{ steps []trace }

// gradient is model.loss; the derivatives of the sum by each weight are added
// to grad.
//
// This is reverse accumulation over the whole card: every review is scored
// before it changes the memory, and what a review did is charged with the
// scores of all reviews after it. fsrs-rs does the same in analytic.rs.
func (t *tape) gradient(m *model, c card, grad *Weights) float64 {
	now, sum := m.first(c.reviews[0].rating), 0.0
	t.steps = t.steps[:0]
	for _, r := range c.reviews[1:] {
		t.steps = append(t.steps, trace{})
		step := &t.steps[len(t.steps)-1]
		now = m.step(step, now, r)
	}
	var back partial
	for i := len(t.steps) - 1; i >= 0; i-- {
		step := &t.steps[i]
		loss, byRecall := step.surprise()
		sum += loss
		back = m.back(step, back, byRecall, grad)
	}
	m.backFirst(c.reviews[0].rating, back, grad)
	return sum
}

// surest is how near to certain a prediction counts, so that no review costs
// more than 16 times its weight. fsrs-rs has the same.
const surest = 1e-7

// surprise is the weighed log loss of the prediction for a review, and its
// derivative by the recall that was predicted.
func (t *trace) surprise() (loss, byRecall float64) {
	if t.weight == 0 {
		return 0, 0
	}
	p, log, sign := t.recall, t.logRecall, 1.0
	if t.rating == again {
		p, sign = -math.Expm1(log), -1
		log = math.Log(p)
	}
	if !within(p, surest, 1-surest) {
		return -t.weight * math.Log(clamp(p, surest, 1-surest)), 0
	}
	return -t.weight * log, -sign * t.weight / p
}

// back takes the derivatives by the state after a step to those by the state
// before it.
func (m *model) back(t *trace, after partial, byRecall float64, grad *Weights) partial {
	if t.stopS {
		after.stability = 0
	}
	if t.stopD {
		after.difficulty = 0
	}
	var before partial
	switch {
	case t.days == 0:
		before.stability = m.backSameDay(t, after.stability, grad)
	case t.rating == again:
		before, byRecall = m.backLapse(t, after.stability, byRecall, grad)
	default:
		before, byRecall = m.backSuccess(t, after.stability, byRecall, grad)
	}
	before.stability += m.backCurve(t, byRecall, grad)
	before.difficulty += m.backDifficulty(t, after.difficulty, grad)
	return before
}
