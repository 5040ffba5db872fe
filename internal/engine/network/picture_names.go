package network

import (
	"net/netip"
	"strings"

	"kubetutor/internal/lab/protocol"
)

// names are those of addresses, as they are now.
type names struct {
	scene
	hosts  map[netip.Addr]protocol.NetworkPeer // Pods and nodes
	fronts map[netip.Addr]protocol.NetworkPeer // Services
	known  map[string]bool                     // nodes
}

// namesOf reads them off the objects.
func namesOf(s scene) names {
	n := names{hosts: map[netip.Addr]protocol.NetworkPeer{}, fronts: map[netip.Addr]protocol.NetworkPeer{}, known: map[string]bool{}, scene: s}
	for _, p := range s.pods {
		if !p.Spec.HostNetwork && !finished(p) {
			n.put(n.hosts, p.Status.PodIP, protocol.NetworkPeer{Kind: protocol.PeerPod, NetworkName: nameOf(p)})
		}
	}
	for _, node := range s.nodes {
		n.known[node.Name] = true
		n.put(n.hosts, nodeIP(node), nodePeer(node.Name))
	}
	for _, service := range s.services {
		for _, a := range append(outerAddresses(service), service.Spec.ClusterIPs...) {
			n.put(n.fronts, a, protocol.NetworkPeer{Kind: protocol.PeerService, NetworkName: nameOf(service)})
		}
	}
	return n
}

func nodePeer(name string) protocol.NetworkPeer {
	return protocol.NetworkPeer{Kind: protocol.PeerNode, NetworkName: protocol.NetworkName{Name: name}}
}

// put leaves out what is no address, such as None.
func (names) put(in map[netip.Addr]protocol.NetworkPeer, address string, p protocol.NetworkPeer) {
	if a, err := netip.ParseAddr(address); err == nil {
		in[a] = p
	}
}

// named is who the fabric says it is: "namespace/pod", or a node.
func (n names) named(name string) (p protocol.NetworkPeer, ok bool) {
	namespace, pod, isPod := strings.Cut(name, "/")
	switch {
	case isPod:
		return protocol.NetworkPeer{Kind: protocol.PeerPod, NetworkName: protocol.NetworkName{Namespace: namespace, Name: pod}}, true
	case n.known[name]:
		return nodePeer(name), true
	}
	return p, false
}

// source is who connects.
func (n names) source(name string, from netip.Addr) protocol.NetworkPeer {
	p, ok := n.named(name)
	if !ok {
		if p, ok = n.hosts[from]; !ok {
			p.Kind = protocol.PeerEngine
		}
	}
	if from.IsValid() {
		p.Address = from.String()
	}
	return p
}

// target is who is connected to; name is what the fabric says of it.
func (n names) target(name string, to netip.AddrPort) protocol.NetworkPeer {
	p, ok := n.named(name)
	for _, known := range []map[netip.Addr]protocol.NetworkPeer{n.hosts, n.fronts} {
		if !ok {
			p, ok = known[to.Addr()]
		}
	}
	if !ok {
		p.Kind = protocol.PeerUnknown
	}
	p.Address = to.String()
	return p
}

// service is a port of a Service as the fabric names it: "shop/web:http".
func (n names) service(subject string, to netip.AddrPort) protocol.NetworkPeer {
	full, port, _ := strings.Cut(subject, ":")
	namespace, name, _ := strings.Cut(full, "/")
	return protocol.NetworkPeer{
		Kind: protocol.PeerService, NetworkName: protocol.NetworkName{Namespace: namespace, Name: name}, PortName: port, Address: to.String(),
	}
}
