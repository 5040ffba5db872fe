package review

import (
	"fmt"
	"hash/fnv"
	"math"
	"time"

	"github.com/open-spaced-repetition/go-fsrs/v4"

	"kubetutor/internal/progress"
)

// Scheduler says what ratings lead to. It may be used by many goroutines.
type Scheduler struct {
	days   calendar
	config Config
	steps  *fsrs.FSRS
	whole  *fsrs.FSRS // without steps: a lab is not done again within minutes
}

// DefaultWeights are the parameters of FSRS-6 that hold before any were fitted.
func DefaultWeights() [21]float64 { return fsrs.DefaultWeights() }

// NewScheduler makes a scheduler. Days are those of zone. Weights outside of
// FSRS's bounds are brought into them.
func NewScheduler(c Config, weights [21]float64, zone *time.Location) (*Scheduler, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("the settings of reviews: %w", err)
	}
	p := fsrs.DefaultParam()
	p.W, p.RequestRetention = weights, c.Retention
	p.MaximumInterval = math.Floor(c.Max.Hours() / 24)
	p.EnableFuzz = true
	if err := p.Validate(); err != nil {
		return nil, fmt.Errorf("the parameters of reviews: %w", err)
	}
	s := &Scheduler{days: calendar{zone, c.Rollover}, config: c}
	p.LearningSteps, p.RelearningSteps = nil, nil
	s.whole = fsrs.NewFSRS(p)
	p.LearningSteps, p.RelearningSteps = minutes(c.Steps), minutes(c.Relearning)
	s.steps = fsrs.NewFSRS(p)
	return s, nil
}

func minutes(steps []time.Duration) []float64 {
	list := make([]float64, len(steps))
	for i, s := range steps {
		list[i] = s.Minutes()
	}
	return list
}

// Recall is how likely a card is known at a time, 0 to 1; 0 for a new card.
func (s *Scheduler) Recall(c progress.CardState, at time.Time) float64 {
	if isNew(c) {
		return 0
	}
	return s.steps.ForgettingCurve(float64(s.days.between(c.Last, at)), c.Stability)
}

// Rate says how a card stands after a rating.
func (s *Scheduler) Rate(id ID, c progress.CardState, r Rating, at time.Time) (progress.CardState, error) {
	if !r.Valid() {
		return c, fmt.Errorf("%d is no rating: they are 1 to 4", r)
	}
	all, err := s.Choices(id, c, at)
	return all[r-1], err
}

// Choices says how a card stands after each of the ratings, again first.
func (s *Scheduler) Choices(id ID, c progress.CardState, at time.Time) (all [4]progress.CardState, err error) {
	at = at.Truncate(time.Millisecond)
	f := s.steps
	if id.Kind() == Lab {
		f = s.whole
	}
	card, moment := s.pose(f, id, c, at)
	log, err := f.Repeat(card, moment)
	if err != nil {
		return all, fmt.Errorf("scheduling the card %s: %w", id, err)
	}
	for i, r := range Ratings() {
		all[i] = s.read(f, log[fsrs.Rating(r)].Card, moment, at)
	}
	if again := all[Hard-1]; inSteps(again) && again.Step > 0 {
		all[Hard-1].Due = at.Add(s.delay(again)).UTC()
	}
	return all, nil
}

// delay is how long the step takes that a card is in. Hard repeats it, as in Anki
// and py-fsrs; go-fsrs takes the mean of the first two, whatever the step.
func (s *Scheduler) delay(c progress.CardState) time.Duration {
	if c.Stage == progress.StageRelearning {
		return s.config.Relearning[c.Step]
	}
	return s.config.Steps[c.Step]
}

// Replay says how a card stands after each of a series of ratings, oldest first.
func (s *Scheduler) Replay(id ID, ratings []Rating, at []time.Time) ([]progress.CardState, error) {
	states := make([]progress.CardState, 0, len(ratings))
	var c progress.CardState
	for i, r := range ratings {
		var err error
		if c, err = s.Rate(id, c, r, at[i]); err != nil {
			return states, err
		}
		states = append(states, c)
	}
	return states, nil
}

// isNew also holds for cards whose memory nobody computed.
func isNew(c progress.CardState) bool { return c.Stage == progress.StageNew || c.Stability <= 0 }

// pose puts a card before go-fsrs, at a moment that is made up: one that comes
// from the card's ID, with the last rating as many whole days before it as the
// learner's calendar says. For go-fsrs counts days by UTC, and seeds the spread of
// intervals by the moment, the number of ratings and the memory state.
func (s *Scheduler) pose(f *fsrs.FSRS, id ID, c progress.CardState, at time.Time) (fsrs.Card, time.Time) {
	moment := momentOf(id)
	card := fsrs.Card{Reps: uint64(max(c.Reps, 0)), Lapses: uint64(max(c.Lapses, 0)), Due: moment}
	if isNew(c) {
		return card, moment
	}
	card.State = stateOf(c.Stage)
	card.LastReview = moment.AddDate(0, 0, -s.days.between(c.Last, at))
	card.Stability = min(max(c.Stability, 0.001), 36500)
	card.Difficulty = min(max(c.Difficulty, 1), 10)
	switch card.State {
	case fsrs.Learning:
		card.RemainingSteps = remaining(f.LearningSteps, c.Step)
	case fsrs.Relearning:
		card.RemainingSteps = remaining(f.RelearningSteps, c.Step)
	}
	return card, moment
}

// momentOf spreads cards over the milliseconds of a day.
func momentOf(id ID) time.Time {
	h := fnv.New32a()
	h.Write([]byte(id))
	return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(h.Sum32()%86400000) * time.Millisecond)
}

// remaining is how many steps are left, the one that the card waits in included.
// A card whose step the settings no longer have is in the last one.
func remaining(steps []float64, step int) int {
	return min(max(len(steps)-step, 1), len(steps))
}

// read is what go-fsrs made of a card. A card in steps is due after the step's
// minutes; another at the beginning of its day.
func (s *Scheduler) read(f *fsrs.FSRS, c fsrs.Card, moment, at time.Time) progress.CardState {
	state := progress.CardState{
		Stage: stageOf(c.State), Stability: c.Stability, Difficulty: c.Difficulty,
		Due: at.Add(c.Due.Sub(moment)).UTC(), Last: at.UTC(), Reps: int(c.Reps), Lapses: int(c.Lapses),
	}
	switch c.State {
	case fsrs.Learning:
		state.Step = len(f.LearningSteps) - c.RemainingSteps
	case fsrs.Relearning:
		state.Step = len(f.RelearningSteps) - c.RemainingSteps
	case fsrs.Review:
		ahead := min(int(c.ScheduledDays), int(f.MaximumInterval))
		state.Due = s.days.begin(s.days.number(at) + ahead).UTC()
	}
	return state
}

func stateOf(s progress.Stage) fsrs.State {
	switch s {
	case progress.StageLearning:
		return fsrs.Learning
	case progress.StageRelearning:
		return fsrs.Relearning
	case progress.StageReview:
		return fsrs.Review
	}
	return fsrs.New
}

func stageOf(s fsrs.State) progress.Stage {
	switch s {
	case fsrs.Learning:
		return progress.StageLearning
	case fsrs.Relearning:
		return progress.StageRelearning
	case fsrs.Review:
		return progress.StageReview
	}
	return progress.StageNew
}

// interval is how long from now a card comes again: for one in review, the days
// of the calendar.
func (s *Scheduler) interval(c progress.CardState, now time.Time) time.Duration {
	if inSteps(c) {
		return c.Due.Sub(c.Last)
	}
	return time.Duration(s.days.between(now, c.Due)) * day
}
