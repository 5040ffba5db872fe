package fabric

import (
	"cmp"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Verdict is what becomes of a connection or a datagram.
type Verdict string

// The verdicts. The zero Verdict of a Step means that it went on.
const (
	Connected   Verdict = "connected"   // somebody listened: for UDP, somebody got it
	Refused     Verdict = "refused"     // nobody listened: RST, or ICMP port unreachable for UDP
	Rejected    Verdict = "rejected"    // a Service without endpoints: ICMP port unreachable, which reads as ECONNREFUSED
	Dropped     Verdict = "dropped"     // silence: a time-out for who waits
	Unreachable Verdict = "unreachable" // no pod has that address: EHOSTUNREACH after a while
	Asleep      Verdict = "asleep"      // a machine on the way is down: silence until it is back
)

// Forwarding are the rules by which one node forwards what is for Services, as kube-proxy makes them of Services and EndpointSlices. Nothing of it
// may be changed once it was handed over.
type Forwarding struct {
	Services []Service
}

// Service is one port of a Service.
type Service struct {
	Name     string        // "shop/web:http", as it is shown; it names the same Service when the rules are replaced
	Network  string        // "tcp" or "udp"
	Affinity time.Duration // how long a client stays with its endpoint after its last connection; 0: not at all
	Fronts   []Front
}

// The kinds of fronts.
const (
	KindClusterIP    = "ClusterIP"
	KindNodePort     = "NodePort"
	KindLoadBalancer = "LoadBalancer"
	KindExternalIP   = "ExternalIP"
)

// Front is one address and port at which a Service is reached.
type Front struct {
	Kind    string         // KindClusterIP and so on
	At      netip.AddrPort // a NodePort has the unspecified address: every address of the node
	Inside  Target         // for connections from pods of the node, and from the node itself
	Outside Target         // for what comes to the node from elsewhere; for a ClusterIP the same as Inside
	Sources []netip.Prefix // who may connect (loadBalancerSourceRanges); empty: all. Others are dropped
}

// Target is where a Front leads to.
type Target struct {
	Endpoints  []netip.AddrPort
	Otherwise  Verdict // without endpoints: Rejected (also if empty) or Dropped
	Masquerade bool    // the endpoint sees the node's address as the source; it does so anyway if it is the one who connects
}

// otherwise is the verdict without endpoints.
func (t *Target) otherwise() Verdict { return cmp.Or(t.Otherwise, Rejected) }

// SetForwarding replaces the rules of a node, all at once. Open connections stay as they are; datagrams go to another endpoint once theirs is gone.
// A session that has ended changes nothing.
func (n *Namespace) SetForwarding(to Forwarding) {
	s := n.space
	if n.session.over() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.table.Store(newTable(to, s.name, s.table.Load()))
	s.fabric.epoch.Add(1)
}

// MapPort leads a port of a node's address to an address in the network, as a host port of a pod does: who is reached sees the client's address. At may
// have the unspecified address, for all of the node's. Of two that are for the same port the first counts. Network is "tcp" or "udp".
func (n *Namespace) MapPort(network string, at, to netip.AddrPort) (remove func()) {
	m := &mapping{keyOf(network, at), to}
	n.space.remap(func(all []*mapping) []*mapping { return append(slices.Clip(all), m) })
	return sync.OnceFunc(func() {
		n.space.remap(func(all []*mapping) []*mapping {
			return slices.DeleteFunc(slices.Clone(all), func(other *mapping) bool { return other == m })
		})
	})
}

// mapping is a port of a node that leads elsewhere.
type mapping struct {
	key frontKey
	to  netip.AddrPort
}

func (s *space) remap(change func([]*mapping) []*mapping) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*mapping
	if now := s.mappings.Load(); now != nil {
		all = *now
	}
	all = change(all)
	s.mappings.Store(&all)
	s.fabric.epoch.Add(1)
}

// mapped is where a mapping leads to, if there is one for the address.
func (s *space) mapped(network string, to netip.AddrPort, own bool) (netip.AddrPort, bool) {
	all := s.mappings.Load()
	if all == nil {
		return netip.AddrPort{}, false
	}
	exact, every := frontKey{network, to}, frontKey{network, netip.AddrPortFrom(netip.Addr{}, to.Port())}
	for _, m := range *all {
		if m.key == exact || own && m.key == every {
			return m.to, true
		}
	}
	return netip.AddrPort{}, false
}

// SetAnnouncements replaces the addresses of load balancers: for each the names of the nodes that take what is sent to it, by turns. They hold for
// those who have no rules of their own for the address.
func (f *Fabric) SetAnnouncements(to map[netip.Addr][]string) {
	all := make(map[netip.Addr]*announcement, len(to))
	for ip, nodes := range to {
		all[ip.Unmap()] = &announcement{nodes: slices.Clone(nodes)}
	}
	f.announced.Store(&all)
	f.epoch.Add(1)
}

// announcement is who answers for an address, and whose turn it is.
type announcement struct {
	nodes []string
	turn  atomic.Uint64
}

// announcer is the node that takes what is sent to an address, or nil.
func (f *Fabric) announcer(ip netip.Addr, dry bool) *space {
	all := f.announced.Load()
	if all == nil || (*all)[ip] == nil || len((*all)[ip].nodes) == 0 {
		return nil
	}
	a := (*all)[ip]
	at := a.turn.Load()
	if !dry {
		at = a.turn.Add(1) - 1
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.byName[a.nodes[at%uint64(len(a.nodes))]]
}
