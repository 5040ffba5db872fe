package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"kubetutor/internal/progress"
)

// undoable is how old a rating may be that is taken back without seeing it.
const undoable = 24 * time.Hour

// newCmdReviewUndo takes the newest rating back.
func newCmdReviewUndo(f *Factory) *cobra.Command {
	return &cobra.Command{
		Use: "undo", Short: f.Words.ReviewUndo, Long: f.Words.ReviewUndoLong, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runReviewUndo(cmd.Context(), f) },
	}
}

func runReviewUndo(ctx context.Context, f *Factory) error {
	store, err := f.Store()
	if err != nil {
		return err
	}
	var last *progress.Review
	err = store.Reviews(ctx, time.Now().Add(-undoable), func(r progress.Review) error {
		if r.Source == progress.SourceSession {
			last = &r
		}
		return nil
	})
	if err != nil {
		return err
	}
	if last == nil {
		return errors.New(f.Words.UndoneNothing)
	}
	if err := takeBack(ctx, store, *last); err != nil {
		return err
	}
	f.printf(f.Words.UndoneRating+"\n", last.Card, f.Words.Rating(last.Rating))
	return nil
}

// takeBack takes a rating back; a card that it made a leech is asked again.
func takeBack(ctx context.Context, store progress.Store, r progress.Review) error {
	events := []any{progress.Unreviewed{Event: r.ID}}
	card, _, err := store.Card(ctx, r.Card)
	if err != nil {
		return err
	}
	if card.Leech && card.Review == r.ID {
		events = append(events, progress.Marked{Cards: []string{r.Card}, Mark: progress.MarkUnsuspend})
	}
	_, err = store.RecordAll(ctx, events)
	return err
}
