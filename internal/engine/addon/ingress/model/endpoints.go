package model

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"
)

// serviceEndpoints are the endpoints of a Service's port, which is named by its
// number, its name, or what it is forwarded to.
func (b *builder) serviceEndpoints(key, port string) ([]Endpoint, error) {
	service, err := b.Service(key)
	if err != nil {
		return nil, err
	}
	var list []Endpoint
	if service.Spec.Type == corev1.ServiceTypeExternalName {
		if b.Options.NoExternalNames {
			b.Warn("Service %q of type ExternalName not allowed due to Ingress configuration.", key)
			return nil, nil
		}
		list = b.endpoints(service, externalPort(port, service))
	} else {
		i := slices.IndexFunc(service.Spec.Ports, func(p corev1.ServicePort) bool {
			return strconv.Itoa(int(p.Port)) == port || p.TargetPort.String() == port || p.Name == port
		})
		if i < 0 {
			return nil, nil
		}
		list = b.endpoints(service, &service.Spec.Ports[i])
	}
	if len(list) == 0 {
		b.Warn("Service %q does not have any active Endpoint.", key)
	}
	return list, nil
}

// externalPort is a port of a Service that is a name elsewhere; it need not
// declare any.
func externalPort(port string, service *corev1.Service) *corev1.ServicePort {
	number, _ := strconv.ParseInt(port, 10, 32)
	for _, p := range service.Spec.Ports {
		if p.Name == port || int64(p.Port) == number {
			target := p.TargetPort
			if target.IntValue() == 0 {
				target = intstr.FromInt32(p.Port)
			}
			return &corev1.ServicePort{Protocol: corev1.ProtocolTCP, Port: p.Port, TargetPort: target}
		}
	}
	return &corev1.ServicePort{Protocol: corev1.ProtocolTCP, Port: int32(number), TargetPort: intstr.FromInt32(int32(number))}
}

// endpoints are those of a port that are ready.
func (b *builder) endpoints(service *corev1.Service, port *corev1.ServicePort) []Endpoint {
	if service.Spec.Type == corev1.ServiceTypeExternalName {
		return b.external(service, port)
	}
	var list []Endpoint
	key := service.Namespace + "/" + service.Name
	for _, slice := range b.Slices(key) {
		ports := portsOf(slice, port)
		hinted := b.hinted(service, slice)
		for _, e := range slice.Endpoints {
			if (e.Conditions.Ready != nil && !*e.Conditions.Ready) || (hinted && !b.near(&e)) {
				continue
			}
			for _, p := range ports {
				for _, address := range e.Addresses {
					list = append(list, Endpoint{Address: address, Port: strconv.Itoa(int(p))})
				}
			}
		}
	}
	slices.SortFunc(list, func(a, b Endpoint) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(list)
}

// portsOf are the ports of a slice that a Service's port means.
func portsOf(slice *discoveryv1.EndpointSlice, port *corev1.ServicePort) (list []int32) {
	if len(slice.Ports) == 0 && port.TargetPort.Type == intstr.Int {
		return []int32{port.TargetPort.IntVal}
	}
	protocol := port.Protocol
	if protocol == "" {
		protocol = corev1.ProtocolTCP
	}
	for _, p := range slice.Ports {
		if p.Port == nil || (p.Protocol != nil && *p.Protocol != protocol) {
			continue
		}
		var target int32
		switch {
		case port.Name == "" || (p.Name != nil && *p.Name == port.Name):
			target = *p.Port
		case port.TargetPort.Type == intstr.Int:
			target = port.TargetPort.IntVal
		}
		if target != 0 && !slices.Contains(list, target) {
			list = append(list, target)
		}
	}
	return list
}

// hinted says whether only endpoints of the controller's zone count.
func (b *builder) hinted(service *corev1.Service, slice *discoveryv1.EndpointSlice) bool {
	topology := strings.EqualFold(service.Annotations[corev1.AnnotationTopologyMode], "auto")
	close := service.Spec.TrafficDistribution != nil && *service.Spec.TrafficDistribution == corev1.ServiceTrafficDistributionPreferClose
	if b.Options.TopologyZone == "" || !(topology || close) {
		return false
	}
	if close && !slices.ContainsFunc(slice.Endpoints, func(e discoveryv1.Endpoint) bool { return b.near(&e) }) {
		return false
	}
	return !slices.ContainsFunc(slice.Endpoints, func(e discoveryv1.Endpoint) bool { return e.Hints == nil || len(e.Hints.ForZones) == 0 })
}

func (b *builder) near(e *discoveryv1.Endpoint) bool {
	return e.Hints != nil && slices.ContainsFunc(e.Hints.ForZones, func(z discoveryv1.ForZone) bool { return z.Name == b.Options.TopologyZone })
}

// external is the one endpoint of a Service that is a name elsewhere.
func (b *builder) external(service *corev1.Service, port *corev1.ServicePort) []Endpoint {
	name := service.Spec.ExternalName
	address, err := netip.ParseAddr(name)
	switch {
	case name == "localhost" || (err == nil && address.IsLoopback()):
		b.Warn("Invalid attempt to use localhost name %s in %q", name, service.Namespace+"/"+service.Name)
		return nil
	case err != nil:
		if errs := validation.IsDNS1123Subdomain(strings.TrimSuffix(name, ".")); len(errs) > 0 {
			b.Warn("Invalid DNS name %s: %v", name, errs)
			return nil
		}
	}
	return []Endpoint{{Address: name, Port: strconv.Itoa(port.TargetPort.IntValue())}}
}

// clusterEndpoint is a Service's own address, for service-upstream.
func (b *builder) clusterEndpoint(key, port string) (Endpoint, error) {
	service, err := b.Service(key)
	if err != nil {
		return Endpoint{}, fmt.Errorf("service %q does not exist", key)
	}
	if net.ParseIP(service.Spec.ClusterIP) == nil {
		return Endpoint{}, fmt.Errorf("no ClusterIP found for Service %q", key)
	}
	if _, err := strconv.Atoi(port); err == nil {
		return Endpoint{Address: service.Spec.ClusterIP, Port: port}, nil
	}
	for _, p := range service.Spec.Ports {
		if p.Name == port {
			return Endpoint{Address: service.Spec.ClusterIP, Port: strconv.Itoa(int(p.Port))}, nil
		}
	}
	return Endpoint{}, fmt.Errorf("service %q does not have a port named %q", service.Name, port)
}
