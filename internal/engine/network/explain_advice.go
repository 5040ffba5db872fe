package network

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"

	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/engine/network/policy"
	"kubetutor/internal/lab/protocol"
)

// isolating lists the policies that isolate a Pod in a direction.
func (e *explainer) isolating(p *corev1.Pod, ingress bool) (names []string) {
	for _, object := range e.isolatingPolicies(p, ingress) {
		names = append(names, nameOf(object).String())
	}
	return names
}

func (e *explainer) isolatingPolicies(p *corev1.Pod, ingress bool) (list []*networkingv1.NetworkPolicy) {
	if p == nil {
		return nil
	}
	list = slices.DeleteFunc(slices.Clone(e.policies), func(object *networkingv1.NetworkPolicy) bool { return !policy.Isolates(object, p, ingress) })
	slices.SortFunc(list, func(a, b *networkingv1.NetworkPolicy) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// advisePolicies says of every rule that could have let the connection through why
// it did not, and what a rule would have to say that does.
func (e *explainer) advisePolicies(step fabric.Step, of end, d direction) {
	if of.pod == nil { // it has gone since
		return
	}
	server, peer := e.at(step.At.Addr()), e.at(step.At.Addr())
	if d.ingress {
		peer = e.seenAs()
	}
	c := policy.Connection{Peer: peer.ip, PeerPod: peer.pod, Server: server.pod, Network: e.network, Port: step.At.Port()}
	for _, object := range e.isolatingPolicies(of.pod, d.ingress) {
		e.adviseRules(object, policy.Fits(object, d.ingress, c, e.pods, e.namespaces), server)
	}
	e.adviseRule(of, peer, e.portSaid(step.At.Port()), d.ingress)
}

// seenAs is who connects as the other end sees it: a node, if it went on in that
// one's name.
func (e *explainer) seenAs() end {
	for _, s := range slices.Backward(e.said.Steps) {
		if s.Code == protocol.Masquerade {
			ip, _ := netip.ParseAddr(s.About["address"])
			return e.at(ip)
		}
	}
	if !e.from.ip.IsValid() {
		return end{ip: e.stranger}
	}
	return e.from
}

// adviseRules says why the rules of a policy do not fit.
func (e *explainer) adviseRules(object *networkingv1.NetworkPolicy, fits []policy.Fit, server end) {
	name := nameOf(object).String()
	if len(fits) == 0 {
		e.advise(protocol.PolicyEmpty, "policy", name)
	}
	for _, f := range fits {
		rule := strconv.Itoa(f.Index + 1)
		switch {
		case f.Peer && len(f.Unnamed) > 0:
			e.advise(protocol.RulePortName, "policy", name, "rule", rule, "name", strings.Join(f.Unnamed, ", "), "server", server.name)
		case f.Peer:
			e.advise(protocol.RulePort, "policy", name, "rule", rule, "ports", f.Ports)
		case f.Port:
			e.advise(protocol.RulePeer, "policy", name, "rule", rule)
		default:
			e.advise(protocol.RuleNeither, "policy", name, "rule", rule, "ports", f.Ports)
		}
	}
}

// adviseRule says what a rule would have to be about.
func (e *explainer) adviseRule(of, peer end, port string, ingress bool) {
	codes := [...]protocol.ExplainCode{protocol.AllowEgress, protocol.AllowEgressNamespace, protocol.AllowEgressBlock}
	if ingress {
		codes = [...]protocol.ExplainCode{protocol.AllowIngress, protocol.AllowIngressNamespace, protocol.AllowIngressBlock}
	}
	about := []string{"pod", of.name, "namespace", of.pod.Namespace, "port", port}
	switch {
	case peer.pod == nil || peer.pod.Spec.HostNetwork:
		e.advise(codes[2], append(about, "address", peer.ip.String())...)
	case len(ownLabels(peer.pod.Labels)) == 0:
		e.advise(codes[1], append(about, "of", peer.pod.Namespace)...)
	default:
		e.advise(codes[0], append(about, "of", peer.pod.Namespace, "labels", labels.Set(ownLabels(peer.pod.Labels)).String())...)
	}
}

// adviseUnready says why a Pod is not ready.
func (e *explainer) adviseUnready(p *corev1.Pod) {
	name := nameOf(p).String()
	for _, c := range slices.Concat(p.Status.InitContainerStatuses, p.Status.ContainerStatuses) {
		if w := c.State.Waiting; w != nil {
			e.advise(protocol.PodNotStarted, "pod", name, "container", c.Name, "reason", w.Reason)
			return
		}
	}
	for _, c := range p.Spec.Containers {
		if c.ReadinessProbe != nil && !containerReady(p, c.Name) && p.Status.Phase == corev1.PodRunning {
			e.advise(protocol.PodProbe, "pod", name, "container", c.Name, "probe", probeSaid(c.ReadinessProbe), "said", e.unhealthy(p))
			return
		}
	}
	reason := podStatus(p)
	for _, c := range p.Status.Conditions {
		if c.Status == corev1.ConditionFalse && (c.Type == corev1.PodReady || c.Type == corev1.PodScheduled) {
			reason = cmp.Or(c.Message, c.Reason, reason)
		}
	}
	e.advise(protocol.PodNotReady, "pod", name, "reason", reason)
}

func containerReady(p *corev1.Pod, name string) bool {
	return slices.ContainsFunc(p.Status.ContainerStatuses, func(c corev1.ContainerStatus) bool { return c.Name == name && c.Ready })
}

// probeSaid writes what a probe does.
func probeSaid(p *corev1.Probe) string {
	switch {
	case p.HTTPGet != nil:
		return "GET " + cmp.Or(p.HTTPGet.Path, "/") + " :" + p.HTTPGet.Port.String()
	case p.TCPSocket != nil:
		return "TCP :" + p.TCPSocket.Port.String()
	case p.GRPC != nil:
		return "gRPC :" + strconv.Itoa(int(p.GRPC.Port))
	case p.Exec != nil:
		return strings.Join(p.Exec.Command, " ")
	}
	return ""
}

// unhealthy is what the kubelet said last of a probe of a Pod that failed, "" if it
// said nothing that is still known.
func (n *Network) unhealthy(ctx context.Context, p *corev1.Pod) string {
	of := fields.Set{"involvedObject.uid": string(p.UID), "reason": "Unhealthy"}
	list, err := n.client.CoreV1().Events(p.Namespace).List(ctx, metav1.ListOptions{FieldSelector: of.String()})
	if err != nil || len(list.Items) == 0 {
		return ""
	}
	last := slices.MaxFunc(list.Items, func(a, b corev1.Event) int { return a.LastTimestamp.Compare(b.LastTimestamp.Time) })
	said, _, _ := strings.Cut(last.Message, "\n")
	return said
}

// adviseListener says where a Pod listens, as far as that is known.
func (e *explainer) adviseListener(to end, port uint16) {
	if to.pod == nil {
		return
	}
	if at, err := e.askFrom(to.ip, e.network, netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port)); err == nil && arrives(at) {
		e.advise(protocol.LoopbackOnly, "pod", to.name, "port", e.portSaid(port))
		return
	}
	var declared []string
	for _, c := range policy.Ports(to.pod) {
		declared = append(declared, numbered(uint16(c.ContainerPort), string(c.Protocol)))
	}
	if len(declared) == 0 {
		e.advise(protocol.DeclaresNone, "pod", to.name, "namespace", to.pod.Namespace, "name", to.pod.Name)
		return
	}
	e.advise(protocol.DeclaresPorts, "pod", to.name, "ports", strings.Join(declared, ", "))
}

// adviseName names the Services of that name in other namespaces.
func (e *explainer) adviseName(name string) {
	short, _, _ := strings.Cut(name, ".")
	var like []string
	for _, s := range e.services {
		if s.Name == short {
			like = append(like, s.Name+"."+s.Namespace)
		}
	}
	if len(like) > 0 {
		e.advise(protocol.NameLike, "names", listed(like))
	}
}
