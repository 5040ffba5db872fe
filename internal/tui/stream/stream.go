// Package stream brings what happens elsewhere into a Bubble Tea model, one
// message after the other.
package stream

import (
	"context"

	tea "charm.land/bubbletea/v2"
)

// Item is one message of a stream, and the command that waits for the next one.
type Item struct {
	Msg  tea.Msg
	Next tea.Cmd
}

// Of runs a function that tells of many things as they happen; each arrives as an
// [Item]. Its last message may be nil. It ends when the context does; send fails
// then.
func Of(ctx context.Context, run func(send func(tea.Msg) error) tea.Msg) tea.Cmd {
	ch := make(chan tea.Msg)
	send := func(m tea.Msg) error {
		select {
		case ch <- m:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	var next tea.Cmd
	next = func() tea.Msg {
		select {
		case m, ok := <-ch:
			if !ok {
				return nil
			}
			return Item{m, next}
		case <-ctx.Done():
			return nil
		}
	}
	return func() tea.Msg {
		go func() {
			defer close(ch)
			if last := run(send); last != nil {
				_ = send(last) // nobody listens any more when this fails
			}
		}()
		return next()
	}
}
