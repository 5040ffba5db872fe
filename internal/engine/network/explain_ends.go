package network

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// end is one end of a connection. Its address is invalid outside of the cluster.
type end struct {
	ip      netip.Addr
	name    string          // as it is shown
	pod     *corev1.Pod     // what has the address: one of these, or nothing that is known
	node    *corev1.Node    //
	service *corev1.Service //
}

// resources are the names under which kubectl knows what has Pods, by their kinds.
func resources() map[string][]string {
	return map[string][]string{
		"Deployment": {"deploy", "deployment", "deployments"}, "ReplicaSet": {"rs", "replicaset", "replicasets"},
		"StatefulSet": {"sts", "statefulset", "statefulsets"}, "DaemonSet": {"ds", "daemonset", "daemonsets"}, "Job": {"job", "jobs"},
		kindPod: {"po", "pod", "pods"}, kindService: {"svc", "service", "services"}, kindNode: {"no", "node", "nodes"},
	}
}

// kindOf is the kind that a resource's name means, "" if there is none.
func kindOf(resource string) string {
	resource, _, _ = strings.Cut(resource, ".") // deployment.apps
	for kind, names := range resources() {
		if slices.Contains(names, strings.ToLower(resource)) {
			return kind
		}
	}
	return ""
}

// reference is how the learner named something.
type reference struct{ namespace, kind, name string }

// parse reads NAME, NAMESPACE/NAME, KIND/NAME or NAMESPACE/KIND/NAME. The kind is
// empty where none was said.
func parse(said, namespace string) (reference, error) {
	parts := strings.Split(said, "/")
	if slices.Contains(parts, "") || len(parts) > 3 {
		return reference{}, wrong("%q is no name of an end of a connection: write POD, NAMESPACE/POD or NAMESPACE/svc/NAME",
			"%q 不是连接一端的写法：请写 POD、NAMESPACE/POD 或 NAMESPACE/svc/NAME", said)
	}
	r := reference{namespace: namespace, name: parts[len(parts)-1]}
	switch len(parts) {
	case 2:
		if r.kind = kindOf(parts[0]); r.kind == "" {
			r.namespace, r.kind = parts[0], kindPod
		}
	case 3:
		r.namespace = parts[0]
		if r.kind = kindOf(parts[1]); r.kind == "" {
			return r, wrong("%q has no Pods: write pod, svc, node, deploy, rs, sts, ds or job", "%q 没有 Pod：请写 pod、svc、node、deploy、rs、sts、ds 或 job", parts[1])
		}
	}
	return r, nil
}

// wrong refuses what makes no sense, missing what is about nothing that there is.
func wrong(en, zh string, args ...any) error { return refused(protocol.CodeInvalid, en, zh, args) }

func missing(en, zh string, args ...any) error { return refused(protocol.CodeNotFound, en, zh, args) }

func refused(code protocol.Code, en, zh string, args []any) error {
	said := course.Text{EN: fmt.Sprintf(en, args...), ZH: fmt.Sprintf(zh, args...)}
	return &protocol.Error{Code: code, Message: said.EN, Said: said}
}

// source finds who connects.
func (e *explainer) source(said string) (end, error) {
	if said == protocol.ExplainOutside {
		return end{name: said}, nil
	}
	r, err := parse(said, e.namespace)
	if err != nil {
		return end{}, err
	}
	if found, ok := e.host(said, r); ok {
		return found, nil
	}
	if r.kind == kindService {
		return end{}, wrong("a Service connects to nobody: name one of its Pods", "Service 不会发起连接：请写出它的一个 Pod")
	}
	return end{}, absent(r)
}

func absent(r reference) error {
	switch r.kind {
	case "", kindPod:
		return missing("there is no Pod %s in the namespace %s", "没有 Pod %s（命名空间 %s）", r.name, r.namespace)
	case kindNode, kindService:
		return missing("there is no %s %s, looked for from the namespace %s", "没有 %s %s（从命名空间 %s 查找）", r.kind, r.name, r.namespace)
	}
	return missing("no Pod belongs to the %s %s of the namespace %s", "没有 Pod 属于 %s %s（命名空间 %s）", r.kind, r.name, r.namespace)
}

// host finds a Pod or a node, also by its address.
func (e *explainer) host(said string, r reference) (end, bool) {
	if ip, err := netip.ParseAddr(said); err == nil {
		return e.at(ip.Unmap()), true
	}
	if r.kind == "" || r.kind == kindPod {
		for _, p := range e.pods {
			if p.Namespace == r.namespace && p.Name == r.name {
				return podEnd(p), true
			}
		}
	}
	if r.kind == "" || r.kind == kindNode {
		for _, n := range e.nodes {
			if n.Name == r.name {
				return nodeEnd(n), true
			}
		}
	}
	if r.kind != "" && r.kind != kindPod {
		if p := e.first(r); p != nil {
			return podEnd(p), true
		}
	}
	return end{}, false
}

// first is the Pod to take of those that belong to something: a ready one, if
// there is any.
func (e *explainer) first(r reference) *corev1.Pod {
	var of []*corev1.Pod
	for _, p := range e.pods {
		if p.Namespace == r.namespace && belongs(p, r) {
			of = append(of, p)
		}
	}
	if len(of) == 0 {
		return nil
	}
	rank := func(p *corev1.Pod) int {
		switch {
		case podReady(p) && p.DeletionTimestamp == nil:
			return 0
		case p.Status.PodIP != "" && !finished(p):
			return 1
		}
		return 2
	}
	return slices.MinFunc(of, func(a, b *corev1.Pod) int { return cmp.Or(rank(a)-rank(b), cmp.Compare(a.Name, b.Name)) })
}

// belongs says whether a Pod was made by something. Those of a Deployment are its
// ReplicaSets', whose names end in the hash of their template.
func belongs(p *corev1.Pod, r reference) bool {
	for _, o := range p.OwnerReferences {
		if o.Kind == r.kind && o.Name == r.name {
			return true
		}
		if hash := p.Labels["pod-template-hash"]; r.kind == "Deployment" && o.Kind == "ReplicaSet" && hash != "" && o.Name == r.name+"-"+hash {
			return true
		}
	}
	return false
}

func podEnd(p *corev1.Pod) end {
	ip, _ := netip.ParseAddr(p.Status.PodIP) // none yet: see idle
	return end{ip: ip, name: nameOf(p).String(), pod: p}
}

func nodeEnd(n *corev1.Node) end {
	ip, _ := netip.ParseAddr(nodeIP(n))
	return end{ip: ip, name: n.Name, node: n}
}

// serviceEnd is a Service at an address of its own.
func serviceEnd(s *corev1.Service, ip netip.Addr) end {
	return end{ip: ip, name: s.Namespace + "/svc/" + s.Name, service: s}
}

// at is who has an address, as far as the API knows.
func (e *explainer) at(ip netip.Addr) end {
	for _, p := range e.pods {
		if !p.Spec.HostNetwork && !finished(p) && p.Status.PodIP == ip.String() {
			return podEnd(p)
		}
	}
	for _, n := range e.nodes {
		if nodeIP(n) == ip.String() {
			return nodeEnd(n)
		}
	}
	for _, s := range e.services {
		if slices.Contains(s.Spec.ClusterIPs, ip.String()) || slices.Contains(outerAddresses(s), ip.String()) {
			return serviceEnd(s, ip)
		}
	}
	return end{ip: ip, name: ip.String()}
}

// idle says that nothing of a Pod runs, so that it has no address.
func (t end) idle() bool { return t.pod != nil && (!t.ip.IsValid() || finished(t.pod)) }

// nodeName is the node on which an end is.
func (t end) nodeName() string {
	switch {
	case t.pod != nil:
		return t.pod.Spec.NodeName
	case t.node != nil:
		return t.node.Name
	}
	return ""
}

// destination finds what is connected to. A word that names no Pod and no node is
// a name, for which DNS is asked.
func (e *explainer) destination(said string) (end, error) {
	r, err := parse(said, e.namespace)
	if err != nil {
		return end{}, err
	}
	if r.kind == kindService {
		return e.serviceNamed(r)
	}
	if found, ok := e.host(said, r); ok {
		return found, nil
	}
	if r.kind != "" {
		return end{}, absent(r)
	}
	return e.resolve(said)
}

func (e *explainer) serviceNamed(r reference) (end, error) {
	s := e.service(r.namespace, r.name)
	if s == nil {
		return end{}, absent(r)
	}
	return e.front(s)
}

// service is a Service by its name, nil if there is none.
func (e *explainer) service(namespace, name string) *corev1.Service {
	i := slices.IndexFunc(e.services, func(s *corev1.Service) bool { return s.Namespace == namespace && s.Name == name })
	if i < 0 {
		return nil
	}
	return e.services[i]
}
