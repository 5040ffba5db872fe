package fit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
)

// Deck is what a simulation goes through.
type Deck struct {
	Cards int // new cards in it, up to a million
	New   int // of them begun on a day
	Days  int // simulated, up to ten years; 0 for 365
	// Seconds are what an answer takes the learner, by rating; all zero for
	// the means of Anki's users.
	Seconds [4]float64
}

// Workload is what a desired retention costs, and what it brings.
type Workload struct {
	Retention float64 // desired, 0 to 1
	Reviews   float64 // answers a day on average, those on a card's first day and repetitions among them
	Minutes   float64 // a day on average
	Memorised float64 // cards that would be recalled on the last day
}

// mostSampled is how many cards are simulated at most; of a larger deck every
// so many-th is, and stands for those between. It keeps seven retentions under
// 100 ms, and the error of chance under one in a hundred.
const mostSampled = 1000

// Simulate tells the workload of each desired retention for a learner who
// remembers as the weights say, from the first day of a deck. All retentions
// meet the same luck, and so they can be compared; it is the same each time.
//
// It is simulate of fsrs-rs 6.6.1, simulation.rs, with its probabilities of
// ratings and its costs, for cards that do not wait for each other: there is no
// limit of reviews, which would only hide what is put off.
func Simulate(ctx context.Context, w Weights, deck Deck, retentions ...float64) ([]Workload, error) {
	if err := deck.check(w); err != nil {
		return nil, fmt.Errorf("simulating a workload: %w", err)
	}
	loads := make([]Workload, len(retentions))
	for i, retention := range retentions {
		if !(retention > 0 && retention < 1) {
			return nil, fmt.Errorf("simulating a workload: the desired retention %v is not between 0 and 1", retention)
		}
		var err error
		if loads[i], err = deck.workload(ctx, w, retention); err != nil {
			return nil, fmt.Errorf("simulating a workload: %w", err)
		}
	}
	return loads, nil
}

func (d *Deck) check(w Weights) error {
	if d.Days == 0 {
		d.Days = 365
	}
	d.New = min(d.New, d.Cards)
	if d.New < 1 || d.Cards > mostCards || d.Days < 1 || d.Days > mostDays {
		return fmt.Errorf("%d cards, %d a day for %d days is none of 1 to %d cards, 1 or more a day, for 1 to %d days", d.Cards, d.New, d.Days, mostCards, mostDays)
	}
	if !w.valid() {
		return errors.New("a weight is out of its bounds")
	}
	return nil
}

const mostCards, mostDays = 1_000_000, 3650

// workload simulates cards of the deck, each from the day it is begun.
func (d Deck) workload(ctx context.Context, w Weights, retention float64) (Workload, error) {
	begun := min(d.Cards, d.New*d.Days)
	sampled := min(begun, mostSampled)
	s := simulation{model: newModel(w), retention: retention, days: d.Days, seconds: d.costs()}
	for i := range sampled {
		if err := ctx.Err(); err != nil {
			return Workload{}, err
		}
		card := i * begun / sampled
		s.random = rand.New(rand.NewPCG(seed, uint64(card)))
		s.card(card / d.New)
	}
	each := float64(begun) / float64(sampled)
	return Workload{
		Retention: retention,
		Reviews:   s.answers * each / float64(d.Days),
		Minutes:   s.spent * each / float64(d.Days) / 60,
		Memorised: s.memorised * each,
	}, nil
}

// stage is what an answer's costs depend on beside its rating.
type stage int

const (
	learning stage = iota
	reviewing
	relearning
)

// costs are the seconds of an answer by stage and rating.
func (d Deck) costs() [3][4]float64 {
	if d.Seconds != ([4]float64{}) {
		return [3][4]float64{d.Seconds, d.Seconds, d.Seconds}
	}
	return usualCosts()
}

// usualCosts, firstRatings, laterRatings and repeats are the defaults of
// SimulatorConfig in simulation.rs of fsrs-rs 6.6.1: the means of Anki's users.
func usualCosts() [3][4]float64 {
	return [3][4]float64{
		{19.58, 18.79, 13.78, 10.71},
		{19.38, 17.59, 12.38, 8.94},
		{16.44, 15.25, 12.32, 8.03},
	}
}

// firstRatings are how likely each rating is of a new card.
func firstRatings() [4]float64 { return [4]float64{0.24, 0.094, 0.495, 0.171} }

// laterRatings are how likely each rating is of a card that was recalled.
func laterRatings() [4]float64 { return [4]float64{0, 0.224, 0.631, 0.145} }

// repeats are how likely each rating is of a card that is seen again on the
// same day, by the rating before: Again, Hard or Good.
func repeats(s stage) [3][4]float64 {
	if s == learning {
		return [3][4]float64{
			{0.3686, 0.0628, 0.5108, 0.0577},
			{0.0442, 0.4553, 0.4457, 0.0549},
			{0.0519, 0.047, 0.8462, 0.055},
		}
	}
	return [3][4]float64{
		{0.2157, 0.0643, 0.6595, 0.0604},
		{0.05, 0.4638, 0.4475, 0.0387},
		{0.1057, 0.1434, 0.7266, 0.0244},
	}
}

// simulation adds up what cards cost.
type simulation struct {
	model
	retention float64
	days      int
	seconds   [3][4]float64
	random    *rand.Rand // of the card

	answers, spent, memorised float64
}

// card simulates a card from the day it is begun.
func (s *simulation) card(day int) {
	rating := s.pick(firstRatings())
	s.answer(learning, rating)
	steps := 2
	if rating > hard {
		steps = 1
	}
	memory := s.steps(s.first(rating), learning, rating, steps)
	for {
		wait := clamp(math.Round(s.interval(memory.stability, s.retention)), 1, maxStability)
		if day+int(wait) >= s.days {
			s.memorised += s.recall(float64(s.days-day), memory.stability)
			return
		}
		day += int(wait)
		memory = s.review(memory, wait)
	}
}

// review is the day on which a card is due.
func (s *simulation) review(memory state, wait float64) state {
	lapsed := s.random.Float64() >= s.recall(wait, memory.stability)
	rating := s.pick(laterRatings())
	if lapsed {
		rating = again
	}
	s.answer(reviewing, rating)
	memory = s.next(memory, review{rating: rating, days: wait})
	if lapsed {
		memory = s.steps(memory, relearning, again, 1)
	}
	return memory
}

// steps shows a card again on the same day, until it was Good as often as there
// are steps, or Easy once; no learner goes on for ever.
func (s *simulation) steps(memory state, at stage, rating, steps int) state {
	const patience = 5
	odds := repeats(at)
	for range patience {
		if steps == 0 || rating == easy {
			break
		}
		before := rating
		rating = s.pick(odds[before-1])
		s.answer(at, rating)
		memory = s.next(memory, review{rating: rating})
		if rating > hard {
			steps--
		}
	}
	return memory
}

func (s *simulation) answer(at stage, rating int) {
	s.answers++
	s.spent += s.seconds[at][rating-1]
}

// pick draws a rating.
func (s *simulation) pick(odds [4]float64) int {
	u := s.random.Float64()
	for i, p := range odds {
		if u -= p; u < 0 {
			return i + 1
		}
	}
	return easy
}
