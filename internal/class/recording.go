package class

import (
	"context"
	"fmt"

	"kubetutor/internal/progress"
)

// Recording is a store that tells of each event once it is on disk, in the order
// in which one caller records them. Events that Import adds are not told of.
func Recording(p Progress, told func(progress.Event)) Progress {
	return recording{Progress: p, told: told}
}

type recording struct {
	Progress
	told func(progress.Event)
}

// Record implements progress.Recorder.
func (r recording) Record(ctx context.Context, data any) (string, error) {
	id, err := r.Progress.Record(ctx, data)
	if err == nil {
		err = r.tell(ctx, id)
	}
	return id, err
}

// RecordAll implements progress.Recorder.
func (r recording) RecordAll(ctx context.Context, data []any) ([]string, error) {
	ids, err := r.Progress.RecordAll(ctx, data)
	if err == nil {
		err = r.tell(ctx, ids...)
	}
	return ids, err
}

// tell reads the events back as they are on disk. The caller's context may end
// between the two; what was recorded is told all the same.
func (r recording) tell(ctx context.Context, ids ...string) error {
	ctx = context.WithoutCancel(ctx)
	for _, id := range ids {
		e, ok, err := r.Event(ctx, id)
		if err != nil {
			return fmt.Errorf("telling the class what was recorded: %w", err)
		}
		if ok {
			r.told(e)
		}
	}
	return nil
}
