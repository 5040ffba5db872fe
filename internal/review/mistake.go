package review

import (
	"context"
	"time"

	"kubetutor/internal/progress"
)

// A mistake outside of reviews is noted at its card by package progress, in the
// transaction that records what the learner did (see its mistake.go, which says
// what a mistake is). Here is what follows: the card is rated Again as of then.
// That is recorded when a session begins, rather than by those who see the
// mistake, so that there is one place for it, and nothing is lost between two
// writes. Until then what follows is computed only, for those who ask what is
// due. Should two programs record it, the first one counts.

// relearn computes the state of a card that is rated Again at a time.
type relearn func(id ID, s progress.CardState, at time.Time) progress.CardState

// mistakes lists the ratings that mistakes outside of reviews have led to and
// that are not recorded yet, oldest first. With dayOf a time's day begins.
func mistakes(ctx context.Context, store progress.Store, dayOf func(time.Time) time.Time, again relearn) ([]progress.Reviewed, error) {
	cards, err := store.Cards(ctx, progress.CardQuery{Missed: true})
	if err != nil || len(cards) == 0 {
		return nil, err
	}
	var list []progress.Reviewed
	for _, c := range cards {
		if !lapses(c) {
			continue
		}
		twice, err := lapsedSince(ctx, store, c, dayOf(c.Missed))
		if err != nil {
			return nil, err
		}
		if !twice {
			list = append(list, missed(c, again))
		}
	}
	return list, nil
}

// lapses tells whether a mistake makes or lapses the card: it is new or was known.
// One that is being learnt comes back soon anyway, and one that is suspended not
// at all.
func lapses(c progress.Card) bool {
	return !c.Suspended && (c.Stage == progress.StageNew || c.Stage == progress.StageReview)
}

// lapsedSince tells whether the card was rated for a mistake since a time.
func lapsedSince(ctx context.Context, store progress.Store, c progress.Card, since time.Time) (found bool, err error) {
	if c.Last.Before(since) {
		return false, nil
	}
	err = store.Reviews(ctx, since, func(r progress.Review) error {
		found = found || r.Card == c.ID && (r.Source == progress.SourceQuiz || r.Source == progress.SourceLab)
		return nil
	})
	return found, err
}

// missed rates a card for its mistake. Where the clock was set back since the
// last rating, that is the time of the mistake.
func missed(c progress.Card, again relearn) progress.Reviewed {
	at := c.Missed
	if at.Before(c.Last) {
		at = c.Last
	}
	source := progress.SourceQuiz
	if ID(c.ID).Kind() == Lab {
		source = progress.SourceLab
	}
	return progress.Reviewed{
		Card: c.ID, Rating: int(Again), Source: source, At: at, State: again(ID(c.ID), c.CardState, at),
	}
}
