package fit

import (
	"math"

	"github.com/open-spaced-repetition/go-fsrs/v4"
)

// Weights are the 21 parameters of FSRS-6, in the order of the FSRS projects.
type Weights [21]float64

// Default returns the weights that FSRS-6 begins with. They are go-fsrs's, as
// those of all FSRS projects.
func Default() Weights { return Weights(fsrs.DefaultWeights()) }

// minInitial and maxInitial are the bounds, in days, of the stabilities after
// a first rating. fsrs-rs goes down to 0.001, but go-fsrs v4.0.0, which
// schedules with the weights, takes less than 0.1 for 0.1.
const (
	minInitial = 0.1
	maxInitial = 100
)

// bounds returns what each weight may be, as parameter_clipper.rs of fsrs-rs
// 6.6.1 has it for one relearning step.
func bounds() [21][2]float64 {
	initial := [2]float64{minInitial, maxInitial}
	return [21][2]float64{
		initial, initial, initial, initial,
		{minDifficulty, maxDifficulty},
		{0.001, 4}, {0.001, 4}, {0.001, 0.75},
		{0, 4.5}, {0, 0.8}, {0.001, 3.5},
		{0.001, 5}, {0.001, 0.25}, {0.001, 0.9}, {0, 4},
		{0, 1}, {1, 6},
		{0, 2}, {0, 2}, {0.01, 0.8},
		{0.1, 0.8},
	}
}

// clip moves each weight into its bounds.
func (w *Weights) clip() {
	for i, bound := range bounds() {
		w[i] = clamp(w[i], bound[0], bound[1])
	}
}

// valid tells whether the weights are numbers within their bounds.
func (w *Weights) valid() bool {
	for i, bound := range bounds() {
		if !(w[i] >= bound[0] && w[i] <= bound[1]) {
			return false
		}
	}
	return true
}

func clamp(x, low, high float64) float64 { return math.Min(math.Max(x, low), high) }

func within(x, low, high float64) bool { return x >= low && x <= high }
