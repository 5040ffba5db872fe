package engine

import (
	"context"
	"errors"
	"fmt"

	"kubetutor/internal/engine/controlplane"
	"kubetutor/internal/engine/fleet"
	"kubetutor/internal/engine/network"
	"kubetutor/internal/lab/protocol"
)

// startNetwork starts to follow what the API says of the network. It does so
// before there are nodes: what policies isolate shall be isolated from the first
// moment on.
func (c *ownCluster) startNetwork(ctx context.Context) error {
	n, err := network.Start(ctx, network.Options{
		Config: c.Config(controlplane.SetupUser), Control: fleet.Runtime(c.backend.home.SocketDir()), Log: c.backend.log,
	})
	if err != nil {
		return fmt.Errorf("following the network: %w", err)
	}
	c.network.Store(n)
	return nil
}

// equip tells a runtime that has just come what holds in its network.
func (c *ownCluster) equip(ctx context.Context) error {
	var errs []error
	if n := c.network.Load(); n != nil {
		errs = append(errs, n.Equip(ctx))
	}
	if a := c.addons.Load(); a != nil {
		errs = append(errs, a.Equip(ctx))
	}
	return errors.Join(errs...)
}

// stopNetwork ends that, if it runs.
func (c *ownCluster) stopNetwork() {
	if n := c.network.Swap(nil); n != nil {
		n.Stop()
	}
}

// explain is the same for the console.
func (b *ownBackend) explain(ctx context.Context, q protocol.Explain) (protocol.Explanation, error) {
	if c := b.cluster.Load(); c != nil {
		return ownSite{c}.Explain(ctx, q)
	}
	return protocol.Explanation{}, &protocol.Error{Code: protocol.CodeUnsupported, Message: "the network is in our hands in kubetutor's own cluster only"}
}

// Explain tells what would happen to a connection.
func (s ownSite) Explain(ctx context.Context, q protocol.Explain) (protocol.Explanation, error) {
	n := s.c.network.Load()
	if n == nil {
		_, err := s.nodes()
		return protocol.Explanation{}, err
	}
	return n.Explain(ctx, q)
}
