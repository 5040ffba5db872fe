package review

import (
	"context"
	"math"
	"time"

	"kubetutor/internal/progress"
)

// beyond adds what waits beyond today's limit, and when the next card is due if
// none is now.
func (c *collector) beyond(ctx context.Context, s *Summary) error {
	if c.desk.Config.Limit-c.today.reviews <= s.Due {
		q := progress.CardQuery{Stages: []progress.Stage{progress.StageReview}, Due: c.today.end.Add(-time.Millisecond)}
		n, err := c.desk.Store.CountCards(ctx, c.asked(q, Question, Cloze))
		if err != nil {
			return err
		}
		s.Waiting = max(n-s.Due, 0)
	}
	if s.All() > 0 {
		return nil
	}
	if len(c.pool.learning) > 0 {
		s.Next = c.pool.learning[0].row.Due
		return nil
	}
	next, err := c.next(ctx)
	s.Next = c.nextMissed(next)
	return err
}

// nextMissed is when the first card is due, given when the first is that no
// mistake was made in which is not recorded yet.
func (c *collector) nextMissed(next time.Time) time.Time {
	for id, state := range c.made {
		due := later(state.Due, c.today.end)
		if _, ok := c.in.card(ID(id)); ok && (next.IsZero() || due.Before(next)) {
			next = due
		}
	}
	return next
}

// next is when the first card is due that the course has; cards that wait today
// come again tomorrow.
func (c *collector) next(ctx context.Context) (time.Time, error) {
	q := progress.CardQuery{
		Stages: []progress.Stage{progress.StageLearning, progress.StageReview, progress.StageRelearning},
		Order:  progress.ByDue, Limit: 100,
	}
	// Mostly the first cards are of the course. Where they are of a pack that is not
	// there any more, only those of its own lessons are looked for.
	first := c.in.query(q, Kinds()...)
	own := first
	own.Lessons = idsOf(c.in.lessons)
	all := own
	all.Limit = 0
	for _, query := range []progress.CardQuery{first, own, all} {
		rows, err := c.desk.Store.Cards(ctx, query)
		if err != nil {
			return time.Time{}, err
		}
		for _, row := range rows {
			if _, ok := c.in.card(ID(row.ID)); ok && !row.Suspended {
				return later(later(row.Due, row.Buried), c.today.end), nil
			}
		}
		if len(rows) < query.Limit {
			break
		}
	}
	return time.Time{}, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// The pace of a learner of whom nothing is known.
const (
	usualLab = 10 * time.Minute
	longest  = 2 * time.Minute // more than this is a pause
	lately   = 7               // days
)

// minutes is what the cards will take: each as long as those of the last days did
// on average, a new one twice as long, because it is asked at least twice.
func (c *collector) minutes(ctx context.Context, n Counts) (int, error) {
	var rated int
	var spent time.Duration
	err := c.desk.Store.Reviews(ctx, c.now.Add(-lately*day), func(r progress.Review) error {
		if r.Source == progress.SourceSession && r.Took > 0 && ID(r.Card).Kind() != Lab {
			rated++
			spent += min(r.Took, longest)
		}
		return nil
	})
	pace := usualTime
	if rated > 0 {
		pace = spent / time.Duration(rated)
	}
	all := pace*time.Duration(n.Due+n.Learning+2*n.New) + usualLab*time.Duration(n.HandsOn)
	return int(math.Ceil(all.Minutes())), err
}
