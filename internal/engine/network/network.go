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
	"iter"
	"log/slog"
	"net/netip"
	"sync"

	apiruntime "k8s.io/apimachinery/pkg/runtime"
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

// runtime is what of the runtime process is used here; control.Client is it.
type runtime interface {
	Policies(ctx context.Context, p control.Policies) error
	Explain(ctx context.Context, from netip.Addr, network string, to netip.AddrPort) (control.Record, error)
	Records(ctx context.Context, since uint64) iter.Seq2[control.Record, error]
}

// Network follows the objects of a cluster that are about its network, and keeps
// the runtime's policies as they say.
type Network struct {
	client   kubernetes.Interface
	runtime  runtime
	log      *slog.Logger
	objects  *objects
	enforcer *enforcer
	end      context.CancelFunc
	wg       sync.WaitGroup
}

// Start starts following the cluster. It returns when all objects have been read
// once; ctx bounds that alone. The runtime need not be there yet: [Network.Equip]
// is for the moment when it is.
func Start(ctx context.Context, o Options) (*Network, error) {
	config := rest.CopyConfig(o.Config)
	config.ContentType = apiruntime.ContentTypeProtobuf
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making a client for the network: %w", err)
	}
	return start(ctx, client, o.Control, o.Log)
}

func start(ctx context.Context, client kubernetes.Interface, r runtime, log *slog.Logger) (*Network, error) {
	life, end := context.WithCancel(context.Background())
	o := newObjects(client)
	n := &Network{client: client, runtime: r, log: log, objects: o, enforcer: newEnforcer(o, r.Policies, log), end: end}
	if err := n.begin(ctx, life); err != nil {
		n.Stop()
		return nil, err
	}
	return n, nil
}

// begin starts all that runs in the background until life ends.
func (n *Network) begin(ctx, life context.Context) error {
	if err := n.enforcer.follow(); err != nil {
		return err
	}
	n.objects.run(life)
	if err := n.objects.await(ctx); err != nil {
		return err
	}
	n.wg.Go(func() { n.enforcer.run(life) })
	return nil
}

// Equip tells a runtime that has just come what it has to know: the policies. It
// returns when they are in force.
func (n *Network) Equip(ctx context.Context) error { return n.enforcer.round(ctx, true) }

// Stop ends what Start started and waits for that. What has been pushed to the
// runtime stays in force.
func (n *Network) Stop() {
	n.end()
	n.wg.Wait()
	n.objects.shutdown()
}

// errNotSynced means that the API server did not tell of all objects in time.
var errNotSynced = errors.New("the API server has not told of all objects yet")
