package network

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"kubetutor/internal/lab/protocol"
)

// scene is all that a picture is drawn of: the objects of a cluster at a moment.
type scene struct {
	namespaces []*corev1.Namespace
	nodes      []*corev1.Node
	pods       []*corev1.Pod
	services   []*corev1.Service
	slices     []*discoveryv1.EndpointSlice
	policies   []*networkingv1.NetworkPolicy
	ingresses  []*networkingv1.Ingress
	routes     []*route
}

// picture draws what is in view of a scene, with the traffic that was seen. It
// changes neither.
func picture(s scene, t *traffic, view protocol.NetworkView, now time.Time) protocol.Network {
	d := drawing{scene: s, traffic: t, view: view, now: now}
	n := protocol.Network{At: now, Namespace: view.Namespace, Namespaces: d.names(), Nodes: d.drawNodes()}
	n.Entries, n.Left.Entries = bounded(d.drawEntries(), protocol.MaxNetworkEntries)
	n.Services, n.Left.Services = bounded(d.drawServices(), protocol.MaxNetworkServices)
	n.Pods, n.Left.Pods = bounded(d.drawPods(), protocol.MaxNetworkPods)
	n.Policies, n.Left.Policies = bounded(d.drawPolicies(), protocol.MaxNetworkPolicies)
	n.Connections, n.Left.Connections = bounded(t.connections(d.concerns, view.Since, now), protocol.MaxNetworkConnections)
	return n
}

// bounded cuts a list, and counts what it cut.
func bounded[T any](list []T, most int) ([]T, int) {
	if len(list) <= most {
		return list, 0
	}
	return list[:most], len(list) - most
}

// drawing is a picture while it is drawn.
type drawing struct {
	scene
	traffic *traffic
	view    protocol.NetworkView
	now     time.Time
}

// system tells the namespaces of the cluster itself and of its add-ons: what a
// learner did not make.
func system(namespace string) bool {
	return strings.HasPrefix(namespace, "kube-") || slices.Contains([]string{"ingress-nginx", "gateway-system"}, namespace)
}

// systemService is the API server's: it is there before anybody made something.
func systemService(n protocol.NetworkName) bool {
	return n == protocol.NetworkName{Namespace: metav1.NamespaceDefault, Name: "kubernetes"}
}

// sees tells whether objects of a namespace are in view.
func (d drawing) sees(namespace string) bool {
	if d.view.Namespace != "" {
		return namespace == d.view.Namespace
	}
	return d.view.System || !system(namespace)
}

// concerns tells whether a connection has an end that is in view.
func (d drawing) concerns(c protocol.NetworkConnection) bool {
	ends := []protocol.NetworkPeer{c.From, c.To}
	if c.Endpoint != nil {
		ends = append(ends, *c.Endpoint)
	}
	return slices.ContainsFunc(ends, func(p protocol.NetworkPeer) bool {
		return p.Namespace != "" && d.sees(p.Namespace) && !systemService(p.NetworkName)
	})
}

// names are the namespaces that could be chosen.
func (d drawing) names() []string {
	list := []string{}
	for _, n := range d.namespaces {
		if d.view.System || !system(n.Name) {
			list = append(list, n.Name)
		}
	}
	slices.Sort(list)
	return list
}

// drawn turns the objects in view into what is sent, in order.
func drawn[O metav1.Object, T any](d drawing, objects []O, draw func(O) (T, bool)) []T {
	seen := slices.DeleteFunc(slices.Clone(objects), func(o O) bool { return !d.sees(o.GetNamespace()) })
	slices.SortFunc(seen, func(a, b O) int {
		return cmp.Or(cmp.Compare(a.GetNamespace(), b.GetNamespace()), cmp.Compare(a.GetName(), b.GetName()))
	})
	list := []T{}
	for _, o := range seen {
		if t, ok := draw(o); ok {
			list = append(list, t)
		}
	}
	return list
}

func nameOf(o metav1.Object) protocol.NetworkName {
	return protocol.NetworkName{Namespace: o.GetNamespace(), Name: o.GetName()}
}

func (d drawing) drawNodes() []protocol.NetworkNode {
	list := []protocol.NetworkNode{}
	for _, n := range d.nodes {
		list = append(list, protocol.NetworkNode{Name: n.Name, IP: nodeIP(n), Ready: nodeReady(n)})
	}
	slices.SortFunc(list, func(a, b protocol.NetworkNode) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

func nodeIP(n *corev1.Node) string {
	for _, a := range n.Status.Addresses {
		if a.Type == corev1.NodeInternalIP {
			return a.Address
		}
	}
	return ""
}

func nodeReady(n *corev1.Node) bool {
	return slices.ContainsFunc(n.Status.Conditions, func(c corev1.NodeCondition) bool {
		return c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue
	})
}

// drawPods leaves finished Pods out: they have no network any more.
func (d drawing) drawPods() []protocol.NetworkPod {
	return drawn(d, d.pods, func(p *corev1.Pod) (protocol.NetworkPod, bool) {
		in, out := d.traffic.ofPod(nameOf(p), d.now)
		return protocol.NetworkPod{
			NetworkName: nameOf(p), IP: p.Status.PodIP, Node: p.Spec.NodeName, HostIP: p.Spec.HostNetwork,
			Status: podStatus(p), Ready: podReady(p), Leaving: p.DeletionTimestamp != nil, Labels: ownLabels(p.Labels),
			Incoming: in, Outgoing: out,
		}, !finished(p)
	})
}

func finished(p *corev1.Pod) bool {
	return p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
}

func podReady(p *corev1.Pod) bool {
	return slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

// podStatus is a Pod's state as the column STATUS of kubectl has it, for what is
// told of containers that wait.
func podStatus(p *corev1.Pod) string {
	if p.DeletionTimestamp != nil {
		return "Terminating"
	}
	for _, c := range slices.Concat(p.Status.InitContainerStatuses, p.Status.ContainerStatuses) {
		if w := c.State.Waiting; w != nil && w.Reason != "" && w.Reason != "PodInitializing" {
			return w.Reason
		}
	}
	if p.Status.Reason != "" {
		return p.Status.Reason
	}
	return string(p.Status.Phase)
}

// ownLabels are those that somebody chose: controllers add others, which tell
// revisions, members of a set and zones apart.
func ownLabels(all map[string]string) map[string]string {
	own := maps.Clone(all)
	maps.DeleteFunc(own, func(key, _ string) bool {
		return strings.HasPrefix(key, "topology.kubernetes.io/") || slices.Contains([]string{
			"pod-template-hash", "controller-revision-hash", "pod-template-generation",
			"statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index",
		}, key)
	})
	return own
}

func (d drawing) drawPolicies() []protocol.NetworkPolicy {
	return drawn(d, d.policies, func(p *networkingv1.NetworkPolicy) (protocol.NetworkPolicy, bool) {
		drawn := protocol.NetworkPolicy{
			NetworkName: nameOf(p), Ingress: slices.Contains(p.Spec.PolicyTypes, networkingv1.PolicyTypeIngress),
			Egress: slices.Contains(p.Spec.PolicyTypes, networkingv1.PolicyTypeEgress),
		}
		if len(p.Spec.PodSelector.MatchLabels)+len(p.Spec.PodSelector.MatchExpressions) > 0 {
			drawn.Selector = metav1.FormatLabelSelector(&p.Spec.PodSelector)
		}
		selector, err := metav1.LabelSelectorAsSelector(&p.Spec.PodSelector)
		if err != nil {
			return drawn, true // the API server lets none of these pass
		}
		drawn.Pods = d.chosen(p.Namespace, selector)
		return drawn, true
	})
}

// chosen names the Pods of a namespace that a selector chooses.
func (d drawing) chosen(namespace string, s labels.Selector) (list []string) {
	for _, p := range d.pods {
		if p.Namespace == namespace && !finished(p) && s.Matches(labels.Set(p.Labels)) {
			list = append(list, p.Name)
		}
	}
	slices.Sort(list)
	list, _ = bounded(list, protocol.MaxNetworkPods)
	return list
}
