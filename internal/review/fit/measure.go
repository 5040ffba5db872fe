package fit

import (
	"errors"
	"fmt"
	"math"
)

// Measure is how well weights predict histories.
type Measure struct {
	Reviews int     // predicted
	Loss    float64 // as of the function Loss
	// RMSE is how far predictions are off on average, among reviews of about
	// the same wait, number of reviews and lapses: 0.05 is five points.
	RMSE float64
}

// Evaluate measures weights, as evaluate of fsrs-rs 6.6.1, inference.rs. An
// error names the review that is none, or says that nothing can be predicted.
func Evaluate(w Weights, histories []History) (Measure, error) {
	d, err := read(histories)
	if err != nil {
		return Measure{}, fmt.Errorf("reading the reviews to measure the weights by: %w", err)
	}
	if d.scored == 0 {
		return Measure{}, errors.New("measuring the weights: there is no review on a later day than the card's first")
	}
	return Measure{Reviews: d.scored, Loss: d.loss(w), RMSE: d.rmse(w)}, nil
}

// kind is which reviews are compared together: r_matrix_index of fsrs-rs.
type kind struct{ days, reviews, lapses float64 }

// bins are what happened to reviews, by kind; those of a kind are together.
type bins struct {
	of  map[kind]int
	all []bin
}

type bin struct{ predicted, recalled, count, weight float64 }

func (d data) rmse(w Weights) float64 {
	m, b := newModel(w), bins{of: map[kind]int{}}
	for _, c := range d.cards {
		b.add(&m, c)
	}
	square, weight := 0.0, 0.0
	for _, one := range b.all {
		off := (one.predicted - one.recalled) / one.count
		square += off * off * one.weight
		weight += one.weight
	}
	return math.Sqrt(square / weight)
}

// add puts a card's reviews where they belong.
func (b *bins) add(m *model, c card) {
	now := m.first(c.reviews[0].rating)
	reviews, lapses := 1.0, 0.0
	for _, r := range c.reviews[1:] {
		var t trace
		now = m.step(&t, now, r)
		if r.days == 0 {
			continue
		}
		reviews++
		b.find(kind{logBin(r.days, 3.62), logBin(reviews, 1.89), logBin(lapses, 1.73)}).add(t)
		if r.rating == again {
			lapses++
		}
	}
}

func (b *bins) find(k kind) *bin {
	i, ok := b.of[k]
	if !ok {
		i = len(b.all)
		b.of[k] = i
		b.all = append(b.all, bin{})
	}
	return &b.all[i]
}

func (b *bin) add(t trace) {
	b.predicted += t.recall
	if t.rating > again {
		b.recalled++
	}
	b.count++
	b.weight += t.weight
}

// logBin is the number of the bin, of widths that grow by the base; that of 0
// lies below all others.
func logBin(x, base float64) float64 {
	if x == 0 {
		return -1
	}
	return math.Floor(math.Log(x) / math.Log(base))
}
