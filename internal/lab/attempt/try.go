package attempt

import (
	"context"
	"slices"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/progress"
)

// Tries that fail. Checks follow the cluster by themselves, so that a check which
// fails says only that the lab is not done. A try that failed is one where the
// learner thought otherwise, and asked; or where they broke what had held, and
// had to mend it.

// Asked is for verdicts that the learner asked for, rather than followed: beside
// what [Desk.Keep] records, that checks failed. What only waits for the cluster
// has not failed.
func (d *Desk) Asked(ctx context.Context, l *course.Lab, v protocol.Verdicts) error {
	if err := d.Keep(ctx, l, v); err != nil || !concerns(v, l) {
		return err
	}
	failing := which(v.Checks, protocol.Fail)
	if len(failing) == 0 || !v.Attempt.Passed.IsZero() {
		return nil
	}
	state, err := d.State(ctx, l)
	if err != nil || !state.Tried {
		return err
	}
	_, err = d.Store.Record(ctx, progress.Failed{Lab: l.Path(), Number: v.Attempt.Number, Checks: failing, Asked: true})
	return err
}

func which(list []protocol.Verdict, r protocol.Result) (checks []string) {
	for _, v := range list {
		if v.Result == r {
			checks = append(checks, v.Check)
		}
	}
	return checks
}

// mendLimit is how long a check that has held may fail without that being a try
// that failed: an object is replaced by another one, a Pod starts anew.
const mendLimit = 10 * time.Second

// keepMended records the checks that have held, were broken for longer than
// mendLimit, and are mended now. The caller holds mu.
func (d *Desk) keepMended(ctx context.Context, v protocol.Verdicts, now time.Time) error {
	for _, check := range d.mended(v, now) {
		event := progress.Failed{Lab: v.Attempt.Lab, Number: v.Attempt.Number, Checks: []string{check}}
		if _, err := d.Store.Record(ctx, event); err != nil {
			return err
		}
	}
	d.failing = failing(d.failing, v, now)
	return nil
}

func (d *Desk) mended(v protocol.Verdicts, now time.Time) (checks []string) {
	if d.known[key{v.Attempt.Lab, v.Attempt.Number, ""}] {
		return nil // it was passed before
	}
	for _, check := range which(v.Checks, protocol.Pass) {
		since, broken := d.failing[key{v.Attempt.Lab, v.Attempt.Number, check}]
		if broken && now.Sub(since) > mendLimit {
			checks = append(checks, check)
		}
	}
	return checks
}

// failing lists the checks that have held and do not pass now, each with when
// that was first seen.
func failing(before map[key]time.Time, v protocol.Verdicts, now time.Time) map[key]time.Time {
	m := make(map[key]time.Time)
	for _, c := range v.Checks {
		k := key{v.Attempt.Lab, v.Attempt.Number, c.Check}
		since, known := before[k]
		switch {
		case c.Result == protocol.Pass || !slices.Contains(v.Attempt.PassedEver, c.Check):
		case known:
			m[k] = since
		case c.Result == protocol.Fail:
			m[k] = now
		}
	}
	return m
}
