package model

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// streams are the ports of the ConfigMaps for TCP and UDP services.
func (b *builder) streams() []Stream {
	list := append(b.streamsOf(b.Options.TCPServices, corev1.ProtocolTCP), b.streamsOf(b.Options.UDPServices, corev1.ProtocolUDP)...)
	slices.SortFunc(list, func(a, b Stream) int {
		return cmp.Or(cmp.Compare(a.Port, b.Port), strings.Compare(a.Upstream.Name, b.Upstream.Name))
	})
	return list
}

func (b *builder) streamsOf(services map[string]string, protocol corev1.Protocol) (list []Stream) {
	o := b.Options
	for port, reference := range services {
		number, err := strconv.Atoi(port)
		if err != nil {
			b.Warn("%q is not a valid %v port number", port, protocol)
			continue
		}
		if slices.Contains([]int{o.HTTPPort, o.HTTPSPort, o.DefaultPort, o.StatusPort}, number) {
			b.Warn("Port %d cannot be used for %v stream services. It is reserved for the Ingress controller.", number, protocol)
			continue
		}
		if u := b.stream(reference, number, protocol); u != nil {
			list = append(list, Stream{Port: number, UDP: protocol == corev1.ProtocolUDP, Upstream: u})
		}
	}
	return list
}

// stream is the upstream of a reference "namespace/service:port".
func (b *builder) stream(reference string, number int, protocol corev1.Protocol) *Upstream {
	parts := strings.Split(reference, ":")
	if len(parts) < 2 {
		b.Warn("Invalid Service reference %q for %v port %d", reference, protocol, number)
		return nil
	}
	key, port := parts[0], parts[1]
	if strings.Count(key, "/") != 1 {
		b.Warn("invalid format (namespace/name) found in '%v'", key)
		return nil
	}
	service, err := b.Service(key)
	if err != nil {
		b.Warn("Error getting Service %q: %v", key, err)
		return nil
	}
	i := slices.IndexFunc(service.Spec.Ports, func(p corev1.ServicePort) bool {
		return (p.Protocol == protocol || (p.Protocol == "" && protocol == corev1.ProtocolTCP)) && (p.Name == port || strconv.Itoa(int(p.Port)) == port)
	})
	var endpoints []Endpoint
	if i >= 0 {
		endpoints = b.endpoints(service, &service.Spec.Ports[i])
	}
	if len(endpoints) == 0 {
		b.Warn("Service %q does not have any active Endpoint for %v port %v", key, protocol, port)
		return nil
	}
	name := fmt.Sprintf("%s-%s-%s-%s", strings.ToLower(string(protocol)), service.Namespace, service.Name, port)
	return &Upstream{Name: name, Service: service, Endpoints: endpoints}
}
