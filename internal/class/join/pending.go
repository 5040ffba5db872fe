package join

import (
	"context"

	"kubetutor/internal/progress"
)

// told is how far the class was told of events.
func (s *Seat) told() progress.Cursor {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.Told
}

// note keeps how far the class was told of events.
func (s *Seat) note(told progress.Cursor) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.Told == told {
		return nil
	}
	s.state.Told = told
	return s.state.save()
}

// concerns tells whether the class is told of an event.
func (s *Seat) concerns(ctx context.Context, e progress.Event) (bool, error) {
	s.mu.Lock()
	st := *s.state
	s.mu.Unlock()
	return st.concerns(ctx, s.log, e)
}

// tellCall tells of the newest call for help. It is forgotten here only if there is
// no newer one by then.
func (s *Seat) tellCall(ctx context.Context) error {
	s.mu.Lock()
	call := s.state.Call
	s.mu.Unlock()
	if call == nil {
		return nil
	}
	if err := s.wire.Raise(ctx, *call); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.Call != call {
		return nil
	}
	s.state.Call, s.sight.Hand = nil, call.Up
	return s.state.save()
}

// tellRead tells which messages were read.
func (s *Seat) tellRead(ctx context.Context) error {
	s.mu.Lock()
	read, known := s.read, s.sight.Read
	s.mu.Unlock()
	if read <= known {
		return nil
	}
	return s.wire.Read(ctx, read)
}

// tellChecks tells how the lab stands.
func (s *Seat) tellChecks(ctx context.Context) error {
	s.mu.Lock()
	checks, checked := s.checks, s.checked
	s.mu.Unlock()
	if checks == nil || checked {
		return nil
	}
	if err := s.wire.Checks(ctx, *checks); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.checked = s.checks == checks
	return nil
}
