package picture

import (
	"slices"

	"kubetutor/internal/lab/protocol"
)

// Kind is what kind of thing can be chosen in a picture.
type Kind int

// The kinds of what can be chosen.
const (
	Nothing Kind = iota
	Service
	Pod
)

// Item is something that can be chosen in a picture. The zero Item is nothing.
type Item struct {
	Kind Kind
	protocol.NetworkName
}

// Items lists what can be chosen, each once, in the order in which it is shown.
func (p Picture) Items() (list []Item) {
	add := func(i Item) {
		if !slices.Contains(list, i) {
			list = append(list, i)
		}
	}
	for _, b := range p.Blocks {
		if !b.Missing {
			add(Item{Service, b.Service.NetworkName})
		}
		for _, e := range b.ends() {
			if e.At != nil {
				add(Item{Pod, e.At.NetworkName})
			}
		}
	}
	for _, g := range p.Loose {
		for _, pod := range g.Pods {
			add(Item{Pod, pod.NetworkName})
		}
	}
	return list
}

// ends are all endpoints of a block.
func (b Block) ends() (list []End) {
	for _, s := range b.Slices {
		for _, g := range s.Groups {
			list = append(list, g.Ends...)
		}
	}
	return list
}

// Concerns tells whether a connection is one of an item: nothing is concerned by
// all of them.
func Concerns(i Item, c protocol.NetworkConnection) bool {
	is := func(p protocol.NetworkPeer) bool { return i.peer() == p.Kind && i.NetworkName == p.NetworkName }
	return i.Kind == Nothing || is(c.From) || is(c.To) || c.Endpoint != nil && is(*c.Endpoint)
}

func (i Item) peer() protocol.NetworkPeerKind {
	if i.Kind == Service {
		return protocol.PeerService
	}
	return protocol.PeerPod
}

// Isolating are the policies that isolate a Pod, for incoming or for outgoing
// connections.
func Isolating(n protocol.Network, pod protocol.NetworkName, ingress bool) (list []protocol.NetworkPolicy) {
	for _, p := range n.Policies {
		if p.Namespace == pod.Namespace && slices.Contains(p.Pods, pod.Name) && (ingress && p.Ingress || !ingress && p.Egress) {
			list = append(list, p)
		}
	}
	return list
}

// Deciding is the step that decided on a connection: the one at which it ended, or
// the last rule of a policy that let it through; ok is false where nothing had a
// say in it.
func Deciding(steps []protocol.ExplainStep) (s protocol.ExplainStep, ok bool) {
	for _, step := range steps {
		switch {
		case step.Stops:
			return step, true
		case step.Code == protocol.EgressRule || step.Code == protocol.IngressRule:
			s, ok = step, true
		}
	}
	return s, ok
}

// Failed tells whether a connection came to nothing.
func Failed(o protocol.Outcome) bool { return o != protocol.OutcomeConnects }
