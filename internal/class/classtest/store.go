// Package classtest has what tests of a class need: a store in memory, a yard
// without labs, and a room with a small course, ready to be entered.
package classtest

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/progress"
)

// Store is a class.Store whose events are in memory. Learners' progress is in
// files below a directory of the test.
type Store struct {
	Now func() time.Time // of what learners record; nil: time.Now

	dir     string
	mu      sync.Mutex
	events  []class.Event
	secrets map[string][]byte
	fail    error
}

var _ class.Store = (*Store)(nil)

// NewStore makes an empty store.
func NewStore(t testing.TB) *Store {
	return &Store{dir: t.TempDir(), secrets: map[string][]byte{}}
}

// Fail lets every Append fail with an error from now on; nil ends it.
func (s *Store) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

// Append implements class.Store.
func (s *Store) Append(ctx context.Context, after string, e class.Event) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := context.Cause(ctx); err != nil {
		return "", err
	}
	if s.fail != nil {
		return "", s.fail
	}
	if n := len(s.events); n > 0 && s.events[n-1].ID > after {
		return "", class.ErrBehind
	}
	n := len(s.events) + 1
	e.ID = ulid.ULID{14: byte(n >> 8), 15: byte(n)}.String()
	s.events = append(s.events, e)
	return e.ID, nil
}

// Events implements class.Store.
func (s *Store) Events(ctx context.Context, after string, each func(class.Event) error) error {
	s.mu.Lock()
	events := slices.Clone(s.events)
	s.mu.Unlock()
	for _, e := range events {
		if e.ID <= after {
			continue
		}
		if err := each(e); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// Progress implements class.Store.
func (s *Store) Progress(_ context.Context, who class.LearnerID) (class.Progress, error) {
	if !who.Valid() {
		return nil, fmt.Errorf("%q is no learner's ID", who)
	}
	now := s.Now
	if now == nil {
		now = time.Now
	}
	return progress.Open(filepath.Join(s.dir, string(who)), progress.WithClock(now))
}

// Secret implements class.Store.
func (s *Store) Secret(_ context.Context, name string, make func() ([]byte, error)) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if data, ok := s.secrets[name]; ok {
		return slices.Clone(data), nil
	}
	data, err := make()
	if err != nil {
		return nil, err
	}
	s.secrets[name] = slices.Clone(data)
	return data, nil
}

// Close implements class.Store. The store can be used again: what is in it is what
// a server finds that starts after this one.
func (s *Store) Close() error { return nil }
