package server

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"kubetutor/internal/lab/protocol"
)

// score keeps how the active lab stands. What has been passed is on the disk
// before anybody is told. The checker is never kept waiting: it leaves the
// newest verdicts behind, and what was passed even for a moment is remembered.
type score struct {
	path    string
	publish func(*protocol.Attempt, standing)
	log     *slog.Logger
	changed chan struct{} // one element: there is something new

	mu    sync.Mutex
	rec   record           // with everything passed so far
	now   standing         // the newest
	saved protocol.Attempt // as it is on the disk
}

// standing is how a lab stands at one moment: see protocol.Verdicts.
type standing struct {
	checks []protocol.Verdict
	hints  []int
}

// saveAgain is how long a write that failed (a full disk) waits for the next.
const saveAgain = time.Second

// newScore begins with what the record says, which is on the disk already.
func newScore(rec *record, path string, publish func(*protocol.Attempt, standing), log *slog.Logger) *score {
	return &score{
		path: path, publish: publish, log: log, changed: make(chan struct{}, 1),
		rec: *rec, saved: rec.Attempt,
	}
}

// judged takes every check's verdict, and the hints that are for that state.
func (s *score) judged(checks []protocol.Verdict, hints []int) {
	s.mu.Lock()
	s.now = standing{slices.Clone(checks), slices.Clone(hints)}
	s.note()
	s.mu.Unlock()
	s.wake()
}

func (s *score) wake() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// note adds to the attempt what the newest verdicts pass; the caller holds mu.
// After a jump nothing is passed: it is not the learner's work.
func (s *score) note() {
	a := &s.rec.Attempt
	if a.Jumped {
		return
	}
	all := len(s.now.checks) > 0
	for _, v := range s.now.checks {
		if v.Result != protocol.Pass {
			all = false
		} else if !slices.Contains(a.PassedEver, v.Check) {
			a.PassedEver = append(slices.Clone(a.PassedEver), v.Check)
		}
	}
	if all && a.Passed.IsZero() {
		a.Passed = time.Now()
	}
}

// run saves and tells until ctx ends, and once more then.
func (s *score) run(ctx context.Context) {
	for {
		select {
		case <-s.changed:
			s.settle()
		case <-ctx.Done():
			s.settle()
			return
		}
	}
}

// settle writes what is new to the disk, and then tells everybody. If it cannot
// be written, the verdicts are told, but not the pass.
func (s *score) settle() {
	s.mu.Lock()
	rec, now := s.rec, s.now
	same := equalAttempt(rec.Attempt, s.saved)
	s.mu.Unlock()
	if !same {
		if err := rec.save(s.path); err != nil {
			s.log.Error("recording what was passed", "error", err)
			time.AfterFunc(saveAgain, s.wake)
		} else {
			s.mu.Lock()
			s.saved = rec.Attempt
			s.mu.Unlock()
		}
	}
	if now.checks != nil {
		s.publish(s.durable(), now)
	}
}

func equalAttempt(a, b protocol.Attempt) bool {
	return a.Passed.Equal(b.Passed) && slices.Equal(a.PassedEver, b.PassedEver)
}

// durable returns a copy of the attempt as it is on the disk.
func (s *score) durable() *protocol.Attempt {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.saved
	return &a
}

// record returns a copy of the record as it is now.
func (s *score) record() record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rec
}
