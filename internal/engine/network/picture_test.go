package network

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/lab/protocol"
)

// noon is when these pictures are drawn.
func noon() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

func called(namespace, name string, labels map[string]string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: labels}
}

func webLabels() map[string]string { return map[string]string{"app": "web"} }

// runningPod listens to the port of its container, where that is not 0.
func runningPod(name, ip, node string, labels map[string]string, ready bool, port int32) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: called("shop", name, labels), Spec: corev1.PodSpec{NodeName: node, Containers: []corev1.Container{{Name: "c"}}}}
	p.Status = corev1.PodStatus{Phase: corev1.PodRunning, PodIP: ip}
	if ready {
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	}
	if port != 0 {
		p.Spec.Containers[0].Ports = []corev1.ContainerPort{{Name: "http", ContainerPort: port, Protocol: corev1.ProtocolTCP}}
	}
	return p
}

func clusterService(name, ip string, target intstr.IntOrString) *corev1.Service {
	s := &corev1.Service{ObjectMeta: called("shop", name, nil)}
	s.Spec = corev1.ServiceSpec{
		Type: corev1.ServiceTypeClusterIP, ClusterIPs: []string{ip}, Selector: map[string]string{"app": name}, SessionAffinity: corev1.ServiceAffinityNone,
		Ports: []corev1.ServicePort{{Protocol: corev1.ProtocolTCP, Port: 80, TargetPort: target}},
	}
	return s
}

// sliceOf has endpoints for Pods, which are ready as these are.
func sliceOf(service string, port int32, pods ...*corev1.Pod) *discoveryv1.EndpointSlice {
	s := &discoveryv1.EndpointSlice{ObjectMeta: called("shop", service+"-abc", map[string]string{discoveryv1.LabelServiceName: service})}
	if port != 0 {
		s.Ports = []discoveryv1.EndpointPort{{Port: &port}}
	}
	for _, p := range pods {
		s.Endpoints = append(s.Endpoints, discoveryv1.Endpoint{
			Addresses: []string{p.Status.PodIP}, NodeName: &p.Spec.NodeName, TargetRef: &corev1.ObjectReference{Kind: "Pod", Name: p.Name},
			Conditions: discoveryv1.EndpointConditions{Ready: new(podReady(p))},
		})
	}
	return s
}

func nodeAt(name, ip string) *corev1.Node {
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}
	n.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: ip}}
	n.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}
	return n
}

// shopScene is a Service with a Pod that takes its connections, and one who makes
// them.
func shopScene() scene {
	web := runningPod("web-1", "10.244.1.5", "node1", webLabels(), true, 8080)
	return scene{
		namespaces: []*corev1.Namespace{{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}, {ObjectMeta: metav1.ObjectMeta{Name: "kube-system"}}},
		nodes:      []*corev1.Node{nodeAt("node2", "172.30.0.12"), nodeAt("node1", "172.30.0.11")},
		pods:       []*corev1.Pod{web, runningPod("client", "10.244.2.9", "node2", map[string]string{"run": "client", "pod-template-hash": "1"}, true, 0)},
		services:   []*corev1.Service{clusterService("web", "10.96.0.4", intstr.FromInt32(8080))},
		slices:     []*discoveryv1.EndpointSlice{sliceOf("web", 8080, web)},
	}
}

// toWeb is a record of the client's connection to the Service.
func toWeb(id uint64, at time.Time, verdict fabric.Verdict) fabric.Record {
	end := netip.MustParseAddrPort("10.244.1.5:8080")
	r := fabric.Record{
		ID: id, At: at, Network: "tcp", From: netip.MustParseAddrPort("10.244.2.9:40000"), To: netip.MustParseAddrPort("10.96.0.4:80"), FromName: "shop/client", Verdict: verdict,
		Steps: []fabric.Step{
			{Kind: fabric.StepService, Subject: "shop/web", Detail: fabric.KindClusterIP, At: netip.MustParseAddrPort("10.96.0.4:80")},
			{Kind: fabric.StepEndpoint, Subject: "shop/web-1", At: end},
			{Kind: fabric.StepEgress, Detail: fabric.DetailOpen, At: end},
			{Kind: fabric.StepIngress, Detail: fabric.DetailOpen, At: end},
			{Kind: fabric.StepListener, Subject: "shop/web-1", At: end},
		},
	}
	switch last := &r.Steps[4]; verdict {
	case fabric.Refused:
		last.Verdict = fabric.Refused
	case fabric.Dropped:
		r.Steps = r.Steps[:4]
		r.Steps[3] = fabric.Step{Kind: fabric.StepIngress, Subject: "shop/deny", Verdict: fabric.Dropped, Detail: fabric.DetailNone, At: end}
	}
	return r
}

// seen is a picture after some records.
func seen(s scene, view protocol.NetworkView, records ...fabric.Record) protocol.Network {
	t := newTraffic()
	for _, r := range records {
		t.see(r, namesOf(s))
	}
	return picture(s, t, view, noon())
}

func TestPictureOfAService(t *testing.T) {
	t.Parallel()
	n := seen(shopScene(), protocol.NetworkView{}, toWeb(1, noon().Add(-3*time.Second), fabric.Connected), toWeb(2, noon().Add(-2*time.Second), fabric.Connected))
	if len(n.Services) != 1 || len(n.Pods) != 2 || len(n.Nodes) != 2 || n.Nodes[0].Name != "node1" || !slices.Equal(n.Namespaces, []string{"shop"}) {
		t.Fatalf("the picture: %+v", n)
	}
	s := n.Services[0]
	end := s.Slices[0].Endpoints[0]
	two := protocol.Traffic{Connected: 2}
	if s.Recent != two || end.Recent != two || end.Pod != "web-1" || end.Node != "node1" || !end.Ready || !end.Serving || len(s.Problems) > 0 {
		t.Errorf("the Service: %+v", s)
	}
	if client := n.Pods[0]; client.Outgoing != two || client.Incoming != (protocol.Traffic{}) || len(client.Labels) != 1 {
		t.Errorf("the client: %+v", client)
	}
	if web := n.Pods[1]; web.Incoming != two || web.Status != "Running" || !web.Ready {
		t.Errorf("the server: %+v", web)
	}
}

// Alike connections are one row; what is not alike, or came much later, another.
func TestConnectionsInRows(t *testing.T) {
	t.Parallel()
	at := func(s int) time.Time { return noon().Add(time.Duration(s) * time.Second) }
	tests := []struct {
		name    string
		records []fabric.Record
		want    string // ID×count outcome, the newest first
	}{
		{"one", []fabric.Record{toWeb(1, at(-9), fabric.Connected)}, "1×1 connects"},
		{"alike", []fabric.Record{toWeb(1, at(-9), fabric.Connected), toWeb(2, at(-5), fabric.Connected)}, "1×2 connects"},
		{
			"another verdict", []fabric.Record{toWeb(1, at(-9), fabric.Connected), toWeb(2, at(-5), fabric.Dropped), toWeb(3, at(-4), fabric.Connected)},
			"2×1 timesOut, 1×2 connects",
		},
		{"after a pause", []fabric.Record{toWeb(1, at(-90), fabric.Connected), toWeb(2, at(-59), fabric.Connected)}, "2×1 connects"},
		{
			"a row keeps its place", []fabric.Record{toWeb(1, at(-9), fabric.Refused), toWeb(2, at(-8), fabric.Connected), toWeb(3, at(-7), fabric.Refused)},
			"2×1 connects, 1×2 refused",
		},
	}
	for _, tt := range tests {
		var got []string
		for _, c := range seen(shopScene(), protocol.NetworkView{}, tt.records...).Connections {
			got = append(got, fmt.Sprintf("%d×%d %s", c.ID, c.Count, c.Outcome))
		}
		if said := strings.Join(got, ", "); said != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, said, tt.want)
		}
	}
}

func TestConnectionIsNamedAndExplained(t *testing.T) {
	t.Parallel()
	c := seen(shopScene(), protocol.NetworkView{}, toWeb(7, noon().Add(-12*time.Second), fabric.Dropped)).Connections[0]
	if c.From.Kind != protocol.PeerPod || c.From.String() != "shop/client" || c.To.Kind != protocol.PeerService || c.To.String() != "shop/web" {
		t.Errorf("the ends: %+v, %+v", c.From, c.To)
	}
	if c.Endpoint == nil || c.Endpoint.String() != "shop/web-1" || c.Endpoint.Address != "10.244.1.5:8080" {
		t.Errorf("the endpoint: %+v", c.Endpoint)
	}
	last := c.Steps[len(c.Steps)-1]
	if last.Code != protocol.IngressNone || !last.Stops || last.About["policies"] != "shop/deny" || c.Age != 10*time.Second {
		t.Errorf("the end: %+v after %s", last, c.Age)
	}
}

// A record of somebody who is gone, or not there yet, says what it can.
func TestConnectionOfStrangers(t *testing.T) {
	t.Parallel()
	gone := shopScene()
	gone.pods = nil
	c := seen(gone, protocol.NetworkView{}, toWeb(1, noon(), fabric.Dropped)).Connections[0]
	if c.From.String() != "shop/client" || c.Endpoint.String() != "shop/web-1" {
		t.Errorf("after the Pods have gone: %+v", c)
	}
	outside := toWeb(2, noon(), fabric.Connected)
	outside.FromName, outside.From = "", netip.MustParseAddrPort("172.30.0.1:1")
	if c := seen(shopScene(), protocol.NetworkView{}, outside).Connections[0]; c.From.Kind != protocol.PeerEngine {
		t.Errorf("from outside: %+v", c.From)
	}
	nowhere := fabric.Record{
		ID: 3, At: noon(), Network: "tcp", From: toWeb(1, noon(), "").From, FromName: "shop/client",
		To: netip.MustParseAddrPort("10.244.9.9:80"), Verdict: fabric.Unreachable,
	}
	if c := seen(shopScene(), protocol.NetworkView{}, nowhere).Connections[0]; c.To.Kind != protocol.PeerUnknown || c.Outcome != protocol.OutcomeUnreachable {
		t.Errorf("to nobody: %+v", c.To)
	}
	probe := toWeb(4, noon(), fabric.Connected)
	probe.FromName, probe.To, probe.Steps = "node1", netip.MustParseAddrPort("10.244.1.5:8080"), probe.Steps[4:]
	if c := seen(shopScene(), protocol.NetworkView{}, probe).Connections[0]; c.From.Kind != protocol.PeerNode || c.From.Name != "node1" || c.To.String() != "shop/web-1" {
		t.Errorf("from a node: %+v to %+v", c.From, c.To)
	}
}

func TestProblemsOfServices(t *testing.T) {
	t.Parallel()
	number, name := intstr.FromInt32(8080), intstr.FromString("http")
	web := func(ready bool) *corev1.Pod {
		return runningPod("web-1", "10.244.1.5", "node1", webLabels(), ready, 8080)
	}
	bare := clusterService("web", "10.96.0.4", number)
	bare.Spec.Selector = nil
	web80, unnamed := clusterService("web", "10.96.0.4", number), clusterService("web", "10.96.0.4", intstr.FromString("web"))
	alias := &corev1.Service{ObjectMeta: called("shop", "web", nil), Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: "example.org"}}
	leaving := web(true)
	leaving.DeletionTimestamp = new(metav1.NewTime(noon()))
	refused := []fabric.Record{toWeb(1, noon(), fabric.Refused)}
	tests := []struct {
		name    string
		service *corev1.Service
		pods    []*corev1.Pod
		slice   *discoveryv1.EndpointSlice
		records []fabric.Record
		want    []protocol.ExplainCode
	}{
		{"none", web80, []*corev1.Pod{web(true)}, sliceOf("web", 8080, web(true)), nil, nil},
		{"an alias", alias, nil, nil, nil, nil},
		{"made by hand", bare, nil, sliceOf("web", 8080, web(true)), nil, nil},
		{"not made", bare, nil, nil, nil, []protocol.ExplainCode{protocol.NoSelector}},
		{"no Pod", web80, nil, sliceOf("web", 0), nil, []protocol.ExplainCode{protocol.SelectsNone}},
		{"other Pods", clusterService("shop", "10.96.0.4", number), []*corev1.Pod{web(true)}, nil, nil, []protocol.ExplainCode{protocol.SelectsOther}},
		{"not ready", web80, []*corev1.Pod{web(false)}, sliceOf("web", 8080, web(false)), nil, []protocol.ExplainCode{protocol.PodNotReady}},
		{"leaving", web80, []*corev1.Pod{leaving}, nil, nil, []protocol.ExplainCode{protocol.AllLeaving}},
		{"a port that no Pod names", unnamed, []*corev1.Pod{web(true)}, sliceOf("web", 0, web(true)), nil, []protocol.ExplainCode{protocol.TargetUnnamed}},
		{"a port that it names", clusterService("web", "10.96.0.4", name), []*corev1.Pod{web(true)}, sliceOf("web", 8080, web(true)), nil, nil},
		{"nobody listens", web80, []*corev1.Pod{web(true)}, sliceOf("web", 8080, web(true)), refused, []protocol.ExplainCode{protocol.ListensNot, protocol.DeclaresPorts}},
		{"endpoints to come", web80, []*corev1.Pod{web(true)}, nil, nil, []protocol.ExplainCode{protocol.EndpointsComing}},
	}
	for _, tt := range tests {
		s := scene{pods: tt.pods, services: []*corev1.Service{tt.service}}
		if tt.slice != nil {
			s.slices = []*discoveryv1.EndpointSlice{tt.slice}
		}
		var got []protocol.ExplainCode
		for _, step := range seen(s, protocol.NetworkView{}, tt.records...).Services[0].Problems {
			got = append(got, step.Code)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestWhatIsInView(t *testing.T) {
	t.Parallel()
	s := shopScene()
	for _, name := range [][2]string{{"kube-system", "kube-dns"}, {"default", "kubernetes"}, {"other", "web"}} {
		s.services = append(s.services, &corev1.Service{ObjectMeta: called(name[0], name[1], nil)})
	}
	dns := toWeb(1, noon().Add(-time.Minute), fabric.Connected)
	dns.Steps = []fabric.Step{{Kind: fabric.StepService, Subject: "kube-system/kube-dns:dns"}}
	inner := dns
	inner.ID, inner.FromName = 2, "kube-system/coredns-1"
	tests := []struct {
		view        protocol.NetworkView
		services    string
		connections int
	}{
		{protocol.NetworkView{}, "other/web shop/web", 1},
		{protocol.NetworkView{Namespace: "shop"}, "shop/web", 1},
		{protocol.NetworkView{Namespace: "other"}, "other/web", 0},
		{protocol.NetworkView{Namespace: "kube-system", System: true}, "kube-system/kube-dns", 2},
		{protocol.NetworkView{System: true}, "default/kubernetes kube-system/kube-dns other/web shop/web", 2},
		{protocol.NetworkView{Since: noon().Add(-time.Second)}, "other/web shop/web", 0},
	}
	for _, tt := range tests {
		n := seen(s, tt.view, dns, inner)
		var names []string
		for _, service := range n.Services {
			names = append(names, service.String())
		}
		if got := strings.Join(names, " "); got != tt.services || len(n.Connections) != tt.connections {
			t.Errorf("%+v shows %s and %d connections, want %s and %d", tt.view, got, len(n.Connections), tt.services, tt.connections)
		}
	}
}

func TestIngressAndPolicyInThePicture(t *testing.T) {
	t.Parallel()
	s := shopScene()
	backend := func(name string) networkingv1.IngressBackend {
		return networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: name, Port: networkingv1.ServiceBackendPort{Number: 80}}}
	}
	prefix := networkingv1.PathTypePrefix
	in := &networkingv1.Ingress{ObjectMeta: called("shop", "front", nil)}
	in.Spec = networkingv1.IngressSpec{
		IngressClassName: new("nginx"), DefaultBackend: new(backend("web")), TLS: []networkingv1.IngressTLS{{Hosts: []string{"shop.example"}}},
		Rules: []networkingv1.IngressRule{{Host: "shop.example", IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{Paths: []networkingv1.HTTPIngressPath{
			{Path: "/", PathType: &prefix, Backend: backend("web")}, {Path: "/cart", PathType: &prefix, Backend: backend("cart")},
		}}}}},
	}
	s.ingresses = []*networkingv1.Ingress{in}
	deny := &networkingv1.NetworkPolicy{ObjectMeta: called("shop", "deny", nil)}
	deny.Spec = networkingv1.NetworkPolicySpec{
		PodSelector: metav1.LabelSelector{MatchLabels: webLabels()}, PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
	}
	s.policies = []*networkingv1.NetworkPolicy{deny}
	n := seen(s, protocol.NetworkView{})
	e := n.Entries[0]
	if e.Kind != "Ingress" || e.Class != "nginx" || len(e.Rules) != 3 || !e.Rules[0].TLS || e.Rules[2].Host != "" ||
		e.Rules[0].Backends[0].Missing || !e.Rules[1].Backends[0].Missing {
		t.Errorf("the Ingress: %+v", e)
	}
	if p := n.Policies[0]; !p.Ingress || p.Egress || p.Selector != "app=web" || !slices.Equal(p.Pods, []string{"web-1"}) {
		t.Errorf("the policy: %+v", p)
	}
}

// A picture stays small, and says what it left out.
func TestPictureIsBounded(t *testing.T) {
	t.Parallel()
	s := shopScene()
	for i := range 2 * protocol.MaxNetworkPods {
		name := fmt.Sprintf("x-%03d", i)
		s.pods = append(s.pods, runningPod(name, "", "node1", nil, true, 0))
		s.services = append(s.services, clusterService(name, "None", intstr.FromInt32(80)))
	}
	traffic := newTraffic()
	for i := range 3 * mostRows {
		r := toWeb(uint64(i), noon(), fabric.Connected)
		r.FromName = fmt.Sprintf("shop/x-%d", i)
		traffic.see(r, namesOf(shopScene()))
	}
	n := picture(s, traffic, protocol.NetworkView{}, noon())
	if len(n.Pods) != protocol.MaxNetworkPods || n.Left.Pods != protocol.MaxNetworkPods+2 || len(n.Services) != protocol.MaxNetworkServices || n.Left.Services == 0 {
		t.Errorf("%d Pods and %d Services are shown, %+v left out", len(n.Pods), len(n.Services), n.Left)
	}
	if len(n.Connections) != protocol.MaxNetworkConnections || n.Left.Connections == 0 || len(traffic.rows) > 2*mostRows {
		t.Errorf("%d connections are shown, %d remembered", len(n.Connections), len(traffic.rows))
	}
	traffic.settle(noon().Add(protocol.NetworkRecent))
	if len(traffic.counts) > 0 {
		t.Errorf("%d counts are kept after their time", len(traffic.counts))
	}
}
