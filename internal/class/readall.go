package class

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"kubetutor/internal/progress"
)

// readAll reads how far everybody has come, a few at a time. Somebody whose progress
// cannot be read must not end the class of the others: they begin at nothing on the
// board, and Faults says so.
func (r *Room) readAll(ctx context.Context) error {
	var g errgroup.Group
	g.SetLimit(4)
	for who := range r.state.learners {
		g.Go(func() error {
			if err := r.readOne(ctx, who); err != nil {
				r.mu.Lock()
				defer r.mu.Unlock()
				r.faults = append(r.faults, err)
			}
			return nil
		})
	}
	_ = g.Wait()
	return context.Cause(ctx)
}

// Faults lists whose progress could not be read when the class was opened, and why.
func (r *Room) Faults() []error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.faults)
}

const eventsAtOnce = 500

// readOne counts all events of a learner's progress.
func (r *Room) readOne(ctx context.Context, who LearnerID) error {
	p, err := r.store.Progress(ctx, who)
	if err != nil {
		return fmt.Errorf("reading the progress of %s: %w", r.state.learners[who].Name, err)
	}
	t, err := tallied(ctx, p, r.now())
	if err := errors.Join(err, p.Close()); err != nil {
		return fmt.Errorf("reading the progress of %s: %w", r.state.learners[who].Name, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stays[who].tally = t
	r.stays[who].seen = t.at.at
	return nil
}

// tallied counts all events of a progress.
func tallied(ctx context.Context, log progress.Log, now time.Time) (*tally, error) {
	t := newTally()
	var at progress.Cursor
	for {
		list, err := log.Since(ctx, at, eventsAtOnce)
		if err != nil || len(list) == 0 {
			return t, err
		}
		for _, a := range list {
			t.addAll([]progress.Event{a.Event}, now)
			at = a.Cursor
		}
	}
}
