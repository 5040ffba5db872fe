// Package addon runs what clusters with nodes have beside Kubernetes itself: the
// controllers of a CSI driver, and metrics-server. They work in the engine's
// process, as clients of the API server.
package addon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"kubetutor/internal/engine/addon/metrics"
	"kubetutor/internal/engine/addon/storage"
)

// Options say for which cluster the add-ons work.
type Options struct {
	Config  *rest.Config // of an administrator, whom kubelets obey too
	Volumes string       // directory of the volumes' data
	Log     *slog.Logger
	// Dial connects to an address of the lab's network.
	Dial func(ctx context.Context, to netip.AddrPort) (net.Conn, error)
	// Resolution is how often metrics are gathered.
	Resolution time.Duration
}

// AddOns are the running add-ons of a cluster.
type AddOns struct {
	storage *storage.Storage
	metrics *metrics.Server
}

// Start starts the add-ons, after it has created the objects that belong to them.
// Ctx bounds that alone.
func Start(ctx context.Context, o Options) (*AddOns, error) {
	client, err := kubernetes.NewForConfig(o.Config)
	if err != nil {
		return nil, err
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
	return &AddOns{storage: s, metrics: m}, nil
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
	a.metrics.Stop()
	a.storage.Stop()
}
