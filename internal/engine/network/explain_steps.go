package network

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/lab/protocol"
)

// narrate says what the fabric's record says, in the words of Kubernetes.
func (e *explainer) narrate(r control.Record) {
	if e.overlooked(r) {
		return
	}
	for _, s := range r.Steps {
		switch s.Kind {
		case fabric.StepService:
			e.forwarded(s)
		case fabric.StepEndpoint:
			e.chose(s)
		case fabric.StepMasquerade:
			e.step(protocol.Masquerade, "node", s.Subject, "address", s.At.Addr().String())
		case fabric.StepNode:
			e.crossed(s)
		case fabric.StepEgress:
			e.judged(s, e.from, direction{open: protocol.EgressOpen, rule: protocol.EgressRule, none: protocol.EgressNone})
		case fabric.StepIngress:
			e.judged(s, e.at(s.At.Addr()), direction{ingress: true, open: protocol.IngressOpen, rule: protocol.IngressRule, none: protocol.IngressNone})
		case fabric.StepRoute:
			e.left(s)
		case fabric.StepListener:
			e.heard(s)
		}
	}
}

// overlooked is for a Service that no rule of a node is about: it has no such port,
// or kube-proxy has not told the node of it.
func (e *explainer) overlooked(r control.Record) bool {
	s := e.to.service
	if s == nil || len(r.Steps) == 0 || r.Steps[len(r.Steps)-1].Kind != fabric.StepRoute || r.Verdict == fabric.Connected ||
		slices.ContainsFunc(r.Steps, func(s fabric.Step) bool { return s.Kind == fabric.StepService }) {
		return false
	}
	name := nameOf(s).String()
	if _, ok := e.portOf(s, ""); !ok {
		e.end(protocol.ServicePortMissing, "service", name, "port", e.portSaid(e.port), "ports", portList(s))
		e.advise(protocol.UsePort, "service", name, "ports", portList(s))
		return true
	}
	if !e.from.ip.IsValid() {
		e.end(protocol.ServiceInside, "service", name, "address", e.to.ip.String())
		return true
	}
	e.end(protocol.ServiceUnhandled, "service", name, "node", e.from.nodeName())
	e.advise(protocol.ProxyMissing, "node", e.from.nodeName())
	return true
}

// portOf is the port of a Service that the connection is for, or the one of that
// name.
func (e *explainer) portOf(s *corev1.Service, name string) (corev1.ServicePort, bool) {
	i := slices.IndexFunc(s.Spec.Ports, func(p corev1.ServicePort) bool {
		return e.carries(p.Protocol) && (name != "" && p.Name == name || name == "" && (uint16(p.Port) == e.port || uint16(p.NodePort) == e.port))
	})
	if i < 0 {
		return corev1.ServicePort{}, false
	}
	return s.Spec.Ports[i], true
}

// portList writes the ports of a Service.
func portList(s *corev1.Service) string {
	list := make([]string, len(s.Spec.Ports))
	for i, p := range s.Spec.Ports {
		list[i] = numbered(uint16(p.Port), string(p.Protocol))
	}
	return strings.Join(list, ", ")
}

// numbered writes a port with its protocol, which is left out if it is TCP.
func numbered(port uint16, protocol string) string {
	said := strconv.Itoa(int(port))
	if !strings.EqualFold(protocol, string(corev1.ProtocolTCP)) && protocol != "" {
		said += "/" + strings.ToUpper(protocol)
	}
	return said
}

func (e *explainer) portSaid(port uint16) string { return numbered(port, e.network) }

// forwarded is a Service's rule on a node.
func (e *explainer) forwarded(step fabric.Step) {
	if step.Detail == hostPort {
		e.step(protocol.HostPort, "port", e.portSaid(step.At.Port()))
		return
	}
	full, portName, _ := strings.Cut(step.Subject, ":")
	namespace, name, _ := strings.Cut(full, "/")
	s := e.service(namespace, name)
	if s == nil { // it has gone, or it is of nobody's making
		e.step(protocol.ServicePort, "service", full, "port", e.portSaid(step.At.Port()), "target", portName, "kind", step.Detail)
		return
	}
	e.through = s
	port, _ := e.portOf(s, portName)
	e.step(protocol.ServicePort, "service", full, "port", e.portSaid(step.At.Port()), "target", port.TargetPort.String(), "kind", step.Detail)
	switch {
	case step.Verdict == "":
	case step.Verdict == fabric.Rejected:
		e.end(protocol.ServiceAnswersNone, "service", full)
		e.adviseService(s)
	case barred(s, step, e.from.ip):
		e.end(protocol.ServiceSource, "service", full, "ranges", strings.Join(s.Spec.LoadBalancerSourceRanges, ", "))
	default:
		e.end(protocol.ServiceLocalOnly, "service", full)
		e.adviseService(s)
	}
}

// hostPort is what the fabric calls a port of a node that leads into a Pod.
const hostPort = "hostPort"

// barred says whether a Service's ranges of sources keep somebody out. Who comes
// from outside has an address of the nodes' network.
func barred(s *corev1.Service, step fabric.Step, from netip.Addr) bool {
	if step.Detail != fabric.KindLoadBalancer || len(s.Spec.LoadBalancerSourceRanges) == 0 {
		return false
	}
	return !from.IsValid() || !slices.ContainsFunc(s.Spec.LoadBalancerSourceRanges, func(cidr string) bool {
		p, err := netip.ParsePrefix(strings.TrimSpace(cidr))
		return err == nil && p.Contains(from)
	})
}

// chose is the endpoint that a Service's rule chose.
func (e *explainer) chose(step fabric.Step) {
	to := e.at(step.At.Addr())
	about := []string{"address", step.At.String(), "count", strconv.Itoa(e.choices())}
	if to.nodeName() == "" {
		e.step(protocol.EndpointAddress, about...)
		return
	}
	e.step(protocol.EndpointChosen, append(about, "endpoint", to.name, "node", to.nodeName())...)
	if to.pod != nil && to.pod.DeletionTimestamp != nil {
		e.step(protocol.EndpointLeaving, "pod", to.name)
	}
}

// choices counts the ready endpoints of the Service that sent the connection on.
func (e *explainer) choices() int {
	all := map[netip.Addr]bool{}
	if e.through != nil {
		for _, slice := range e.slicesOf(e.through) {
			for _, point := range slice.Endpoints {
				for _, ip := range addresses(point) {
					all[ip] = all[ip] || ready(point)
				}
			}
		}
	}
	maps.DeleteFunc(all, func(_ netip.Addr, ready bool) bool { return !ready })
	return max(len(all), 1)
}

// crossed is a node on the way.
func (e *explainer) crossed(step fabric.Step) {
	if step.Verdict == "" {
		e.step(protocol.NodeHop, "node", step.Subject)
		return
	}
	e.end(protocol.NodeDown, "node", step.Subject)
	e.advise(protocol.NodeStart, "node", step.Subject)
}

// direction are the words for policies of one direction.
type direction struct {
	ingress          bool
	open, rule, none protocol.ExplainCode
}

// judged is what the policies of one end say.
func (e *explainer) judged(step fabric.Step, of end, d direction) {
	isolating := strings.Join(e.isolating(of.pod, d.ingress), ", ")
	switch step.Detail {
	case fabric.DetailOpen:
		e.step(d.open, "pod", of.name)
	case fabric.DetailSelf:
		e.step(protocol.Itself, "pod", of.name)
	case fabric.DetailNode:
		e.step(protocol.OwnNode, "pod", of.name, "node", of.nodeName())
	case fabric.DetailRule:
		policy, rule, _ := strings.Cut(step.Subject, " rule ")
		e.step(d.rule, "pod", of.name, "policies", isolating, "policy", policy, "rule", rule)
	default:
		e.end(d.none, "pod", of.name, "policies", step.Subject)
		e.advisePolicies(step, of, d)
	}
}

// left is what leads out of the network, or to nobody.
func (e *explainer) left(step fabric.Step) {
	switch step.Verdict {
	case fabric.Connected:
		e.step(protocol.LeavesFabric, "address", step.At.String())
	case fabric.Unreachable:
		e.end(protocol.AddressFree, "address", step.At.Addr().String())
	default:
		code := protocol.AddressUnknown
		if e.at(step.At.Addr()).pod != nil {
			code = protocol.AddressInside
		}
		e.end(code, "address", step.At.Addr().String())
	}
}

// heard is who listens, or does not.
func (e *explainer) heard(step fabric.Step) {
	to := e.at(step.At.Addr())
	if step.Verdict == "" {
		e.step(protocol.Listens, "who", to.name, "port", e.portSaid(step.At.Port()))
		return
	}
	e.end(protocol.ListensNot, "who", to.name, "port", e.portSaid(step.At.Port()))
	e.adviseListener(to, step.At.Port())
}

// arrives says whether something listens to what a record is about.
func arrives(r control.Record) bool { return r.Verdict == fabric.Connected }

// blockedBy are the policies that stop something, if they do.
func blockedBy(r control.Record) (bool, string) {
	for _, s := range r.Steps {
		if s.Detail == fabric.DetailNone {
			return true, s.Subject
		}
	}
	return false, ""
}
