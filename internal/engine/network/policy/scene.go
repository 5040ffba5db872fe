package policy

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	netutils "k8s.io/utils/net"

	"kubetutor/internal/engine/fabric"
)

// scene is who takes part in a network: what selectors select from.
type scene struct {
	all        []*pod
	pods       map[string][]*pod // by namespace
	namespaces []*corev1.Namespace
	peers      map[peerKey]peer // those that have been followed already
}

// pod is a Pod with a network of its own that runs or is about to.
type pod struct {
	name       string // NAMESPACE/NAME
	labels     labels.Set
	ips        []netip.Addr
	containers []corev1.ContainerPort
}

func newScene(pods []*corev1.Pod, namespaces []*corev1.Namespace) *scene {
	s := &scene{pods: map[string][]*pod{}, namespaces: namespaces, peers: map[peerKey]peer{}}
	for _, object := range pods {
		if !Takes(object) {
			continue
		}
		p := &pod{name: nameOf(object), labels: object.Labels, ips: Addresses(object), containers: Ports(object)}
		s.all = append(s.all, p)
		s.pods[object.Namespace] = append(s.pods[object.Namespace], p)
	}
	return s
}

func nameOf(p *corev1.Pod) string { return p.Namespace + "/" + p.Name }

// Takes says whether a Pod takes part in policies: it has a network of its own,
// and has not ended.
func Takes(p *corev1.Pod) bool {
	return !p.Spec.HostNetwork && p.Status.Phase != corev1.PodSucceeded && p.Status.Phase != corev1.PodFailed
}

// Addresses are those that the API knows of a Pod, none for a new one.
func Addresses(p *corev1.Pod) (ips []netip.Addr) {
	told := p.Status.PodIPs
	if len(told) == 0 {
		told = []corev1.PodIP{{IP: p.Status.PodIP}}
	}
	for _, t := range told {
		if ip, err := netip.ParseAddr(t.IP); err == nil {
			ips = append(ips, ip.Unmap())
		}
	}
	return ips
}

// Ports are those that the containers of a Pod name that run while it does: its
// containers, and the init containers that go on (sidecars).
func Ports(p *corev1.Pod) (ports []corev1.ContainerPort) {
	for _, c := range p.Spec.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			ports = append(ports, c.Ports...)
		}
	}
	for _, c := range p.Spec.Containers {
		ports = append(ports, c.Ports...)
	}
	return ports
}

// find lists the Pods of a namespace that a selector selects. A selector that
// cannot be read, which the API does not admit, selects none.
func (s *scene) find(namespace string, selector *metav1.LabelSelector) []*pod {
	chosen, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return nil
	}
	if chosen.Empty() {
		return s.pods[namespace]
	}
	var out []*pod
	for _, p := range s.pods[namespace] {
		if chosen.Matches(p.labels) {
			out = append(out, p)
		}
	}
	return out
}

// peer is one side of connections that a rule allows.
type peer struct {
	rule fabric.Peer
	pods []*pod // of rule.Pods
}

func newPeer(pods []*pod) peer {
	all := make(map[string]bool, len(pods))
	for _, p := range pods {
		all[p.name] = true
	}
	return peer{rule: fabric.Peer{Pods: all}, pods: pods}
}

// peerKey is what a peer's selectors say. A missing selector and an empty one say
// different things, and are written differently.
type peerKey struct{ namespace, namespaces, pods string }

// peer follows the selectors of a peer of a policy in that namespace.
func (s *scene) peer(namespace string, p *networkingv1.NetworkPolicyPeer) peer {
	if p.IPBlock != nil {
		return block(p.IPBlock)
	}
	key := peerKey{namespace, p.NamespaceSelector.String(), p.PodSelector.String()}
	if p.NamespaceSelector != nil {
		key.namespace = "" // it means the same everywhere
	}
	found, ok := s.peers[key]
	if !ok {
		found = newPeer(s.chosen(namespace, p))
		s.peers[key] = found
	}
	return found
}

// chosen lists the Pods that both selectors of a peer select.
func (s *scene) chosen(namespace string, p *networkingv1.NetworkPolicyPeer) (out []*pod) {
	pods := p.PodSelector
	if pods == nil {
		pods = &metav1.LabelSelector{} // all, of the namespaces that are selected
	}
	if p.NamespaceSelector == nil {
		if p.PodSelector == nil {
			return nil // nothing is said at all: the API does not admit it
		}
		return s.find(namespace, pods)
	}
	chosen, err := metav1.LabelSelectorAsSelector(p.NamespaceSelector)
	if err != nil {
		return nil
	}
	for _, n := range s.namespaces {
		if chosen.Matches(labels.Set(n.Labels)) {
			out = append(out, s.find(n.Name, pods)...)
		}
	}
	return out
}

// block is a peer of addresses. One that cannot be read holds none.
func block(b *networkingv1.IPBlock) peer {
	out := peer{rule: fabric.Peer{CIDR: prefix(b.CIDR)}}
	for _, except := range b.Except {
		if p := prefix(except); p.IsValid() {
			out.rule.Except = append(out.rule.Except, p)
		}
	}
	return out
}

// prefix reads a CIDR as loosely as the API admits it (leading zeros, bits beyond
// the mask).
func prefix(cidr string) netip.Prefix {
	_, network, err := netutils.ParseCIDRSloppy(cidr)
	if err != nil {
		return netip.Prefix{}
	}
	ip, _ := netip.AddrFromSlice(network.IP)
	bits, of := network.Mask.Size()
	if ip = ip.Unmap(); ip.Is4() && of == 128 {
		bits -= 96
	}
	return netip.PrefixFrom(ip, bits).Masked()
}

// namedPort is a port that a rule names.
type namedPort struct{ network, name string }

// ports are what names stand for on the Pod.
func (p *pod) ports(named []namedPort) (out []fabric.Ports) {
	for _, c := range p.containers {
		port := namedPort{network(&c.Protocol), c.Name}
		if c.Name != "" && slices.Contains(named, port) {
			out = append(out, single(port.network, c.ContainerPort))
		}
	}
	return out
}

// byName is the port of a rule, if it is one by name.
func byName(p *networkingv1.NetworkPolicyPort) (namedPort, bool) {
	if p.Port == nil || p.Port.Type != intstr.String {
		return namedPort{}, false
	}
	return namedPort{network(p.Protocol), p.Port.StrVal}, true
}

// byNumber is the port of a rule, if it is by number, or the ports.
func byNumber(p *networkingv1.NetworkPolicyPort) fabric.Ports {
	switch {
	case p.Port == nil:
		return fabric.Ports{Network: network(p.Protocol)}
	case p.EndPort == nil:
		return single(network(p.Protocol), p.Port.IntVal)
	}
	ports := single(network(p.Protocol), p.Port.IntVal)
	ports.Last = uint16(*p.EndPort)
	return ports
}

func single(network string, port int32) fabric.Ports {
	return fabric.Ports{Network: network, First: uint16(port), Last: uint16(port)}
}

// network is a protocol as the fabric names it; none is TCP. The fabric carries no
// SCTP, so that a rule for it lets nothing pass, as it should.
func network(p *corev1.Protocol) string {
	if p == nil || *p == "" {
		return "tcp"
	}
	return strings.ToLower(string(*p))
}

func comparePorts(a, b fabric.Ports) int {
	return cmp.Or(cmp.Compare(a.Network, b.Network), cmp.Compare(a.First, b.First), cmp.Compare(a.Last, b.Last))
}
