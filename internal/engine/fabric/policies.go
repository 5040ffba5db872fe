package fabric

import (
	"encoding/json"
	"net/netip"
)

// Policies say which pods are isolated; a pod without an entry is not. Pods are known by the names that AttachVia gave them, "namespace/pod", and not by
// their addresses: so a pod is isolated before its first program runs, though the API learns its address only later. Nothing of it may be changed once
// it was handed over.
type Policies map[string]PodPolicy

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
	Pods   map[string]bool `json:"pods,omitempty"` // by their names
	CIDR   netip.Prefix    `json:"cidr,omitzero"`
	Except []netip.Prefix  `json:"except,omitempty"`
}

// Ports is a range of ports. First 0 means all ports of the protocol, Last 0 the first alone.
type Ports struct {
	Network string `json:"network"` // "tcp", "udp" or "sctp"
	First   uint16 `json:"first,omitempty"`
	Last    uint16 `json:"last,omitempty"`
}

// sharedPolicies are Policies as they are sent: most pods are isolated as others are, and what they share is sent once.
type sharedPolicies struct {
	Isolations []*Isolation      `json:"isolations,omitempty"`
	Pods       map[string][2]int `json:"pods,omitempty"` // ingress and egress, by their places in Isolations from 1; 0 is none
}

// MarshalJSON implements json.Marshaler.
func (p Policies) MarshalJSON() ([]byte, error) {
	out, places := sharedPolicies{Pods: make(map[string][2]int, len(p))}, map[*Isolation]int{nil: 0}
	for pod, policy := range p {
		var at [2]int
		for side, i := range [...]*Isolation{policy.Ingress, policy.Egress} {
			if _, known := places[i]; !known {
				out.Isolations = append(out.Isolations, i)
				places[i] = len(out.Isolations)
			}
			at[side] = places[i]
		}
		out.Pods[pod] = at
	}
	return json.Marshal(out)
}

// UnmarshalJSON implements json.Unmarshaler. A place that there is not is none.
func (p *Policies) UnmarshalJSON(data []byte) error {
	var in sharedPolicies
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	at := func(place int) *Isolation {
		if place < 1 || place > len(in.Isolations) {
			return nil
		}
		return in.Isolations[place-1]
	}
	*p = make(Policies, len(in.Pods))
	for pod, places := range in.Pods {
		(*p)[pod] = PodPolicy{Ingress: at(places[0]), Egress: at(places[1])}
	}
	return nil
}

// SetPolicies replaces the policies of all pods, all at once. New connections are judged by them, and datagrams that are no answer; open connections
// stay as they are.
func (f *Fabric) SetPolicies(to Policies) {
	all := newJudges(f, to)
	f.judges.Store(&all)
	f.epoch.Add(1)
}

// judge is what holds for a pod.
func (f *Fabric) judge(pod netip.Addr) podJudge {
	if all := f.judges.Load(); all != nil && len(*all) > 0 {
		return (*all)[f.podAt(pod)]
	}
	return podJudge{}
}

// podAt is the name of the pod that has an address, "" if none has.
func (f *Fabric) podAt(ip netip.Addr) string {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if s := f.byIP[ip]; s != nil && s.via != nil {
		return s.name
	}
	return ""
}
