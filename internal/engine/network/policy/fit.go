package policy

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"kubetutor/internal/engine/fabric"
)

// Isolates says whether a policy isolates a Pod in a direction.
func Isolates(p *networkingv1.NetworkPolicy, pod *corev1.Pod, ingress bool) bool {
	in, out := directions(&p.Spec)
	if ingress && !in || !ingress && !out || p.Namespace != pod.Namespace || !Takes(pod) {
		return false
	}
	selector, err := metav1.LabelSelectorAsSelector(&p.Spec.PodSelector)
	return err == nil && selector.Matches(labels.Set(pod.Labels))
}

// Connection is one connection as the policies of one of its ends see it.
type Connection struct {
	Peer    netip.Addr  // who is at the other end
	PeerPod *corev1.Pod // its Pod; nil if it is none
	Server  *corev1.Pod // who is connected to; nil if it is no Pod
	Network string      // "tcp" or "udp"
	Port    uint16      // of the server
}

// Fit says whether a rule is about a connection.
type Fit struct {
	Index      int // of the rule among those of its direction, from 0
	Peer, Port bool
	Ports      string   // those that the rule is about, as one would write them
	Unnamed    []string // ports of the rule that the server has no name for
}

// Fits tells for every rule of a policy in a direction how far it is about a
// connection. A rule that is about its peer and its port lets it through.
func Fits(p *networkingv1.NetworkPolicy, ingress bool, c Connection, pods []*corev1.Pod, namespaces []*corev1.Namespace) (fits []Fit) {
	s := newScene(pods, namespaces)
	if ingress {
		for i, r := range p.Spec.Ingress {
			fits = append(fits, c.fit(s.rule(p.Namespace, i, r.From, r.Ports)))
		}
		return fits
	}
	for i, r := range p.Spec.Egress {
		fits = append(fits, c.fit(s.rule(p.Namespace, i, r.To, r.Ports)))
	}
	return fits
}

func (c Connection) fit(r rule) Fit {
	f := Fit{Index: r.index, Peer: len(r.peers) == 0, Port: r.anyPort()}
	f.Peer = f.Peer || slices.ContainsFunc(r.peers, func(p peer) bool { return p.has(c) })
	ports := slices.Clone(r.ports)
	var said []string
	for _, named := range r.named {
		said = append(said, written(named.network, named.name))
		stands := c.resolve(named)
		if len(stands) == 0 {
			f.Unnamed = append(f.Unnamed, named.name)
		}
		ports = append(ports, stands...)
	}
	for _, port := range r.ports {
		said = append(said, written(port.Network, numbers(port)))
	}
	f.Port = f.Port || slices.ContainsFunc(ports, c.goesTo)
	f.Ports = strings.Join(said, ", ")
	return f
}

// has says whether a peer is the one at the other end.
func (p peer) has(c Connection) bool {
	return c.PeerPod != nil && Takes(c.PeerPod) && p.rule.Pods[nameOf(c.PeerPod)] || p.holds(c.Peer)
}

// resolve is what a name stands for on the server.
func (c Connection) resolve(named namedPort) []fabric.Ports {
	if c.Server == nil || !Takes(c.Server) {
		return nil
	}
	return (&pod{containers: Ports(c.Server)}).ports([]namedPort{named})
}

func (c Connection) goesTo(p fabric.Ports) bool {
	return p.Network == c.Network && (p.First == 0 || p.First <= c.Port && c.Port <= max(p.First, p.Last))
}

// numbers writes a range of ports.
func numbers(p fabric.Ports) string {
	switch {
	case p.First == 0:
		return ""
	case p.Last > p.First:
		return strconv.Itoa(int(p.First)) + "-" + strconv.Itoa(int(p.Last))
	}
	return strconv.Itoa(int(p.First))
}

// written is a port with its protocol: "80", "53/UDP", "UDP".
func written(network, port string) string {
	upper := strings.ToUpper(network)
	switch {
	case port == "":
		return upper
	case network == "tcp":
		return port
	}
	return port + "/" + upper
}
