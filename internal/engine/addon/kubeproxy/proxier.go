package kubeproxy

import (
	"sync"
	"time"

	"github.com/go-logr/logr"
	v1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	"k8s.io/kubernetes/pkg/proxy"
	"k8s.io/kubernetes/pkg/proxy/healthcheck"
	"k8s.io/kubernetes/pkg/proxy/runner"

	"kubetutor/internal/engine/fabric"
)

// proxier keeps a node's rules as Services and EndpointSlices want them. It has the
// place of upstream's proxiers: their trackers hand it what changed, and upstream's
// runner says when the rules are written, at most once in the configured period.
type proxier struct {
	log    logr.Logger
	write  func(fabric.Forwarding) // puts the rules in force
	health *healthcheck.ProxyHealthServer
	checks *serviceChecks
	runner *runner.BoundedFrequencyRunner

	services *proxy.ServiceChangeTracker
	slices   *proxy.EndpointsChangeTracker

	mu              sync.Mutex
	at              place
	ports           proxy.ServicePortMap
	endpoints       proxy.EndpointsMap
	servicesSynced  bool
	endpointsSynced bool
}

// retry is how soon upstream's proxiers try again what failed. Rules in memory
// cannot fail to be written.
const retry = 30 * time.Second

// fullSyncPeriod is when upstream writes all rules again, changed or not.
const fullSyncPeriod = time.Hour

func newProxier(at place, minimum time.Duration, write func(fabric.Forwarding), health *healthcheck.ProxyHealthServer, checks *serviceChecks, log logr.Logger) *proxier {
	p := &proxier{
		log: log, write: write, health: health, checks: checks, at: at,
		services: proxy.NewServiceChangeTracker(v1.IPv4Protocol, nil, nil),
		slices:   proxy.NewEndpointsChangeTracker(v1.IPv4Protocol, at.node, nil, nil),
		ports:    proxy.ServicePortMap{}, endpoints: proxy.EndpointsMap{},
	}
	p.runner = runner.NewBoundedFrequencyRunner("sync-runner", p.sync, minimum, retry, fullSyncPeriod)
	return p
}

// sync writes the rules, once everything has been heard of.
func (p *proxier) sync() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.servicesSynced || !p.endpointsSynced {
		p.log.V(2).Info("Not syncing rules until Services and EndpointSlices have been received from master")
		return nil
	}
	began := time.Now()
	p.ports.Update(p.services)
	p.endpoints.Update(p.slices)
	p.write(rules(p.at, p.ports, p.endpoints))
	p.checks.set(p.ports.HealthCheckNodePorts(), p.endpoints.LocalReadyEndpoints())
	p.health.Updated(v1.IPv4Protocol)
	p.log.V(2).Info("SyncProxyRules complete", "elapsed", time.Since(began))
	return nil
}

// queue lets the rules be written soon.
func (p *proxier) queue() {
	p.health.QueuedUpdate(v1.IPv4Protocol)
	p.runner.Run()
}

// synced notes that the first list of a kind has been heard completely, and writes
// the rules if nothing else is missing.
func (p *proxier) synced(kind *bool) {
	p.mu.Lock()
	*kind = true
	p.mu.Unlock()
	p.queue()
}

// complete says whether there is anything that rules can be made of.
func (p *proxier) complete() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.servicesSynced && p.endpointsSynced
}

// OnServiceAdd implements upstream's ServiceHandler.
func (p *proxier) OnServiceAdd(s *v1.Service) { p.OnServiceUpdate(nil, s) }

// OnServiceDelete implements upstream's ServiceHandler.
func (p *proxier) OnServiceDelete(s *v1.Service) { p.OnServiceUpdate(s, nil) }

// OnServiceUpdate implements upstream's ServiceHandler.
func (p *proxier) OnServiceUpdate(old, s *v1.Service) {
	if p.services.Update(old, s) && p.complete() {
		p.queue()
	}
}

// OnServiceSynced implements upstream's ServiceHandler.
func (p *proxier) OnServiceSynced() { p.synced(&p.servicesSynced) }

// OnEndpointSliceAdd implements upstream's EndpointSliceHandler.
func (p *proxier) OnEndpointSliceAdd(s *discovery.EndpointSlice) { p.slice(s, false) }

// OnEndpointSliceUpdate implements upstream's EndpointSliceHandler.
func (p *proxier) OnEndpointSliceUpdate(_, s *discovery.EndpointSlice) { p.slice(s, false) }

// OnEndpointSliceDelete implements upstream's EndpointSliceHandler.
func (p *proxier) OnEndpointSliceDelete(s *discovery.EndpointSlice) { p.slice(s, true) }

func (p *proxier) slice(s *discovery.EndpointSlice, gone bool) {
	if p.slices.EndpointSliceUpdate(s, gone) && p.complete() {
		p.queue()
	}
}

// OnEndpointSlicesSynced implements upstream's EndpointSliceHandler.
func (p *proxier) OnEndpointSlicesSynced() { p.synced(&p.endpointsSynced) }

// OnTopologyChange implements upstream's NodeTopologyHandler.
func (p *proxier) OnTopologyChange(labels map[string]string) {
	p.mu.Lock()
	p.at.labels = labels
	p.mu.Unlock()
	p.log.V(4).Info("Updated proxier node topology labels", "labels", labels)
	p.queue()
}
