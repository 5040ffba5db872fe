package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/attempt"
	"kubetutor/internal/plain"
)

// newCmdHint shows the next hint.
func newCmdHint(f *Factory) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "hint LESSON/LAB", Short: f.Words.Hint, Long: f.Words.HintLong, Args: exactly(1, f), ValidArgsFunction: f.completeLabs,
		RunE: func(cmd *cobra.Command, args []string) error { return runHint(cmd.Context(), f, args[0], asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, f.Words.FlagJSON)
	return cmd
}

func runHint(ctx context.Context, f *Factory, path string, asJSON bool) error {
	l, desk, err := f.labDesk(path)
	if err != nil {
		return err
	}
	if !asJSON {
		return plain.Hint(ctx, f.IO.Out, desk, l, f.Lang(), f.Words)
	}
	a, err := plain.Advise(ctx, desk, l)
	if err != nil {
		return err
	}
	return f.json(adviceJSON(l, a, f.Lang()))
}

// hintJSON is a hint in `hint --json`.
type hintJSON struct {
	Number int    `json:"number"` // its place in the lab's list, from 1
	Text   string `json:"text"`
}

// labHintJSON is the answer of `hint --json`.
type labHintJSON struct {
	Lab   string          `json:"lab"`
	Hint  *hintJSON       `json:"hint"` // null where there is none
	Why   attempt.Silence `json:"why,omitempty"`
	Left  int             `json:"left"`  // how many more apply now
	Shown []hintJSON      `json:"shown"` // in this attempt, in their order
}

func adviceJSON(l *course.Lab, a attempt.Advice, lang course.Lang) labHintJSON {
	out := labHintJSON{Lab: l.Path(), Why: a.Why, Left: a.Left, Shown: []hintJSON{}}
	for _, n := range a.Shown {
		out.Shown = append(out.Shown, hintJSON{n, plain.HintText(l, a, n, lang)})
	}
	if a.Hint > 0 {
		out.Hint = &out.Shown[len(out.Shown)-1]
	}
	return out
}

// newCmdSolution shows or runs a lab's solution.
func newCmdSolution(f *Factory) *cobra.Command {
	var run bool
	cmd := &cobra.Command{
		Use: "solution LESSON/LAB", Short: f.Words.Solution, Long: f.Words.SolutionLong,
		Args: exactly(1, f), ValidArgsFunction: f.completeLabs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if run {
				return runSolved(cmd.Context(), f, args[0])
			}
			return runSolution(cmd.Context(), f, args[0])
		},
	}
	cmd.Flags().BoolVar(&run, "run", false, f.Words.FlagRun)
	f.addConfirm(cmd)
	return cmd
}

func runSolution(ctx context.Context, f *Factory, path string) error {
	l, desk, err := f.labDesk(path)
	if err != nil {
		return err
	}
	now, err := desk.Now(ctx, l) // it may have been passed with nobody there
	if err != nil {
		return err
	}
	text, err := desk.Solution(ctx, l, now)
	if err != nil {
		return err
	}
	f.printf("%s\n", strings.TrimRight(text, "\n"))
	return nil
}

// runSolved begins a new attempt with the solution already run.
func runSolved(ctx context.Context, f *Factory, path string) error {
	l, desk, err := f.labDesk(path)
	if err != nil {
		return err
	}
	if _, err := f.startLab(ctx, l, desk, true); err != nil {
		return err
	}
	return runCheck(ctx, f, &checkOptions{path: path, wait: solvedWait})
}
