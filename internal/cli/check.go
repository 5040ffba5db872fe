package cli

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/attempt"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/plain"
)

// How long checks may take to pass before `check` says that they fail: what
// was just applied needs a moment to take effect.
const (
	checkWait  = time.Second
	solvedWait = 30 * time.Second
)

// checkOptions are those of `check`.
type checkOptions struct {
	path  string
	json  bool
	watch bool
	wait  time.Duration
}

// newCmdCheck tells how a lab stands.
func newCmdCheck(f *Factory) *cobra.Command {
	o := &checkOptions{}
	cmd := &cobra.Command{
		Use: "check LESSON/LAB", Short: f.Words.Check, Long: f.Words.CheckLong,
		Args: exactly(1, f), ValidArgsFunction: f.completeLabs,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.path = args[0]
			return runCheck(cmd.Context(), f, o)
		},
	}
	cmd.Flags().BoolVar(&o.json, "json", false, f.Words.FlagJSON)
	cmd.Flags().BoolVar(&o.watch, "watch", false, f.Words.FlagWatch)
	cmd.Flags().DurationVar(&o.wait, "wait", checkWait, f.Words.FlagWait)
	return cmd
}

// The exit statuses of check.
const (
	allPass       = 0
	someFail      = 1
	cannotBeJuged = 2
)

func runCheck(ctx context.Context, f *Factory, o *checkOptions) error {
	f.code = cannotBeJuged // for every error: a lab that is not there has no checks that fail
	l, err := f.lab(o.path)
	if err != nil {
		return err
	}
	desk, err := f.LabDesk()
	if err != nil {
		return err
	}
	if _, err := active(ctx, desk.Labs, l); err != nil {
		return f.notActive(err, l)
	}
	if o.watch {
		return watchChecks(ctx, f, o, l, desk)
	}
	v, err := settled(ctx, desk, l, o.wait)
	if err != nil {
		return err
	}
	if err := f.showChecks(o, l, v); err != nil {
		return err
	}
	return f.exit(checkStatus(v))
}

// errSeen ends following verdicts.
var errSeen = errors.New("seen enough")

// checkTimeout is how long an engine may take to tell the present state.
const checkTimeout = 10 * time.Second

// settled is the newest state of the checks: as soon as all pass, else after
// wait. What it sees is recorded, also that it fails.
func settled(ctx context.Context, desk *attempt.Desk, l *course.Lab, wait time.Duration) (protocol.Verdicts, error) {
	var last protocol.Verdicts
	enough := func(protocol.Verdicts) bool { return true }
	follow := func(limit time.Duration) error {
		ctx, cancel := context.WithTimeoutCause(ctx, limit, errSeen)
		defer cancel()
		err := desk.Labs.Verdicts(ctx, func(v protocol.Verdicts) error {
			if last = v; enough(v) {
				return errSeen
			}
			return nil
		})
		if errors.Is(err, errSeen) {
			err = nil
		}
		return err
	}
	err := follow(checkTimeout)
	if err == nil && checkStatus(last) != allPass && wait > 0 {
		enough = func(v protocol.Verdicts) bool { return checkStatus(v) == allPass }
		err = follow(wait)
	}
	if err != nil {
		return last, err
	}
	return last, desk.Asked(ctx, l, last)
}

// checkStatus is the exit status for a state of the checks.
func checkStatus(v protocol.Verdicts) int {
	status := allPass
	for _, c := range v.Checks {
		switch c.Result {
		case protocol.Pass:
		case protocol.Unjudged:
			status = max(status, cannotBeJuged)
		default:
			return someFail
		}
	}
	if len(v.Checks) == 0 {
		return cannotBeJuged
	}
	return status
}

// watchChecks shows every change until the lab is passed.
func watchChecks(ctx context.Context, f *Factory, o *checkOptions, l *course.Lab, desk *attempt.Desk) error {
	shown := plain.Changes{}
	err := desk.Labs.Verdicts(ctx, func(v protocol.Verdicts) error {
		if v.Attempt == nil || v.Attempt.Lab != l.Path() {
			return f.notActive(errNotActive, l)
		}
		if err := desk.Keep(ctx, l, v); err != nil {
			return err
		}
		if o.json {
			if err := json.NewEncoder(f.IO.Out).Encode(checksJSON(l, v, f.Lang())); err != nil {
				return err
			}
		} else {
			shown.Print(f.IO.Out, l, v, f.Lang(), f.Words, f.style())
		}
		if isOver(v) {
			return errSeen
		}
		return nil
	})
	if errors.Is(err, errSeen) {
		return f.exit(allPass)
	}
	return err
}

// isOver tells whether there is nothing more to do in an attempt: it was passed,
// or it began after the solution and all holds.
func isOver(v protocol.Verdicts) bool {
	return !v.Attempt.Passed.IsZero() || v.Attempt.Jumped && checkStatus(v) == allPass
}

// checkJSON is a check in `check --json`.
type checkJSON struct {
	ID     string          `json:"id"`
	Title  string          `json:"title"`
	Result protocol.Result `json:"result"` // pass, fail, waiting or unjudged
	Want   string          `json:"want,omitempty"`
	Have   string          `json:"have,omitempty"`
	Path   string          `json:"path,omitempty"`
	Reason string          `json:"reason,omitempty"`
}

// labChecksJSON is the answer of `check --json`, and a line of it with --watch.
type labChecksJSON struct {
	Lab     string      `json:"lab"`
	Attempt int         `json:"attempt"`
	Passed  bool        `json:"passed"` // all held at once at some time in this attempt
	Checks  []checkJSON `json:"checks"`
}

func checksJSON(l *course.Lab, v protocol.Verdicts, lang course.Lang) labChecksJSON {
	out := labChecksJSON{Lab: l.Path(), Checks: []checkJSON{}}
	if v.Attempt != nil {
		out.Attempt, out.Passed = v.Attempt.Number, !v.Attempt.Passed.IsZero()
	}
	for _, c := range v.Checks {
		out.Checks = append(out.Checks, checkJSON{
			ID: c.Check, Title: plain.CheckTitle(l, c.Check, v.Attempt, lang), Result: c.Result,
			Want: c.Want.In(lang), Have: c.Have.In(lang), Path: c.Path, Reason: c.Reason.In(lang),
		})
	}
	return out
}

func (f *Factory) showChecks(o *checkOptions, l *course.Lab, v protocol.Verdicts) error {
	if o.json {
		return f.json(checksJSON(l, v, f.Lang()))
	}
	plain.Checks(f.IO.Out, l, v, f.Lang(), f.Words, f.style())
	return nil
}
