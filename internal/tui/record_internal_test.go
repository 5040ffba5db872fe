package tui

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	tea "charm.land/bubbletea/v2"
)

// However commands run, events are kept in the order in which they happened.
func TestEventsAreKeptInOrder(t *testing.T) {
	t.Parallel()
	var kept []int
	full := errors.New("the disk is full")
	r := recorder{keep: func(_ context.Context, data any) error {
		if kept = append(kept, data.(int)); data == 7 {
			return full
		}
		return nil
	}}
	var cmds []tea.Cmd
	for i := range 20 {
		cmds = append(cmds, r.record(t.Context(), i))
	}
	slices.Reverse(cmds)
	var failed []error
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, cmd := range cmds {
		all.Go(func() {
			if err := cmd().(recordedMsg).err; err != nil {
				mu.Lock()
				failed = append(failed, err)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if !slices.IsSorted(kept) || len(kept) != 20 {
		t.Errorf("kept %v", kept)
	}
	if len(failed) != 1 || !errors.Is(failed[0], full) {
		t.Errorf("told of %v", failed)
	}
}
