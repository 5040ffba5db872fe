package network

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"kubetutor/internal/lab/protocol"
)

func (d drawing) drawServices() []protocol.NetworkService {
	return drawn(d, d.services, func(s *corev1.Service) (protocol.NetworkService, bool) {
		own := d.slicesOf(s)
		drawn := protocol.NetworkService{
			NetworkName: nameOf(s), Type: string(s.Spec.Type), IPs: s.Spec.ClusterIPs, ExternalName: s.Spec.ExternalName,
			Addresses: outerAddresses(s), Ports: servicePorts(s), Selector: s.Spec.Selector,
			Slices: d.drawSlices(nameOf(s), own), Recent: d.traffic.ofService(nameOf(s), d.now),
		}
		if s.Spec.SessionAffinity != corev1.ServiceAffinityNone {
			drawn.Affinity = string(s.Spec.SessionAffinity)
		}
		if p := s.Spec.InternalTrafficPolicy; p != nil && *p == corev1.ServiceInternalTrafficPolicyLocal {
			drawn.Internal = string(*p)
		}
		if s.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal {
			drawn.External = string(s.Spec.ExternalTrafficPolicy)
		}
		drawn.Problems = d.problems(s, d.traffic.refusedLately(nameOf(s), d.now))
		return drawn, d.view.System || !systemService(drawn.NetworkName)
	})
}

// outerAddresses are those at which a Service is found from outside.
func outerAddresses(s *corev1.Service) (list []string) {
	for _, in := range s.Status.LoadBalancer.Ingress {
		list = append(list, cmp.Or(in.IP, in.Hostname))
	}
	return append(list, s.Spec.ExternalIPs...)
}

func servicePorts(s *corev1.Service) (list []protocol.NetworkPort) {
	for _, p := range s.Spec.Ports {
		list = append(list, protocol.NetworkPort{
			Name: p.Name, Protocol: string(p.Protocol), Port: p.Port, Target: p.TargetPort.String(), NodePort: p.NodePort,
		})
	}
	return list
}

// slicesOf are the EndpointSlices of a Service, by name.
func (d drawing) slicesOf(s *corev1.Service) (list []*discoveryv1.EndpointSlice) {
	for _, slice := range d.slices {
		if slice.Namespace == s.Namespace && slice.Labels[discoveryv1.LabelServiceName] == s.Name {
			list = append(list, slice)
		}
	}
	slices.SortFunc(list, func(a, b *discoveryv1.EndpointSlice) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

func (d drawing) drawSlices(service protocol.NetworkName, own []*discoveryv1.EndpointSlice) (list []protocol.NetworkSlice) {
	for _, slice := range own {
		drawn := protocol.NetworkSlice{Name: slice.Name, Endpoints: []protocol.NetworkEndpoint{}}
		for _, p := range slice.Ports {
			drawn.Ports = append(drawn.Ports, protocol.NetworkPort{Name: value(p.Name), Protocol: string(value(p.Protocol)), Port: value(p.Port)})
		}
		for _, e := range slice.Endpoints {
			drawn.Endpoints = append(drawn.Endpoints, d.drawEndpoint(service, e))
		}
		slices.SortFunc(drawn.Endpoints, byPod)
		list = append(list, drawn)
	}
	return list
}

// byPod orders endpoints so that one stays where it is while others come and go.
func byPod(a, b protocol.NetworkEndpoint) int {
	return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.Pod, b.Pod), slices.Compare(a.Addresses, b.Addresses))
}

func (d drawing) drawEndpoint(service protocol.NetworkName, e discoveryv1.Endpoint) protocol.NetworkEndpoint {
	ready := value(cmp.Or(e.Conditions.Ready, new(true)))
	drawn := protocol.NetworkEndpoint{
		Addresses: e.Addresses, Node: value(e.NodeName), Ready: ready,
		Serving: value(cmp.Or(e.Conditions.Serving, &ready)), Terminating: value(e.Conditions.Terminating),
	}
	if e.TargetRef != nil && e.TargetRef.Kind == "Pod" {
		drawn.Pod = e.TargetRef.Name
	}
	for _, a := range e.Addresses {
		at := d.traffic.ofEndpoint(service, a, d.now)
		drawn.Recent.Connected += at.Connected
		drawn.Recent.Failed += at.Failed
	}
	return drawn
}

// value is what a pointer leads to, or nothing.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
