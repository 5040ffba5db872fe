package attempt

import (
	"context"
	"errors"
	"slices"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/progress"
)

// Silence is why there is no hint to show.
type Silence string

// The reasons.
const (
	NoHints  Silence = "noHints"  // the lab has none
	AllHold  Silence = "allHold"  // all checks hold
	AllShown Silence = "allShown" // there is none that was not shown
	NotNow   Silence = "notNow"   // those that are left are for other states of the lab
	NotKnown Silence = "notKnown" // whether those that are left apply can be said only while the lab runs
)

// Offered lists the hints that could be shown next, in order, by their places in
// the lab's list from 1: those that were not shown and that apply where the lab
// stands. Now is what the engine said last; of its zero value, only hints
// without a condition apply. Where the list is empty, why says why.
func Offered(l *course.Lab, now protocol.Verdicts, shown []int) (offered []int, why Silence) {
	known := now.Attempt != nil && now.Attempt.Lab == l.Path() && len(now.Checks) > 0
	fails := func(v protocol.Verdict) bool { return v.Result != protocol.Pass }
	switch {
	case len(l.Hints) == 0:
		return nil, NoHints
	case known && !slices.ContainsFunc(now.Checks, fails):
		return nil, AllHold
	}
	why = AllShown
	for i, h := range l.Hints {
		switch n := i + 1; {
		case slices.Contains(shown, n):
		case h.When == "" || known && slices.Contains(now.Hints, n):
			offered = append(offered, n)
		case known:
			why = NotNow
		default:
			why = NotKnown
		}
	}
	if len(offered) > 0 {
		return offered, ""
	}
	return nil, why
}

// Advice answers the wish for a hint.
type Advice struct {
	Hint  int               // the one to show, by its place in the lab's list, from 1; 0 for none
	Shown []int             // all that were shown in this attempt, in that order, Hint included
	Left  int               // how many more apply
	Why   Silence           // why there is none
	Vars  map[string]string // values of the attempt
}

// Hint chooses the next hint and records that it is shown. Now is what the
// engine said last of the lab; see [Desk.Now].
func (d *Desk) Hint(ctx context.Context, l *course.Lab, now protocol.Verdicts) (Advice, error) {
	state, err := d.State(ctx, l)
	if err != nil {
		return Advice{}, err
	}
	offered, why := Offered(l, now, state.Hints)
	a := Advice{Shown: state.Hints, Why: why, Vars: values(l, state, now)}
	if len(offered) == 0 {
		return a, nil
	}
	a.Hint, a.Left, a.Shown = offered[0], len(offered)-1, append(slices.Clone(state.Hints), offered[0])
	_, err = d.Store.Record(ctx, progress.Hint{Lab: l.Path(), Number: state.Attempts, N: a.Hint})
	return a, err
}

// nowLimit is how long an engine may take to say how a lab stands.
const nowLimit = 3 * time.Second

// Now asks the engine how a lab stands, and records what it says. It starts
// nothing: where the lab does not run, or the engine does not answer, the answer
// is the zero value. The error is one of recording.
func (d *Desk) Now(ctx context.Context, l *course.Lab) (now protocol.Verdicts, err error) {
	s, err := d.Labs.Status(ctx)
	if err != nil || s.State != protocol.StateUp || s.Lab == nil || s.Lab.Lab != l.Path() {
		return protocol.Verdicts{}, nil
	}
	limited, cancel := context.WithTimeout(ctx, nowLimit)
	defer cancel()
	enough := errors.New("enough")
	err = d.Labs.Verdicts(limited, func(v protocol.Verdicts) error {
		if v.Attempt == nil || v.Attempt.Lab != l.Path() {
			return nil // not judged yet
		}
		now = v
		return enough
	})
	if !errors.Is(err, enough) {
		return protocol.Verdicts{}, nil
	}
	return now, d.Keep(ctx, l, now)
}
