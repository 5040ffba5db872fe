package fit

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// Review is a rating of a card.
type Review struct {
	// Rating is 1 Again, 2 Hard, 3 Good or 4 Easy.
	Rating int
	// Days are those since the card's review before. FSRS-6 knows whole days,
	// counted as the scheduler counts them: 0 for a review on the same day.
	// Parts of a day are dropped. The first review's are not looked at.
	Days float64
	// At is when the review was. Recent reviews weigh more in a fit than old
	// ones; when no review says when it was, all weigh alike.
	At time.Time
}

// History is all reviews of a card, oldest first.
type History []Review

// longest is how many reviews of a card are looked at, from its first:
// max_seq_len of fsrs-rs 6.6.1, which leaves out all later ones. A card that
// takes more is one that is not being learned, and says little of the others.
const longest = 256

// review is a Review as a model takes it.
type review struct {
	days   float64
	weight float64 // of its prediction in the loss, 0 for none
	rating int
}

// card is a history made ready, with at least one prediction to score.
type card struct {
	reviews []review
	scored  int // reviews with a prediction
}

// data is histories made ready.
type data struct {
	cards  []card
	scored int     // reviews with a prediction
	weight float64 // of their predictions together
}

// read makes histories ready, or says which review is none.
func read(histories []History) (data, error) {
	var d data
	var times []timed
	for i, h := range histories {
		h = h[:min(len(h), longest)]
		reviews, err := readReviews(h)
		if err != nil {
			return data{}, fmt.Errorf("history %d: %w", i+1, err)
		}
		before := len(times)
		for j := range reviews {
			if reviews[j].weight > 0 {
				times = append(times, timed{h[j].At.Unix(), &reviews[j]})
			}
		}
		if scored := len(times) - before; scored > 0 {
			d.cards = append(d.cards, card{reviews, scored})
		}
	}
	preferRecent(times)
	for _, t := range times {
		d.weight += t.weight
	}
	d.scored = len(times)
	return d, nil
}

func readReviews(h History) ([]review, error) {
	reviews := make([]review, len(h))
	for i, r := range h {
		if r.Rating < again || r.Rating > easy {
			return nil, fmt.Errorf("review %d: the rating %d is none of 1 to 4", i+1, r.Rating)
		}
		reviews[i].rating = r.Rating
		if i == 0 {
			continue
		}
		if !(r.Days >= 0) {
			return nil, fmt.Errorf("review %d: it was %v days after the one before", i+1, r.Days)
		}
		reviews[i].days = math.Floor(min(r.Days, maxStability))
		reviews[i].weight = min(reviews[i].days, 1)
	}
	return reviews, nil
}

// timed is a review that is scored, and when it was.
type timed struct {
	at int64 // in seconds
	*review
}

// preferRecent gives the oldest of the reviews a quarter of the newest's
// weight, and those between more by the cube of their place, as
// recency_weighted_fsrs_items of fsrs-rs 6.6.1 does: how a learner remembers
// changes with time.
func preferRecent(times []timed) {
	never := time.Time{}.Unix()
	if !slices.ContainsFunc(times, func(t timed) bool { return t.at != never }) {
		return
	}
	slices.SortFunc(times, func(a, b timed) int { return cmp.Compare(a.at, b.at) })
	last := float64(max(len(times)-1, 1))
	for i, t := range times {
		t.weight = 0.25 + 0.75*math.Pow(float64(i)/last, 3)
	}
}

// recalled is the share of the scored reviews that were recalled.
func (d data) recalled() float64 {
	right := 0
	for _, c := range d.cards {
		for _, r := range c.reviews {
			if r.weight > 0 && r.rating > again {
				right++
			}
		}
	}
	return float64(right) / float64(d.scored)
}

// only is the cards that keep says.
func (d data) only(keep func(card) bool) data {
	var some data
	for _, c := range d.cards {
		if keep(c) {
			some.cards = append(some.cards, c)
			some.scored += c.scored
		}
	}
	return some
}
