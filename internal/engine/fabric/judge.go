package fabric

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// judges are the Policies, with what they are called worked out.
type judges map[netip.Addr]podJudge

type podJudge struct{ ingress, egress *judge }

// judge is one pod's Isolation in one direction.
type judge struct {
	by    string
	rules []namedRule
}

type namedRule struct {
	*Rule
	name string
}

func newJudges(p Policies) judges {
	all := make(judges, len(p))
	for pod, policy := range p {
		all[pod.Unmap()] = podJudge{newJudge(policy.Ingress), newJudge(policy.Egress)}
	}
	return all
}

func newJudge(i *Isolation) *judge {
	if i == nil {
		return nil
	}
	j := &judge{by: strings.Join(i.By, ", "), rules: make([]namedRule, len(i.Rules))}
	for n := range i.Rules {
		r := &i.Rules[n]
		j.rules[n] = namedRule{r, r.Policy + " rule " + strconv.Itoa(r.Index+1)}
	}
	return j
}

// allows says whether somebody may be at the other end, and by which rule; port is the receiver's.
func (j *judge) allows(peer netip.Addr, network string, port uint16) (rule string, ok bool) {
	for _, r := range j.rules {
		if r.opens(network, port) && r.knows(peer) {
			return r.name, true
		}
	}
	return "", false
}

// opens says whether the rule is about a port.
func (r *Rule) opens(network string, port uint16) bool {
	return len(r.Ports) == 0 || slices.ContainsFunc(r.Ports, func(p Ports) bool {
		return p.Network == network && (p.First == 0 || p.First <= port && port <= max(p.First, p.Last))
	})
}

// knows says whether the rule is about an address.
func (r *Rule) knows(peer netip.Addr) bool {
	return len(r.Peers) == 0 || slices.ContainsFunc(r.Peers, func(p Peer) bool {
		if _, named := p.Pods[peer]; named {
			return true
		}
		return p.CIDR.Contains(peer) && !slices.ContainsFunc(p.Except, func(e netip.Prefix) bool { return e.Contains(peer) })
	})
}

// step is the step of a judgement; a judge that is nil lets everything through.
func (j *judge) step(kind string, peer netip.Addr, network string, to netip.AddrPort) Step {
	if j == nil {
		return Step{Kind: kind, Detail: DetailOpen, At: to}
	}
	if rule, ok := j.allows(peer, network, to.Port()); ok {
		return Step{Kind: kind, Subject: rule, Detail: DetailRule, At: to}
	}
	return Step{Kind: kind, Subject: j.by, Verdict: Dropped, Detail: DetailNone, At: to}
}
