package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"kubetutor/internal/review/fit"
)

// newCmdReviewFit fits the schedule to the learner's memory.
func newCmdReviewFit(f *Factory) *cobra.Command {
	return &cobra.Command{
		Use: "fit", Short: f.Words.ReviewFit, Long: f.Words.ReviewFitLong, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runReviewFit(cmd.Context(), f) },
	}
}

func runReviewFit(ctx context.Context, f *Factory) error {
	desk, err := f.Desk()
	if err != nil {
		return err
	}
	r, err := desk.FitNow(ctx)
	var tooFew *fit.TooFewError
	switch {
	case errors.As(err, &tooFew):
		return fmt.Errorf(f.Words.FitTooFew, tooFew.Have, tooFew.Need, tooFew.Need-tooFew.Have)
	case err != nil:
		return err
	case r.Loss < r.Before:
		f.printf(f.Words.FitBetter+"\n", r.Reviews, r.Before, r.Loss)
	default:
		f.printf(f.Words.FitNotBetter+"\n", r.Reviews)
	}
	return nil
}
