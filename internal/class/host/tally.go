package host

import (
	"errors"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Reasons not to begin a session: somebody has too many, there are too many, or
// they begin them without end.
var (
	errCrowded = errors.New("they have too many sessions")
	errFull    = errors.New("there are too many sessions, or they begin too many")
)

// tally counts sessions, overall and of each person.
type tally struct {
	limits Limits
	now    func() time.Time

	mu     sync.Mutex
	total  int
	people map[string]*person // of those who are let in, so there are as many as learners at most
	closed bool
	wait   sync.WaitGroup
}

// person is somebody who has sessions, or has had.
type person struct {
	sessions int
	begins   *rate.Limiter
}

// instructors is how many times as many sessions instructors may have: any number
// of views may be open, and two people may call themselves the same.
const instructors = 8

// enter counts another session, unless there may be none.
func (t *tally) enter(i identity) error {
	who, most, begins := i.name(), t.limits.SessionsEach, t.limits.Begins
	if i.instructor != "" {
		most, begins = instructors*most, instructors*begins
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.people[who]
	if p == nil {
		if t.people == nil {
			t.people = map[string]*person{}
		}
		p = &person{begins: rate.NewLimiter(rate.Limit(float64(begins)/60), begins)}
		t.people[who] = p
	}
	switch {
	case t.closed:
		return errStopping
	case p.sessions >= most:
		return errCrowded
	case t.total >= t.limits.Sessions, !p.begins.AllowN(t.now(), 1):
		return errFull
	}
	t.total++
	p.sessions++
	t.wait.Add(1)
	return nil
}

// leave counts a session less.
func (t *tally) leave(i identity) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.total--
	t.people[i.name()].sessions--
	t.wait.Done()
}

// close lets nobody else in, and returns what waits for those who are.
func (t *tally) close() (wait func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	return t.wait.Wait
}
