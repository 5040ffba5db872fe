package lab

import (
	"context"

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

// Network follows the network of the running cluster, as [Client.Network] does. It
// starts no cluster, and does not come back to one that was lost.
func (l *Labs) Network(ctx context.Context, view protocol.NetworkView, changed func(protocol.Network) error) error {
	return l.with(ctx, func(c *Client) error { return c.Network(ctx, view, changed) })
}
