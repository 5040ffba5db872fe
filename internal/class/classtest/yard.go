package classtest

import (
	"context"
	"errors"
	"maps"
	"sync"

	"kubetutor/internal/class"
	"kubetutor/internal/lab"
)

// Yard is a class.Yard without labs: it notes who is present, and says of labs and
// queue what a test has set.
type Yard struct {
	mu      sync.Mutex
	present map[class.LearnerID]int
	labs    class.Labs
	queue   map[class.LearnerID]int
	changed []func()
}

var _ class.Yard = (*Yard)(nil)

// NewYard makes an empty one.
func NewYard() *Yard {
	return &Yard{present: map[class.LearnerID]int{}, queue: map[class.LearnerID]int{}}
}

// Lab implements class.Yard: there are none.
func (y *Yard) Lab(class.LearnerID) (lab.Service, error) {
	return nil, errors.New("this yard has no labs")
}

// Present implements class.Yard.
func (y *Yard) Present(who class.LearnerID, sessions int) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.present[who] = sessions
}

// Sessions is what Present said last, by learner.
func (y *Yard) Sessions() map[class.LearnerID]int {
	y.mu.Lock()
	defer y.mu.Unlock()
	return maps.Clone(y.present)
}

// Set says how labs and queue stand from now on.
func (y *Yard) Set(labs class.Labs, queue map[class.LearnerID]int) {
	y.mu.Lock()
	y.labs, y.queue = labs, maps.Clone(queue)
	told := y.changed
	y.mu.Unlock()
	for _, f := range told {
		f()
	}
}

// Labs implements class.Yard.
func (y *Yard) Labs() class.Labs {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.labs
}

// Queue implements class.Yard.
func (y *Yard) Queue(who class.LearnerID) int {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.queue[who]
}

// Changed implements class.Yard.
func (y *Yard) Changed(f func()) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.changed = append(y.changed, f)
}

// Close implements class.Yard.
func (y *Yard) Close(context.Context) error { return nil }
