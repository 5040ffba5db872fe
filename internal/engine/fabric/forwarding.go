package fabric

import (
	"net/netip"
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

// Front is one address and port at which a Service is reached.
type Front struct {
	Kind    string         // "ClusterIP", "NodePort", "LoadBalancer" or "ExternalIP"
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

// SetForwarding replaces the rules of a node, all at once. Open connections stay as they are; datagrams go to another endpoint once theirs is gone.
func (n *Namespace) SetForwarding(to Forwarding) { n.space.rules.Store(&to) }

// SetAnnouncements replaces the addresses of load balancers: for each the names of the nodes that take what is sent to it, by turns. They hold for
// those who have no rules of their own for the address.
func (f *Fabric) SetAnnouncements(to map[netip.Addr][]string) { f.announced.Store(&to) }
