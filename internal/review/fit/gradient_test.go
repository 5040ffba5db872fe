package fit

import (
	"math"
	"math/rand/v2"
	"testing"
)

func testRandom(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 7)) }

// randomWeights are anywhere within the bounds, but for the first few values
// at an end of a bound.
func randomWeights(random *rand.Rand) Weights {
	var w Weights
	for i, b := range bounds() {
		w[i] = b[0] + (0.02+0.96*random.Float64())*(b[1]-b[0])
	}
	return w
}

// randomHistory has same-day reviews, long waits and all ratings.
func randomHistory(random *rand.Rand, n int) History {
	h := make(History, n)
	for i := range h {
		h[i].Rating = 1 + random.IntN(4)
		if random.IntN(3) > 0 {
			h[i].Days = math.Floor(math.Exp(6 * random.Float64()))
		}
	}
	return h
}

// shape is which of its branches each step of a card took. Where it changes,
// the loss has a corner and no derivative.
func shape(w Weights, c card) []bool {
	m := newModel(w)
	var flags []bool
	for i := range m.w[:4] {
		d := m.firstDifficulty(i + 1)
		flags = append(flags, within(d, minDifficulty, maxDifficulty))
	}
	now := m.first(c.reviews[0].rating)
	for _, r := range c.reviews[1:] {
		var tr trace
		now = m.step(&tr, now, r)
		flags = append(flags, tr.bounded, tr.stopS, tr.stopD, within(tr.recall, surest, 1-surest))
	}
	return flags
}

// TestGradient holds the derivatives, written out, to central differences of
// the loss, over random weights and histories.
func TestGradient(t *testing.T) {
	t.Parallel()
	random := testRandom(2)
	var compared, moved [21]int
	for range 1500 {
		w := randomWeights(random)
		reviews, err := readReviews(randomHistory(random, 2+random.IntN(12)))
		if err != nil {
			t.Fatal(err)
		}
		for i := range reviews {
			reviews[i].weight *= 0.25 + random.Float64()
		}
		c := card{reviews: reviews}
		loss, grad := lossAndGradient(w, []card{c})
		m := newModel(w)
		near(t, "loss", loss, m.loss(c), 1e-12)
		for i := range w {
			numeric, ok := difference(w, i, c)
			if !ok {
				continue
			}
			compared[i]++
			if grad[i] != 0 {
				moved[i]++
			}
			if math.Abs(numeric-grad[i]) > 1e-5*max(1, math.Abs(numeric)) {
				t.Fatalf("derivative by weight %d is %.9g, the difference %.9g\nweights %v\nreviews %v", i, grad[i], numeric, w, reviews)
			}
		}
	}
	for i := range compared {
		if compared[i] < 500 || moved[i] < 100 {
			t.Errorf("weight %d was compared %d times, %d of them other than 0", i, compared[i], moved[i])
		}
	}
}

// difference is the central difference of the loss by one weight; ok is false
// at a corner.
func difference(w Weights, i int, c card) (d float64, ok bool) {
	h := 1e-6 * max(0.1, math.Abs(w[i]))
	low, high := w, w
	low[i] -= h
	high[i] += h
	a, b := shape(low, c), shape(high, c)
	for j := range a {
		if a[j] != b[j] {
			return 0, false
		}
	}
	ml, mh := newModel(low), newModel(high)
	return (mh.loss(c) - ml.loss(c)) / (2 * h), true
}
