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

// Bins hold what was predicted against what happened, among reviews of about the
// same wait, number of reviews and lapses. The zero value is empty.
type Bins struct {
	of  map[kind]int
	all []bin
}

type bin struct{ predicted, recalled, count, weight float64 }

// Add adds a review: the days since the last one, at least 1; its number among
// the card's reviews on a later day than the one before, the first one counted as
// well; how many of those before it were forgotten; how likely it was recalled,
// and whether it was.
func (b *Bins) Add(days, reviews, lapses int, predicted float64, recalled bool) {
	b.find(kindOf(float64(days), float64(reviews), float64(lapses))).add(predicted, recalled, 1)
}

// RMSE is how far predictions are off on average: 0.05 is five points. It is 0
// where nothing was added.
func (b *Bins) RMSE() float64 {
	square, weight := 0.0, 0.0
	for _, one := range b.all {
		off := (one.predicted - one.recalled) / one.count
		square += off * off * one.weight
		weight += one.weight
	}
	if weight == 0 {
		return 0
	}
	return math.Sqrt(square / weight)
}

func (d data) rmse(w Weights) float64 {
	m, b := newModel(w), Bins{}
	for _, c := range d.cards {
		b.card(&m, c)
	}
	return b.RMSE()
}

// card puts a card's reviews where they belong.
func (b *Bins) card(m *model, c card) {
	now := m.first(c.reviews[0].rating)
	reviews, lapses := 1.0, 0.0
	for _, r := range c.reviews[1:] {
		var t trace
		now = m.step(&t, now, r)
		if r.days == 0 {
			continue
		}
		reviews++
		b.find(kindOf(r.days, reviews, lapses)).add(t.recall, t.rating > again, t.weight)
		if r.rating == again {
			lapses++
		}
	}
}

func kindOf(days, reviews, lapses float64) kind {
	return kind{logBin(days, 3.62), logBin(reviews, 1.89), logBin(lapses, 1.73)}
}

func (b *Bins) find(k kind) *bin {
	i, ok := b.of[k]
	if !ok {
		if b.of == nil {
			b.of = map[kind]int{}
		}
		i = len(b.all)
		b.of[k] = i
		b.all = append(b.all, bin{})
	}
	return &b.all[i]
}

func (b *bin) add(predicted float64, recalled bool, weight float64) {
	b.predicted += predicted
	if recalled {
		b.recalled++
	}
	b.count++
	b.weight += weight
}

// logBin is the number of the bin, of widths that grow by the base; that of 0
// lies below all others.
func logBin(x, base float64) float64 {
	if x == 0 {
		return -1
	}
	return math.Floor(math.Log(x) / math.Log(base))
}
