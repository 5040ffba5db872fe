package gateway

import (
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	gw "sigs.k8s.io/gateway-api/apis/v1"

	"kubetutor/internal/engine/addon/gateway/proxy"
)

// buildStream translates the backends of a route of TLS, TCP or UDP. An invalid
// one has no addresses, so its share of connections is refused.
func buildStream(refs []gw.BackendRef) func(*translation, *gateway, *route) *built {
	return func(t *translation, g *gateway, r *route) *built {
		b := &built{rules: 1}
		for _, ref := range refs {
			b.streams = append(b.streams, t.backend(ref, b, g, r))
		}
		return b
	}
}

// backend resolves a reference to a backend. One that cannot be resolved is
// invalid, and keeps its weight.
func (t *translation) backend(ref gw.BackendRef, b *built, g *gateway, r *route) proxy.Backend {
	name := Name{Namespace: string(or(ref.Namespace, gw.Namespace(r.object.GetNamespace()))), Name: string(ref.Name)}
	out := proxy.Backend{Name: fmt.Sprintf("%s:%d", name, or(ref.Port, 0)), Weight: int(or(ref.Weight, 1))}
	service, port, problem := t.servicePort(ref, name, referrer{r.kind, r.object.GetNamespace()})
	if problem == nil {
		problem = speech(port, &out)
	}
	if problem != nil {
		b.unresolved(problem)
		out.Invalid = true
		return out
	}
	out.Addresses = addresses(t.Slices[name], port)
	if r.kind == "HTTPRoute" || r.kind == "GRPCRoute" || r.kind == "TLSRoute" {
		t.policies.apply(&out, service, port, g)
	}
	return out
}

// servicePort finds the port of a Service that a backend is.
func (t *translation) servicePort(ref gw.BackendRef, name Name, from referrer) (*corev1.Service, *corev1.ServicePort, *problem) {
	if group, kind := or(ref.Group, ""), or(ref.Kind, "Service"); group != "" || kind != "Service" {
		return nil, nil, problemOf(gw.RouteReasonInvalidKind, "A backend is a Service, not a %s of the group %q.", kind, group)
	}
	if !t.permitted(from, "Service", name) {
		return nil, nil, problemOf(gw.RouteReasonRefNotPermitted, "No ReferenceGrant in the namespace %s allows a %s of %s the Service %s.",
			name.Namespace, from.kind, from.namespace, name.Name)
	}
	service := t.Services[name]
	if service == nil {
		return nil, nil, problemOf(gw.RouteReasonBackendNotFound, "There is no Service %s.", name)
	}
	if service.Spec.Type == corev1.ServiceTypeExternalName {
		return nil, nil, problemOf(gw.RouteReasonInvalidKind, "The Service %s is of the type ExternalName, which leads out of the cluster.", name)
	}
	wanted := corev1.ProtocolTCP
	if from.kind == "UDPRoute" {
		wanted = corev1.ProtocolUDP
	}
	for i := range service.Spec.Ports {
		p := &service.Spec.Ports[i]
		if ref.Port != nil && p.Port == *ref.Port && p.Protocol == wanted {
			return service, p, nil
		}
	}
	return nil, nil, problemOf(gw.RouteReasonBackendNotFound, "The Service %s has no port %d of %s.", name, or(ref.Port, 0), wanted)
}

// speech is what the port of a Service says is spoken on it.
func speech(port *corev1.ServicePort, b *proxy.Backend) *problem {
	switch or(port.AppProtocol, "") {
	case "kubernetes.io/h2c", "grpc":
		b.HTTP2 = true
	case "", "http", "https", "HTTP", "HTTPS", "tcp", "tls", "kubernetes.io/ws", "kubernetes.io/wss":
	default:
		return problemOf(gw.RouteReasonUnsupportedProtocol, "The appProtocol %s is not supported.", *port.AppProtocol)
	}
	return nil
}

// addresses are the ready endpoints of a port of a Service.
func addresses(slicesOf []*discoveryv1.EndpointSlice, port *corev1.ServicePort) []netip.AddrPort {
	var out []netip.AddrPort
	for _, s := range slicesOf {
		number := slicePort(s, port)
		if s.AddressType != discoveryv1.AddressTypeIPv4 || number == 0 {
			continue
		}
		for _, e := range s.Endpoints {
			if !or(e.Conditions.Ready, true) {
				continue
			}
			for _, a := range e.Addresses {
				if ip, err := netip.ParseAddr(a); err == nil {
					out = append(out, netip.AddrPortFrom(ip, number))
				}
			}
		}
	}
	slices.SortFunc(out, netip.AddrPort.Compare)
	return slices.Compact(out)
}

func slicePort(s *discoveryv1.EndpointSlice, port *corev1.ServicePort) uint16 {
	for _, p := range s.Ports {
		if or(p.Name, "") == port.Name && or(p.Protocol, corev1.ProtocolTCP) == port.Protocol {
			return uint16(or(p.Port, 0))
		}
	}
	return 0
}
