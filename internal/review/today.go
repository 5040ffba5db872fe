package review

import (
	"context"
	"time"

	"kubetutor/internal/progress"
)

// today is what was done since the day began, which limits what is still asked.
type today struct {
	number   int
	begin    time.Time
	end      time.Time
	reviews  int             // of cards in review, in sessions
	fresh    int             // new cards, in sessions
	labs     int             // hands-on cards
	siblings map[string]bool // of the cards that were rated
}

// lookBack reads today's part of the log.
func lookBack(ctx context.Context, store progress.Reader, days calendar, in scope, now time.Time) (today, error) {
	n := days.number(now)
	t := today{number: n, begin: days.begin(n), end: days.begin(n + 1), siblings: map[string]bool{}}
	err := store.Reviews(ctx, t.begin, func(r progress.Review) error {
		t.count(r, in)
		return nil
	})
	return t, err
}

func (t *today) count(r progress.Review, in scope) {
	if r.Source != progress.SourceSession {
		return
	}
	id := ID(r.Card)
	if c, ok := in.card(id); ok {
		t.siblings[c.Sibling] = true
	}
	switch {
	case id.Kind() == Lab:
		t.labs++
	case r.Before.Stage == progress.StageReview:
		t.reviews++
	case r.Before.Stage == progress.StageNew:
		t.fresh++
	}
}
