package cri

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
)

// errNoCIDR is the state of a node's network until the kubelet has told the
// node's range of addresses.
var errNoCIDR = errors.New("no pod CIDR is known yet")

// addresses hands out the addresses of a node's pods. Like the CNI plugin
// host-local it goes round: an address that was freed comes again as late as
// possible, so that nobody reaches a new pod by an old pod's address.
type addresses struct {
	mu   sync.Mutex
	cidr netip.Prefix
	last netip.Addr
	used map[netip.Addr]bool
}

// setCIDR sets the range that addresses come from. Those that are in use stay.
func (a *addresses) setCIDR(cidr netip.Prefix) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cidr == cidr.Masked() {
		return
	}
	a.cidr = cidr.Masked()
	a.last = a.gateway()
}

// known returns the range; it is invalid until setCIDR.
func (a *addresses) known() netip.Prefix {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.cidr
}

// gateway is the first address of the range: the node's own in it.
func (a *addresses) gateway() netip.Addr { return a.cidr.Addr().Next() }

// take hands out an address.
func (a *addresses) take() (netip.Addr, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.cidr.IsValid() {
		return netip.Addr{}, errNoCIDR
	}
	ip := a.next(a.last)
	for first := ip; a.used[ip]; {
		if ip = a.next(ip); ip == first {
			return netip.Addr{}, fmt.Errorf("no IP addresses available in range set: %s", a.cidr)
		}
	}
	if a.used == nil {
		a.used = map[netip.Addr]bool{}
	}
	a.used[ip], a.last = true, ip
	return ip, nil
}

// next is the address after ip that a pod may have, round the range: neither
// the network's, nor the gateway's, nor the one for broadcasts.
func (a *addresses) next(ip netip.Addr) netip.Addr {
	if ip = ip.Next(); a.cidr.Contains(ip) && a.cidr.Contains(ip.Next()) {
		return ip
	}
	return a.gateway().Next()
}

// free gives an address back; the invalid address is nobody's.
func (a *addresses) free(ip netip.Addr) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.used, ip)
}

// networkRecord is what a CNI plugin keeps on a node's disk: with it the network
// is ready as soon as the node is.
type networkRecord struct {
	PodCIDR netip.Prefix `json:"podCIDR"`
}

// setPodCIDR sets the range of the node's Pods, for later boots too.
func (n *node) setPodCIDR(cidr netip.Prefix) error {
	if n.addresses.known() == cidr.Masked() {
		return nil
	}
	n.addresses.setCIDR(cidr)
	n.net.SetPods(cidr)
	return n.networkRecords.Put("pods", networkRecord{PodCIDR: cidr})
}
