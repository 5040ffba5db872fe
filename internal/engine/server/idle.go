package server

import (
	"sync"
	"time"
)

// idle calls a function once nothing has happened for a while: no verb runs, no
// client is connected to a stream, and the learner made no request.
type idle struct {
	after time.Duration
	then  func()

	mu    sync.Mutex
	timer *time.Timer
	last  time.Time
	busy  int // verbs that run
}

func newIdle(after time.Duration, then func()) *idle {
	return &idle{after: after, then: then, last: time.Now()}
}

func (i *idle) start() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.after > 0 {
		i.last = time.Now()
		i.timer = time.AfterFunc(i.after, i.expire)
	}
}

func (i *idle) stop() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.timer != nil {
		i.timer.Stop()
		i.timer = nil
	}
}

// touch notes that something happened. It is cheap: the timer is left to run
// out and is then set anew for what remains.
func (i *idle) touch() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.last = time.Now()
}

// enter notes that a verb begins; the returned function, that it has ended.
func (i *idle) enter() (leave func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.busy++
	return func() {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.busy--
		i.last = time.Now()
	}
}

func (i *idle) expire() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.timer == nil {
		return
	}
	if i.busy > 0 {
		i.last = time.Now()
	}
	if left := i.after - time.Since(i.last); left > 0 {
		i.timer.Reset(left)
		return
	}
	i.timer = nil
	go i.then()
}
