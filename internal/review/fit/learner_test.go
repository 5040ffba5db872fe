package fit

import (
	"math"
	"math/rand/v2"
	"time"
)

// learner is one who remembers as FSRS-6 with some weights says: by chance,
// with the likelihood of the model. Nobody but the learner knows the weights.
type learner struct {
	m      model
	random *rand.Rand
}

func newLearner(w Weights, seed uint64) *learner { return &learner{newModel(w), testRandom(seed)} }

// pupil is a card as the learner has it.
type pupil struct {
	memory  state
	history History
}

func testDay(day float64) time.Time {
	return time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(day*24) * time.Hour)
}

// meet shows a card for the first time, and then again on the same day until
// it is recalled.
func (l *learner) meet(day float64) *pupil {
	c := &pupil{}
	rating := 1 + l.pick(0.24, 0.094, 0.495)
	c.history = History{{Rating: rating, At: testDay(day)}}
	c.memory = l.m.first(rating)
	if rating < easy {
		l.repeat(c, day)
	}
	return c
}

// repeat shows a card again on the same day.
func (l *learner) repeat(c *pupil, day float64) {
	for range 2 {
		rating := good
		if l.random.IntN(4) == 0 {
			rating = again
		}
		l.rate(c, rating, 0, day)
	}
}

// see shows a card some days after it was last seen.
func (l *learner) see(c *pupil, days, day float64) {
	if l.random.Float64() < l.m.recall(days, c.memory.stability) {
		l.rate(c, hard+l.pick(0.224, 0.631), days, day)
		return
	}
	l.rate(c, again, days, day)
	l.rate(c, good, 0, day)
}

func (l *learner) rate(c *pupil, rating int, days, day float64) {
	c.memory = l.m.next(c.memory, review{rating: rating, days: days})
	c.history = append(c.history, Review{Rating: rating, Days: days, At: testDay(day)})
}

// pick draws an index with the likelihoods given; the rest is the last's.
func (l *learner) pick(likelihoods ...float64) int {
	u := l.random.Float64()
	for i, p := range likelihoods {
		if u < p {
			return i
		}
		u -= p
	}
	return len(likelihoods)
}

// study is what a learner leaves behind of cards begun over a number of days,
// scheduled for nine in ten by the defaults, with some chance in the waits.
func (l *learner) study(cards int, days float64) []History {
	scheduler := newModel(Default())
	histories := make([]History, cards)
	for i := range histories {
		day := math.Floor(float64(i) / float64(cards) * days)
		c := l.meet(day)
		for {
			known := scheduler.first(c.history[0].Rating)
			for _, r := range c.history[1:] {
				known = scheduler.next(known, review{rating: r.Rating, days: r.Days})
			}
			wait := max(1, math.Round(scheduler.interval(known.stability, 0.9)*(0.8+0.4*l.random.Float64())))
			if day += wait; day > days {
				break
			}
			l.see(c, wait, day)
		}
		histories[i] = c.history
	}
	return histories
}
