package resolver

import (
	"net/netip"
	"slices"
	"strings"
)

// Host is a line of /etc/hosts: an address and its names, the canonical one first.
type Host struct {
	Addr  netip.Addr
	Names []string
}

// Hosts are the lines of /etc/hosts.
type Hosts []Host

// ParseHosts reads hosts(5). Lines that make no sense are passed over.
func ParseHosts(text []byte) (h Hosts) {
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		if addr, err := netip.ParseAddr(words[0]); err == nil {
			h = append(h, Host{addr, words[1:]})
		}
	}
	return h
}

// same compares names of hosts.
func same(a, b string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, "."), strings.TrimSuffix(b, "."))
}

// Addrs are the addresses of a name, and its canonical name.
func (h Hosts) Addrs(name string) (canonical string, addrs []netip.Addr) {
	for _, host := range h {
		if slices.ContainsFunc(host.Names, func(n string) bool { return same(n, name) }) {
			if canonical == "" {
				canonical = host.Names[0]
			}
			addrs = append(addrs, host.Addr)
		}
	}
	return canonical, addrs
}

// Names are the names of an address, the canonical one first.
func (h Hosts) Names(addr netip.Addr) []string {
	for _, host := range h {
		if host.Addr == addr {
			return host.Names
		}
	}
	return nil
}
