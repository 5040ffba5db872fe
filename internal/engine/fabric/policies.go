package fabric

import "net/netip"

// Policies say which pods are isolated, by their addresses; a pod without an entry is not. Nothing of it may be changed once it was handed over.
type Policies map[netip.Addr]PodPolicy

// PodPolicy is what holds for one pod. A direction that is nil is not isolated.
type PodPolicy struct {
	Ingress *Isolation `json:"ingress,omitempty"`
	Egress  *Isolation `json:"egress,omitempty"`
}

// Isolation lets through what one of its rules allows.
type Isolation struct {
	By    []string `json:"by"` // the policies that isolate, "shop/deny-all"
	Rules []Rule   `json:"rules,omitempty"`
}

// Rule is one rule of one policy.
type Rule struct {
	Policy string  `json:"policy"`          // "shop/allow-web"
	Index  int     `json:"index"`           // among the policy's rules of that direction, from 0
	Peers  []Peer  `json:"peers,omitempty"` // none: everybody
	Ports  []Ports `json:"ports,omitempty"` // none: all ports of all protocols
}

// Peer is who may be at the other end: some pods, or a range of addresses. The zero Peer is nobody.
type Peer struct {
	Pods   map[netip.Addr]string `json:"pods,omitempty"` // address → "namespace/pod"
	CIDR   netip.Prefix          `json:"cidr,omitzero"`
	Except []netip.Prefix        `json:"except,omitempty"`
}

// Ports is a range of ports. First 0 means all ports of the protocol, Last 0 the first alone.
type Ports struct {
	Network string `json:"network"` // "tcp", "udp" or "sctp"
	First   uint16 `json:"first,omitempty"`
	Last    uint16 `json:"last,omitempty"`
}

// SetPolicies replaces the policies of all pods, all at once. New connections are judged by them, and datagrams that are no answer; open connections
// stay as they are.
func (f *Fabric) SetPolicies(to Policies) {
	all := newJudges(to)
	f.judges.Store(&all)
	f.epoch.Add(1)
}

// judge is what holds for a pod.
func (f *Fabric) judge(pod netip.Addr) podJudge {
	if all := f.judges.Load(); all != nil {
		return (*all)[pod]
	}
	return podJudge{}
}
