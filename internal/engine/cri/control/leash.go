package control

import (
	"sync"
	"time"
)

// leashes counts who needs the runtime, and tells when nobody did for a while.
type leashes struct {
	grace     time.Duration
	abandoned chan struct{}

	mu    sync.Mutex
	held  int
	timer *time.Timer
}

// newLeashes begins without a leash: the first has to come within the grace.
func newLeashes(grace time.Duration) *leashes {
	l := &leashes{grace: grace, abandoned: make(chan struct{})}
	l.timer = time.AfterFunc(grace, l.expire)
	return l
}

// take holds a leash until the function that it returns is called.
func (l *leashes) take() (release func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held++
	l.timer.Stop()
	return sync.OnceFunc(l.drop)
}

func (l *leashes) drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held--
	if l.held == 0 {
		l.timer.Reset(l.grace)
	}
}

// expire may come late, when a leash was taken or the grace began anew just as
// the timer fired; closing is for one that nobody holds.
func (l *leashes) expire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held > 0 {
		return
	}
	select {
	case <-l.abandoned:
	default:
		close(l.abandoned)
	}
}
