package kubeproxy

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubernetes/pkg/proxy"
	"k8s.io/utils/ptr"

	"kubetutor/internal/engine/fabric"
)

// thisNode is the node whose rules are looked at.
const thisNode = "node1"

// aService is shop/web with one port, changed by the functions.
func aService(change ...func(*v1.Service)) *v1.Service {
	s := &v1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"}, Spec: v1.ServiceSpec{
		Type: v1.ServiceTypeClusterIP, ClusterIP: "10.96.0.7", ClusterIPs: []string{"10.96.0.7"}, IPFamilies: []v1.IPFamily{v1.IPv4Protocol},
		SessionAffinity: v1.ServiceAffinityNone, Ports: []v1.ServicePort{{Name: "http", Port: 80, Protocol: v1.ProtocolTCP}},
	}}
	for _, f := range change {
		f(s)
	}
	return s
}

func ofIPv6(s *v1.Service) { s.Spec.IPFamilies = []v1.IPFamily{v1.IPv6Protocol} }

func nodePort(s *v1.Service) {
	s.Spec.Type, s.Spec.Ports[0].NodePort = v1.ServiceTypeNodePort, 30080
	s.Spec.ExternalTrafficPolicy = v1.ServiceExternalTrafficPolicyCluster
}

func balanced(s *v1.Service) {
	nodePort(s)
	s.Spec.Type = v1.ServiceTypeLoadBalancer
	s.Status.LoadBalancer.Ingress = []v1.LoadBalancerIngress{{IP: "172.30.200.1", IPMode: ptr.To(v1.LoadBalancerIPModeVIP)}}
}

func externalLocal(s *v1.Service) {
	s.Spec.ExternalTrafficPolicy, s.Spec.HealthCheckNodePort = v1.ServiceExternalTrafficPolicyLocal, 32000
}

func internalLocal(s *v1.Service) {
	s.Spec.InternalTrafficPolicy = ptr.To(v1.ServiceInternalTrafficPolicyLocal)
}

// An endpoint's state is a word, as learners see it in an EndpointSlice.
const (
	ready       = "ready"
	unready     = "unready"
	terminating = "terminating, serving"
	ending      = "terminating"
)

// at is the endpoint 10.244.N.2 on node N, in a state, with hints: zones, or nodes.
func at(node int, state string, hints ...string) discovery.Endpoint {
	e := discovery.Endpoint{Addresses: []string{fmt.Sprintf("10.244.%d.2", node)}, NodeName: ptr.To(fmt.Sprintf("node%d", node)),
		Conditions: discovery.EndpointConditions{
			Ready: ptr.To(state == ready), Serving: ptr.To(state == ready || state == terminating),
			Terminating: ptr.To(state == terminating || state == ending),
		}}
	for _, h := range hints {
		if e.Hints == nil {
			e.Hints = &discovery.EndpointHints{}
		}
		if strings.HasPrefix(h, "zone") {
			e.Hints.ForZones = append(e.Hints.ForZones, discovery.ForZone{Name: h})
		} else {
			e.Hints.ForNodes = append(e.Hints.ForNodes, discovery.ForNode{Name: h})
		}
	}
	return e
}

// aSlice are the endpoints of a Service, all of whose ports lead to 8080.
func aSlice(s *v1.Service, endpoints []discovery.Endpoint) *discovery.EndpointSlice {
	slice := &discovery.EndpointSlice{AddressType: discovery.AddressTypeIPv4, Endpoints: endpoints, ObjectMeta: metav1.ObjectMeta{
		Namespace: s.Namespace, Name: s.Name + "-x", Labels: map[string]string{discovery.LabelServiceName: s.Name}}}
	for _, p := range s.Spec.Ports {
		slice.Ports = append(slice.Ports, discovery.EndpointPort{Name: ptr.To(p.Name), Port: ptr.To[int32](8080), Protocol: ptr.To(p.Protocol)})
	}
	return slice
}

// here is the node's place.
func here() place {
	return place{node: thisNode, labels: map[string]string{v1.LabelTopologyZone: "zone-a"}, ports: []netip.Addr{netip.IPv4Unspecified()}}
}

// of are the rules for one Service.
func of(p place, s *v1.Service, endpoints []discovery.Endpoint) fabric.Forwarding {
	services := proxy.NewServiceChangeTracker(v1.IPv4Protocol, nil, nil)
	slices := proxy.NewEndpointsChangeTracker(v1.IPv4Protocol, p.node, nil, nil)
	services.Update(nil, s)
	slices.EndpointSliceUpdate(aSlice(s, endpoints), false)
	ports, found := proxy.ServicePortMap{}, proxy.EndpointsMap{}
	ports.Update(services)
	found.Update(slices)
	return rules(p, ports, found)
}

// said are rules as text, a front a line: "ClusterIP 10.96.0.7:80 in 1 2 out 1 2
// masqueraded", where 1 is the endpoint 10.244.1.2:8080.
func said(f fabric.Forwarding) (lines []string) {
	for _, s := range f.Services {
		for _, front := range s.Fronts {
			line := fmt.Sprintf("%s %s in %s out %s", front.Kind, front.At, sayTarget(front.Inside), sayTarget(front.Outside))
			if len(front.Sources) > 0 {
				line += fmt.Sprintf(" from %v", front.Sources)
			}
			lines = append(lines, line)
		}
	}
	return lines
}

func sayTarget(t fabric.Target) string {
	var words []string
	for _, e := range t.Endpoints {
		words = append(words, strings.TrimSuffix(strings.TrimPrefix(e.String(), "10.244."), ".2:8080"))
	}
	if len(words) == 0 {
		return string(t.Otherwise)
	}
	slices.Sort(words)
	if t.Masquerade {
		words = append(words, "masqueraded")
	}
	return strings.Join(words, " ")
}

// TestRules: each line says where a connection from the node and its pods goes, and
// where one from elsewhere. The cases are those of upstream's proxiers.
func TestRules(t *testing.T) {
	t.Parallel()
	everywhere := []discovery.Endpoint{at(1, ready), at(2, ready)}
	elsewhere := []discovery.Endpoint{at(2, ready)}
	for name, c := range map[string]struct {
		service   *v1.Service
		endpoints []discovery.Endpoint
		place     func(*place)
		want      []string
	}{
		"cluster IP":      {aService(), everywhere, nil, []string{"ClusterIP 10.96.0.7:80 in 1 2 out 1 2 masqueraded"}},
		"masquerade all":  {aService(), everywhere, func(p *place) { p.masqueradeAll = true }, []string{"ClusterIP 10.96.0.7:80 in 1 2 masqueraded out 1 2 masqueraded"}},
		"only ready ones": {aService(), []discovery.Endpoint{at(1, ready), at(2, unready)}, nil, []string{"ClusterIP 10.96.0.7:80 in 1 out 1 masqueraded"}},
		"none ready":      {aService(), []discovery.Endpoint{at(1, unready)}, nil, []string{"ClusterIP 10.96.0.7:80 in rejected out rejected"}},
		"headless":        {aService(func(s *v1.Service) { s.Spec.ClusterIP, s.Spec.ClusterIPs = "None", []string{"None"} }), everywhere, nil, nil},
		"external name": {aService(func(s *v1.Service) {
			s.Spec.Type, s.Spec.ClusterIP, s.Spec.ClusterIPs = v1.ServiceTypeExternalName, "", nil
		}), nil, nil, nil},
		"SCTP":             {aService(func(s *v1.Service) { s.Spec.Ports[0].Protocol = v1.ProtocolSCTP }), everywhere, nil, nil},
		"IPv6":             {aService(func(s *v1.Service) { s.Spec.ClusterIP, s.Spec.ClusterIPs = "fd00::7", []string{"fd00::7"} }, ofIPv6), nil, nil, nil},
		"node port":        {aService(nodePort), everywhere, nil, []string{"ClusterIP 10.96.0.7:80 in 1 2 out 1 2 masqueraded", "NodePort 0.0.0.0:30080 in 1 2 masqueraded out 1 2 masqueraded"}},
		"node port, local": {aService(nodePort, externalLocal), everywhere, nil, []string{"ClusterIP 10.96.0.7:80 in 1 2 out 1 2 masqueraded", "NodePort 0.0.0.0:30080 in 1 2 out 1"}},
		"node port, local, none here": {aService(nodePort, externalLocal), elsewhere, nil,
			[]string{"ClusterIP 10.96.0.7:80 in 2 out 2 masqueraded", "NodePort 0.0.0.0:30080 in 2 out dropped"}},
		"node port, local, none anywhere": {aService(nodePort, externalLocal), nil, nil,
			[]string{"ClusterIP 10.96.0.7:80 in rejected out rejected", "NodePort 0.0.0.0:30080 in rejected out rejected"}},
		"node port at some addresses": {aService(nodePort), elsewhere,
			func(p *place) {
				p.ports = []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("172.30.0.11")}
			},
			[]string{"ClusterIP 10.96.0.7:80 in 2 out 2 masqueraded", "NodePort 127.0.0.1:30080 in 2 masqueraded out 2 masqueraded", "NodePort 172.30.0.11:30080 in 2 masqueraded out 2 masqueraded"}},
		"internal local":            {aService(internalLocal), everywhere, nil, []string{"ClusterIP 10.96.0.7:80 in 1 out 1 masqueraded"}},
		"internal local, none here": {aService(internalLocal), elsewhere, nil, []string{"ClusterIP 10.96.0.7:80 in dropped out dropped"}},
		"internal local, none at all": {aService(internalLocal), []discovery.Endpoint{at(2, unready)}, nil,
			[]string{"ClusterIP 10.96.0.7:80 in rejected out rejected"}},
		"internal local with a node port": {aService(internalLocal, nodePort), elsewhere, nil,
			[]string{"ClusterIP 10.96.0.7:80 in dropped out dropped", "NodePort 0.0.0.0:30080 in 2 masqueraded out 2 masqueraded"}},
		"load balancer": {aService(balanced), everywhere, nil, []string{"ClusterIP 10.96.0.7:80 in 1 2 out 1 2 masqueraded",
			"LoadBalancer 172.30.200.1:80 in 1 2 masqueraded out 1 2 masqueraded", "NodePort 0.0.0.0:30080 in 1 2 masqueraded out 1 2 masqueraded"}},
		"load balancer, local": {aService(balanced, externalLocal), everywhere, nil, []string{"ClusterIP 10.96.0.7:80 in 1 2 out 1 2 masqueraded",
			"LoadBalancer 172.30.200.1:80 in 1 2 out 1", "NodePort 0.0.0.0:30080 in 1 2 out 1"}},
		"load balancer without node ports": {aService(balanced, func(s *v1.Service) { s.Spec.Ports[0].NodePort = 0 }), elsewhere, nil,
			[]string{"ClusterIP 10.96.0.7:80 in 2 out 2 masqueraded", "LoadBalancer 172.30.200.1:80 in 2 masqueraded out 2 masqueraded"}},
		"load balancer that is a proxy": {aService(balanced, func(s *v1.Service) { s.Status.LoadBalancer.Ingress[0].IPMode = ptr.To(v1.LoadBalancerIPModeProxy) }), elsewhere, nil,
			[]string{"ClusterIP 10.96.0.7:80 in 2 out 2 masqueraded", "NodePort 0.0.0.0:30080 in 2 masqueraded out 2 masqueraded"}},
		"source ranges": {aService(balanced, func(s *v1.Service) { s.Spec.LoadBalancerSourceRanges = []string{" 203.0.113.0/24 ", "10.0.0.0/8"} }), elsewhere, nil,
			[]string{"ClusterIP 10.96.0.7:80 in 2 out 2 masqueraded", "LoadBalancer 172.30.200.1:80 in 2 masqueraded out 2 masqueraded from [203.0.113.0/24 10.0.0.0/8]",
				"NodePort 0.0.0.0:30080 in 2 masqueraded out 2 masqueraded"}},
		"source ranges with all": {aService(balanced, func(s *v1.Service) { s.Spec.LoadBalancerSourceRanges = []string{"10.0.0.0/8", "0.0.0.0/0"} }), elsewhere, nil,
			[]string{"ClusterIP 10.96.0.7:80 in 2 out 2 masqueraded", "LoadBalancer 172.30.200.1:80 in 2 masqueraded out 2 masqueraded",
				"NodePort 0.0.0.0:30080 in 2 masqueraded out 2 masqueraded"}},
		"source ranges, no endpoints": {aService(balanced, func(s *v1.Service) { s.Spec.LoadBalancerSourceRanges = []string{"10.0.0.0/8"} }), nil, nil,
			[]string{"ClusterIP 10.96.0.7:80 in rejected out rejected", "LoadBalancer 172.30.200.1:80 in rejected out rejected", "NodePort 0.0.0.0:30080 in rejected out rejected"}},
		"external IP": {aService(func(s *v1.Service) { s.Spec.ExternalIPs = []string{"198.51.100.9", "fd00::9"} }), elsewhere, nil,
			[]string{"ClusterIP 10.96.0.7:80 in 2 out 2 masqueraded", "ExternalIP 198.51.100.9:80 in 2 masqueraded out 2 masqueraded"}},
		"terminating where nothing else is": {aService(), []discovery.Endpoint{at(1, terminating), at(2, ending)}, nil,
			[]string{"ClusterIP 10.96.0.7:80 in 1 out 1 masqueraded"}},
		"terminating beside ready": {aService(), []discovery.Endpoint{at(1, terminating), at(2, ready)}, nil,
			[]string{"ClusterIP 10.96.0.7:80 in 2 out 2 masqueraded"}},
		"terminating and serving no more": {aService(), []discovery.Endpoint{at(1, ending)}, nil, []string{"ClusterIP 10.96.0.7:80 in rejected out rejected"}},
		"terminating here, ready elsewhere, local": {aService(nodePort, externalLocal), []discovery.Endpoint{at(1, terminating), at(2, ready)}, nil,
			[]string{"ClusterIP 10.96.0.7:80 in 2 out 2 masqueraded", "NodePort 0.0.0.0:30080 in 2 out 1"}},
		"near in the zone": {aService(), []discovery.Endpoint{at(1, ready, "zone-a"), at(2, ready, "zone-b"), at(3, ready, "zone-a")}, nil,
			[]string{"ClusterIP 10.96.0.7:80 in 1 3 out 1 3 masqueraded"}},
		"near on the node": {aService(), []discovery.Endpoint{at(1, ready, "node1", "zone-a"), at(3, ready, "node3", "zone-a")}, nil,
			[]string{"ClusterIP 10.96.0.7:80 in 1 out 1 masqueraded"}},
		"near, but not on the node": {aService(), []discovery.Endpoint{at(2, ready, "node2", "zone-b"), at(3, ready, "node3", "zone-a")}, nil,
			[]string{"ClusterIP 10.96.0.7:80 in 3 out 3 masqueraded"}},
		"one without a hint": {aService(), []discovery.Endpoint{at(1, ready, "zone-a"), at(2, ready)}, nil,
			[]string{"ClusterIP 10.96.0.7:80 in 1 2 out 1 2 masqueraded"}},
		"no hint for this zone": {aService(), []discovery.Endpoint{at(2, ready, "zone-b"), at(3, ready, "zone-c")}, nil,
			[]string{"ClusterIP 10.96.0.7:80 in 2 3 out 2 3 masqueraded"}},
		"node without a zone": {aService(), []discovery.Endpoint{at(1, ready, "zone-a"), at(2, ready, "zone-b")}, func(p *place) { p.labels = nil },
			[]string{"ClusterIP 10.96.0.7:80 in 1 2 out 1 2 masqueraded"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := here()
			if c.place != nil {
				c.place(&p)
			}
			if got := said(of(p, c.service, c.endpoints)); !slices.Equal(got, c.want) {
				t.Errorf("the rules are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

// TestPorts: each port is a Service of its own, by its name and protocol.
func TestPorts(t *testing.T) {
	t.Parallel()
	s := aService(func(s *v1.Service) {
		s.Spec.SessionAffinity = v1.ServiceAffinityClientIP
		s.Spec.SessionAffinityConfig = &v1.SessionAffinityConfig{ClientIP: &v1.ClientIPConfig{TimeoutSeconds: ptr.To[int32](90)}}
		s.Spec.Ports = append(s.Spec.Ports, v1.ServicePort{Name: "dns", Port: 53, Protocol: v1.ProtocolUDP}, v1.ServicePort{Name: "dns-tcp", Port: 53, Protocol: v1.ProtocolTCP})
	})
	var got []string
	for _, p := range of(here(), s, []discovery.Endpoint{at(1, ready)}).Services {
		got = append(got, fmt.Sprintf("%s %s %s %v", p.Name, p.Network, p.Fronts[0].At, p.Affinity))
		if p.Affinity != 90*time.Second {
			t.Errorf("%s stays with its clients for %v", p.Name, p.Affinity)
		}
	}
	want := []string{"shop/web:dns udp 10.96.0.7:53 1m30s", "shop/web:dns-tcp tcp 10.96.0.7:53 1m30s", "shop/web:http tcp 10.96.0.7:80 1m30s"}
	if !slices.Equal(got, want) {
		t.Errorf("the ports are %q", got)
	}
}
