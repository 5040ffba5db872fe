package wire

import (
	"context"
	"errors"

	"kubetutor/internal/class"
	"kubetutor/internal/progress"
)

// Seat is a learner's seat at the end of a connection, which is made anew whenever
// it ends, until the seat is closed. While there is none, Follow tells the last
// sight with Lost set, and all other calls fail with class.ErrLost.
type Seat struct{}

var _ class.Seat = (*Seat)(nil)

// NewSeat connects in the background. Close ends it.
func NewSeat(dial Dial, o Options) *Seat { return &Seat{} }

// Close ends the connection and waits until nothing of it is left.
func (s *Seat) Close() error { return nil }

// Follow implements class.Seat. It sets Sight.Skew from the answers to pings.
func (s *Seat) Follow(ctx context.Context, changed func(class.Sight) error) error {
	return errors.ErrUnsupported
}

// Raise implements class.Seat.
func (s *Seat) Raise(ctx context.Context, call class.Call) error { return errors.ErrUnsupported }

// Read implements class.Seat.
func (s *Seat) Read(ctx context.Context, message string) error { return errors.ErrUnsupported }

// Allow implements class.Seat.
func (s *Seat) Allow(ctx context.Context, ask string, yes bool) error { return errors.ErrUnsupported }

// Recorded implements class.Seat: it returns once the event is on disk there.
func (s *Seat) Recorded(ctx context.Context, e progress.Event) error {
	return s.RecordedAll(ctx, []progress.Event{e})
}

// RecordedAll tells of several events, in their order, and returns once all are on
// disk there. Some may be if it fails; an event that is told again changes nothing.
func (s *Seat) RecordedAll(ctx context.Context, events []progress.Event) error {
	return errors.ErrUnsupported
}

// Checks implements class.Seat.
func (s *Seat) Checks(ctx context.Context, st class.Standing) error { return errors.ErrUnsupported }
