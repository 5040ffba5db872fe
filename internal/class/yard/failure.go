package yard

import (
	"context"
	"errors"
	"time"

	"kubetutor/internal/i18n"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
)

// How a lab that fails is left alone: not after the first failure, which a learner
// may repeat at once, then for longer and longer. A lab that did not fail for
// forgetAfter begins with a clean record.
const (
	firstRest   = 10 * time.Second
	longestRest = 5 * time.Minute
	forgetAfter = 10 * time.Minute
)

// faults is how often a lab failed lately.
type faults struct {
	count int
	last  time.Time
	until time.Time // it rests
}

// add counts a failure.
func (f *faults) add(now time.Time) {
	if now.Sub(f.last) >= forgetAfter {
		f.count = 0
	}
	f.count, f.last = f.count+1, now
	if f.count > 1 {
		f.until = now.Add(min(firstRest<<min(f.count-2, 10), longestRest))
	}
}

// refusal is why a lab that rests cannot start; nil if it can.
func (f *faults) refusal(now time.Time) error {
	if left := f.until.Sub(now); left > 0 {
		return trouble(protocol.CodeConflict, i18n.LabRests(f.count, max(left, time.Second)))
	}
	return nil
}

// trouble is an error for a learner.
func trouble(code protocol.Code, t i18n.LabTrouble) *protocol.Error {
	return &protocol.Error{Code: code, Message: t.Why.EN, Hint: t.Try.EN, Said: t.Why, Advice: t.Try}
}

// isFault tells whether an error says that a lab is broken, rather than that a
// request was.
func isFault(err error) bool {
	var refused *protocol.Error
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, lab.ErrNoEngine), errors.Is(err, errClosed):
		return false
	case errors.As(err, &refused):
		return refused.Code == protocol.CodeInternal
	}
	return true
}

// forLearner is an error as a learner is told of it. What the engine says in a
// sentence stays, without its log; anything else may name files and processes of the
// machine, which are the instructor's to know, from the yard's log.
func forLearner(err error, started bool) error {
	var refused *protocol.Error
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, errClosed):
		return trouble(protocol.CodeConflict, i18n.LabClassOver())
	case errors.Is(err, lab.ErrNoEngine):
		return trouble(protocol.CodeUnsupported, i18n.LabNoEngine())
	case errors.As(err, &refused) && (started || refused.Code != protocol.CodeInternal):
		said := *refused
		said.Log = nil
		return &said
	case started:
		return trouble(protocol.CodeInternal, i18n.LabStopped())
	}
	return trouble(protocol.CodeInternal, i18n.LabNotStarted())
}
