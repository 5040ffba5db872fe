package cli

import (
	"context"

	"github.com/spf13/cobra"

	"kubetutor/internal/plain"
	"kubetutor/internal/review/insight"
)

// newCmdReviewWorkload tells what desired retentions cost.
func newCmdReviewWorkload(f *Factory) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "workload", Short: f.Words.WorkloadShort, Long: f.Words.WorkloadLong, Args: exactly(0, f),
		RunE: func(cmd *cobra.Command, _ []string) error { return runReviewWorkload(cmd.Context(), f, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, f.Words.FlagJSON)
	return cmd
}

// workloadJSON is one of the list of `review workload --json`. Fields are added,
// never taken away.
type workloadJSON struct {
	Retention float64 `json:"desiredRetention"`
	Reviews   float64 `json:"reviewsPerDay"`
	Minutes   float64 `json:"minutesPerDay"`
	Known     float64 `json:"knownAfterAYear"`
}

func runReviewWorkload(ctx context.Context, f *Factory, asJSON bool) error {
	desk, err := f.Desk()
	if err != nil {
		return err
	}
	loads, err := insight.Workload(ctx, desk)
	if err != nil {
		return err
	}
	if asJSON {
		return f.json(each(loads, func(l insight.Load) workloadJSON {
			return workloadJSON{l.Retention, l.Reviews, l.Minutes, l.Memorised}
		}))
	}
	plain.Workload(f.IO.Out, loads, desk.Config.Retention, f.Words)
	return nil
}
