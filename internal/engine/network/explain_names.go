package network

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kubetutor/internal/lab/protocol"
)

// clusterDomain is the domain of the cluster's own names.
const clusterDomain = "cluster.local"

// dnsPort is where DNS is asked.
const dnsPort = 53

// front is a Service at the address where it is found: its own, or where it has
// none, those of its Pods, of which clients take one. What it is to others is said.
func (e *explainer) front(s *corev1.Service) (end, error) {
	name := nameOf(s).String()
	if s.Spec.Type == corev1.ServiceTypeExternalName {
		e.stop(protocol.OutcomeUnresolved, protocol.NameExternal, "service", name, "name", s.Spec.ExternalName)
		return end{name: name}, nil
	}
	if ip, err := netip.ParseAddr(s.Spec.ClusterIP); err == nil {
		return serviceEnd(s, ip), nil
	}
	ips := e.published(s)
	e.step(protocol.NameHeadless, "service", name, "count", strconv.Itoa(len(ips)))
	if len(ips) == 0 {
		e.last().Stops = true
		e.said.Outcome = protocol.OutcomeUnresolved
		e.adviseService(s)
		return end{name: name}, nil
	}
	return e.at(ips[0]), nil
}

// published are the addresses that DNS has of a Service without an address of its
// own, in order.
func (e *explainer) published(s *corev1.Service) (ips []netip.Addr) {
	for _, slice := range e.slicesOf(s) {
		for _, point := range slice.Endpoints {
			if ready(point) {
				ips = append(ips, addresses(point)...)
			}
		}
	}
	slices.SortFunc(ips, netip.Addr.Compare)
	return slices.Compact(ips)
}

func ready(point discoveryv1.Endpoint) bool {
	return point.Conditions.Ready == nil || *point.Conditions.Ready
}

func addresses(point discoveryv1.Endpoint) (ips []netip.Addr) {
	for _, a := range point.Addresses {
		if ip, err := netip.ParseAddr(a); err == nil {
			ips = append(ips, ip)
		}
	}
	return ips
}

// resolve finds what a name stands for, as the resolver of the Pod that connects
// would: it tries the domains of its search list. Elsewhere nobody knows the
// cluster's names.
func (e *explainer) resolve(name string) (end, error) {
	if e.from.pod == nil || !e.asksCluster(e.from.pod) {
		e.stop(protocol.OutcomeUnresolved, protocol.NameElsewhere, "name", name)
		return end{name: name}, nil
	}
	if !e.asksDNS(name) {
		return end{name: name}, nil
	}
	for _, domain := range searchList(name, e.from.pod.Namespace) {
		s, ip, ok := e.lookUp(strings.TrimSuffix(name, ".") + domain)
		switch {
		case !ok:
			continue
		case ip.IsValid():
			e.step(protocol.NamePod, "name", name, "address", ip.String())
			return e.at(ip), nil
		case s.Spec.ClusterIP != "" && s.Spec.ClusterIP != corev1.ClusterIPNone:
			e.step(protocol.NameService, "name", name, "service", nameOf(s).String(), "address", s.Spec.ClusterIP)
		}
		return e.front(s)
	}
	code := protocol.NameUnknown
	if e.isOutside(name) {
		code = protocol.NameOutside
	}
	e.stop(protocol.OutcomeUnresolved, code, "name", name, "namespace", e.from.pod.Namespace)
	e.adviseName(name)
	return end{name: name}, nil
}

// asksCluster says whether a Pod asks the cluster's DNS.
func (e *explainer) asksCluster(p *corev1.Pod) bool {
	switch p.Spec.DNSPolicy {
	case corev1.DNSDefault, corev1.DNSNone:
		return false
	case corev1.DNSClusterFirst:
		return !p.Spec.HostNetwork
	}
	return true
}

// asksDNS says whether the Pod that connects gets an answer of the cluster's DNS.
func (e *explainer) asksDNS(name string) bool {
	dns := e.service(metav1.NamespaceSystem, "kube-dns")
	if dns == nil {
		return true // names are known without it
	}
	ip, err := netip.ParseAddr(dns.Spec.ClusterIP)
	if err != nil {
		return true
	}
	record, err := e.ask("udp", netip.AddrPortFrom(ip, dnsPort))
	if err != nil || arrives(record) {
		return err == nil
	}
	blocked, by := blockedBy(record)
	if !blocked {
		e.stop(protocol.OutcomeUnresolved, protocol.NameUnanswered, "name", name, "address", ip.String())
		e.adviseService(dns)
		return false
	}
	e.stop(protocol.OutcomeUnresolved, protocol.NameBlocked, "name", name, "policies", by, "pod", e.from.name)
	e.advise(protocol.AllowDNS, "pod", e.from.name, "namespace", e.from.pod.Namespace)
	return false
}

// searchList are the domains that a Pod's resolver appends to a name, in order.
// Names with five dots and more (ndots) are first tried as they are.
func searchList(name, namespace string) []string {
	list := []string{"." + namespace + ".svc." + clusterDomain, ".svc." + clusterDomain, "." + clusterDomain}
	switch {
	case strings.HasSuffix(name, "."):
		return []string{""}
	case strings.Count(name, ".") >= 5:
		return append([]string{""}, list...)
	}
	return append(list, "")
}

// isOutside says whether a name looks like one of the world outside, and not like
// SERVICE.NAMESPACE with or without what follows in the cluster.
func (e *explainer) isOutside(name string) bool {
	labels := strings.Split(strings.TrimSuffix(name, "."), ".")
	known := func(n *corev1.Namespace) bool { return slices.Contains(labels[1:], n.Name) }
	return len(labels) > 1 && !slices.Contains(labels[1:], "svc") && !slices.ContainsFunc(e.namespaces, known)
}

// lookUp is what the cluster's DNS has under a full name: a Service, or the address
// of one Pod.
func (e *explainer) lookUp(full string) (s *corev1.Service, ip netip.Addr, ok bool) {
	inner, found := strings.CutSuffix(full, ".svc."+clusterDomain)
	parts := strings.Split(inner, ".")
	if !found || len(parts) < 2 || len(parts) > 3 {
		return nil, ip, false
	}
	s = e.service(parts[len(parts)-1], parts[len(parts)-2])
	if s == nil || len(parts) == 2 {
		return s, ip, s != nil
	}
	for _, slice := range e.slicesOf(s) {
		for _, point := range slice.Endpoints {
			if value(point.Hostname) == parts[0] && ready(point) && len(addresses(point)) > 0 {
				return s, addresses(point)[0], true
			}
		}
	}
	return nil, ip, false
}
