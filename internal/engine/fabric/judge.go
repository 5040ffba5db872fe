package fabric

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// judges are the Policies, with what they are called worked out.
type judges map[string]podJudge

type podJudge struct{ ingress, egress *judge }

// judge is the Isolation of some pods in one direction.
type judge struct {
	fabric *Fabric // knows whose an address is
	by     string
	rules  []namedRule
}

type namedRule struct {
	*Rule
	name string
}

func newJudges(f *Fabric, p Policies) judges {
	all, made := make(judges, len(p)), map[*Isolation]*judge{nil: nil}
	for pod, policy := range p {
		for _, i := range [...]*Isolation{policy.Ingress, policy.Egress} {
			if _, known := made[i]; !known {
				made[i] = newJudge(f, i)
			}
		}
		all[pod] = podJudge{made[policy.Ingress], made[policy.Egress]}
	}
	return all
}

func newJudge(f *Fabric, i *Isolation) *judge {
	j := &judge{fabric: f, by: strings.Join(i.By, ", "), rules: make([]namedRule, len(i.Rules))}
	for n := range i.Rules {
		r := &i.Rules[n]
		j.rules[n] = namedRule{r, r.Policy + " rule " + strconv.Itoa(r.Index+1)}
	}
	return j
}

// allows says whether somebody may be at the other end, and by which rule; port is the receiver's.
func (j *judge) allows(peer netip.Addr, network string, port uint16) (rule string, ok bool) {
	pod := j.fabric.podAt(peer)
	for _, r := range j.rules {
		if r.opens(network, port) && r.knows(peer, pod) {
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

// knows says whether the rule is about an address, and the pod that has it.
func (r *Rule) knows(peer netip.Addr, pod string) bool {
	return len(r.Peers) == 0 || slices.ContainsFunc(r.Peers, func(p Peer) bool {
		return p.Pods[pod] || p.CIDR.Contains(peer) && !slices.ContainsFunc(p.Except, func(e netip.Prefix) bool { return e.Contains(peer) })
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
