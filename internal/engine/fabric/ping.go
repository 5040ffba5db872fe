package fabric

import (
	"context"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"
)

// icmp is what a ping is for policies: rules without ports allow it, others do not, as Calico and Cilium have it (the API leaves it open). No rule of a
// Service is about it: in kube-proxy's default mode no machine has a ClusterIP, so that none answers there.
const icmp = "icmp"

// firstTTL is the time to live that packets begin with.
const firstTTL = 64

// Echo is the answer to a ping.
type Echo struct {
	TTL  int          // as it arrives: each router on the way back took one
	Hops []netip.Addr // the routers on the way there, in order; without the one who answers
	Took time.Duration
}

// Ping asks an address for an echo. Nobody there, a policy in between or a machine that is down is silence until ctx ends, a pod's address that no pod
// has EHOSTUNREACH after three seconds. Errors are *net.OpError.
func (n *Namespace) Ping(ctx context.Context, to netip.Addr) (Echo, error) {
	began, to := time.Now(), to.Unmap()
	w := n.space.fabric.decide(walk{network: icmp, sender: n.space, to: netip.AddrPortFrom(to, 0)})
	if w.verdict == Connected && w.dial == nil {
		hops := n.space.hops(w.target, to)
		return Echo{TTL: firstTTL - len(hops), Hops: hops, Took: time.Since(began)}, nil
	}
	ctx, done := n.session.bind(ctx)
	defer done()
	err := error(os.NewSyscallError("recvfrom", syscall.EHOSTUNREACH))
	if w.verdict == Unreachable {
		err = after(ctx, unreachable, err)
	} else {
		<-ctx.Done()
		err = timeoutOf(ctx.Err())
	}
	return Echo{}, &net.OpError{Op: "read", Net: "ip4:icmp", Addr: &net.IPAddr{IP: to.AsSlice()}, Err: err}
}

// Hops are the routers that a packet to an address would pass, as far as the network knows one; last says that after them somebody has the address.
// Policies are not asked.
func (n *Namespace) Hops(to netip.Addr) (hops []netip.Addr, last bool) {
	to = to.Unmap()
	if n.space.owns(to) {
		return nil, true
	}
	target, _ := n.space.fabric.find(netip.AddrPortFrom(to, 0))
	return n.space.hops(target, to), target != nil
}

// hops are the routers between the namespace and another: pods hang on a bridge of their node, nodes on one network.
func (s *space) hops(target *space, to netip.Addr) (hops []netip.Addr) {
	if target == s {
		return nil
	}
	if s.via != nil && (target == nil || target != s.via && target.via != s.via) {
		hops = append(hops, s.via.bridge())
	}
	switch {
	case target == nil:
		hops = append(hops, outerIP) // the nodes' default route
	case target.via != nil && target.via != s.host():
		hops = append(hops, target.via.ip)
	}
	return hops
}

// SetPods tells a node the range of its pods. The first address of it is the node's own: the pods' gateway.
func (n *Namespace) SetPods(pods netip.Prefix) {
	s := n.space
	f := s.fabric
	f.mu.Lock()
	defer f.mu.Unlock()
	if old := s.pods.Load(); old != nil && f.byIP[gatewayOf(*old)] == s {
		delete(f.byIP, gatewayOf(*old))
	}
	pods = pods.Masked()
	s.pods.Store(&pods)
	if ip := gatewayOf(pods); f.byIP[ip] == nil {
		f.byIP[ip] = s
	}
}

func gatewayOf(pods netip.Prefix) netip.Addr { return pods.Addr().Next() }

// bridge is the node's address among its pods; without a range of them, its own.
func (s *space) bridge() netip.Addr {
	if pods := s.pods.Load(); pods != nil {
		return gatewayOf(*pods)
	}
	return s.ip
}

// Route is one line of a namespace's routing table.
type Route struct {
	To     netip.Prefix // 0.0.0.0/0 is the default route
	Via    netip.Addr   // invalid: whoever is there is reached directly
	Device string       // "eth0", or "cni0", the bridge of a node's pods
	Source netip.Addr   // of what is sent that way; invalid: not said
}

// nodeNet is the network that nodes are on.
var nodeNet = netip.PrefixFrom(netip.AddrFrom4([4]byte{172, 30, 0, 0}), 16)

// Routes are the namespace's routes as ip route shows them, the default one first.
func (n *Namespace) Routes() []Route {
	s := n.space
	everywhere := netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	switch {
	case !s.ip.IsValid():
		return nil
	case s.via != nil:
		pods := s.via.range24(s.ip)
		return []Route{{To: everywhere, Via: gatewayOf(pods), Device: "eth0"}, {To: pods, Device: "eth0", Source: s.ip}}
	}
	routes := []Route{{To: everywhere, Via: outerIP, Device: "eth0"}}
	for _, node := range s.fabric.nodes() {
		switch pods := node.pods.Load(); {
		case pods == nil:
		case node == s:
			routes = append(routes, Route{To: *pods, Device: "cni0", Source: gatewayOf(*pods)})
		default:
			routes = append(routes, Route{To: *pods, Via: node.ip, Device: "eth0"})
		}
	}
	return append(routes, Route{To: nodeNet, Device: "eth0", Source: s.ip})
}

// range24 is the range of the node's pods; if it has not been told, it is taken for one of 256 addresses.
func (s *space) range24(pod netip.Addr) netip.Prefix {
	if pods := s.pods.Load(); pods != nil {
		return *pods
	}
	return netip.PrefixFrom(pod, 24).Masked()
}
