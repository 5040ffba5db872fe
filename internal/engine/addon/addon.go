// Package addon brings what clusters with nodes have beside Kubernetes itself. The
// controllers of a CSI driver, those of load balancers, and metrics-server work in
// the engine's process, as clients of the API server. What a learner finds as Pods
// elsewhere (kube-proxy, CoreDNS) are Pods here: their manifests are applied, and
// their programs are those of package pods.
package addon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"kubetutor/assets/addons"
	"kubetutor/internal/engine/addon/loadbalancer"
	"kubetutor/internal/engine/addon/metrics"
	"kubetutor/internal/engine/addon/storage"
	"kubetutor/internal/engine/setup"
)

// Options say for which cluster the add-ons work.
type Options struct {
	Config  *rest.Config // of an administrator, whom kubelets obey too
	Fresh   bool         // the cluster has not had its nodes yet: it gets the add-ons that are Pods
	Volumes string       // directory of the volumes' data
	Log     *slog.Logger
	// Dial connects to an address of the lab's network.
	Dial func(ctx context.Context, to netip.AddrPort) (net.Conn, error)
	// Announce tells the lab's network which nodes take a load balancer's traffic.
	Announce func(ctx context.Context, nodes map[netip.Addr][]string) error
	// Resolution is how often metrics are gathered.
	Resolution time.Duration
}

// AddOns are the running add-ons of a cluster.
type AddOns struct {
	storage   *storage.Storage
	metrics   *metrics.Server
	balancers *loadbalancer.Balancers
}

// Start starts the add-ons, after it has created the objects that belong to them.
// Ctx bounds that alone.
func Start(ctx context.Context, o Options) (*AddOns, error) {
	client, err := kubernetes.NewForConfig(o.Config)
	if err != nil {
		return nil, err
	}
	if o.Fresh {
		if err := apply(ctx, o.Config); err != nil {
			return nil, err
		}
	}
	s, err := storage.Start(ctx, storage.Options{Client: client, Volumes: o.Volumes, Log: o.Log})
	if err != nil {
		return nil, fmt.Errorf("starting the storage driver's controllers: %w", err)
	}
	m, err := metrics.Start(ctx, metrics.Options{Config: o.Config, Dial: o.Dial, Resolution: o.Resolution})
	if err != nil {
		s.Stop()
		return nil, fmt.Errorf("starting metrics-server: %w", err)
	}
	b, err := loadbalancer.Start(ctx, loadbalancer.Options{Config: o.Config, Log: o.Log, Announce: o.Announce, Dial: o.Dial})
	if err != nil {
		m.Stop()
		s.Stop()
		return nil, fmt.Errorf("starting the load balancers: %w", err)
	}
	return &AddOns{storage: s, metrics: m, balancers: b}, nil
}

// Reset forgets what a cluster had that went back to its baseline.
func (a *AddOns) Reset(ctx context.Context) error { return a.balancers.Reset(ctx) }

// Equip tells a runtime that has just come what the add-ons told the last one.
func (a *AddOns) Equip(ctx context.Context) error { return a.balancers.Equip(ctx) }

// always names the add-ons that every cluster with nodes has.
func always() []string { return []string{"kube-proxy", "coredns"} }

// Optional names the others, which a lab may ask for.
func Optional() []string {
	return slices.DeleteFunc(addons.Names(), func(name string) bool { return slices.Contains(always(), name) })
}

// apply creates the add-ons that every cluster with nodes has.
func apply(ctx context.Context, config *rest.Config) error {
	applier, err := setup.New(config)
	if err != nil {
		return err
	}
	for _, name := range always() {
		text, err := addons.Manifest(name)
		if err != nil {
			return err
		}
		if err := applier.Apply(ctx, setup.Manifest{File: name + ".yaml", Text: string(text)}, func(string) {}); err != nil {
			return fmt.Errorf("bringing the add-on %s: %w", name, err)
		}
	}
	return nil
}

// ErrElsewhere means that no add-on has that address.
var ErrElsewhere = errors.New("no add-on has this address")

// Dial connects the API server to an add-on's address in the lab, or returns
// ErrElsewhere.
func (a *AddOns) Dial(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	if to != metrics.Address() {
		return nil, ErrElsewhere
	}
	return a.metrics.Dial(ctx)
}

// Stop ends the add-ons.
func (a *AddOns) Stop() {
	a.balancers.Stop()
	a.metrics.Stop()
	a.storage.Stop()
}
