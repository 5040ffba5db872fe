package network

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"kubetutor/internal/lab/protocol"
)

// drawEntries draws the ways into the cluster: first Ingresses, then routes.
func (d drawing) drawEntries() []protocol.NetworkEntry {
	ingresses := drawn(d, d.ingresses, func(in *networkingv1.Ingress) (protocol.NetworkEntry, bool) { return d.drawIngress(in), true })
	routes := drawn(d, d.routes, func(r *route) (protocol.NetworkEntry, bool) { return d.drawRoute(r), true })
	return append(ingresses, routes...)
}

// legacyClass is the annotation that named the class before there was a field.
const legacyClass = "kubernetes.io/ingress.class"

func (d drawing) drawIngress(in *networkingv1.Ingress) protocol.NetworkEntry {
	e := protocol.NetworkEntry{NetworkName: nameOf(in), Kind: kindIngress, Class: cmp.Or(value(in.Spec.IngressClassName), in.Annotations[legacyClass])}
	for _, at := range in.Status.LoadBalancer.Ingress {
		e.Addresses = append(e.Addresses, cmp.Or(at.IP, at.Hostname))
	}
	for _, rule := range in.Spec.Rules {
		if rule.HTTP == nil {
			continue
		}
		for _, p := range rule.HTTP.Paths {
			e.Rules = append(e.Rules, protocol.NetworkRule{
				Host: rule.Host, Path: p.Path, PathType: string(value(p.PathType)), TLS: certified(in, rule.Host),
				Backends: d.ingressBackends(in.Namespace, p.Backend),
			})
		}
	}
	if b := in.Spec.DefaultBackend; b != nil {
		e.Rules = append(e.Rules, protocol.NetworkRule{Backends: d.ingressBackends(in.Namespace, *b)})
	}
	return e
}

func certified(in *networkingv1.Ingress, host string) bool {
	return slices.ContainsFunc(in.Spec.TLS, func(t networkingv1.IngressTLS) bool { return slices.Contains(t.Hosts, host) })
}

// ingressBackends is one backend, unless it is another kind of object.
func (d drawing) ingressBackends(namespace string, b networkingv1.IngressBackend) []protocol.NetworkBackend {
	if b.Service == nil {
		return nil
	}
	port := b.Service.Port.Name
	if port == "" {
		port = strconv.Itoa(int(b.Service.Port.Number))
	}
	return []protocol.NetworkBackend{d.backend(protocol.NetworkName{Namespace: namespace, Name: b.Service.Name}, port, 1)}
}

func (d drawing) backend(service protocol.NetworkName, port string, weight int32) protocol.NetworkBackend {
	return protocol.NetworkBackend{NetworkName: service, Port: port, Weight: weight, Missing: !d.exists(service)}
}

func (d drawing) exists(service protocol.NetworkName) bool {
	for _, s := range d.services {
		if nameOf(s) == service {
			return true
		}
	}
	return false
}

// route is a route of a Gateway, of whichever kind: what all of them have, in the
// form that their fields share.
type route struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		ParentRefs []gatewayv1.ParentReference `json:"parentRefs"`
		Hostnames  []gatewayv1.Hostname        `json:"hostnames"`
		Rules      []routeRule                 `json:"rules"`
	} `json:"spec"`
}

// routeRule is a rule of a route. Only HTTP and gRPC have matches.
type routeRule struct {
	Matches []struct {
		Path   *gatewayv1.HTTPPathMatch `json:"path"`
		Method any                      `json:"method"` // of HTTP a word, of gRPC an object
	} `json:"matches"`
	BackendRefs []gatewayv1.BackendRef `json:"backendRefs"`
}

func (d drawing) drawRoute(r *route) protocol.NetworkEntry {
	e := protocol.NetworkEntry{NetworkName: nameOf(r), Kind: r.Kind}
	var gateways, hosts []string
	for _, p := range r.Spec.ParentRefs {
		gateways = append(gateways, string(p.Name))
	}
	for _, h := range r.Spec.Hostnames {
		hosts = append(hosts, string(h))
	}
	e.Class = strings.Join(gateways, ", ")
	for _, rule := range r.Spec.Rules {
		backends := d.routeBackends(r.Namespace, rule.BackendRefs)
		for _, path := range rule.paths() {
			e.Rules = append(e.Rules, protocol.NetworkRule{Host: strings.Join(hosts, ", "), Path: path.path, PathType: path.kind, Backends: backends})
		}
	}
	return e
}

// match is what of a request's path a rule wants.
type match struct{ path, kind string }

// paths are those of a rule's matches; one that is empty where there are none.
func (r routeRule) paths() (list []match) {
	for _, m := range r.Matches {
		switch method, isGRPC := m.Method.(map[string]any); {
		case m.Path != nil:
			list = append(list, match{value(m.Path.Value), string(value(m.Path.Type))})
		case isGRPC:
			service, _ := method["service"].(string)
			name, _ := method["method"].(string)
			list = append(list, match{path: "/" + strings.Trim(service+"/"+name, "/")})
		default:
			list = append(list, match{})
		}
	}
	if len(list) == 0 {
		list = []match{{}}
	}
	return slices.Compact(list)
}

func (d drawing) routeBackends(namespace string, refs []gatewayv1.BackendRef) (list []protocol.NetworkBackend) {
	for _, b := range refs {
		if kind := value(b.Kind); kind != "" && kind != kindService {
			continue
		}
		port, weight := "", int32(1)
		if b.Port != nil {
			port = strconv.Itoa(int(*b.Port))
		}
		if b.Weight != nil {
			weight = *b.Weight
		}
		name := protocol.NetworkName{Namespace: cmp.Or(string(value(b.Namespace)), namespace), Name: string(b.Name)}
		list = append(list, d.backend(name, port, weight))
	}
	return list
}
