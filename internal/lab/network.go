package lab

import (
	"context"
	"errors"
	"time"

	"kubetutor/internal/lab/protocol"
)

// Network follows the network of the cluster until the context ends, the daemon
// ends the stream (nil), or changed returns an error.
func (c *Client) Network(ctx context.Context, view protocol.NetworkView, changed func(protocol.Network) error) error {
	return stream(ctx, c, protocol.VerbNetwork, view, func(n protocol.Network) error {
		if n.Error != nil {
			return n.Error
		}
		return changed(n)
	})
}

// Network follows the network of the cluster until ctx ends, changed returns an
// error, or the daemon is one that time will not mend. It starts no daemon: while
// the network cannot be seen, it waits. Why is told once, by a Network with nothing
// but its Error.
func (l *Labs) Network(ctx context.Context, view protocol.NetworkView, changed func(protocol.Network) error) error {
	var own error
	told := ""
	for wait := firstRetry; ; wait = min(2*wait, lastRetry) {
		err := l.with(ctx, func(c *Client) error {
			return c.Network(ctx, view, func(n protocol.Network) error {
				told, wait = "", firstRetry
				own = changed(n)
				return own
			})
		})
		var refused *protocol.Error
		if own == nil && errors.As(err, &refused) && refused.Message != told {
			told, own = refused.Message, changed(protocol.Network{Error: refused})
		}
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case own != nil:
			return own
		case !worthRetrying(err):
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(wait):
		}
	}
}
