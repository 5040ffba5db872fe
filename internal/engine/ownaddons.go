package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"kubetutor/assets/addons"
	"kubetutor/internal/engine/addon"
	"kubetutor/internal/engine/controlplane"
	"kubetutor/internal/engine/fleet"
	"kubetutor/internal/engine/setup"
)

// metricsEvery is how often metrics are gathered: upstream's manifest has 15 s,
// which is long for somebody who waits for the first `kubectl top`.
const metricsEvery = 5 * time.Second

// startAddOns starts what clusters with nodes have beside Kubernetes. Its objects
// are part of the baseline.
func (c *ownCluster) startAddOns(ctx context.Context, f *fleet.Fleet) error {
	a, err := addon.Start(ctx, addon.Options{
		Config: c.Config(controlplane.SetupUser), Fresh: !c.HasNodesBaseline(), Volumes: f.Volumes(), Log: c.backend.log,
		Dial: f.Dial, Resolution: metricsEvery,
		Announce: func(ctx context.Context, nodes map[netip.Addr][]string) error {
			return f.Runtime().Announce(ctx, nodes)
		},
	})
	if err != nil {
		return err
	}
	c.addons.Store(a)
	return nil
}

// resetAddOns lets them forget the lab that was.
func (c *ownCluster) resetAddOns(ctx context.Context) error {
	if a := c.addons.Load(); a != nil {
		return a.Reset(ctx)
	}
	return nil
}

// Bring brings further add-ons, until the next reset.
func (s ownSite) Bring(ctx context.Context, names []string, waiting func(string)) error {
	if _, err := s.nodes(); err != nil {
		return err
	}
	for _, name := range names {
		text, err := addons.Manifest(name)
		if err != nil {
			return err
		}
		m := setup.Manifest{File: name + ".yaml", Text: string(text)}
		waiting(name)
		if err := s.c.applier.Apply(ctx, m, waiting); err != nil {
			return fmt.Errorf("bringing the add-on %s: %w", name, err)
		}
		if err := s.c.applier.AwaitReady(ctx, m, waiting); err != nil {
			return fmt.Errorf("bringing the add-on %s: %w", name, err)
		}
	}
	return nil
}

// stopAddOns ends them, if they run.
func (c *ownCluster) stopAddOns() {
	if a := c.addons.Swap(nil); a != nil {
		a.Stop()
	}
}

// dialInside connects to an address in the lab: an add-on's, or one of the nodes'
// network.
func (c *ownCluster) dialInside(ctx context.Context, f *fleet.Fleet, to netip.AddrPort) (net.Conn, error) {
	if a := c.addons.Load(); a != nil {
		conn, err := a.Dial(ctx, to)
		if !errors.Is(err, addon.ErrElsewhere) {
			return conn, err
		}
	}
	return f.Dial(ctx, to)
}
