package engine

import (
	"context"

	"k8s.io/client-go/kubernetes"

	"kubetutor/internal/engine/addon"
	"kubetutor/internal/engine/controlplane"
	"kubetutor/internal/engine/fleet"
)

// startAddOns starts what clusters with nodes have beside Kubernetes. Its objects
// are part of the baseline.
func (c *ownCluster) startAddOns(ctx context.Context, f *fleet.Fleet) error {
	client, err := kubernetes.NewForConfig(c.Config(controlplane.SetupUser))
	if err != nil {
		return err
	}
	a, err := addon.Start(ctx, addon.Options{Client: client, Volumes: f.Volumes(), Log: c.backend.log})
	if err != nil {
		return err
	}
	c.addons.Store(a)
	return nil
}

// stopAddOns ends them, if they run.
func (c *ownCluster) stopAddOns() {
	if a := c.addons.Swap(nil); a != nil {
		a.Stop()
	}
}
