package insight

import "math"

// Calibration holds what was predicted against what happened, over the reviews of
// Recall. The prediction is FSRS's forgetting curve, with the stability that the
// card had before the review and the whole days since its last rating.
type Calibration struct {
	Reviews   int
	Predicted float64   // mean, 0 to 1
	Recalled  float64   // share
	LogLoss   float64   // mean of -ln of the probability that was given to what happened
	RMSE      float64   // RMSE(bins), see bin
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

// bin is a cell of RMSE(bins), the metric of the FSRS benchmark: reviews that are
// alike by the days since the last one, by how many there were, and by lapses,
// each on a scale of powers. Source: fsrs-rs, FSRSItem::r_matrix_index, and
// https://github.com/open-spaced-repetition/fsrs4anki/wiki/The-Metric.
type bin struct{ days, reviews, lapses int32 }

// binOf is the cell of a review: days since the last one, the reviews up to and
// with this one that came a day or more after another, the first one counted as
// well, and how many of those before were forgotten.
func binOf(days, reviews, lapses int) bin {
	return bin{power(days, 2.48*100, 3.62), power(reviews, 1.99, 1.89), power(lapses, 1.65, 1.73)}
}

func power(n int, scale, base float64) int32 {
	if n <= 0 {
		return 0
	}
	return int32(math.Round(scale * math.Pow(base, math.Floor(math.Log(float64(n))/math.Log(base)))))
}

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
	cells := map[bin]*cell{}
	for _, r := range reviews {
		if !r.tested {
			continue
		}
		all.add(r)
		loss += surprise(r)
		by[min(int(r.predicted*outcomes), outcomes-1)].add(r)
		if cells[r.bin] == nil {
			cells[r.bin] = &cell{}
		}
		cells[r.bin].add(r)
	}
	if all.n == 0 {
		return out
	}
	o := all.outcome()
	out = Calibration{Reviews: all.n, Predicted: o.Predicted, Recalled: o.Recalled, LogLoss: loss / float64(all.n), RMSE: rmse(cells, all.n)}
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

// rmse is the root of the mean square of the difference between the share and the
// prediction, over cells, each as heavy as it has reviews.
func rmse(cells map[bin]*cell, n int) float64 {
	sum := 0.0
	for _, c := range cells {
		o := c.outcome()
		sum += float64(c.n) * (o.Recalled - o.Predicted) * (o.Recalled - o.Predicted)
	}
	return math.Sqrt(sum / float64(n))
}
