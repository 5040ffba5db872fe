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

// mistakes lists the ratings that mistakes outside of reviews have led to and
// that are not recorded yet. A card has at most one a day.
func mistakes(ctx context.Context, store progress.Reader, s *Scheduler) ([]progress.Reviewed, error) {
	cards, err := store.Cards(ctx, progress.CardQuery{Missed: true})
	if err != nil || len(cards) == 0 {
		return nil, err
	}
	var list []progress.Reviewed
	for _, c := range cards {
		if !lapses(c) {
			continue
		}
		twice, err := missedSince(ctx, store, c, s.days.begin(s.days.number(c.Missed)))
		if err != nil {
			return nil, err
		}
		if twice {
			continue
		}
		r, err := missed(c, s)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

// missedStates is how cards stand after the mistakes that are not recorded yet.
func missedStates(ctx context.Context, store progress.Reader, s *Scheduler) (map[string]progress.CardState, error) {
	list, err := mistakes(ctx, store, s)
	states := make(map[string]progress.CardState, len(list))
	for _, r := range list {
		states[r.Card] = r.State
	}
	return states, err
}

// lapses tells whether a mistake makes or lapses the card: it is new or was known.
// One that is being learnt comes back soon anyway, and one that is suspended not
// at all.
func lapses(c progress.Card) bool {
	return !c.Suspended && (c.Stage == progress.StageNew || c.Stage == progress.StageReview)
}

// missedSince tells whether the card was rated for a mistake since a time.
func missedSince(ctx context.Context, store progress.Reader, c progress.Card, since time.Time) (found bool, err error) {
	if c.Last.Before(since) {
		return false, nil
	}
	err = store.Reviews(ctx, since, func(r progress.Review) error {
		found = found || r.Card == c.ID && r.Source.Mistake()
		return nil
	})
	return found, err
}

// missed rates a card for its mistake. Where the clock was set back since the
// last rating, the mistake was made right after that.
func missed(c progress.Card, s *Scheduler) (progress.Reviewed, error) {
	at := c.Missed
	if at.Before(c.Last) {
		at = c.Last
	}
	r := progress.Reviewed{Card: c.ID, Rating: int(Again), Source: progress.SourceQuiz, At: at}
	if ID(c.ID).Kind() == Lab {
		r.Source = progress.SourceLab
	}
	var err error
	r.State, err = s.Rate(ID(c.ID), c.CardState, Again, at)
	return r, err
}
