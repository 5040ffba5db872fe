package server

import "context"

// gate lets one verb at a time through; the others wait as long as their
// clients do.
type gate chan struct{}

func newGate() gate { return make(gate, 1) }

// enter waits for its turn. It returns ctx's error where the client is gone
// first.
func (g gate) enter(ctx context.Context) (leave func(), err error) {
	select {
	case g <- struct{}{}:
		return func() { <-g }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// whileBoth returns a context that ends with either of two; its values and
// deadline are those of the first.
func whileBoth(ctx, other context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(other, func() { cancel(context.Cause(other)) })
	return ctx, func() { stop(); cancel(nil) }
}
