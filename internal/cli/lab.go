package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"kubetutor/internal/course"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/attempt"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/plain"
	"kubetutor/internal/progress"
)

// newCmdLab starts and stops labs.
func newCmdLab(f *Factory) *cobra.Command {
	var asJSON bool
	w := f.Words
	cmd := &cobra.Command{Use: "lab", Short: w.Lab, Long: w.LabLong}
	cmd.PersistentFlags().BoolVar(&asJSON, "json", false, w.FlagJSON)
	start := &cobra.Command{
		Use: "start LESSON/LAB", Short: w.LabStart, Args: exactly(1, f), ValidArgsFunction: f.completeLabs,
		RunE: func(cmd *cobra.Command, args []string) error { return runLabStart(cmd.Context(), f, args[0], asJSON) },
	}
	f.addConfirm(start)
	cmd.AddCommand(start, &cobra.Command{
		Use: "stop LESSON/LAB", Short: w.LabStop, Args: exactly(1, f), ValidArgsFunction: f.completeLabs,
		RunE: func(cmd *cobra.Command, args []string) error { return runLabStop(cmd.Context(), f, args[0]) },
	}, &cobra.Command{
		Use: "status LESSON/LAB", Short: w.LabStatus, Args: exactly(1, f), ValidArgsFunction: f.completeLabs,
		RunE: func(cmd *cobra.Command, args []string) error { return runLabStatus(cmd.Context(), f, args[0], asJSON) },
	})
	return cmd
}

// labDesk looks a lab up and opens the desk to work at it.
func (f *Factory) labDesk(path string) (*course.Lab, *attempt.Desk, error) {
	l, err := f.lab(path)
	if err != nil {
		return nil, nil, err
	}
	desk, err := f.Desk()
	return l, desk, err
}

func runLabStart(ctx context.Context, f *Factory, path string, asJSON bool) error {
	l, desk, err := f.labDesk(path)
	if err != nil {
		return err
	}
	a, err := f.startLab(ctx, l, desk, false)
	if err != nil {
		return err
	}
	if asJSON {
		return f.json(a)
	}
	plain.Task(f.IO.Out, l, a.Vars, f.Lang(), f.style())
	file, err := f.kubeconfig(ctx)
	if err != nil {
		return err
	}
	f.printf("\n"+f.commands(f.Words.LabStarted)+"\n", file, l.Path())
	return nil
}

// startLab begins an attempt, showing the stages.
func (f *Factory) startLab(ctx context.Context, l *course.Lab, desk *attempt.Desk, solved bool) (protocol.Attempt, error) {
	labs, err := f.Labs()
	if err != nil {
		return protocol.Attempt{}, err
	}
	if err := f.confirm(desk, l, labs.Foreign()); err != nil {
		return protocol.Attempt{}, err
	}
	if err := f.prepare(ctx, labs); err != nil {
		return protocol.Attempt{}, err
	}
	return desk.Start(ctx, l, solved, f.stages())
}

// active is the running attempt at l. Without one, the error is errNotActive, and
// errAsleep where it may go on once the cluster is up again.
func active(ctx context.Context, labs lab.Service, l *course.Lab) (*protocol.Attempt, error) {
	s, err := labs.Status(ctx)
	if err != nil {
		return nil, err
	}
	if s.State == protocol.StateSleeping {
		return nil, errAsleep
	}
	if s.Lab == nil || s.Lab.Lab != l.Path() || s.State != protocol.StateUp {
		return nil, errNotActive
	}
	return s.Lab, nil
}

var (
	errNotActive = errors.New("the lab is not active")
	errAsleep    = fmt.Errorf("%w: the cluster sleeps", errNotActive)
)

// notActive words errNotActive and errAsleep for a lab.
func (f *Factory) notActive(err error, l *course.Lab) error {
	if errors.Is(err, errAsleep) {
		return errors.New(f.Words.Asleep)
	}
	if errors.Is(err, errNotActive) {
		return fmt.Errorf(f.Words.NotActive, l.Path(), l.Path())
	}
	return err
}

func runLabStop(ctx context.Context, f *Factory, path string) error {
	l, desk, err := f.labDesk(path)
	if err != nil {
		return err
	}
	if _, err := active(ctx, desk.Labs, l); err != nil {
		return f.notActive(err, l)
	}
	if err := desk.Labs.StopLab(ctx); err != nil {
		return err
	}
	labs, err := f.Labs()
	if err != nil {
		return err
	}
	if context := labs.Foreign(); context != "" {
		f.printf(f.Words.OwnLabStopped+"\n", l.Path(), context)
		return nil
	}
	f.printf(f.Words.LabStopped+"\n", l.Path())
	return nil
}

// labStatusJSON is the answer of `lab status --json`.
type labStatusJSON struct {
	Lab      string            `json:"lab"`
	Active   *protocol.Attempt `json:"active"` // null while it is not the running lab
	Attempts int               `json:"attempts"`
	Passed   bool              `json:"passed"` // in some attempt
	Checks   []string          `json:"checks"` // that held at some time in the newest attempt
	Of       int               `json:"of"`
	Hints    int               `json:"hints"` // shown in the newest attempt
	Solution bool              `json:"solution"`
}

func runLabStatus(ctx context.Context, f *Factory, path string, asJSON bool) error {
	l, desk, err := f.labDesk(path)
	if err != nil {
		return err
	}
	state, err := desk.State(ctx, l)
	if err != nil {
		return err
	}
	now, err := active(ctx, desk.Labs, l)
	if err != nil && !errors.Is(err, errNotActive) {
		return err
	}
	s := labStatus(l, state, now)
	if asJSON {
		return f.json(s)
	}
	f.printLabStatus(l, s)
	return nil
}

func labStatus(l *course.Lab, state progress.LabState, now *protocol.Attempt) labStatusJSON {
	return labStatusJSON{
		Lab: l.Path(), Active: now, Attempts: state.Attempts, Passed: !state.Passed.IsZero(),
		Checks: append([]string{}, state.Checks...), Of: len(l.Checks), Hints: state.Hints, Solution: state.Solution,
	}
}

func (f *Factory) printLabStatus(l *course.Lab, s labStatusJSON) {
	w := f.Words
	facts := []string{fmt.Sprintf(w.Attempts, s.Attempts), fmt.Sprintf(w.ChecksHeld, len(s.Checks), s.Of)}
	if s.Passed {
		facts = append(facts, w.Passed)
	}
	if s.Active != nil {
		facts = append(facts, w.Active)
	}
	f.printf("%s  %s\n  %s\n", s.Lab, l.Title.In(f.Lang()), strings.Join(facts, w.ListSeparator))
}

// newCmdHint shows the next hint.
func newCmdHint(f *Factory) *cobra.Command {
	return &cobra.Command{
		Use: "hint LESSON/LAB", Short: f.Words.Hint, Args: exactly(1, f), ValidArgsFunction: f.completeLabs,
		RunE: func(cmd *cobra.Command, args []string) error { return runHint(cmd.Context(), f, args[0]) },
	}
}

func runHint(ctx context.Context, f *Factory, path string) error {
	l, desk, err := f.labDesk(path)
	if err != nil {
		return err
	}
	return plain.Hint(ctx, f.IO.Out, desk, l, f.Lang(), f.Words)
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
	now, err := active(ctx, desk.Labs, l)
	if err != nil && !errors.Is(err, errNotActive) {
		return err
	}
	text, err := desk.Solution(ctx, l)
	if err != nil {
		return err
	}
	if now != nil {
		text = plain.Fill(text, now.Vars)
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
