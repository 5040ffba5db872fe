package engine

import (
	"context"

	"kubetutor/internal/lab/protocol"
)

// Network sends pictures of the network. A cluster without nodes has none.
func (s ownSite) Network(ctx context.Context, view protocol.NetworkView, send func(protocol.Network) error) error {
	_, err := s.nodes()
	n := s.c.network.Load()
	if err != nil || n == nil {
		return err
	}
	return n.Watch(ctx, view, send)
}
