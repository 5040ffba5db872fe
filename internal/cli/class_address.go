package cli

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// station is an address of this machine, and the interface that has it.
type station struct {
	addr netip.Addr
	name string // as eth0
}

// reachable lists the addresses at which others may reach this machine, the most
// likely first.
func reachable() ([]netip.Addr, error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("listing the addresses of this machine: %w", err)
	}
	var all []station
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue // the interface has just gone
		}
		for _, a := range addrs {
			if prefix, err := netip.ParsePrefix(a.String()); err == nil {
				all = append(all, station{prefix.Addr(), i.Name})
			}
		}
	}
	return likely(all), nil
}

// likely leaves out what nobody else can reach, and sorts the rest: private
// addresses of IPv4 are those of a room, public ones come next, then IPv6, whose
// addresses nobody likes to type, and last what belongs to virtual machines,
// containers and VPNs.
func likely(all []station) []netip.Addr {
	all = slices.DeleteFunc(slices.Clone(all), func(s station) bool {
		return s.addr.IsLoopback() || s.addr.IsLinkLocalUnicast() || s.addr.IsMulticast() || s.addr.IsUnspecified()
	})
	slices.SortStableFunc(all, func(a, b station) int { return cmp.Compare(a.rank(), b.rank()) })
	return each(all, func(s station) netip.Addr { return s.addr.Unmap() })
}

func (s station) rank() int {
	rank := 0
	if s.virtual() {
		rank += 4
	}
	if addr := s.addr.Unmap(); !addr.Is4() {
		rank += 2
	} else if !addr.IsPrivate() {
		rank++
	}
	return rank
}

// virtual tells by the name of an interface that it leads into this machine, or
// far away: bridges of Docker, libvirt and Kubernetes, and tunnels.
func (s station) virtual() bool {
	return slices.ContainsFunc([]string{
		"docker", "br-", "veth", "virbr", "vbox", "vmnet", "vEthernet", "lxc", "lxd", "podman", "cni", "flannel", "cali", "kube",
		"tun", "tap", "wg", "utun", "ppp", "tailscale", "zt",
	}, func(start string) bool { return strings.HasPrefix(s.name, start) })
}
