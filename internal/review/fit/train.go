package fit

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
)

// How long and how boldly weights are trained: TrainingConfig of fsrs-rs 6.6.1;
// py-fsrs 6.3.1 has the same numbers.
const (
	epochs = 5
	batch  = 512  // predictions that a step is made from
	rate   = 0.04 // of the first step
	seed   = 2023
)

// leastSteps is how many steps there are at least. fsrs-rs goes five times
// through the reviews, however few: ten steps for a thousand, after which the
// weights are where chance put them. py-fsrs's log, cut at its 965th scored
// review, predicts the rest 0.002 worse than the defaults after five times, and
// 0.009 better after 200 steps; more steps change nothing.
const leastSteps = 200

// spread is how much each weight differs between learners, PARAMS_STDDEV of
// fsrs-rs 6.6.1: how far reviews may pull it from its start.
func spread() Weights {
	return Weights{
		6.43, 9.66, 17.58, 27.85, 0.57, 0.28, 0.6, 0.12, 0.39, 0.18, 0.33, 0.3,
		0.09, 0.16, 0.57, 0.25, 1.03, 0.31, 0.32, 0.14, 0.27,
	}
}

// train moves weights from start to where they explain the cards: steps along
// the gradient of small batches, ever smaller, each held back towards the start
// and to the bounds.
func train(ctx context.Context, d data, start Weights) (Weights, error) {
	perEpoch := (d.scored + batch - 1) / batch
	rounds := max(epochs, (leastSteps+perEpoch-1)/perEpoch)
	random := rand.New(rand.NewPCG(seed, 0))
	t := trainer{start: start, w: start, scored: d.scored, steps: rounds * perEpoch}
	cards := slices.Clone(d.cards)
	for range rounds {
		random.Shuffle(len(cards), func(i, j int) { cards[i], cards[j] = cards[j], cards[i] })
		for rest := cards; len(rest) > 0; {
			if err := ctx.Err(); err != nil {
				return start, err
			}
			rest = t.step(rest)
		}
	}
	return t.w, nil
}

// trainer holds the weights on their way.
type trainer struct {
	start, w Weights
	scored   int // predictions in all
	steps    int // in all
	adam     adam
	tape     tape
}

// step moves the weights by the next batch, and returns the cards after it.
func (t *trainer) step(cards []card) []card {
	var grad Weights
	m, scored := newModel(t.w), 0
	for len(cards) > 0 && scored < batch {
		t.tape.gradient(&m, cards[0], &grad)
		scored += cards[0].scored
		cards = cards[1:]
	}
	tether(t.w, t.start, float64(scored)/float64(t.scored), &grad)
	t.adam.step(&t.w, &grad, anneal(t.adam.steps, t.steps))
	t.w.clip()
	return cards
}

// tether adds the derivatives of the price of straying from the start: the
// square of each weight's way, by its spread. A batch bears its share of it.
func tether(w, start Weights, share float64, grad *Weights) {
	for i, s := range spread() {
		grad[i] += 2 * (w[i] - start[i]) / (s * s) * share
	}
}

// anneal is the size of a step: along half a cosine from rate to 0.
func anneal(step, steps int) float64 {
	return rate * (1 + math.Cos(math.Pi*float64(step)/float64(steps))) / 2
}

// adam is the optimizer of Kingma and Ba (Adam: A Method for Stochastic
// Optimization, 2015), with the constants they propose.
type adam struct {
	mean, square Weights // of the gradients so far, fading
	steps        int
}

func (a *adam) step(w, grad *Weights, rate float64) {
	const fade, slowFade, tiny = 0.9, 0.999, 1e-8
	a.steps++
	young := 1 - math.Pow(fade, float64(a.steps))
	slowYoung := 1 - math.Pow(slowFade, float64(a.steps))
	for i, g := range grad {
		a.mean[i] = fade*a.mean[i] + (1-fade)*g
		a.square[i] = slowFade*a.square[i] + (1-slowFade)*g*g
		w[i] -= rate * a.mean[i] / young / (math.Sqrt(a.square[i]/slowYoung) + tiny)
	}
}
