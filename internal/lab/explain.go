package lab

import (
	"context"

	"kubetutor/internal/lab/protocol"
)

// Explain tells what would happen to a connection in the cluster's network.
func (c *Client) Explain(ctx context.Context, q protocol.Explain) (e protocol.Explanation, err error) {
	err = c.call(ctx, protocol.VerbExplain, q, &e)
	return e, err
}
