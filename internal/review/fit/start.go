package fit

import (
	"math"
	"slices"
)

// firstStabilities estimates the first four weights from how groups of cards
// did when they were next seen, and tells how many cards speak for each. It is
// parameter_initialization.rs of fsrs-rs 6.6.1. Without any group they are the
// defaults.
func firstStabilities(groups []group, average float64) (found, count [4]float64) {
	usual := Default()
	for i := range found {
		of := ofRating(groups, i+1)
		count[i] = seen(of)
		if len(of) > 0 {
			found[i] = search(of, average, usual[i])
		}
	}
	order(&found, count)
	return complete(found), count
}

// search finds the stability that explains groups of one first rating best, by
// a ternary search: the loss has one minimum. Each group's recall is smoothed
// by one more card of average recall.
func search(groups []group, average, usual float64) float64 {
	smooth := slices.Clone(groups)
	for i, g := range smooth {
		smooth[i].recalled = (g.recalled + average) / (g.seen + 1) * g.seen
	}
	low, high := float64(minStability), float64(maxInitial)
	for high-low > 1e-7 {
		a, b := low+(high-low)/3, high-(high-low)/3
		if firstLoss(smooth, a, usual) < firstLoss(smooth, b, usual) {
			high = b
		} else {
			low = a
		}
	}
	return (low + high) / 2
}

// firstLoss is the log loss of groups, and a small price of straying from the
// usual stability.
func firstLoss(groups []group, stability, usual float64) float64 {
	m := newModel(Default())
	sum := math.Abs(stability-usual) / 16
	for _, g := range groups {
		p := m.recall(g.days, stability)
		sum -= g.recalled*math.Log(p) + (g.seen-g.recalled)*math.Log(1-p)
	}
	return sum
}

// order sees to it that a better first rating never means a lower stability:
// of two that disagree, the one that more cards speak for decides both.
// A stability of 0 is one that no card speaks for.
func order(s *[4]float64, count [4]float64) {
	for _, pair := range [...][2]int{{0, 1}, {1, 2}, {2, 3}, {0, 2}, {1, 3}, {0, 3}} {
		low, high := pair[0], pair[1]
		switch {
		case s[low] == 0 || s[high] == 0 || s[low] <= s[high]:
		case count[low] > count[high]:
			s[high] = s[low]
		default:
			s[low] = s[high]
		}
	}
}

// complete gives the first ratings that nobody used, whose stability is 0, one
// that fits those of the others.
func complete(s [4]float64) [4]float64 {
	if known(s) < 2 {
		s = scaled(s)
	}
	for known(s) < 4 {
		for _, b := range blends() {
			if s[b.of] == 0 && s[b.a] != 0 && s[b.b] != 0 {
				s[b.of] = math.Pow(s[b.a], b.share) * math.Pow(s[b.b], 1-b.share)
			}
		}
	}
	for i := range s {
		s[i] = clamp(s[i], minStability, maxInitial)
	}
	return s
}

func known(s [4]float64) int {
	n := 0
	for _, v := range s {
		if v != 0 {
			n++
		}
	}
	return n
}

// scaled is the defaults, moved as far as the one that is known was from its own.
func scaled(s [4]float64) [4]float64 {
	usual, factor := Default(), 1.0
	for i, v := range s {
		if v != 0 {
			factor = v / usual[i]
		}
	}
	for i := range s {
		if s[i] == 0 {
			s[i] = usual[i] * factor
		}
	}
	return s
}

// blend makes the logarithm of one stability from those of two others.
type blend struct {
	of, a, b int
	share    float64 // of a; the rest is b's
}

// blends are how smooth_and_fill of fsrs-rs 6.6.1 makes them, in the order it
// prefers. All follow from two: Hard lies between Again and Good, and Good
// between Hard and Easy.
func blends() [7]blend {
	const hardly, goodly = 0.41, 0.54 // of Again's in Hard, of Easy's in Good
	return [...]blend{
		{0, 1, 2, 1 / hardly},
		{1, 0, 2, hardly},
		{2, 1, 3, 1 - goodly},
		{3, 1, 2, 1 - 1/goodly},
		{1, 2, 3, 1 / (1 - goodly)},
		{2, 0, 1, 1 - 1/(1-hardly)},
		{1, 0, 3, hardly / (hardly + goodly - hardly*goodly)},
	}
}
