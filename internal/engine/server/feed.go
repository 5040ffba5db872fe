package server

import (
	"context"
	"sync"
)

// feed is a list that grows until it is closed, and that any number of readers
// follow from its beginning. Writers never wait for readers.
type feed[T any] struct {
	mu     sync.Mutex
	lines  []T
	closed bool
	more   chan struct{} // closed at each change, then replaced
}

func newFeed[T any]() *feed[T] { return &feed[T]{more: make(chan struct{})} }

func (f *feed[T]) add(line T) {
	f.change(func() { f.lines = append(f.lines, line) })
}

func (f *feed[T]) close() {
	f.change(func() { f.closed = true })
}

func (f *feed[T]) change(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
	close(f.more)
	f.more = make(chan struct{})
}

// follow sends every line, past and to come, until the feed is closed, send
// fails or ctx ends.
func (f *feed[T]) follow(ctx context.Context, send func(T) error) error {
	for next := 0; ; {
		lines, closed, more := f.after(next)
		for _, l := range lines {
			if err := send(l); err != nil {
				return err
			}
		}
		next += len(lines)
		if closed {
			return nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// after returns the lines from next on. Closed is told only together with the
// last of them.
func (f *feed[T]) after(next int) (lines []T, closed bool, more <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lines[next:len(f.lines):len(f.lines)], f.closed, f.more
}
