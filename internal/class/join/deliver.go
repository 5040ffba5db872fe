package join

import (
	"context"
	"encoding/json"
	"fmt"

	"kubetutor/internal/class/wire"
	"kubetutor/internal/progress"
)

// batch is how many events are looked at, and sent, at once.
const batch = 200

// tellEvents tells the class of all events that it was not told of.
func (s *Seat) tellEvents(ctx context.Context) error {
	for log := s.log; log != nil; {
		arrived, err := log.Since(ctx, s.told(), batch)
		if err != nil || len(arrived) == 0 {
			return err
		}
		if err := s.tellArrived(ctx, arrived); err != nil {
			return err
		}
	}
	return nil
}

// tellArrived tells of those events that concern the class, as many at once as a
// line takes, and notes after each time how far it has come.
func (s *Seat) tellArrived(ctx context.Context, arrived []progress.Arrival) error {
	var events []progress.Event
	size, told := 0, s.told()
	tell := func() error {
		if len(events) > 0 {
			if err := s.wire.RecordedAll(ctx, events); err != nil {
				return fmt.Errorf("telling the class what was done: %w", err)
			}
		}
		events, size = nil, 0
		return s.note(told)
	}
	for _, a := range arrived {
		is, err := s.concerns(ctx, a.Event)
		if err != nil {
			return err
		}
		if is {
			e, n := fit(a.Event)
			if size+n > wire.MaxBatch {
				if err := tell(); err != nil {
					return err
				}
			}
			events, size = append(events, e), size+n
		}
		told = a.Cursor
	}
	return tell()
}

// around is what an event has beside its data, in bytes of JSON, and more.
const around = 256

// fit makes an event small enough for a line, and tells its size. Of an answer that
// is too long the class learns whether it was right, and not what it says.
func fit(e progress.Event) (progress.Event, int) {
	if len(e.Data)+around <= wire.MaxBatch {
		return e, len(e.Data) + around
	}
	if data, err := e.Decode(); err == nil {
		if a, ok := data.(progress.Answer); ok {
			a.Given.Texts, a.Given.Options = nil, nil
			e.Data, _ = json.Marshal(a) // it was read from JSON
		}
	}
	return e, len(e.Data) + around
}
