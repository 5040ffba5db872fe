package policy_test

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/engine/network/policy"
)

// world is a small cluster: its objects, and a fabric that does what they say.
type world struct {
	testing.TB
	fabric     *fabric.Fabric
	nodes      []*fabric.Namespace
	pods       []*corev1.Pod
	namespaces []*corev1.Namespace
	policies   []*networkingv1.NetworkPolicy
}

// newWorld makes a cluster of two nodes, the namespaces x, y and z, and the Pods,
// which listen on ports 80 and 81 as upstream's do.
func newWorld(t testing.TB, pods ...string) *world {
	t.Helper()
	w := &world{TB: t, fabric: fabric.New()}
	for n := range 2 {
		w.nodes = append(w.nodes, w.attach(w.fabric.Attach(fmt.Sprintf("node%d", n+1), nodeIP(n))))
	}
	for _, name := range []string{"x", "y", "z"} {
		w.namespaces = append(w.namespaces, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{corev1.LabelMetadataName: name}}})
	}
	for _, name := range pods {
		w.add(podOf(name, len(w.pods)))
	}
	return w
}

func nodeIP(n int) netip.Addr { return netip.AddrFrom4([4]byte{172, 30, 0, byte(11 + n)}) }

// podOf is a Pod as upstream's model makes it, the n-th, by turns on two nodes.
func podOf(name string, n int) *corev1.Pod {
	namespace, pod, _ := strings.Cut(name, "/")
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: pod, Labels: map[string]string{"pod": pod}}}
	p.Spec.NodeName = fmt.Sprintf("node%d", n%2+1)
	var ports []corev1.ContainerPort
	for _, protocol := range []corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolUDP} {
		for _, port := range []int32{80, 81} {
			ports = append(ports, corev1.ContainerPort{Name: fmt.Sprintf("serve-%d-%s", port, strings.ToLower(string(protocol))), Protocol: protocol, ContainerPort: port})
		}
	}
	p.Spec.Containers = []corev1.Container{{Name: "agnhost", Ports: ports}}
	p.Status = corev1.PodStatus{Phase: corev1.PodRunning, PodIP: netip.AddrFrom4([4]byte{10, 244, byte(n%2 + 1), byte(2 + n)}).String()}
	return p
}

// add lets a Pod run: it listens on 80 and 81, TCP and UDP.
func (w *world) add(p *corev1.Pod) {
	w.Helper()
	w.pods = append(w.pods, p)
	ip := netip.MustParseAddr(p.Status.PodIP)
	n := w.attach(w.fabric.AttachVia(w.nodes[(len(w.pods)-1)%2], nameOf(p), ip))
	for _, port := range []string{":80", ":81"} {
		if _, err := n.Listen("tcp", port); err != nil {
			w.Fatal(err)
		}
		if _, err := n.ListenPacket("udp", port); err != nil {
			w.Fatal(err)
		}
	}
}

func (w *world) attach(n *fabric.Namespace, err error) *fabric.Namespace {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = n.Close() })
	return n
}

// apply creates a policy, or replaces the one of its name.
func (w *world) apply(p *networkingv1.NetworkPolicy) {
	w.policies = slices.DeleteFunc(w.policies, func(q *networkingv1.NetworkPolicy) bool { return q.Namespace == p.Namespace && q.Name == p.Name })
	w.policies = append(w.policies, p)
}

// relabel adds labels to what labels["of"] names: a namespace, or a Pod.
func (w *world) relabel(labels map[string]string) {
	more := maps.Clone(labels)
	delete(more, "of")
	for _, n := range w.namespaces {
		if n.Name == labels["of"] {
			maps.Copy(n.Labels, more)
		}
	}
	for _, p := range w.pods {
		if nameOf(p) == labels["of"] {
			maps.Copy(p.Labels, more)
		}
	}
}

// push has the present policies enforced.
func (w *world) push() { w.fabric.SetPolicies(policy.Compile(w.policies, w.pods, w.namespaces)) }

// explain asks the fabric.
func (w *world) explain(from *corev1.Pod, network string, to *corev1.Pod, port uint16) fabric.Record {
	return w.fabric.Explain(netip.MustParseAddr(from.Status.PodIP), network, netip.AddrPortFrom(netip.MustParseAddr(to.Status.PodIP), port))
}

func nameOf(p *corev1.Pod) string { return p.Namespace + "/" + p.Name }
