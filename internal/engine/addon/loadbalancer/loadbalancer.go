// Package loadbalancer is the load balancer of a cloud: upstream's service
// controller with a cloud of our own behind it. Services of type LoadBalancer get an
// address of a pool; who connects to it from outside of the cluster reaches a node
// that answers the balancer's health check, as in life: kube-proxy's own, or with
// externalTrafficPolicy Local that of the Service.
package loadbalancer

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/cloud-provider/controllers/service"
	"k8s.io/component-base/metrics/prometheus/controllers"
)

// Pool holds the addresses of load balancers.
func Pool() netip.Prefix { return netip.MustParsePrefix("172.30.200.0/24") }

// Options say for which cluster the balancers are.
type Options struct {
	Config *rest.Config // of an administrator
	Log    *slog.Logger
	// Announce tells the network which nodes take what is sent to an address, in
	// place of what it was told before.
	Announce func(ctx context.Context, nodes map[netip.Addr][]string) error
	// Dial connects to an address of the lab from outside of the cluster.
	Dial func(ctx context.Context, to netip.AddrPort) (net.Conn, error)
}

// Balancers are the load balancers of a cluster.
type Balancers struct {
	o Options

	mu   sync.Mutex // held while they start and stop
	runs *run       // nil: stopped
}

// run is one life of the controller.
type run struct {
	cloud *cloud
	end   context.CancelFunc
	wg    sync.WaitGroup
}

// Start starts the balancers; ctx bounds that alone.
func Start(ctx context.Context, o Options) (*Balancers, error) {
	b := &Balancers{o: o}
	return b, b.start(ctx)
}

// Reset forgets the Services of before: those that vanish without having been
// deleted, as when a cluster goes back to its baseline, leave upstream's controller
// with a memory of them. So it begins anew, unless it had nothing to remember.
func (b *Balancers) Reset(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.runs == nil || len(b.runs.cloud.present()) == 0 {
		return nil
	}
	b.stop()
	return b.start(ctx)
}

// workers is how many Services are looked after at once, as upstream's default.
const workers = 1

// start begins with the Services that there are now.
func (b *Balancers) start(ctx context.Context) error {
	client, err := kubernetes.NewForConfig(b.o.Config)
	if err != nil {
		return err
	}
	c := newCloud(b.o)
	if err := c.restore(ctx, client); err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	controller, err := service.New(c, client, factory.Core().V1().Services(), factory.Core().V1().Nodes(), "kubetutor", utilfeature.DefaultFeatureGate)
	if err != nil {
		return fmt.Errorf("making the service controller: %w", err)
	}
	life, end := context.WithCancel(context.Background())
	b.runs = &run{cloud: c, end: end}
	factory.StartWithContext(life)
	b.runs.wg.Go(func() { controller.Run(life, workers, controllers.NewControllerManagerMetrics("service")) })
	b.runs.wg.Go(func() { c.watch(life) })
	b.runs.wg.Go(func() { <-life.Done(); factory.Shutdown() })
	return nil
}

// Stop ends them. Their addresses stay announced.
func (b *Balancers) Stop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stop()
}

func (b *Balancers) stop() {
	if b.runs != nil {
		b.runs.end()
		b.runs.wg.Wait()
		b.runs = nil
	}
}

// announceLimit bounds how long the network may take to hear of a change.
const announceLimit = 5 * time.Second

// Equip tells a network that has just come what holds.
func (b *Balancers) Equip(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.runs == nil {
		return nil
	}
	return b.runs.cloud.announceAgain(ctx)
}
