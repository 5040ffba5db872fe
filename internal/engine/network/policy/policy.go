// Package policy compiles NetworkPolicies into the rules that the fabric holds
// connections to. It is pure: the same objects make the same rules.
//
// It follows the documentation of the API (networking.k8s.io/v1, and
// https://kubernetes.io/docs/concepts/services-networking/network-policies/):
//
//   - A Pod is isolated in a direction by every policy of its namespace that
//     selects it and is of that type; then only what a rule of one of them lets
//     through passes. Policies add up, and none forbids what another allows.
//   - A Pod on the network of its node is no Pod here: no policy selects it, no
//     selector finds it; only an ipBlock may hold its node's address.
//   - A Pod that is being deleted counts as long as it runs. One that has ended does
//     not: its address may be another's by now.
//   - A port by name means what that name stands for on the Pod that is connected to.
//     Where it stands for nothing, nothing passes.
package policy

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"kubetutor/internal/engine/fabric"
)

// Compile makes the rules of all Pods that a policy isolates. What it returns
// shares parts, and is read only.
func Compile(policies []*networkingv1.NetworkPolicy, pods []*corev1.Pod, namespaces []*corev1.Namespace) fabric.Policies {
	s := newScene(pods, namespaces)
	selecting := map[*pod][]*policy{}
	for _, object := range sorted(policies) {
		p := s.policy(object)
		for _, pod := range s.find(object.Namespace, &object.Spec.PodSelector) {
			selecting[pod] = append(selecting[pod], p)
		}
	}
	out := make(fabric.Policies, len(selecting))
	shared := newShelf()
	for pod, by := range selecting {
		out[pod.name] = fabric.PodPolicy{Ingress: shared.ingress(pod, by), Egress: shared.egress(by)}
	}
	return out
}

// sorted orders policies by namespace and name, so that they are always told of
// in the same order.
func sorted(policies []*networkingv1.NetworkPolicy) []*networkingv1.NetworkPolicy {
	return slices.SortedFunc(slices.Values(policies), func(a, b *networkingv1.NetworkPolicy) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
}

// policy is one NetworkPolicy whose selectors have been followed.
type policy struct {
	name            string // NAMESPACE/NAME
	ingress, egress bool   // the directions that it isolates
	from, to        []rule
}

// rule is a rule whose ports by name are still open.
type rule struct {
	index int
	peers []peer // none: all
	ports []fabric.Ports
	named []namedPort
}

// anyPort says whether the rule leaves ports open altogether.
func (r rule) anyPort() bool { return len(r.ports) == 0 && len(r.named) == 0 }

// policy follows the selectors of a NetworkPolicy.
func (s *scene) policy(p *networkingv1.NetworkPolicy) *policy {
	out := &policy{name: p.Namespace + "/" + p.Name}
	out.ingress, out.egress = directions(&p.Spec)
	if out.ingress {
		for i, r := range p.Spec.Ingress {
			out.from = append(out.from, s.rule(p.Namespace, i, r.From, r.Ports))
		}
	}
	if out.egress {
		for i, r := range p.Spec.Egress {
			out.to = append(out.to, s.byDestination(s.rule(p.Namespace, i, r.To, r.Ports))...)
		}
	}
	return out
}

// directions are those in which a policy isolates. Where it does not say so,
// every policy is about ingress, and one with rules for egress about that too.
func directions(spec *networkingv1.NetworkPolicySpec) (ingress, egress bool) {
	if len(spec.PolicyTypes) == 0 {
		return true, len(spec.Egress) > 0
	}
	return slices.Contains(spec.PolicyTypes, networkingv1.PolicyTypeIngress), slices.Contains(spec.PolicyTypes, networkingv1.PolicyTypeEgress)
}

func (s *scene) rule(namespace string, index int, peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort) rule {
	r := rule{index: index}
	for i := range peers {
		r.peers = append(r.peers, s.peer(namespace, &peers[i]))
	}
	for i := range ports {
		if name, ok := byName(&ports[i]); ok {
			r.named = append(r.named, name)
		} else {
			r.ports = append(r.ports, byNumber(&ports[i]))
		}
	}
	return r
}

// byDestination settles the ports by name of a rule for egress: for each port that
// a name stands for somewhere, a rule to the Pods where it does.
func (s *scene) byDestination(r rule) []rule {
	if len(r.named) == 0 {
		return []rule{r}
	}
	var out []rule
	if len(r.ports) > 0 {
		out = append(out, rule{index: r.index, peers: r.peers, ports: r.ports})
	}
	at := map[fabric.Ports][]*pod{}
	for _, pod := range s.behind(r.peers) {
		for _, port := range pod.ports(r.named) {
			at[port] = append(at[port], pod)
		}
	}
	for _, port := range slices.SortedFunc(maps.Keys(at), comparePorts) {
		out = append(out, rule{index: r.index, peers: []peer{newPeer(at[port])}, ports: []fabric.Ports{port}})
	}
	return out
}

// behind are the Pods among peers; no peers are all Pods.
func (s *scene) behind(peers []peer) []*pod {
	if len(peers) == 0 {
		return s.all
	}
	var out []*pod
	seen := map[*pod]bool{}
	for _, p := range peers {
		for _, pod := range s.among(p) {
			if !seen[pod] {
				seen[pod] = true
				out = append(out, pod)
			}
		}
	}
	return out
}

// among are the Pods that a peer means, by a selector or by their addresses.
func (s *scene) among(p peer) []*pod {
	if !p.rule.CIDR.IsValid() {
		return p.pods
	}
	return slices.DeleteFunc(slices.Clone(s.all), func(pod *pod) bool { return !slices.ContainsFunc(pod.ips, p.holds) })
}

// holds says whether an address is in the peer's block.
func (p peer) holds(ip netip.Addr) bool {
	return p.rule.CIDR.Contains(ip) && !slices.ContainsFunc(p.rule.Except, func(except netip.Prefix) bool { return except.Contains(ip) })
}
