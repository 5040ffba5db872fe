package join

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"kubetutor/internal/class"
	"kubetutor/internal/class/wire"
	"kubetutor/internal/progress"
)

// look is how often the log is looked at for what other programs of the learner
// record, which tell nothing here; and how soon after a failure all is tried again.
const look = 30 * time.Second

// Seat is a learner's seat in a class that is held elsewhere. Its calls return at
// once: what they tell is kept, on disk if it is a call for help, and sent as soon
// as that can be.
type Seat struct {
	wire *wire.Seat
	log  progress.Log // nil: nothing is recorded
	stop context.CancelFunc
	work sync.WaitGroup
	wake chan struct{} // holds one: there may be something to tell

	mu      sync.Mutex
	sight   class.Sight
	changed chan struct{} // closed when sight is another
	state   *state
	read    string          // the newest message that was read
	checks  *class.Standing // how the lab stands; nil: nothing was said of it
	checked bool            // the class was told
}

var _ class.Seat = (*Seat)(nil)

// sit takes the seat of somebody who was let in, once the class has said who they
// are.
func sit(ctx context.Context, d *dialer, first io.ReadWriteCloser) (*Seat, error) {
	s := &Seat{
		wire: wire.NewSeat(d.dialAfter(first), d.wire()), log: d.o.Progress,
		wake: make(chan struct{}, 1), changed: make(chan struct{}),
	}
	life, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.work.Go(func() { _ = s.wire.Follow(life, s.see) })
	err := s.wire.Ready(ctx)
	if err == nil {
		err = s.begin(ctx, d)
	}
	if err != nil {
		return nil, errors.Join(err, s.leave())
	}
	s.work.Go(func() { s.tell(life) })
	return s, nil
}

// begin waits for the first sight, and opens what is kept of its class.
func (s *Seat) begin(ctx context.Context, d *dialer) error {
	for {
		sight, changed := s.now()
		if sight.Class != "" {
			st, err := openState(ctx, d, sight)
			s.mu.Lock()
			defer s.mu.Unlock()
			s.state = st
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// see takes what the class tells.
func (s *Seat) see(sight class.Sight) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sight.Lost && !sight.Lost {
		s.checked = false // a server that was started anew does not know
	}
	if s.state != nil {
		_ = s.state.plan(sight.Lessons) // what cannot be kept now is kept with the next event
	}
	s.sight = sight
	s.turn()
	s.nudge()
	return nil
}

// turn lets those who follow look again. The lock is held.
func (s *Seat) turn() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// nudge has what is to be told looked at.
func (s *Seat) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// now is the class as it will be once all was told, and what is closed when that is
// another.
func (s *Seat) now() (class.Sight, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sight := s.sight
	if s.state != nil && s.state.Call != nil {
		sight.Hand = s.state.Call.Up
	}
	sight.Read = max(sight.Read, s.read)
	return sight, s.changed
}

// Follow implements class.Seat. Hand and Read are as they will be once all was
// sent.
func (s *Seat) Follow(ctx context.Context, changed func(class.Sight) error) error {
	for {
		sight, next := s.now()
		if err := changed(sight); err != nil {
			return err
		}
		select {
		case <-next:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Raise implements class.Seat.
func (s *Seat) Raise(_ context.Context, call class.Call) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Call = &call
	s.turn()
	s.nudge()
	return s.state.save()
}

// Read implements class.Seat.
func (s *Seat) Read(_ context.Context, message string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.read = max(s.read, message)
	s.turn()
	s.nudge()
	return nil
}

// Allow implements class.Seat. Nobody can look at the screen of somebody who works
// on a machine of their own: yes is class.ErrDeclined.
func (s *Seat) Allow(ctx context.Context, ask string, yes bool) error {
	if yes {
		return class.ErrDeclined
	}
	return s.wire.Allow(ctx, ask, false)
}

// Recorded implements class.Seat: it has Options.Progress looked at again, where
// the event is.
func (s *Seat) Recorded(context.Context, progress.Event) error {
	s.nudge()
	return nil
}

// Checks implements class.Seat. Of several that could not be sent yet, the last is.
func (s *Seat) Checks(_ context.Context, st class.Standing) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.checks, s.checked = &st, false
	s.nudge()
	return nil
}

// Unsent is how many events of the class have yet to be sent.
func (s *Seat) Unsent(ctx context.Context) (n int, err error) {
	for at := s.told(); s.log != nil; {
		arrived, err := s.log.Since(ctx, at, batch)
		if err != nil || len(arrived) == 0 {
			return n, err
		}
		for _, a := range arrived {
			is, err := s.concerns(ctx, a.Event)
			if err != nil {
				return n, err
			}
			if is {
				n++
			}
			at = a.Cursor
		}
	}
	return n, nil
}

// Close sends what can be sent until the context ends, and leaves. An error says that
// something is left; it is sent when the learner joins again.
func (s *Seat) Close(ctx context.Context) error {
	s.stop()
	s.work.Wait()
	err := s.tellAll(ctx)
	return errors.Join(err, s.leave())
}

// leave ends the connection and waits until nothing of the seat is left.
func (s *Seat) leave() error {
	s.stop()
	err := s.wire.Close()
	s.work.Wait()
	return err
}

// tell tells the class what it has yet to be told, until the context ends.
func (s *Seat) tell(ctx context.Context) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case <-s.wake:
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if sight, _ := s.now(); !sight.Lost {
			_ = s.tellAll(ctx) // what was not told is kept, and told another time
		}
	}
}

// tellAll tells everything once: calls for help first.
func (s *Seat) tellAll(ctx context.Context) error {
	for _, f := range []func(context.Context) error{s.tellCall, s.tellRead, s.tellChecks, s.tellEvents} {
		if err := f(ctx); err != nil {
			return err
		}
	}
	return nil
}
