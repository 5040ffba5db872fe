package network

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"

	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/engine/network/policy"
	"kubetutor/internal/lab/protocol"
)

// town is a cluster of three nodes as the API and the fabric see it. It plays
// kube-proxy and the controller of EndpointSlices.
type town struct {
	testing.TB
	scene  scene
	fabric *fabric.Fabric
	nodes  map[string]*fabric.Namespace
}

func newTown(t testing.TB) *town {
	w := &town{TB: t, fabric: fabric.New(), nodes: map[string]*fabric.Namespace{}}
	for n := range 3 {
		name, ip := fmt.Sprintf("node%d", n+1), fmt.Sprintf("172.30.0.%d", 11+n)
		w.nodes[name] = w.attach(w.fabric.Attach(name, netip.MustParseAddr(ip)))
		w.scene.nodes = append(w.scene.nodes, &corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: name},
			Status:     corev1.NodeStatus{Addresses: []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: ip}}},
		})
	}
	for _, name := range []string{"shop", "locked", "kube-system"} {
		w.scene.namespaces = append(w.scene.namespaces, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{corev1.LabelMetadataName: name}}})
	}
	return w
}

func (w *town) attach(n *fabric.Namespace, err error) *fabric.Namespace {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = n.Close() })
	return n
}

// resident is a Pod.
type resident struct {
	name, node, ip, labels string
	ports                  string // that it names: "http:8080 dns:53/UDP"
	listens                string // where it does: "tcp :80 udp :53"
	change                 func(*corev1.Pod)
}

// settle lets Pods run. What is kept of them is what the informers keep.
func (w *town) settle(all ...resident) {
	for _, r := range all {
		p := &corev1.Pod{ObjectMeta: named(r.name), Spec: corev1.PodSpec{NodeName: r.node, DNSPolicy: corev1.DNSClusterFirst}}
		p.Labels, _ = labels.ConvertSelectorToLabelsMap(r.labels)
		p.Spec.Containers = []corev1.Container{{Name: "main", Ports: portsNamed(r.ports)}}
		p.Status = corev1.PodStatus{
			Phase: corev1.PodRunning, PodIP: r.ip, Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}},
			ContainerStatuses: []corev1.ContainerStatus{{Name: "main", Ready: true}},
		}
		if r.change != nil {
			r.change(p)
		}
		w.scene.pods = append(w.scene.pods, slimPod(p))
		if r.ip == "" || p.Spec.HostNetwork {
			continue
		}
		n := w.attach(w.fabric.AttachVia(w.nodes[r.node], r.name, netip.MustParseAddr(r.ip)))
		for f := strings.Fields(r.listens); len(f) > 0; f = f[2:] {
			w.listen(n, f[0], f[1])
		}
	}
}

func (w *town) listen(n *fabric.Namespace, network, at string) {
	w.Helper()
	var err error
	if network == "tcp" {
		_, err = n.Listen(network, at)
	} else {
		_, err = n.ListenPacket(network, at)
	}
	if err != nil {
		w.Fatal(err)
	}
}

func named(full string) metav1.ObjectMeta {
	namespace, name, _ := strings.Cut(full, "/")
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

// portsNamed reads "http:8080 dns:53/UDP".
func portsNamed(text string) (ports []corev1.ContainerPort) {
	for _, f := range strings.Fields(text) {
		name, rest, _ := strings.Cut(f, ":")
		number, protocol, _ := strings.Cut(rest, "/")
		if protocol == "" {
			protocol = string(corev1.ProtocolTCP)
		}
		ports = append(ports, corev1.ContainerPort{Name: name, ContainerPort: intstr.Parse(number).IntVal, Protocol: corev1.Protocol(protocol)})
	}
	return ports
}

// serve creates a Service from its spec, and EndpointSlices for it.
func (w *town) serve(name, spec string) {
	w.Helper()
	s := &corev1.Service{ObjectMeta: named(name)}
	if err := yaml.UnmarshalStrict([]byte(spec), &s.Spec); err != nil {
		w.Fatalf("%s: %v", name, err)
	}
	for i := range s.Spec.Ports {
		if s.Spec.Ports[i].Protocol == "" {
			s.Spec.Ports[i].Protocol = corev1.ProtocolTCP
		}
		if s.Spec.Ports[i].TargetPort.String() == "0" {
			s.Spec.Ports[i].TargetPort = intstr.FromInt32(s.Spec.Ports[i].Port)
		}
	}
	if s.Spec.Type == "" {
		s.Spec.Type = corev1.ServiceTypeClusterIP
	}
	s.Spec.ClusterIPs = []string{s.Spec.ClusterIP}
	w.scene.services = append(w.scene.services, s)
	if len(s.Spec.Selector) > 0 {
		w.scene.slices = append(w.scene.slices, w.slice(s))
	}
}

func (w *town) slice(s *corev1.Service) *discoveryv1.EndpointSlice {
	out := &discoveryv1.EndpointSlice{ObjectMeta: named(nameOf(s).String() + "-1")}
	out.Labels = map[string]string{discoveryv1.LabelServiceName: s.Name}
	for _, p := range w.scene.pods {
		if p.Namespace == s.Namespace && labels.SelectorFromSet(s.Spec.Selector).Matches(labels.Set(p.Labels)) && p.Status.PodIP != "" && !finished(p) {
			out.Endpoints = append(out.Endpoints, discoveryv1.Endpoint{
				Addresses: []string{p.Status.PodIP}, NodeName: &p.Spec.NodeName, Hostname: new(p.Name), Conditions: discoveryv1.EndpointConditions{Ready: new(podReady(p))},
			})
		}
	}
	return out
}

// isolate creates a policy from its spec.
func (w *town) isolate(name, spec string) {
	w.Helper()
	p := &networkingv1.NetworkPolicy{ObjectMeta: named(name)}
	if err := yaml.UnmarshalStrict([]byte(spec), &p.Spec); err != nil {
		w.Fatalf("%s: %v", name, err)
	}
	w.scene.policies = append(w.scene.policies, p)
}

// open has the fabric do what the objects say; nodes without kube-proxy do not.
func (w *town) open(without ...string) {
	w.fabric.SetPolicies(policy.Compile(w.scene.policies, w.scene.pods, w.scene.namespaces))
	for name, n := range w.nodes {
		if !slices.Contains(without, name) {
			n.SetForwarding(fabric.Forwarding{Services: w.rules(name)})
		}
	}
	w.fabric.SetAnnouncements(map[netip.Addr][]string{netip.MustParseAddr("172.30.200.1"): {"node2"}})
}

// rules are kube-proxy's for a node.
func (w *town) rules(node string) (all []fabric.Service) {
	for _, s := range w.scene.services {
		for _, port := range s.Spec.Ports {
			ip, err := netip.ParseAddr(s.Spec.ClusterIP)
			if err != nil {
				continue
			}
			target := fabric.Target{Endpoints: w.endpoints(s, port, "")}
			outside := fabric.Target{Endpoints: target.Endpoints, Masquerade: true}
			if s.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal {
				outside = fabric.Target{Endpoints: w.endpoints(s, port, node), Otherwise: fabric.Dropped}
			}
			rule := fabric.Service{Name: nameOf(s).String(), Network: strings.ToLower(string(port.Protocol))}
			if port.Name != "" {
				rule.Name += ":" + port.Name
			}
			rule.Fronts = []fabric.Front{{Kind: fabric.KindClusterIP, At: netip.AddrPortFrom(ip, uint16(port.Port)), Inside: target, Outside: target}}
			if port.NodePort != 0 {
				rule.Fronts = append(rule.Fronts, fabric.Front{Kind: fabric.KindNodePort, At: netip.AddrPortFrom(netip.IPv4Unspecified(), uint16(port.NodePort)), Inside: target, Outside: outside})
			}
			for _, in := range outerAddresses(s) {
				front := fabric.Front{Kind: fabric.KindLoadBalancer, Inside: target, Outside: outside}
				front.At = netip.AddrPortFrom(netip.MustParseAddr(in), uint16(port.Port))
				for _, cidr := range s.Spec.LoadBalancerSourceRanges {
					front.Sources = append(front.Sources, netip.MustParsePrefix(cidr))
				}
				rule.Fronts = append(rule.Fronts, front)
			}
			all = append(all, rule)
		}
	}
	return all
}

// endpoints are the ready ones of a port, on a node if one is named.
func (w *town) endpoints(s *corev1.Service, port corev1.ServicePort, node string) (all []netip.AddrPort) {
	for _, p := range w.scene.pods {
		selected := len(s.Spec.Selector) > 0 && labels.SelectorFromSet(s.Spec.Selector).Matches(labels.Set(p.Labels))
		if p.Namespace != s.Namespace || !podReady(p) || !selected || node != "" && p.Spec.NodeName != node {
			continue
		}
		number := port.TargetPort.IntVal
		for _, c := range policy.Ports(p) {
			if port.TargetPort.Type == intstr.String && c.Name == port.TargetPort.StrVal {
				number = c.ContainerPort
			}
		}
		if number != 0 {
			all = append(all, netip.AddrPortFrom(netip.MustParseAddr(p.Status.PodIP), uint16(number)))
		}
	}
	return all
}

// explain asks as the daemon does.
func (w *town) explain(q protocol.Explain) (protocol.Explanation, error) {
	e := &explainer{scene: w.scene, namespace: "shop", network: "tcp"}
	if q.UDP {
		e.network = "udp"
	}
	e.askFrom = func(from netip.Addr, network string, to netip.AddrPort) (control.Record, error) {
		return w.fabric.Explain(from, network, to), nil
	}
	e.unhealthy = func(*corev1.Pod) string { return "Readiness probe failed: HTTP probe failed with statuscode: 503" }
	return e.explain(q)
}
