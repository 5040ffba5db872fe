// Package network is the engine's side of the network between pods: it follows
// what the API says of it, has policies enforced, and explains what happens to a
// connection and why.
//
// What carries and judges connections is package fabric, in the runtime process.
// It knows addresses only: this package compiles NetworkPolicies into rules of
// addresses (see [kubetutor/internal/engine/network/policy]) and pushes them
// there, and translates the fabric's records back into the words of Kubernetes.
package network

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"kubetutor/internal/engine/cri/control"
)

// Options say for which cluster the network is.
type Options struct {
	Config  *rest.Config    // of one who may read everything
	Control *control.Client // of the runtime process
	Log     *slog.Logger
}

// Network follows the objects of a cluster that are about its network.
type Network struct {
	client  kubernetes.Interface
	control *control.Client
	log     *slog.Logger
	objects *objects
	end     context.CancelFunc
}

// Start starts following the cluster. It returns when all objects have been read
// once; ctx bounds that alone.
func Start(ctx context.Context, o Options) (*Network, error) {
	config := rest.CopyConfig(o.Config)
	config.ContentType = runtime.ContentTypeProtobuf
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making a client for the network: %w", err)
	}
	life, end := context.WithCancel(context.Background())
	n := &Network{client: client, control: o.Control, log: o.Log, objects: newObjects(client), end: end}
	if err := n.begin(ctx, life); err != nil {
		n.Stop()
		return nil, err
	}
	return n, nil
}

// begin starts all that runs in the background until life ends.
func (n *Network) begin(ctx, life context.Context) error {
	n.objects.run(life)
	return n.objects.await(ctx)
}

// Stop ends what Start started and waits for that. What has been pushed to the
// runtime stays in force.
func (n *Network) Stop() {
	n.end()
	n.objects.shutdown()
}

// errNotSynced means that the API server did not tell of all objects in time.
var errNotSynced = errors.New("the API server has not told of all objects yet")
