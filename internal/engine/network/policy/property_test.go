package policy_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/engine/network/policy"
)

// TestAgreesWithTheAPIsText holds what Compile and the fabric make of random
// objects against a reader of the API's text that knows no rules of addresses: it
// goes through the objects for every single connection.
func TestAgreesWithTheAPIsText(t *testing.T) {
	t.Parallel()
	const worlds, questions = 400, 60
	outcomes := map[bool]int{}
	for seed := range uint64(worlds) {
		r := rand.New(rand.NewPCG(seed, 7))
		w := randomWorld(t, r)
		w.push()
		for range questions {
			from, to, network, port := w.pick(r), w.pick(r), oneOf(r, "tcp", "udp"), oneOf[uint16](r, 79, 80, 81, 82)
			if from.Status.PodIP == to.Status.PodIP {
				continue
			}
			got := w.explain(from, network, to, port).Verdict != fabric.Dropped
			want := w.allowed(from, to, network, port)
			outcomes[got]++
			if got != want {
				t.Fatalf("seed %d: %s to %s, %s/%d: passes %v, should be %v\n%s", seed, nameOf(from), nameOf(to), network, port, got, want, w)
			}
		}
	}
	if outcomes[true] < worlds || outcomes[false] < worlds {
		t.Errorf("the cases are of one kind: %v", outcomes)
	}
}

// TestTheOrderOfObjectsDoesNotMatter: the same objects make the same rules.
func TestTheOrderOfObjectsDoesNotMatter(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	for range 50 {
		w := randomWorld(t, r)
		first := fmt.Sprint(written(policy.Compile(w.policies, w.pods, w.namespaces)))
		r.Shuffle(len(w.policies), func(i, j int) { w.policies[i], w.policies[j] = w.policies[j], w.policies[i] })
		r.Shuffle(len(w.pods), func(i, j int) { w.pods[i], w.pods[j] = w.pods[j], w.pods[i] })
		r.Shuffle(len(w.namespaces), func(i, j int) { w.namespaces[i], w.namespaces[j] = w.namespaces[j], w.namespaces[i] })
		if second := fmt.Sprint(written(policy.Compile(w.policies, w.pods, w.namespaces))); first != second {
			t.Fatalf("first\n%s\nthen\n%s", first, second)
		}
	}
}

// written has no pointers in it, so that it can be compared as text.
func written(p fabric.Policies) map[string][2]string {
	out := map[string][2]string{}
	for name, pod := range p {
		for i, side := range []*fabric.Isolation{pod.Ingress, pod.Egress} {
			pair := out[name]
			if side != nil {
				pair[i] = fmt.Sprint(*side)
			}
			out[name] = pair
		}
	}
	return out
}

func (w *world) String() string {
	var b strings.Builder
	for _, p := range w.pods {
		fmt.Fprintf(&b, "%s %v %s host=%v %s\n", nameOf(p), p.Labels, p.Status.PodIP, p.Spec.HostNetwork, p.Status.Phase)
	}
	for _, p := range w.policies {
		fmt.Fprintf(&b, "%s/%s %s\n", p.Namespace, p.Name, p.Spec.String())
	}
	return b.String()
}

// allowed reads the API: whether a connection passes the policies of both ends.
// "Traffic to and from the node where a Pod is running is always allowed."
func (w *world) allowed(from, to *corev1.Pod, network string, port uint16) bool {
	if from.Spec.NodeName == to.Spec.NodeName && from.Spec.HostNetwork != to.Spec.HostNetwork {
		return true
	}
	return w.lets(from, to, to, network, port, networkingv1.PolicyTypeEgress) && w.lets(to, from, to, network, port, networkingv1.PolicyTypeIngress)
}

// lets says whether the policies of one Pod let through what goes one way between
// it and another; the port is the server's.
func (w *world) lets(pod, other, server *corev1.Pod, network string, port uint16, way networkingv1.PolicyType) bool {
	isolated := false
	for _, p := range w.policies {
		if p.Namespace != pod.Namespace || pod.Spec.HostNetwork || !selects(p.Spec.PodSelector, pod.Labels) || !about(p, way) {
			continue
		}
		isolated = true
		for _, r := range rulesOf(p, way) {
			if w.peers(p.Namespace, r.From, other) && ports(r.Ports, server, network, port) {
				return true
			}
		}
	}
	return !isolated
}

// rulesOf are the rules of a direction, those for egress written as for ingress.
func rulesOf(p *networkingv1.NetworkPolicy, way networkingv1.PolicyType) (rules []networkingv1.NetworkPolicyIngressRule) {
	if way == networkingv1.PolicyTypeIngress {
		return p.Spec.Ingress
	}
	for _, r := range p.Spec.Egress {
		rules = append(rules, networkingv1.NetworkPolicyIngressRule{From: r.To, Ports: r.Ports})
	}
	return rules
}

func about(p *networkingv1.NetworkPolicy, way networkingv1.PolicyType) bool {
	if p.Spec.PolicyTypes == nil {
		return way == networkingv1.PolicyTypeIngress || p.Spec.Egress != nil
	}
	for _, t := range p.Spec.PolicyTypes {
		if t == way {
			return true
		}
	}
	return false
}

func (w *world) peers(namespace string, peers []networkingv1.NetworkPolicyPeer, other *corev1.Pod) bool {
	for _, p := range peers {
		if w.isPeer(namespace, p, other) {
			return true
		}
	}
	return len(peers) == 0
}

func (w *world) isPeer(namespace string, p networkingv1.NetworkPolicyPeer, other *corev1.Pod) bool {
	if p.IPBlock != nil {
		ip := netip.MustParseAddr(other.Status.PodIP)
		for _, e := range p.IPBlock.Except {
			if netip.MustParsePrefix(e).Contains(ip) {
				return false
			}
		}
		return netip.MustParsePrefix(p.IPBlock.CIDR).Contains(ip)
	}
	if other.Spec.HostNetwork {
		return false
	}
	if p.NamespaceSelector == nil && other.Namespace != namespace {
		return false
	}
	for _, n := range w.namespaces {
		if n.Name == other.Namespace && p.NamespaceSelector != nil && !selects(*p.NamespaceSelector, n.Labels) {
			return false
		}
	}
	return p.PodSelector == nil || selects(*p.PodSelector, other.Labels)
}

func ports(list []networkingv1.NetworkPolicyPort, server *corev1.Pod, network string, port uint16) bool {
	for _, p := range list {
		protocol := corev1.ProtocolTCP
		if p.Protocol != nil {
			protocol = *p.Protocol
		}
		if strings.EqualFold(string(protocol), network) && isPort(p, protocol, server, port) {
			return true
		}
	}
	return len(list) == 0
}

func isPort(p networkingv1.NetworkPolicyPort, protocol corev1.Protocol, server *corev1.Pod, port uint16) bool {
	switch {
	case p.Port == nil:
		return true
	case p.Port.Type == intstr.Int && p.EndPort != nil:
		return int32(port) >= p.Port.IntVal && int32(port) <= *p.EndPort
	case p.Port.Type == intstr.Int:
		return int32(port) == p.Port.IntVal
	case server.Spec.HostNetwork:
		return false
	}
	for _, c := range server.Spec.Containers {
		for _, named := range c.Ports {
			if named.Name == p.Port.StrVal && named.Protocol == protocol && named.ContainerPort == int32(port) {
				return true
			}
		}
	}
	return false
}

// selects reads a selector without the library that Compile uses.
func selects(s metav1.LabelSelector, labels map[string]string) bool {
	for key, value := range s.MatchLabels {
		if has, ok := labels[key]; !ok || has != value {
			return false
		}
	}
	for _, e := range s.MatchExpressions {
		has, ok := labels[e.Key]
		in := false
		for _, v := range e.Values {
			in = in || ok && v == has
		}
		switch e.Operator {
		case metav1.LabelSelectorOpIn:
			if !in {
				return false
			}
		case metav1.LabelSelectorOpNotIn:
			if in {
				return false
			}
		case metav1.LabelSelectorOpExists:
			if !ok {
				return false
			}
		case metav1.LabelSelectorOpDoesNotExist:
			if ok {
				return false
			}
		}
	}
	return true
}
