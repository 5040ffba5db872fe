package cri

import (
	"fmt"
	"net/netip"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"kubetutor/internal/engine/fabric"
)

// mapPorts makes ports of a pod reachable at the node's address, as the CNI plugin
// portmap does: by rules, so that nothing listens at the node, and the pod sees the
// client's address. The simulated network has no SCTP, so that such a mapping leads
// nowhere. Each function takes one back.
func mapPorts(node *fabric.Namespace, pod netip.Addr, mappings []*runtimeapi.PortMapping) (remove []func(), err error) {
	for _, m := range mappings {
		if m.GetHostPort() == 0 {
			continue
		}
		at := netip.IPv4Unspecified()
		if text := m.GetHostIp(); text != "" {
			if at, err = netip.ParseAddr(text); err != nil {
				return remove, fmt.Errorf("cannot open hostport %d for pod: %w", m.GetHostPort(), err)
			}
		}
		if network := networkOf(m.GetProtocol()); network != "" {
			to := netip.AddrPortFrom(pod, uint16(m.GetContainerPort()))
			remove = append(remove, node.MapPort(network, netip.AddrPortFrom(at.Unmap(), uint16(m.GetHostPort())), to))
		}
	}
	return remove, nil
}

func networkOf(p runtimeapi.Protocol) string {
	switch p {
	case runtimeapi.Protocol_TCP:
		return "tcp"
	case runtimeapi.Protocol_UDP:
		return "udp"
	}
	return ""
}
