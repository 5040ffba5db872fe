package loadbalancer

import (
	"context"
	"fmt"
	"net/netip"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	cloudprovider "k8s.io/cloud-provider"
	"k8s.io/cloud-provider/service/helpers"
)

// cloud is a cloud that has load balancers and nothing else.
type cloud struct {
	o Options

	mu        sync.Mutex
	balancers map[types.NamespacedName]*balancer
	changed   chan struct{} // holds one when balancers have changed

	telling   sync.Mutex // held while the network is told
	announced map[netip.Addr][]string
}

// balancer is the load balancer of one Service.
type balancer struct {
	uid   types.UID
	ip    netip.Addr
	nodes []backend
	check uint16 // port of the health check on every node
}

// backend is a node that may take a balancer's traffic.
type backend struct {
	name string
	ip   netip.Addr
}

func newCloud(o Options) *cloud {
	return &cloud{o: o, balancers: map[types.NamespacedName]*balancer{}, changed: make(chan struct{}, 1)}
}

// restore takes over the addresses that Services have: no other Service may get one
// of them before its own has been looked at.
func (c *cloud) restore(ctx context.Context, client kubernetes.Interface) error {
	list, err := client.CoreV1().Services("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("listing the Services with load balancers: %w", err)
	}
	for i := range list.Items {
		s := &list.Items[i]
		if ip, ok := addressOf(s); ok && s.Spec.Type == corev1.ServiceTypeLoadBalancer && s.Spec.LoadBalancerClass == nil {
			c.balancers[nameOf(s)] = &balancer{uid: s.UID, ip: ip}
		}
	}
	return nil
}

func nameOf(s *corev1.Service) types.NamespacedName {
	return types.NamespacedName{Namespace: s.Namespace, Name: s.Name}
}

// addressOf is the address of the pool that a Service's status names.
func addressOf(s *corev1.Service) (netip.Addr, bool) {
	for _, ingress := range s.Status.LoadBalancer.Ingress {
		if ip, err := netip.ParseAddr(ingress.IP); err == nil && Pool().Contains(ip) {
			return ip, true
		}
	}
	return netip.Addr{}, false
}

// LoadBalancer implements cloudprovider.Interface.
func (c *cloud) LoadBalancer() (cloudprovider.LoadBalancer, bool) { return c, true }

// Initialize implements cloudprovider.Interface.
func (*cloud) Initialize(cloudprovider.ControllerClientBuilder, <-chan struct{}) {}

// Instances implements cloudprovider.Interface.
func (*cloud) Instances() (cloudprovider.Instances, bool) { return nil, false }

// InstancesV2 implements cloudprovider.Interface.
func (*cloud) InstancesV2() (cloudprovider.InstancesV2, bool) { return nil, false }

// Zones implements cloudprovider.Interface.
func (*cloud) Zones() (cloudprovider.Zones, bool) { return nil, false }

// Clusters implements cloudprovider.Interface.
func (*cloud) Clusters() (cloudprovider.Clusters, bool) { return nil, false }

// Routes implements cloudprovider.Interface.
func (*cloud) Routes() (cloudprovider.Routes, bool) { return nil, false }

// ProviderName implements cloudprovider.Interface.
func (*cloud) ProviderName() string { return "kubetutor" }

// HasClusterID implements cloudprovider.Interface.
func (*cloud) HasClusterID() bool { return true }

// GetLoadBalancerName implements cloudprovider.LoadBalancer.
func (*cloud) GetLoadBalancerName(_ context.Context, _ string, s *corev1.Service) string {
	return cloudprovider.DefaultLoadBalancerName(s)
}

// GetLoadBalancer implements cloudprovider.LoadBalancer.
func (c *cloud) GetLoadBalancer(_ context.Context, _ string, s *corev1.Service) (*corev1.LoadBalancerStatus, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.balancers[nameOf(s)]
	if b == nil || b.uid != s.UID {
		return nil, false, nil
	}
	return b.status(), true, nil
}

func (b *balancer) status() *corev1.LoadBalancerStatus {
	return &corev1.LoadBalancerStatus{Ingress: []corev1.LoadBalancerIngress{{IP: b.ip.String()}}}
}

// EnsureLoadBalancer implements cloudprovider.LoadBalancer.
func (c *cloud) EnsureLoadBalancer(_ context.Context, _ string, s *corev1.Service, nodes []*corev1.Node) (*corev1.LoadBalancerStatus, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ip, err := c.choose(s)
	if err != nil {
		return nil, err
	}
	b := &balancer{uid: s.UID, ip: ip, nodes: backends(nodes), check: checkPort(s)}
	c.balancers[nameOf(s)] = b
	c.note()
	return b.status(), nil
}

// UpdateLoadBalancer implements cloudprovider.LoadBalancer.
func (c *cloud) UpdateLoadBalancer(_ context.Context, _ string, s *corev1.Service, nodes []*corev1.Node) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.balancers[nameOf(s)]
	if b == nil || b.uid != s.UID {
		return fmt.Errorf("there is no load balancer of the Service %s", nameOf(s))
	}
	c.balancers[nameOf(s)] = &balancer{uid: b.uid, ip: b.ip, nodes: backends(nodes), check: checkPort(s)}
	c.note()
	return nil
}

// EnsureLoadBalancerDeleted implements cloudprovider.LoadBalancer.
func (c *cloud) EnsureLoadBalancerDeleted(_ context.Context, _ string, s *corev1.Service) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if b := c.balancers[nameOf(s)]; b != nil && b.uid == s.UID {
		delete(c.balancers, nameOf(s))
		c.note()
	}
	return nil
}

// note lets the network be told soon.
func (c *cloud) note() {
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// choose is the address of a Service's balancer: the one it asks for, the one it
// has, or the first that is free. The caller holds mu.
func (c *cloud) choose(s *corev1.Service) (netip.Addr, error) {
	owner := c.owners()
	if want := s.Spec.LoadBalancerIP; want != "" {
		ip, err := netip.ParseAddr(want)
		if err != nil || !inPool(ip) {
			return netip.Addr{}, fmt.Errorf("the address %s is not in the pool %s", want, Pool())
		}
		if other, taken := owner[ip]; taken && other != nameOf(s) {
			return netip.Addr{}, fmt.Errorf("the address %s belongs to the Service %s", want, other)
		}
		return ip, nil
	}
	if b := c.balancers[nameOf(s)]; b != nil && b.uid == s.UID {
		return b.ip, nil
	}
	for ip := Pool().Addr().Next(); inPool(ip); ip = ip.Next() {
		if other, taken := owner[ip]; !taken || other == nameOf(s) {
			return ip, nil
		}
	}
	return netip.Addr{}, fmt.Errorf("the pool %s has no address left", Pool())
}

func (c *cloud) owners() map[netip.Addr]types.NamespacedName {
	all := map[netip.Addr]types.NamespacedName{}
	for name, b := range c.balancers {
		all[b.ip] = name
	}
	return all
}

// inPool leaves out the network's own address and that of the broadcast.
func inPool(ip netip.Addr) bool {
	return Pool().Contains(ip) && ip != Pool().Addr() && Pool().Contains(ip.Next())
}

// proxyHealthPort is where kube-proxy says of itself whether it is well; upstream's
// clouds check it for Services that any node can serve.
const proxyHealthPort = 10256

func checkPort(s *corev1.Service) uint16 {
	if _, port := helpers.GetServiceHealthCheckPathPort(s); port != 0 {
		return uint16(port)
	}
	return proxyHealthPort
}

func backends(nodes []*corev1.Node) (list []backend) {
	for _, n := range nodes {
		for _, a := range n.Status.Addresses {
			if ip, err := netip.ParseAddr(a.Address); err == nil && a.Type == corev1.NodeInternalIP {
				list = append(list, backend{n.Name, ip})
				break
			}
		}
	}
	return list
}
