package tui_test

import (
	"context"
	"time"

	"kubetutor/internal/progress"
)

// What follows is asked by package review only, for which a test has a desk of
// its own.

func (s *fakeStore) Card(context.Context, string) (c progress.Card, ok bool, err error) {
	return c, false, nil
}

func (s *fakeStore) Cards(context.Context, progress.CardQuery) ([]progress.Card, error) {
	return nil, nil
}

func (s *fakeStore) CountCards(context.Context, progress.CardQuery) (int, error) { return 0, nil }

func (s *fakeStore) Decks(context.Context) (map[string]progress.Deck, error) { return nil, nil }

func (s *fakeStore) Reviews(context.Context, time.Time, func(progress.Review) error) error {
	return nil
}

func (s *fakeStore) Weights(context.Context) (f progress.Fit, ok bool, err error) {
	return f, false, nil
}

func (s *fakeStore) RecordAll(ctx context.Context, data []any) (ids []string, err error) {
	for _, d := range data {
		id, err := s.Record(ctx, d)
		if err != nil {
			return ids, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}
