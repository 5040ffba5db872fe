package policy_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func oneOf[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// chance is true once in n times.
func chance(r *rand.Rand, n int) bool { return r.IntN(n) == 0 }

// randomWorld is a cluster of some Pods, of which one is on its node's network and
// one has ended, and some policies.
func randomWorld(t testing.TB, r *rand.Rand) *world {
	w := newWorld(t)
	for _, n := range w.namespaces {
		n.Labels["team"] = oneOf(r, "red", "blue")
	}
	for n := range 6 {
		p := podOf(fmt.Sprintf("%s/p%d", oneOf(r, "x", "y", "z"), n), n)
		p.Labels = randomLabels(r)
		for i := range p.Spec.Containers[0].Ports {
			p.Spec.Containers[0].Ports[i].Name = oneOf(r, "", "web", "dns", "web")
		}
		w.add(p)
	}
	ended := podOf("x/ended", 0) // its address is another's by now
	ended.Status.PodIP, ended.Status.Phase, ended.Labels = w.pods[0].Status.PodIP, corev1.PodSucceeded, randomLabels(r)
	host := podOf("y/host", r.IntN(2))
	host.Spec.HostNetwork, host.Labels = true, randomLabels(r)
	host.Status.PodIP = nodeIP(int(host.Spec.NodeName[4] - '1')).String()
	unborn := podOf("z/unborn", 0)
	unborn.Status = corev1.PodStatus{Phase: corev1.PodPending}
	w.pods = append(w.pods, ended, host, unborn)
	for n := range r.IntN(6) {
		w.policies = append(w.policies, randomPolicy(r, w, n))
	}
	return w
}

// pick is a Pod that can be at an end of a connection.
func (w *world) pick(r *rand.Rand) *corev1.Pod { return oneOf(r, append(w.pods[:6:6], w.pods[7])...) }

func randomLabels(r *rand.Rand) map[string]string {
	all := map[string]string{}
	if !chance(r, 4) {
		all["app"] = oneOf(r, "web", "db", "cache")
	}
	if chance(r, 2) {
		all["tier"] = oneOf(r, "front", "back")
	}
	return all
}

func randomSelector(r *rand.Rand, key string, values ...string) metav1.LabelSelector {
	s := metav1.LabelSelector{}
	switch r.IntN(5) {
	case 0, 1:
		s.MatchLabels = map[string]string{key: oneOf(r, values...)}
	case 2:
		operator := oneOf(r, metav1.LabelSelectorOpIn, metav1.LabelSelectorOpNotIn)
		s.MatchExpressions = []metav1.LabelSelectorRequirement{{Key: key, Operator: operator, Values: []string{oneOf(r, values...), values[0]}}}
	case 3:
		s.MatchExpressions = []metav1.LabelSelectorRequirement{{Key: oneOf(r, key, "tier"), Operator: oneOf(r, metav1.LabelSelectorOpExists, metav1.LabelSelectorOpDoesNotExist)}}
	}
	return s
}

func randomPods(r *rand.Rand) metav1.LabelSelector {
	return randomSelector(r, "app", "web", "db", "cache")
}

func randomPolicy(r *rand.Rand, w *world, n int) *networkingv1.NetworkPolicy {
	p := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: oneOf(r, "x", "y", "z"), Name: fmt.Sprintf("policy%d", n)}}
	p.Spec.PodSelector = randomPods(r)
	for range r.IntN(3) {
		p.Spec.Ingress = append(p.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{From: randomPeers(r, w), Ports: randomPorts(r)})
	}
	for range r.IntN(3) {
		p.Spec.Egress = append(p.Spec.Egress, networkingv1.NetworkPolicyEgressRule{To: randomPeers(r, w), Ports: randomPorts(r)})
	}
	p.Spec.PolicyTypes = oneOf(r, nil, []networkingv1.PolicyType{"Ingress"}, []networkingv1.PolicyType{"Egress"}, []networkingv1.PolicyType{"Ingress", "Egress"})
	return p
}

func randomPeers(r *rand.Rand, w *world) (peers []networkingv1.NetworkPolicyPeer) {
	for range r.IntN(3) {
		p := networkingv1.NetworkPolicyPeer{}
		pods, namespaces := randomPods(r), randomSelector(r, oneOf(r, "team", "absent"), "red", "blue")
		switch r.IntN(4) {
		case 0:
			p.IPBlock = randomBlock(r, w)
		case 1:
			p.PodSelector = &pods
		case 2:
			p.NamespaceSelector = &namespaces
		default:
			p.PodSelector, p.NamespaceSelector = &pods, &namespaces
		}
		peers = append(peers, p)
	}
	return peers
}

func randomBlock(r *rand.Rand, w *world) *networkingv1.IPBlock {
	around := func(bits ...int) string {
		ip := netip.MustParseAddr(w.pick(r).Status.PodIP)
		return netip.PrefixFrom(ip, oneOf(r, bits...)).Masked().String()
	}
	b := &networkingv1.IPBlock{CIDR: around(0, 8, 16, 24, 32)}
	for range r.IntN(3) {
		b.Except = append(b.Except, around(24, 32))
	}
	return b
}

func randomPorts(r *rand.Rand) (ports []networkingv1.NetworkPolicyPort) {
	for range r.IntN(3) {
		p := networkingv1.NetworkPolicyPort{Protocol: oneOf(r, nil, new(corev1.ProtocolTCP), new(corev1.ProtocolUDP), new(corev1.ProtocolSCTP))}
		switch r.IntN(4) {
		case 0:
			p.Port = new(intstr.FromInt32(oneOf[int32](r, 79, 80, 81)))
		case 1:
			p.Port = new(intstr.FromString(oneOf(r, "web", "dns", "none")))
		case 2:
			p.Port, p.EndPort = new(intstr.FromInt32(oneOf[int32](r, 79, 80))), new(oneOf[int32](r, 80, 81))
		}
		ports = append(ports, p)
	}
	return ports
}
