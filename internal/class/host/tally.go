package host

import "sync"

// tally counts sessions, overall and of each person.
type tally struct {
	all, each int // at most

	mu     sync.Mutex
	total  int
	of     map[string]int
	closed bool
	wait   sync.WaitGroup
}

// enter counts another session, unless there are too many or there will be no more.
func (t *tally) enter(who string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed || t.total >= t.all || t.of[who] >= t.each {
		return false
	}
	if t.of == nil {
		t.of = map[string]int{}
	}
	t.total++
	t.of[who]++
	t.wait.Add(1)
	return true
}

// leave counts a session less.
func (t *tally) leave(who string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.total--
	if t.of[who]--; t.of[who] == 0 {
		delete(t.of, who)
	}
	t.wait.Done()
}

// close lets nobody else in, and returns what waits for those who are.
func (t *tally) close() (wait func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	return t.wait.Wait
}
