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
	var asJSON, jump bool
	w := f.Words
	cmd := &cobra.Command{Use: "lab", Short: w.Lab, Long: w.LabLong}
	cmd.PersistentFlags().BoolVar(&asJSON, "json", false, w.FlagJSON)
	start := &cobra.Command{
		Use: "start LESSON/LAB", Short: w.LabStart, Args: exactly(1, f), ValidArgsFunction: f.completeLabs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runLabStart(cmd.Context(), f, args[0], jump, asJSON)
		},
	}
	start.Flags().BoolVar(&jump, "after-solution", false, w.FlagAfterSolution)
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
	desk, err := f.LabDesk()
	return l, desk, err
}

func runLabStart(ctx context.Context, f *Factory, path string, jump, asJSON bool) error {
	l, desk, err := f.labDesk(path)
	if err != nil {
		return err
	}
	a, err := f.startLab(ctx, l, desk, jump)
	if err == nil {
		_, err = desk.Now(ctx, l) // what holds from the beginning is not the learner's work
	}
	if err != nil {
		return err
	}
	if asJSON {
		return f.json(a)
	}
	plain.Task(f.IO.Out, l, a.Vars, f.Lang(), f.style())
	if jump {
		return f.tellOfJump(l, a)
	}
	file, err := f.kubeconfig(ctx)
	if err != nil {
		return err
	}
	f.printf("\n"+f.commands(f.Words.LabStarted)+"\n", file, l.Path())
	return nil
}

// tellOfJump says what a jump has come to, and the way on.
func (f *Factory) tellOfJump(l *course.Lab, a protocol.Attempt) error {
	f.printf("\n%s\n", f.Words.Jumped)
	plain.Aftermath(f.IO.Out, l, a.Vars, f.Lang(), f.Words, f.style())
	next, err := f.nextLab(l)
	if err != nil || next == nil {
		return err
	}
	f.printf("\n"+f.commands(f.Words.NextLab)+"\n", next.Title.In(f.Lang()), next.Path())
	return nil
}

// nextLab is the one after l, in its lesson or a later one; nil after the last.
func (f *Factory) nextLab(l *course.Lab) (*course.Lab, error) {
	c, err := f.Course()
	if err != nil {
		return nil, err
	}
	found := false
	for _, lesson := range c.Lessons() {
		for _, id := range lesson.LabIDs {
			if found {
				return f.lab(lesson.ID + "/" + id)
			}
			found = lesson.ID+"/"+id == l.Path()
		}
	}
	return nil, nil
}

// startLab begins an attempt, with jump after the solution, showing the stages.
func (f *Factory) startLab(ctx context.Context, l *course.Lab, desk *attempt.Desk, jump bool) (protocol.Attempt, error) {
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
	return desk.Start(ctx, l, jump, f.stages())
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
	Hints    int               `json:"hints"`     // shown in the newest attempt
	Left     int               `json:"hintsLeft"` // that were not shown and apply now
	Solution bool              `json:"solution"`  // seen in the newest attempt before it was passed
	Jumped   bool              `json:"jumped"`    // the newest attempt began after the solution
	Jumps    int               `json:"jumps"`     // how many attempts did
}

func runLabStatus(ctx context.Context, f *Factory, path string, asJSON bool) error {
	l, desk, err := f.labDesk(path)
	if err != nil {
		return err
	}
	running, err := active(ctx, desk.Labs, l)
	if err != nil && !errors.Is(err, errNotActive) {
		return err
	}
	now, err := desk.Now(ctx, l)
	if err != nil {
		return err
	}
	state, err := desk.State(ctx, l)
	if err != nil {
		return err
	}
	s := labStatus(l, state, running)
	left, _ := attempt.Offered(l, now, state.Hints)
	s.Left = len(left)
	if asJSON {
		return f.json(s)
	}
	f.printLabStatus(l, s)
	return nil
}

func labStatus(l *course.Lab, state progress.LabState, now *protocol.Attempt) labStatusJSON {
	return labStatusJSON{
		Lab: l.Path(), Active: now, Attempts: state.Attempts, Passed: !state.Passed.IsZero(),
		Checks: append([]string{}, state.Checks...), Of: len(l.Checks), Hints: len(state.Hints),
		Solution: state.Solution, Jumped: state.Jumped, Jumps: state.Jumps,
	}
}

func (f *Factory) printLabStatus(l *course.Lab, s labStatusJSON) {
	w := f.Words
	facts := []string{fmt.Sprintf(w.Attempts, s.Attempts), fmt.Sprintf(w.ChecksHeld, len(s.Checks), s.Of)}
	if s.Passed {
		facts = append(facts, w.Passed)
	}
	if s.Jumped {
		facts = append(facts, w.AfterSolution)
	}
	if s.Active != nil {
		facts = append(facts, w.Active)
	}
	f.printf("%s  %s\n  %s\n", s.Lab, l.Title.In(f.Lang()), strings.Join(facts, w.ListSeparator))
}
