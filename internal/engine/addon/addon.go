// Package addon runs what clusters with nodes have beside Kubernetes itself: the
// controllers of a CSI driver, and metrics-server. They work in the engine's
// process, as clients of the API server.
package addon

import (
	"context"
	"fmt"
	"log/slog"

	"k8s.io/client-go/kubernetes"

	"kubetutor/internal/engine/addon/storage"
)

// Options say for which cluster the add-ons work.
type Options struct {
	Client  kubernetes.Interface // of an administrator
	Volumes string               // directory of the volumes' data
	Log     *slog.Logger
}

// AddOns are the running add-ons of a cluster.
type AddOns struct {
	storage *storage.Storage
}

// Start starts the add-ons, after it has created the objects that belong to them.
// Ctx bounds that alone.
func Start(ctx context.Context, o Options) (*AddOns, error) {
	s, err := storage.Start(ctx, storage.Options{Client: o.Client, Volumes: o.Volumes, Log: o.Log})
	if err != nil {
		return nil, fmt.Errorf("starting the storage driver's controllers: %w", err)
	}
	return &AddOns{storage: s}, nil
}

// Stop ends the add-ons.
func (a *AddOns) Stop() { a.storage.Stop() }
