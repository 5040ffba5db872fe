package class

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"
)

const (
	maxLooks   = 16 // at one learner
	frameEvery = 100 * time.Millisecond
)

// look is an instructor's look at a learner's screen, from the wish for it on. It is
// kept under the room's lock.
type look struct {
	id, by string
	from   *Presence     // the session that allowed it; nil: none yet
	over   error         // why it has ended; nil: it has not
	screen *Screen       // the newest that has not been taken
	heard  chan struct{} // of size 1: there is something to see
}

func (l *look) begin(p *Presence) {
	l.from = p
	p.watchers.Add(1)
}

func (l *look) end(why error) {
	if l.over != nil {
		return
	}
	l.over = why
	if l.from != nil {
		l.from.watchers.Add(-1)
	}
	l.wake()
}

func (l *look) paint(s Screen) {
	l.screen = &s
	l.wake()
}

func (l *look) wake() {
	select {
	case l.heard <- struct{}{}:
	default: // it was woken already, and will see this too
	}
}

// look asks, waits for the learner's word, and brings what they show.
func (r *Room) look(ctx context.Context, by string, who LearnerID, frame func(Screen) error) error {
	l, err := r.beginLook(by, who)
	if err != nil {
		return err
	}
	defer r.endLook(who, l)
	for {
		if err := wait(ctx, nil, l.heard); err != nil {
			return err
		}
		screen, err := r.takeScreen(l)
		if err != nil {
			return err
		}
		if screen == nil {
			continue
		}
		if err := frame(*screen); err != nil {
			return err
		}
		if err := wait(ctx, nil, time.After(frameEvery)); err != nil {
			return err
		}
	}
}

func (r *Room) beginLook(by string, who LearnerID) (*look, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.stays[who]
	switch {
	case s == nil:
		return nil, ErrUnknown
	case len(s.sessions) == 0:
		return nil, ErrAway
	case len(s.looks) >= maxLooks:
		return nil, fmt.Errorf("%w: %d look at this screen already", ErrFull, maxLooks)
	}
	l := &look{id: ulid.Make().String(), by: by, heard: make(chan struct{}, 1)}
	s.looks = append(s.looks, l)
	r.bell.ring(who)
	return l, nil
}

func (r *Room) takeScreen(l *look) (*Screen, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := l.screen
	l.screen = nil
	return s, l.over
}

func (r *Room) endLook(who LearnerID, l *look) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l.end(context.Canceled)
	s := r.stays[who]
	s.looks = slices.DeleteFunc(s.looks, func(o *look) bool { return o == l })
	r.bell.ring(who)
}
