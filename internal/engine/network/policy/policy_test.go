package policy_test

import (
	"net/netip"
	"reflect"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/engine/network/policy"
)

// TestWhoIsIsolated is which Pods a policy for all of a namespace isolates.
func TestWhoIsIsolated(t *testing.T) {
	t.Parallel()
	isolated := func(change func(*corev1.Pod)) bool {
		p := podOf("x/a", 0)
		change(p)
		all := policy.Compile([]*networkingv1.NetworkPolicy{{ObjectMeta: metav1.ObjectMeta{Namespace: "x", Name: "deny"}}}, []*corev1.Pod{p}, nil)
		return all["x/a"].Ingress != nil
	}
	for name, c := range map[string]struct {
		change func(*corev1.Pod)
		want   bool
	}{
		"one that runs":                 {func(*corev1.Pod) {}, true},
		"one without an address":        {func(p *corev1.Pod) { p.Status = corev1.PodStatus{Phase: corev1.PodPending} }, true},
		"one that is being deleted":     {func(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{} }, true},
		"one that has ended":            {func(p *corev1.Pod) { p.Status.Phase = corev1.PodSucceeded }, false},
		"one that has failed":           {func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed }, false},
		"one on its node's network":     {func(p *corev1.Pod) { p.Spec.HostNetwork = true }, false},
		"one of which nothing is known": {func(p *corev1.Pod) { p.Status = corev1.PodStatus{Phase: corev1.PodUnknown} }, true},
	} {
		if got := isolated(c.change); got != c.want {
			t.Errorf("%s: isolated %v", name, got)
		}
	}
}

// TestDirections is what a policy without rules isolates, by its types.
func TestDirections(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		spec    networkingv1.NetworkPolicySpec
		in, out bool
	}{
		{networkingv1.NetworkPolicySpec{}, true, false},
		{networkingv1.NetworkPolicySpec{Egress: []networkingv1.NetworkPolicyEgressRule{{}}}, true, true},
		{networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{"Egress"}}, false, true},
		{networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{"Ingress"}, Egress: []networkingv1.NetworkPolicyEgressRule{{}}}, true, false},
		{networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{"Ingress", "Egress"}}, true, true},
	} {
		p := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "x", Name: "p"}, Spec: c.spec}
		pod := podOf("x/a", 0)
		got := policy.Compile([]*networkingv1.NetworkPolicy{p}, []*corev1.Pod{pod}, nil)["x/a"]
		if (got.Ingress != nil) != c.in || (got.Egress != nil) != c.out {
			t.Errorf("%+v: %+v", c.spec, got)
		}
		if policy.Isolates(p, pod, true) != c.in || policy.Isolates(p, pod, false) != c.out {
			t.Errorf("%+v: Isolates says something else", c.spec)
		}
	}
}

// TestPortsByName: names are those of containers that run while the Pod does.
func TestPortsByName(t *testing.T) {
	t.Parallel()
	pod := podOf("x/a", 0)
	port := func(name string, number int32) []corev1.ContainerPort {
		return []corev1.ContainerPort{{Name: name, ContainerPort: number, Protocol: corev1.ProtocolTCP}}
	}
	pod.Spec.InitContainers = []corev1.Container{
		{Ports: port("web", 1)},
		{Ports: port("web", 2), RestartPolicy: new(corev1.ContainerRestartPolicyAlways)},
	}
	pod.Spec.Containers = []corev1.Container{{Ports: port("web", 3)}, {Ports: port("other", 4)}}
	p := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "x", Name: "p"}}
	p.Spec.Ingress = []networkingv1.NetworkPolicyIngressRule{
		{Ports: []networkingv1.NetworkPolicyPort{{Port: new(intstr.FromString("none"))}}},
		{Ports: []networkingv1.NetworkPolicyPort{{Port: new(intstr.FromString("web"))}, {Port: new(intstr.FromInt32(9))}}},
	}
	rules := policy.Compile([]*networkingv1.NetworkPolicy{p}, []*corev1.Pod{pod}, nil)["x/a"].Ingress.Rules
	want := []fabric.Rule{{Policy: "x/p", Index: 1, Ports: []fabric.Ports{
		{Network: "tcp", First: 9, Last: 9}, {Network: "tcp", First: 2, Last: 2}, {Network: "tcp", First: 3, Last: 3},
	}}}
	if !reflect.DeepEqual(rules, want) {
		t.Errorf("%+v, want %+v", rules, want)
	}
}

// TestFits: of every rule is told how far it is about a connection.
func TestFits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "x/a", "x/b", "y/a")
	p := netpolOf(w, "x p {podSelector: {}, ingress: ["+
		"{from: [{podSelector: {matchLabels: {pod: b}}}], ports: [{port: 81}]}, "+
		"{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: 'y'}}}], ports: [{port: serve-80-tcp}, {port: 7000, endPort: 7999}, {protocol: UDP}]}, "+
		"{ports: [{port: no-such-port}]}, {from: [{ipBlock: {cidr: ip-x-b/32}}]}, {}]}")
	c := policy.Connection{Peer: netip.MustParseAddr(w.pods[1].Status.PodIP), PeerPod: w.pods[1], Server: w.pods[0], Network: "tcp", Port: 80}
	want := []policy.Fit{
		{Index: 0, Peer: true, Ports: "81"}, {Index: 1, Port: true, Ports: "serve-80-tcp, 7000-7999, UDP"},
		{Index: 2, Peer: true, Ports: "no-such-port", Unnamed: []string{"no-such-port"}}, {Index: 3, Peer: true, Port: true}, {Index: 4, Peer: true, Port: true},
	}
	if got := policy.Fits(p, true, c, w.pods, w.namespaces); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant\n%+v", got, want)
	}
	if got := policy.Fits(p, false, c, w.pods, w.namespaces); got != nil {
		t.Errorf("it has no rules for egress: %+v", got)
	}
}
