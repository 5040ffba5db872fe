package kubeproxy

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/proxy"

	"kubetutor/internal/engine/fabric"
)

// Kinds of fronts, as learners read them.
const (
	kindClusterIP    = "ClusterIP"
	kindNodePort     = "NodePort"
	kindLoadBalancer = "LoadBalancer"
	kindExternalIP   = "ExternalIP"
)

// networkOf names the network of a protocol; "" for SCTP, which the fabric does
// not carry.
func networkOf(p v1.Protocol) string {
	switch p {
	case v1.ProtocolTCP:
		return "tcp"
	case v1.ProtocolUDP:
		return "udp"
	}
	return ""
}

// place is what the rules of a node depend on beside Services and endpoints.
type place struct {
	node          string
	labels        map[string]string // of the node, as far as topology goes
	ports         []netip.Addr      // where the node takes NodePorts; the unspecified address: everywhere
	masqueradeAll bool
}

// rules turn upstream's picture of Services and endpoints into the rules of a
// node, as the iptables proxier's syncProxyRules does (pkg/proxy/iptables): what it
// writes as chains are targets here. Services are in the order of their names.
func rules(at place, services proxy.ServicePortMap, endpoints proxy.EndpointsMap) fabric.Forwarding {
	var all []fabric.Service
	for name, port := range services {
		if network := networkOf(port.Protocol()); network != "" {
			b := builder{at: at, port: port, reached: categorize(at, port, endpoints[name])}
			all = append(all, fabric.Service{Name: name.String(), Network: network, Affinity: affinity(port), Fronts: b.fronts()})
		}
	}
	slices.SortFunc(all, func(a, b fabric.Service) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Network, b.Network))
	})
	return fabric.Forwarding{Services: all}
}

func affinity(port proxy.ServicePort) time.Duration {
	if port.SessionAffinityType() != v1.ServiceAffinityClientIP {
		return 0
	}
	return time.Duration(port.StickyMaxAgeSeconds()) * time.Second
}

// reached are the endpoints that can be reached from a node, by traffic policy.
type reached struct {
	cluster, local []netip.AddrPort
	anywhere       bool // there are some on any node
}

func categorize(at place, port proxy.ServicePort, all []proxy.Endpoint) reached {
	cluster, local, _, anywhere := proxy.CategorizeEndpoints(all, port, at.node, at.labels)
	return reached{addresses(cluster), addresses(local), anywhere}
}

func addresses(endpoints []proxy.Endpoint) (list []netip.AddrPort) {
	for _, e := range endpoints {
		if a, err := netip.ParseAddrPort(e.String()); err == nil {
			list = append(list, a)
		}
	}
	return list
}

// by is where a traffic policy leads to. Without endpoints on any node a
// connection is rejected; if only the node's own count and it has none, dropped.
func (r reached) by(localOnly bool) fabric.Target {
	switch {
	case !r.anywhere:
		return fabric.Target{Otherwise: fabric.Rejected}
	case localOnly:
		return fabric.Target{Endpoints: r.local, Otherwise: fabric.Dropped}
	default:
		return fabric.Target{Endpoints: r.cluster, Otherwise: fabric.Rejected}
	}
}

// builder makes the fronts of one port of a Service.
type builder struct {
	at   place
	port proxy.ServicePort
	reached
}

func (b builder) fronts() []fabric.Front {
	all := []fabric.Front{b.clusterIP()}
	for _, ip := range b.port.ExternalIPs() {
		all = append(all, b.external(kindExternalIP, addr(ip), b.port.Port()))
	}
	for _, ip := range b.port.LoadBalancerVIPs() {
		front := b.external(kindLoadBalancer, addr(ip), b.port.Port())
		if b.anywhere { // what has no endpoint is rejected, whoever asks
			front.Sources = prefixes(b.port.LoadBalancerSourceRanges())
		}
		all = append(all, front)
	}
	if b.port.NodePort() != 0 {
		for _, ip := range b.at.ports {
			all = append(all, b.external(kindNodePort, ip, b.port.NodePort()))
		}
	}
	return all
}

// clusterIP is the front inside the cluster. What comes to it from outside of the
// pods' range would be answered past the node, so it is masqueraded.
func (b builder) clusterIP() fabric.Front {
	inside := b.by(b.port.InternalPolicyLocal())
	outside := inside
	inside.Masquerade, outside.Masquerade = b.at.masqueradeAll, true
	return front(kindClusterIP, addr(b.port.ClusterIP()), b.port.Port(), inside, outside)
}

// external is a front for the world outside. With the policy Cluster a node may
// hand a connection on to another node, and masquerades it so that the answer comes
// back the same way. With Local the client's address is kept; what comes from the
// node or its pods is treated as if it had gone out to a load balancer and come in
// at another node: it is not bound to the node's own endpoints.
func (b builder) external(kind string, ip netip.Addr, port int) fabric.Front {
	inside, outside := b.by(false), b.by(b.port.ExternalPolicyLocal())
	inside.Masquerade = !b.port.ExternalPolicyLocal()
	outside.Masquerade = inside.Masquerade
	return front(kind, ip, port, inside, outside)
}

func front(kind string, ip netip.Addr, port int, inside, outside fabric.Target) fabric.Front {
	return fabric.Front{Kind: kind, At: netip.AddrPortFrom(ip, uint16(port)), Inside: inside, Outside: outside}
}

// addr is an address of upstream's packages, which only let valid ones through.
func addr(ip net.IP) netip.Addr {
	a, _ := netip.AddrFromSlice(ip)
	return a.Unmap()
}

func prefixes(list []*net.IPNet) (all []netip.Prefix) {
	for _, n := range list {
		bits, _ := n.Mask.Size()
		all = append(all, netip.PrefixFrom(addr(n.IP), bits))
	}
	return all
}
