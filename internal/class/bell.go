package class

import "sync"

// bell wakes those who follow the room. It has a lock of its own and waits for
// nobody, so that it can be rung from anywhere.
type bell struct {
	mu   sync.Mutex
	ears map[*ear]bool
}

// ear is woken when something changed for a learner, or anything where who is
// empty. What happens while nobody listens at it is heard once.
type ear struct {
	who   LearnerID
	heard chan struct{} // of size 1
}

func (b *bell) listen(who LearnerID) *ear {
	e := &ear{who: who, heard: make(chan struct{}, 1)}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ears == nil {
		b.ears = map[*ear]bool{}
	}
	b.ears[e] = true
	return e
}

func (b *bell) leave(e *ear) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.ears, e)
}

// ring wakes those who follow a learner and those who follow the room; everybody
// where who is empty.
func (b *bell) ring(who LearnerID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for e := range b.ears {
		if who == "" || e.who == "" || e.who == who {
			e.wake()
		}
	}
}

func (e *ear) wake() {
	select {
	case e.heard <- struct{}{}:
	default: // it will hear of this with what woke it before
	}
}
