package policy

import (
	"fmt"
	"strings"

	"kubetutor/internal/engine/fabric"
)

// shelf holds what has been made for one Pod and serves others as well: most Pods
// of a namespace are isolated alike.
type shelf struct {
	made map[string]*fabric.Isolation
}

func newShelf() *shelf { return &shelf{made: map[string]*fabric.Isolation{}} }

// ingress is how policies isolate a Pod from who connects to it, nil if they do
// not.
func (s *shelf) ingress(p *pod, by []*policy) *fabric.Isolation {
	var key strings.Builder
	key.WriteString("in")
	isolates := false
	for _, policy := range by {
		if !policy.ingress {
			continue
		}
		isolates = true
		key.WriteByte(' ')
		key.WriteString(policy.name)
		for _, r := range policy.from {
			if len(r.named) > 0 {
				fmt.Fprint(&key, r.index, p.ports(r.named))
			}
		}
	}
	if !isolates {
		return nil
	}
	return s.keep(key.String(), func() *fabric.Isolation {
		return isolation(by, func(policy *policy) (bool, []rule) { return policy.ingress, p.settle(policy.from) })
	})
}

// egress is how policies isolate Pods from whom they connect to.
func (s *shelf) egress(by []*policy) *fabric.Isolation {
	var key strings.Builder
	for _, policy := range by {
		if policy.egress {
			key.WriteByte(' ')
			key.WriteString(policy.name)
		}
	}
	if key.Len() == 0 {
		return nil
	}
	return s.keep("out"+key.String(), func() *fabric.Isolation {
		return isolation(by, func(policy *policy) (bool, []rule) { return policy.egress, policy.to })
	})
}

func (s *shelf) keep(key string, build func() *fabric.Isolation) *fabric.Isolation {
	if s.made[key] == nil {
		s.made[key] = build()
	}
	return s.made[key]
}

// settle gives the rules of a policy the ports that names stand for on the Pod. A
// rule for none of whose ports there is a number lets nothing through, and is left
// out: a rule without ports would let through all.
func (p *pod) settle(rules []rule) (out []rule) {
	for _, r := range rules {
		if len(r.named) > 0 {
			r.ports, r.named = append(r.ports[:len(r.ports):len(r.ports)], p.ports(r.named)...), nil
			if r.anyPort() {
				continue
			}
		}
		out = append(out, r)
	}
	return out
}

// isolation joins what policies say of one direction.
func isolation(by []*policy, direction func(*policy) (isolates bool, rules []rule)) *fabric.Isolation {
	out := &fabric.Isolation{}
	for _, p := range by {
		isolates, rules := direction(p)
		if !isolates {
			continue
		}
		out.By = append(out.By, p.name)
		for _, r := range rules {
			made := fabric.Rule{Policy: p.name, Index: r.index, Ports: r.ports}
			for _, peer := range r.peers {
				made.Peers = append(made.Peers, peer.rule)
			}
			out.Rules = append(out.Rules, made)
		}
	}
	return out
}
