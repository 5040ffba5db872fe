package class

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"sync"

	"golang.org/x/time/rate"

	"kubetutor/internal/progress"
)

// ownStore is the progress here of somebody who works on a machine of their own. It
// is open while they have sessions, from the first event on.
type ownStore struct {
	volume   *rate.Limiter // bytes of events
	mu       sync.Mutex
	sessions int
	open     Progress
}

// What comes from one machine is slowed down to a volume that no learner's work has,
// so that nobody fills the disk of the class within a lesson: this much at once,
// for who was away, and then so many bytes a second (half a gigabyte in a day).
const (
	volumeAtOnce    = 16 << 20
	volumePerSecond = 16 << 10
)

func newOwnStore() *ownStore {
	return &ownStore{volume: rate.NewLimiter(volumePerSecond, volumeAtOnce)}
}

func (o *ownStore) take() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sessions++
}

func (o *ownStore) release() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.sessions--; o.sessions == 0 && o.open != nil {
		_ = o.open.Close() // all that was added is on disk
		o.open = nil
	}
}

// add writes events that have their IDs already; those that are there are left as
// they are.
func (o *ownStore) add(ctx context.Context, events []progress.Event, open func(context.Context) (Progress, error)) (err error) {
	var lines bytes.Buffer
	enc := json.NewEncoder(&lines)
	for _, e := range events {
		if err := enc.Encode(e); err != nil {
			return err
		}
	}
	if err := o.volume.WaitN(ctx, min(lines.Len(), volumeAtOnce)); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.sessions == 0 {
		return errors.New("the session has ended")
	}
	if o.open == nil {
		if o.open, err = open(ctx); err != nil {
			return err
		}
	}
	_, err = o.open.Import(ctx, &lines)
	return err
}
