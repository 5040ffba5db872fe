package controlplane

import (
	"context"
	"fmt"
	"time"

	"kubetutor/internal/lab/protocol"
)

// stager tells of stages.
type stager struct{ tell func(protocol.Stage) }

// run does one stage.
func (s stager) run(ctx context.Context, id string, do func(context.Context) (string, error)) error {
	begin := time.Now()
	s.send(protocol.Stage{ID: id})
	detail, err := do(ctx)
	if err != nil {
		return fmt.Errorf("starting the control plane, stage %s: %w", id, err)
	}
	s.send(protocol.Stage{ID: id, Done: true, Took: time.Since(begin), Detail: detail})
	return nil
}

func (s stager) send(stage protocol.Stage) {
	if s.tell != nil {
		s.tell(stage)
	}
}

// pollInterval is how often poll asks.
const pollInterval = 5 * time.Millisecond

// poll asks until the answer is yes or an error, at most for limit.
func poll(ctx context.Context, limit time.Duration, what string, ask func() (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("gave up after %v", limit))
	defer cancel()
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		if done, err := ask(); err != nil || done {
			return err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, context.Cause(ctx))
		}
	}
}
