package kubeproxy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"

	"github.com/go-logr/logr"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/events"
	"k8s.io/kubernetes/pkg/proxy/apis"
	"k8s.io/kubernetes/pkg/proxy/apis/config"
	"k8s.io/kubernetes/pkg/proxy/apis/config/scheme"
	proxyconfig "k8s.io/kubernetes/pkg/proxy/config"
	"k8s.io/kubernetes/pkg/proxy/healthcheck"
	nodeutil "k8s.io/kubernetes/pkg/util/node"

	"kubetutor/internal/engine/addon/incluster"
	"kubetutor/internal/engine/controlplane/release"
	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/engine/kernel"
)

// newClient is how kube-proxy speaks to the API server: as its kubeconfig says,
// which names a server that needs no Service.
func newClient(p *kernel.Process, c *config.KubeProxyConfiguration) (kubernetes.Interface, error) {
	var to *rest.Config
	var err error
	if file := c.ClientConnection.Kubeconfig; file != "" {
		to, err = incluster.Kubeconfig(p, file)
	} else {
		to, err = incluster.Config(p)
	}
	if err != nil {
		return nil, err
	}
	to.AcceptContentTypes, to.ContentType = c.ClientConnection.AcceptContentTypes, c.ClientConnection.ContentType
	to.QPS, to.Burst = c.ClientConnection.QPS, int(c.ClientConnection.Burst)
	return kubernetes.NewForConfig(to)
}

// network is what kube-proxy needs of the node's network.
type network interface {
	IP() netip.Addr
	Listen(network, address string) (net.Listener, error)
	SetForwarding(fabric.Forwarding)
}

// server is kube-proxy, as ProxyServer of cmd/kube-proxy/app is.
type server struct {
	config  *config.KubeProxyConfiguration
	client  kubernetes.Interface
	network network
	node    string
	log     logr.Logger

	mu   sync.Mutex
	seen *v1.Node // what the API last said of the node
}

func newServer(p *kernel.Process, c *config.KubeProxyConfiguration, client kubernetes.Interface, log logr.Logger) *server {
	node := c.HostnameOverride
	if node == "" {
		node = p.Hostname()
	}
	return &server{config: c, client: client, network: p.Net(), node: node, log: log}
}

// Reasons to end.
var (
	errNodeGone    = errors.New("the node is being deleted")
	errNodeChanged = errors.New("the node's addresses changed")
)

// run works until ctx ends or a reason comes up to begin anew, which it returns.
func (s *server) run(ctx context.Context) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	s.log.Info("Version info", "version", release.Version)
	health := healthcheck.NewProxyHealthServer("", 2*s.config.SyncPeriod.Duration, s)
	recorder, stop, err := s.record(ctx)
	if err != nil {
		return err
	}
	defer stop()
	if err := s.serve(health); err != nil {
		return err
	}
	checks := &serviceChecks{open: s.network.Listen, health: health, log: s.log, list: map[types.NamespacedName]*serviceCheck{},
		failed: func(service types.NamespacedName, port uint16, err error) {
			s.checkFailed(recorder, service, port, err)
		}}
	at := place{node: s.node, ports: portAddresses(s.config, s.network.IP()), masqueradeAll: s.config.Linux.MasqueradeAll}
	s.tellMode(recorder)
	proxier := newProxier(at, s.config.MinSyncPeriod.Duration, s.network.SetForwarding, health, checks, s.log)
	if err := s.follow(ctx, proxier, end); err != nil {
		return err
	}
	recorder.Eventf(s.reference(), nil, v1.EventTypeNormal, "Starting", "StartKubeProxy", "")
	proxier.runner.Loop(ctx.Done())
	return context.Cause(ctx)
}

// ipvsWarning is upstream's.
const ipvsWarning = "The ipvs proxier has been deprecated and will be disabled by default in Kubernetes 1.40 and removed in Kubernetes 1.43. " +
	"Migrate to the 'nftables' proxier instead."

// tellMode says which proxier this is, and what upstream has to say about that.
func (s *server) tellMode(recorder events.EventRecorder) {
	if len(s.config.NodePortAddresses) == 0 {
		s.log.Error(errors.New("nodePortAddresses is unset; NodePort connections will be accepted on all local IPs. "+
			"Consider using `--nodeport-addresses primary`"), "Kube-proxy configuration may be incomplete or incorrect")
	}
	s.log.Info("kube-proxy running in single-stack mode", "ipFamily", v1.IPv4Protocol)
	s.log.Info("Using " + string(s.config.Mode) + " Proxier")
	if s.config.Mode == config.ProxyModeIPVS {
		s.log.Error(nil, ipvsWarning)
		recorder.Eventf(s.reference(), nil, v1.EventTypeWarning, "IPVSDeprecation", "StartKubeProxy", ipvsWarning)
	}
}

// Node implements what upstream's health server asks.
func (s *server) Node() *v1.Node {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}

func (s *server) reference() *v1.ObjectReference {
	return &v1.ObjectReference{APIVersion: "v1", Kind: "Node", Name: s.node}
}

// record begins to write events.
func (s *server) record(ctx context.Context) (events.EventRecorder, func(), error) {
	broadcaster := events.NewBroadcaster(&events.EventSinkImpl{Interface: s.client.EventsV1()})
	if err := broadcaster.StartRecordingToSinkWithContext(ctx); err != nil {
		return nil, nil, fmt.Errorf("recording events: %w", err)
	}
	return broadcaster.NewRecorder(scheme.Scheme, name), broadcaster.Shutdown, nil
}

func (s *server) checkFailed(recorder events.EventRecorder, service types.NamespacedName, port uint16, err error) {
	s.log.Error(err, "Failed to start healthcheck", "node", s.node, "service", service, "port", port)
	recorder.Eventf(&v1.ObjectReference{APIVersion: "v1", Kind: "Service", Namespace: service.Namespace, Name: service.Name}, nil,
		v1.EventTypeWarning, "FailedToStartServiceHealthcheck", "Listen",
		fmt.Sprintf("node %s failed to start healthcheck %q on port %d: %v", s.node, service, port, err))
}

// serve answers for kube-proxy's own health and mode. A port that is taken is an
// error only where the configuration says so.
func (s *server) serve(health *healthcheck.ProxyHealthServer) error {
	err := errors.Join(
		serve(s.network.Listen, s.config.HealthzBindAddress, healthHandler(health)),
		serve(s.network.Listen, s.config.MetricsBindAddress, modeHandler(string(s.config.Mode))))
	if err != nil && !s.config.BindAddressHardFail {
		s.log.Error(err, "Healthz server failed")
		return nil
	}
	return err
}

// follow tells the proxier of Services, EndpointSlices and the node.
func (s *server) follow(ctx context.Context, p *proxier, end context.CancelCauseFunc) error {
	services, endpointSlices, err := s.selectors()
	if err != nil {
		return err
	}
	resync := s.config.ConfigSyncPeriod.Duration
	forServices := s.factory(func(o *metav1.ListOptions) {
		o.LabelSelector = services.String()
		o.FieldSelector = fields.OneTermNotEqualSelector("spec.clusterIP", v1.ClusterIPNone).String()
	})
	forSlices := s.factory(func(o *metav1.ListOptions) { o.LabelSelector = endpointSlices.String() })
	forNode := s.factory(func(o *metav1.ListOptions) {
		o.FieldSelector = fields.OneTermEqualSelector("metadata.name", s.node).String()
	})

	serviceConfig := proxyconfig.NewServiceConfig(ctx, forServices.Core().V1().Services(), resync)
	serviceConfig.RegisterEventHandler(p)
	sliceConfig := proxyconfig.NewEndpointSliceConfig(ctx, forSlices.Discovery().V1().EndpointSlices(), resync)
	sliceConfig.RegisterEventHandler(p)
	nodeConfig := proxyconfig.NewNodeConfig(ctx, forNode.Core().V1().Nodes(), resync)
	nodeConfig.RegisterEventHandler(&nodeWatch{server: s, end: end})
	topology := proxyconfig.NewNodeTopologyConfig(ctx, forNode.Core().V1().Nodes(), resync)
	topology.RegisterEventHandler(p)

	for _, f := range []informers.SharedInformerFactory{forNode, forServices, forSlices} {
		f.StartWithContext(ctx)
	}
	// The node first, as upstream's: by its zone the first rules are right at once.
	if !cache.WaitForCacheSync(ctx.Done(), forNode.Core().V1().Nodes().Informer().HasSynced) {
		return context.Cause(ctx)
	}
	go nodeConfig.Run(ctx.Done())
	go serviceConfig.Run(ctx.Done())
	go sliceConfig.Run(ctx.Done())
	return nil
}

// selectors leave out what is not kube-proxy's: Services that name another proxy,
// and headless ones with their endpoints.
func (s *server) selectors() (services, endpointSlices labels.Selector, err error) {
	noOtherProxy, err := labels.NewRequirement(apis.LabelServiceProxyName, selection.DoesNotExist, nil)
	if err != nil {
		return nil, nil, err
	}
	notHeadless, err := labels.NewRequirement(v1.IsHeadlessService, selection.DoesNotExist, nil)
	if err != nil {
		return nil, nil, err
	}
	return labels.NewSelector().Add(*noOtherProxy), labels.NewSelector().Add(*notHeadless), nil
}

func (s *server) factory(which func(*metav1.ListOptions)) informers.SharedInformerFactory {
	return informers.NewSharedInformerFactoryWithOptions(s.client, s.config.ConfigSyncPeriod.Duration,
		informers.WithTweakListOptions(which), informers.WithTransform(withoutManagedFields))
}

func withoutManagedFields(object any) (any, error) {
	if m, err := meta.Accessor(object); err == nil {
		m.SetManagedFields(nil)
	}
	return object, nil
}

// nodeWatch ends kube-proxy when its node goes or gets another address, as
// upstream's NodeManager ends the process.
type nodeWatch struct {
	server *server
	end    context.CancelCauseFunc
	ips    []net.IP // as they were first
}

// OnNodeChange implements upstream's NodeHandler.
func (w *nodeWatch) OnNodeChange(node *v1.Node) {
	w.server.mu.Lock()
	w.server.seen = node
	w.server.mu.Unlock()
	ips, _ := nodeutil.GetNodeHostIPs(node)
	if len(w.ips) == 0 {
		w.ips = ips
		w.server.log.Info("Successfully retrieved NodeIPs", "NodeIPs", ips)
		return
	}
	if !slices.EqualFunc(w.ips, ips, net.IP.Equal) {
		w.server.log.Info("NodeIPs changed for the node", "node", node.Name, "newNodeIPs", ips, "oldNodeIPs", w.ips)
		w.end(errNodeChanged)
	}
}

// OnNodeDelete implements upstream's NodeHandler.
func (w *nodeWatch) OnNodeDelete(node *v1.Node) {
	w.server.log.Info("Node is being deleted", "node", node.Name)
	w.end(errNodeGone)
}

// OnNodeSynced implements upstream's NodeHandler.
func (w *nodeWatch) OnNodeSynced() {}
