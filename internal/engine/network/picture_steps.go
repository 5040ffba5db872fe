package network

import (
	"cmp"
	"errors"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/lab/protocol"
)

// errUnasked is what becomes of a question for which a picture has no time.
var errUnasked = errors.New("a picture asks nobody")

// narrator explains what was, with what the objects tell and nothing else: a
// picture is drawn several times a second.
func narrator(s scene, network string) *explainer {
	return &explainer{
		scene: s, network: network, unhealthy: func(*corev1.Pod) string { return "" },
		askFrom: func(netip.Addr, string, netip.AddrPort) (control.Record, error) { return control.Record{}, errUnasked },
	}
}

// narrated are the steps of a connection that was tried, and advice about it, in
// the words of explanations.
func narrated(s scene, r control.Record) (steps, advice []protocol.ExplainStep) {
	e := narrator(s, r.Network)
	e.from, e.to, e.port, e.stranger = e.whoSent(r), e.at(r.To.Addr()), r.To.Port(), r.From.Addr()
	e.narrate(r)
	return e.said.Steps, e.said.Advice
}

// whoSent is who connected. The fabric knows a Pod's name before the API knows its
// address.
func (e *explainer) whoSent(r control.Record) end {
	from := e.at(r.From.Addr())
	for _, p := range e.pods {
		if nameOf(p).String() == r.FromName {
			from = podEnd(p)
			from.ip = r.From.Addr()
		}
	}
	if from.pod == nil && from.node == nil {
		from.name = cmp.Or(r.FromName, protocol.ExplainOutside)
	}
	return from
}

// problems say why a Service leads nowhere; refused, that its Pods refused
// connections lately.
func (d drawing) problems(s *corev1.Service, refused bool) []protocol.ExplainStep {
	if s.Spec.Type == corev1.ServiceTypeExternalName {
		return nil
	}
	e := narrator(d.scene, "tcp")
	if len(s.Spec.Ports) > 0 {
		e.network = strings.ToLower(cmp.Or(string(s.Spec.Ports[0].Protocol), e.network))
	}
	switch {
	case !slices.ContainsFunc(d.slicesOf(s), hasReady) || e.nameless(s):
		e.adviseService(s)
	case refused:
		e.adviseRefused(s)
	}
	return e.said.Advice
}

// nameless tells whether a Service sends to a port by a name that its Pods do not
// have: their endpoints are ready, and lead nowhere.
func (e *explainer) nameless(s *corev1.Service) bool {
	return slices.ContainsFunc(e.slicesOf(s), hasReady) && len(s.Spec.Ports) > 0 &&
		!slices.ContainsFunc(e.slicesOf(s), func(slice *discoveryv1.EndpointSlice) bool { return len(slice.Ports) > 0 })
}

// adviseRefused says that nothing listens where a Service sends to, and to what its
// Pods say that they listen: the first of them, for they are made alike.
func (e *explainer) adviseRefused(s *corev1.Service) {
	for _, slice := range e.slicesOf(s) {
		if len(slice.Endpoints) == 0 || len(slice.Endpoints[0].Addresses) == 0 {
			continue
		}
		ip, _ := netip.ParseAddr(slice.Endpoints[0].Addresses[0])
		to := e.at(ip)
		for _, p := range slice.Ports {
			port := uint16(value(p.Port))
			e.advise(protocol.ListensNot, "who", to.name, "port", e.portSaid(port))
			e.adviseListener(to, port)
		}
		return
	}
}
