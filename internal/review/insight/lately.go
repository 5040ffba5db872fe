package insight

import (
	"context"
	"fmt"

	"kubetutor/internal/progress"
	"kubetutor/internal/review"
	"kubetutor/internal/stats"
)

// Lately says how the last seven days went.
type Lately struct {
	Days   [7]int // reviews, today last
	Total  int
	Recall Recall // see there
	Streak stats.Run
}

// look is how many days are read at first for a streak; as long as it goes on
// beyond them, four times as many are read.
const look = 40

// Recently reads no more of the log than it needs.
func Recently(ctx context.Context, r progress.CardReader, c Clock) (l Lately, err error) {
	for most := look; ; most *= 4 {
		l, err = recently(ctx, r, c, min(most, longest))
		if err != nil {
			return l, fmt.Errorf("reading the last reviews: %w", err)
		}
		if most >= longest || l.Streak.Days+l.Streak.Forgiven < most-forgivable {
			return l, nil
		}
	}
}

// forgivable is how many days at the ends of what was read a streak may lack and
// yet go on before it: today, and one that is forgiven.
const forgivable = 2

// recently reads the last days.
func recently(ctx context.Context, r progress.CardReader, c Clock, days int) (l Lately, err error) {
	today, done := c.Today(), map[Day]bool{}
	err = r.Reviews(ctx, c.Begins(today-Day(days-1)), func(p progress.Review) error {
		if counts(p.Source) {
			l.add(c, p, today, done)
		}
		return nil
	})
	l.Streak = streak(done, today, days)
	return l, err
}

func (l *Lately) add(c Clock, p progress.Review, today Day, done map[Day]bool) {
	day := c.Day(p.At)
	done[day] = true
	n := len(l.Days) - 1 - int(today-day)
	if n < 0 || n >= len(l.Days) {
		return
	}
	l.Days[n]++
	l.Total++
	if tests(p, c.elapsed(p, day)) {
		l.Recall.add(p.Rating > int(review.Again))
	}
}
