package check

import (
	"context"
	"slices"
	"time"
)

const (
	// stillFor is how long a cluster must be still to be at rest: a controller that
	// has just seen something writes within it.
	stillFor = 40 * time.Millisecond
	// lookStill lies between two looks.
	lookStill = 20 * time.Millisecond
)

// lull finds out whether a cluster is at rest before a lab has been quiet for long:
// it says itself, over a while, that it has nothing to do.
type lull struct {
	session *session
	asked   time.Time // what is read must have been read since
	mark    string
	since   time.Time // when the mark was first seen with the cluster still; zero if it is not
}

// lasts tells whether the cluster has been still for a while, and whether the session
// knows all that it holds. Samples are of what no cluster knows the end of.
func (l *lull) lasts(ctx context.Context) bool {
	s := l.session
	if s.checker.options.Still == nil || len(s.samples) > 0 {
		return false
	}
	if !l.still(ctx) || time.Since(l.since) < stillFor {
		return false
	}
	return s.isFresh(later(l.asked, l.since)) && !s.readFiles() && s.isCurrent(ctx) && l.still(ctx)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// still looks once.
func (l *lull) still(ctx context.Context) bool {
	mark, still, err := l.session.checker.options.Still(ctx)
	switch {
	case err != nil || !still:
		l.since = time.Time{}
	case mark != l.mark || l.since.IsZero():
		l.since = time.Now()
	default:
		return true
	}
	l.mark = mark
	return false
}

// next is how long to wait for the next look, at most otherwise.
func (l *lull) next(otherwise time.Duration) time.Duration {
	if l.session.checker.options.Still == nil || len(l.session.samples) > 0 {
		return otherwise
	}
	return min(otherwise, lookStill)
}

// isCurrent tells whether all watches have shown what the cluster holds now.
func (s *session) isCurrent(ctx context.Context) bool {
	s.mu.Lock()
	views, waits := s.views(), slices.ContainsFunc(s.rules, s.isPending)
	s.mu.Unlock()
	return !waits && !slices.ContainsFunc(views, func(v view) bool { return !v.isAsAt(ctx, "") })
}
