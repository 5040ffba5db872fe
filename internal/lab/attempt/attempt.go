// Package attempt joins a go at a lab with the learner's progress: it numbers
// the attempt, draws its seed, and records what happens to it, whichever way
// the tutor is used. Several programs may follow one attempt at the same time.
package attempt

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/progress"
)

// Desk is where a learner works on labs.
type Desk struct {
	Labs  lab.Service
	Store progress.Store

	mu        sync.Mutex
	known     map[key]bool      // what this desk has recorded or seen recorded
	failing   map[key]time.Time // checks that held and fail now, and since when
	confirmed string            // name of a context
}

// key is something that is recorded once per attempt; Check is empty for the
// passing of the whole lab.
type key struct {
	lab    string
	number int
	check  string
}

// Confirm lets labs begin on a cluster of the learner's own, whose context they
// have named. The engine compares the name.
func (d *Desk) Confirm(context string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.confirmed = context
}

// Confirmed is the name of the context that the learner gave, empty before.
func (d *Desk) Confirmed() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.confirmed
}

// Start begins the next attempt at a lab, bringing the cluster up if need be,
// and records it. With jump it begins after the lab's solution has been run, and
// is recorded as such.
func (d *Desk) Start(ctx context.Context, l *course.Lab, jump bool, stage func(protocol.Stage)) (protocol.Attempt, error) {
	state, err := d.State(ctx, l)
	if err != nil {
		return protocol.Attempt{}, err
	}
	number := state.Attempts + 1
	a, err := d.Labs.StartLab(ctx, protocol.StartLab{
		Lab: *l, Number: number, Seed: Seed(l.Path(), number), AfterSolution: jump, Confirmed: d.Confirmed(),
	}, stage)
	if err != nil {
		return a, err
	}
	_, err = d.Store.Record(ctx, progress.Attempt{Lab: l.Path(), Number: a.Number, Hash: a.Hash, Jumped: jump})
	return a, err
}

// Continue goes on with the attempt at l that the cluster was at when it fell
// asleep or died; ok is false where it was at none, or at another lab. It wakes a
// cluster, but makes none.
func (d *Desk) Continue(ctx context.Context, l *course.Lab, stage func(protocol.Stage)) (a protocol.Attempt, ok bool, err error) {
	s, err := d.Labs.Status(ctx)
	if err == nil && s.State == protocol.StateSleeping {
		s, err = d.Labs.Up(ctx, stage)
	}
	if err != nil || s.Lab == nil || s.Lab.Lab != l.Path() {
		return protocol.Attempt{}, false, err
	}
	return *s.Lab, true, nil
}

// Seed draws the variables of an attempt: FNV-1a of the lab's path and the
// attempt's number, so that the same attempt has the same values everywhere.
func Seed(path string, number int) uint64 {
	sum := fnv.New64a()
	fmt.Fprintf(sum, "%s#%d", path, number)
	return sum.Sum64()
}

// Vars are the values of a lab's variables in an attempt, as the engine draws
// them.
func Vars(l *course.Lab, number int) map[string]string {
	return course.Draw(l.Vars, Seed(l.Path(), number))
}

// values are those of the attempt that runs, else of the newest one; before the
// first, those that it will have.
func values(l *course.Lab, state progress.LabState, now protocol.Verdicts) map[string]string {
	if now.Attempt != nil && now.Attempt.Lab == l.Path() {
		return now.Attempt.Vars
	}
	return Vars(l, max(1, state.Attempts))
}

// State is how a lab stands in the learner's progress.
func (d *Desk) State(ctx context.Context, l *course.Lab) (progress.LabState, error) {
	labs, err := d.Store.Labs(ctx)
	return labs[l.Path()], err
}

// Keep records what verdicts say that is not recorded yet: each check that has
// held for the first time in the attempt, each that was broken and mended, and
// the passing of the lab. Verdicts of another lab are left alone, and those after
// a jump: nothing in it is the learner's work.
func (d *Desk) Keep(ctx context.Context, l *course.Lab, v protocol.Verdicts) error {
	if !concerns(v, l) {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.keepMended(ctx, v, time.Now()); err != nil { // before the pass, after which no try fails
		return err
	}
	return d.keepHeld(ctx, l, v)
}

// concerns tells whether verdicts are about the learner's own work at l.
func concerns(v protocol.Verdicts, l *course.Lab) bool {
	return v.Attempt != nil && v.Attempt.Lab == l.Path() && !v.Attempt.Jumped
}

func (d *Desk) keepHeld(ctx context.Context, l *course.Lab, v protocol.Verdicts) error {
	todo := d.unknown(happened(*v.Attempt))
	if len(todo) == 0 {
		return nil
	}
	if err := d.learn(ctx, l, v.Attempt.Number); err != nil {
		return err
	}
	for _, k := range d.unknown(todo) {
		if _, err := d.Store.Record(ctx, d.event(ctx, k, l, *v.Attempt)); err != nil {
			return err
		}
		d.known[k] = true
	}
	return nil
}

// happened lists all that is to be recorded of an attempt.
func happened(a protocol.Attempt) (keys []key) {
	for _, check := range a.PassedEver {
		keys = append(keys, key{a.Lab, a.Number, check})
	}
	if !a.Passed.IsZero() {
		keys = append(keys, key{a.Lab, a.Number, ""})
	}
	return keys
}

func (d *Desk) unknown(keys []key) []key {
	return slices.DeleteFunc(slices.Clone(keys), func(k key) bool { return d.known[k] })
}

// learn reads what others have recorded of an attempt.
func (d *Desk) learn(ctx context.Context, l *course.Lab, number int) error {
	state, err := d.State(ctx, l)
	if err != nil {
		return err
	}
	if d.known == nil {
		d.known = make(map[key]bool)
	}
	if state.PassedIn >= number {
		d.known[key{l.Path(), number, ""}] = true
	}
	if state.Attempts == number {
		for _, check := range state.Checks {
			d.known[key{l.Path(), number, check}] = true
		}
	}
	return nil
}

// event is what is recorded of k.
func (d *Desk) event(ctx context.Context, k key, l *course.Lab, a protocol.Attempt) any {
	if k.check != "" {
		return progress.Check{Lab: k.lab, Number: k.number, Check: k.check, Of: len(l.Checks)}
	}
	return progress.Passed{Lab: k.lab, Number: k.number, Took: d.took(ctx, a)}
}

// took is how long the learner worked until the pass; 0 where that is not known,
// because the cluster slept in between.
func (d *Desk) took(ctx context.Context, a protocol.Attempt) time.Duration {
	if s, err := d.Labs.Status(ctx); err == nil && s.Since.After(a.Started) && s.Since.Before(a.Passed) {
		return 0
	}
	return max(a.Passed.Sub(a.Started), 0).Round(time.Millisecond)
}

// Solved tells whether the solution of a lab may be looked at for nothing: the
// newest attempt was passed, or began after the solution.
func Solved(s progress.LabState) bool {
	return s.Jumped || s.PassedIn > 0 && s.PassedIn == s.Attempts
}

// Solution returns the text of a lab's solution, with the values of the newest
// attempt, and records that it was shown; but not once the lab is [Solved]. Now
// is what the engine said last of the lab; see [Desk.Now].
func (d *Desk) Solution(ctx context.Context, l *course.Lab, now protocol.Verdicts) (string, error) {
	state, err := d.State(ctx, l)
	if err != nil {
		return "", err
	}
	if !Solved(state) {
		_, err = d.Store.Record(ctx, progress.Solution{Lab: l.Path(), Number: state.Attempts})
	}
	return course.Substitute(l.Files[l.Solution], values(l, state, now)), err
}
