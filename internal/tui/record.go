package tui

import (
	"context"
	"errors"
	"sync"

	tea "charm.land/bubbletea/v2"
)

// recorder keeps events in the order in which they happened. Commands run side by
// side, so that of two pages turned at once the first could be kept last, and be
// where the learner is found again.
type recorder struct {
	keep    func(ctx context.Context, data any) error
	keeping sync.Mutex // held by who keeps
	mu      sync.Mutex
	waiting []any
	taken   int // how many were asked for
	kept    int // how many of them are kept, or could not be, or are just being
}

// record is a command that keeps an event, and before it all those that were
// asked for earlier.
func (r *recorder) record(ctx context.Context, data any) tea.Cmd {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting = append(r.waiting, data)
	r.taken++
	upTo := r.taken
	return func() tea.Msg { return recordedMsg{r.flush(ctx, upTo)} }
}

// flush keeps what was asked for up to a number. Only keeping waits for the disk:
// the interface never does.
func (r *recorder) flush(ctx context.Context, upTo int) (err error) {
	r.keeping.Lock()
	defer r.keeping.Unlock()
	for data, ok := r.next(upTo); ok; data, ok = r.next(upTo) {
		err = errors.Join(err, r.keep(ctx, data))
	}
	return err
}

func (r *recorder) next(upTo int) (data any, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kept >= upTo {
		return nil, false
	}
	data = r.waiting[0]
	r.waiting = r.waiting[1:]
	r.kept++
	return data, true
}
