package wire

import (
	"context"

	"kubetutor/internal/class"
	"kubetutor/internal/class/door"
	"kubetutor/internal/progress"
)

// Seat is a learner's seat at the end of a connection, which is made anew whenever
// it ends, until the seat is closed. While there is none, Follow tells the last
// sight with Lost set, and all other calls fail with class.ErrLost.
type Seat struct{ *link }

var _ class.Seat = (*Seat)(nil)

// NewSeat connects in the background. Close ends it.
func NewSeat(dial Dial, o Options) *Seat { return &Seat{newLink(dial, door.Seat, o)} }

// Follow implements class.Seat. It sets Sight.Skew from the answers to pings.
func (s *Seat) Follow(ctx context.Context, changed func(class.Sight) error) error {
	var seen class.Sight
	tell := func(now class.Sight) error {
		seen = now
		seen.Skew = s.clock.skew()
		return changed(seen)
	}
	return follow(ctx, s.link, doFollow, tell, func() error {
		seen.Lost, seen.Shown = true, nil
		return changed(seen)
	})
}

// Raise implements class.Seat.
func (s *Seat) Raise(ctx context.Context, c class.Call) error { return s.ask(ctx, doRaise, c) }

// Read implements class.Seat.
func (s *Seat) Read(ctx context.Context, message string) error { return s.ask(ctx, doRead, message) }

// Allow implements class.Seat.
func (s *Seat) Allow(ctx context.Context, ask string, yes bool) error {
	return s.ask(ctx, doAllow, allowance{ask, yes})
}

// Recorded implements class.Seat: it returns once the event is on disk there.
func (s *Seat) Recorded(ctx context.Context, e progress.Event) error {
	return s.RecordedAll(ctx, []progress.Event{e})
}

// MaxBatch is how many bytes of JSON the events of one RecordedAll may have.
const MaxBatch = maxQuestion - around

// RecordedAll tells of several events, in their order, and returns once all are on
// disk there. Some may be if it fails; an event that is told again changes nothing.
// All must be of kinds that travel (see [Travels]), and together no larger than
// MaxBatch.
func (s *Seat) RecordedAll(ctx context.Context, events []progress.Event) error {
	return s.ask(ctx, doRecorded, events)
}

// Checks implements class.Seat.
func (s *Seat) Checks(ctx context.Context, st class.Standing) error { return s.ask(ctx, doChecks, st) }
