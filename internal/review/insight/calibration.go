package insight

import (
	"math"

	"kubetutor/internal/review/fit"
)

// Calibration holds what was predicted against what happened, over the reviews of
// Recall. The prediction is FSRS's forgetting curve, with the stability that the
// card had before the review and the whole days since its last rating.
type Calibration struct {
	Reviews   int
	Predicted float64   // mean, 0 to 1
	Recalled  float64   // share
	LogLoss   float64   // mean of -ln of the probability that was given to what happened
	RMSE      float64   // RMSE(bins), the metric of the FSRS benchmark; see fit.Bins
	Bins      []Outcome // by prediction, lowest first; without those that are empty
}

// Outcome is what happened where about the same was predicted.
type Outcome struct {
	Reviews             int
	Predicted, Recalled float64 // mean, and share
}

// outcomes is how many bins of the same width Calibration has over predictions
// from 0 to 1.
const outcomes = 20

// surest keeps the loss of a prediction that was sure, and wrong, finite. It is
// that of scikit-learn's log_loss, with which the FSRS benchmark is computed.
const surest = 1e-15

// cell sums up reviews.
type cell struct {
	n         int
	predicted float64
	recalled  int
}

func (c *cell) add(r rating) {
	c.n++
	c.predicted += r.predicted
	if r.recalled {
		c.recalled++
	}
}

func (c cell) outcome() Outcome {
	return Outcome{c.n, c.predicted / float64(c.n), float64(c.recalled) / float64(c.n)}
}

// calibrate holds predictions against outcomes.
func calibrate(reviews []rating) (out Calibration) {
	var all cell
	var loss float64
	var by [outcomes]cell
	var bins fit.Bins
	for _, r := range reviews {
		if !r.tested {
			continue
		}
		all.add(r)
		loss += surprise(r)
		by[min(int(r.predicted*outcomes), outcomes-1)].add(r)
		bins.Add(r.days, r.reviews, r.lapses, r.predicted, r.recalled)
	}
	if all.n == 0 {
		return out
	}
	o := all.outcome()
	out = Calibration{Reviews: all.n, Predicted: o.Predicted, Recalled: o.Recalled, LogLoss: loss / float64(all.n), RMSE: bins.RMSE()}
	for _, c := range by {
		if c.n > 0 {
			out.Bins = append(out.Bins, c.outcome())
		}
	}
	return out
}

// surprise is -ln of the probability that was given to what happened.
func surprise(r rating) float64 {
	p := r.predicted
	if !r.recalled {
		p = 1 - p
	}
	return -math.Log(min(max(p, surest), 1-surest))
}
