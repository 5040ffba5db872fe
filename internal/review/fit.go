package review

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"kubetutor/internal/progress"
	"kubetutor/internal/review/fit"
)

// The parameters are fitted anew once there is a tenth more to go by than the last
// time, and at least so many reviews more.
const moreReviews = 100

// Fit fits the parameters to the learner's reviews, if there are enough new ones,
// and records what follows: the parameters, and how the cards stand with them. ok
// tells whether better ones were found. It is meant for the background: it takes
// about a second for 100,000 reviews, and writes in pieces, so that ratings come
// between. Nothing is lost if it is cut off.
func (d *Desk) Fit(ctx context.Context) (ok bool, err error) {
	last, _, err := d.Store.Weights(ctx)
	if err != nil {
		return false, err
	}
	log, err := d.log(ctx)
	if err != nil || log.scored < last.Reviews+max(moreReviews, last.Reviews/10) {
		return false, err
	}
	r, err := d.fit(ctx, last.Weights, log)
	if tooFew := (*fit.TooFewError)(nil); errors.As(err, &tooFew) {
		return false, nil
	}
	return err == nil && r.Loss < r.Before, err
}

// FitNow does so however few new reviews there are. The error is a
// *fit.TooFewError where there are too few in all.
func (d *Desk) FitNow(ctx context.Context) (fit.Result, error) {
	last, _, err := d.Store.Weights(ctx)
	if err != nil {
		return fit.Result{}, err
	}
	log, err := d.log(ctx)
	if err != nil {
		return fit.Result{}, err
	}
	return d.fit(ctx, last.Weights, log)
}

// log is what parameters are fitted to.
type log struct {
	past
	histories []fit.History
	scored    int // reviews that came a day or more after another
}

func (d *Desk) log(ctx context.Context) (log, error) {
	sched, err := d.Scheduler(ctx)
	if err != nil {
		return log{}, err
	}
	p, err := d.past(ctx)
	if err != nil {
		return log{}, err
	}
	list, scored := p.histories(sched.days)
	return log{p, list, scored}, nil
}

func (d *Desk) fit(ctx context.Context, before [21]float64, l log) (fit.Result, error) {
	r, err := fit.Fit(ctx, l.histories, fit.Options{Before: before})
	if err != nil {
		return r, err
	}
	// Also where nothing better was found: not to look again after each session.
	_, err = d.Store.Record(ctx, progress.Fitted{Weights: r.Weights, Reviews: l.scored, Loss: r.Loss, Before: r.Before})
	if err != nil || r.Loss >= r.Before {
		return r, err
	}
	return r, d.reschedule(ctx, l.past)
}

// past is every card's ratings since it was new, oldest first. Those that an
// import has put before what was known of a card are among them.
type past map[ID][]progress.Review

func (d *Desk) past(ctx context.Context) (past, error) {
	p := past{}
	err := d.Store.Reviews(ctx, time.Time{}, func(r progress.Review) error {
		id := ID(r.Card)
		if isNew(r.Before) && slices.ContainsFunc(p[id], func(r progress.Review) bool { return !putBefore(r) }) {
			p[id] = nil // it was forgotten on purpose
		}
		p[id] = append(p[id], r)
		return nil
	})
	return p, err
}

// putBefore tells whether a rating was imported after the card had been rated
// later: what stood before it in the log is not what was before it in time.
func putBefore(r progress.Review) bool { return r.Before.Last.After(r.At) }

// isFirst tells whether a rating was the card's first ever, rather than the first
// that is known: cards come from elsewhere with a part of their ratings, or with
// none but the last.
func isFirst(r progress.Review) bool { return r.State.Reps <= 1 }

// histories is the past as package fit takes it, and how many reviews came a day
// or more after another. Cards come in the order of their IDs, so that a fit is
// the same each time. Those whose beginning is not known are left out: the first
// rating stands for a new card's. A history ends where the card lapsed by a
// mistake outside of reviews: of what happens there only the failures are known.
func (p past) histories(days calendar) (list []fit.History, scored int) {
	for _, id := range slices.Sorted(maps.Keys(p)) {
		if !isFirst(p[id][0]) {
			continue
		}
		known := untilMistake(p[id])
		h := make(fit.History, len(known))
		for i, r := range known {
			h[i] = fit.Review{Rating: r.Rating, At: r.At}
			if i > 0 {
				h[i].Days = float64(days.between(p[id][i-1].At, r.At))
				scored += min(int(h[i].Days), 1)
			}
		}
		list = append(list, h)
	}
	return list, scored
}

func untilMistake(list []progress.Review) []progress.Review {
	for i, r := range list {
		if i > 0 && r.Source.Mistake() {
			return list[:i]
		}
	}
	return list
}

// reschedule computes how the cards stand with the parameters that hold now.
func (d *Desk) reschedule(ctx context.Context, p past) error {
	sched, err := d.Scheduler(ctx)
	if err != nil {
		return err
	}
	rows, err := d.Store.Cards(ctx, progress.CardQuery{
		Stages: []progress.Stage{progress.StageLearning, progress.StageReview, progress.StageRelearning},
	})
	if err != nil {
		return err
	}
	now := d.now()
	for some := range slices.Chunk(rows, progress.CardsPerEvent) {
		event := progress.Rescheduled{Weights: sched.weights(), Cards: map[string]progress.CardState{}}
		for _, row := range some {
			if state, ok := sched.again(row, p[ID(row.ID)], now); ok {
				event.Cards[row.ID] = state
			}
		}
		if len(event.Cards) == 0 {
			continue
		}
		if _, err := d.Store.Record(ctx, event); err != nil {
			return err
		}
	}
	return nil
}

// again replays a card's ratings. ok is false where the log does not have all of
// them, because the card came from elsewhere with its state only. A card that is
// due already stays so.
func (s *Scheduler) again(row progress.Card, reviews []progress.Review, now time.Time) (state progress.CardState, ok bool) {
	before := len(reviews) - row.Reps // that an import brought and the state does not have
	if before < 0 || row.Reps <= 0 {
		return state, false
	}
	if reviews = reviews[before:]; !isFirst(reviews[0]) || !reviews[len(reviews)-1].At.Equal(row.Last) {
		return state, false
	}
	for _, r := range reviews {
		next, err := s.Rate(ID(row.ID), state, Rating(r.Rating), r.At)
		if err != nil {
			return state, false
		}
		state = next
	}
	after := row.CardState
	after.Stability, after.Difficulty = state.Stability, state.Difficulty
	if row.Stage == progress.StageReview && state.Stage == progress.StageReview && row.Due.After(now) {
		after.Due = state.Due
	}
	return after, after != row.CardState
}

func (s *Scheduler) weights() []float64 { return slices.Clone(s.steps.W[:]) }
