// Package picture puts what the engine tells of a cluster's network in the order
// in which it is shown: for every Service the ways that lead to it and the Pods
// behind it, by node; then the Pods that have none. It knows no words and no
// screen.
package picture

import (
	"cmp"
	"slices"

	"kubetutor/internal/lab/protocol"
)

// Picture is a network in the order in which it is shown.
type Picture struct {
	Blocks []Block
	Loose  []Group // Pods that no Service leads to
}

// Block is a Service, the ways that lead to it, and what is behind it.
type Block struct {
	Service protocol.NetworkService
	Missing bool // a rule names it, but there is no such Service
	Ways    []Way
	Slices  []Slice
}

// WayKind is how one comes to a Service from outside.
type WayKind int

// The ways to a Service.
const (
	Rule         WayKind = iota // of an Ingress or a route
	LoadBalancer                // an address from outside: of the load balancer, or an external IP
	NodePort                    // a port of every node
)

// Way is one way to a Service from outside.
type Way struct {
	Kind    WayKind
	Entry   protocol.NetworkEntry // of a Rule
	Rule    protocol.NetworkRule
	Share   int    // of the rule's requests, in hundredths; 100 where it is the only backend
	Address string // of a LoadBalancer
	Port    int32  // of a LoadBalancer or a NodePort
}

// Slice is an EndpointSlice, its endpoints by node.
type Slice struct {
	Name   string
	Ports  []protocol.NetworkPort
	Groups []Ends
}

// Ends are the endpoints of one node; the node's name is empty for those that are
// on none.
type Ends struct {
	Node string
	Ends []End
}

// End is an endpoint, and its Pod if there is one in the picture.
type End struct {
	protocol.NetworkEndpoint
	At *protocol.NetworkPod
}

// Group is Pods of one node; without a name they are on none yet.
type Group struct {
	Node string
	Pods []protocol.NetworkPod
}

// Of puts a network in order.
func Of(n protocol.Network) Picture {
	pods := map[protocol.NetworkName]*protocol.NetworkPod{}
	for i := range n.Pods {
		pods[n.Pods[i].NetworkName] = &n.Pods[i]
	}
	ways := rules(n.Entries)
	var p Picture
	for _, s := range n.Services {
		b := Block{Service: s, Ways: append(ways[s.NetworkName], ownWays(s)...)}
		delete(ways, s.NetworkName)
		for _, slice := range s.Slices {
			b.Slices = append(b.Slices, behind(slice, s.Namespace, pods))
		}
		p.Blocks = append(p.Blocks, b)
	}
	p.Blocks = append(p.Blocks, missing(ways)...)
	slices.SortStableFunc(p.Blocks, func(a, b Block) int { return cmp.Compare(a.Service.Namespace, b.Service.Namespace) })
	p.Loose = loose(n)
	return p
}

// rules are the ways by rules, by the Services that they lead to.
func rules(entries []protocol.NetworkEntry) map[protocol.NetworkName][]Way {
	ways := map[protocol.NetworkName][]Way{}
	for _, e := range entries {
		for _, r := range e.Rules {
			for i, b := range r.Backends {
				ways[b.NetworkName] = append(ways[b.NetworkName], Way{Kind: Rule, Entry: e, Rule: r, Share: share(r.Backends, i)})
			}
		}
	}
	return ways
}

// share is a backend's part of a rule's requests, in hundredths.
func share(backends []protocol.NetworkBackend, i int) int {
	sum := int32(0)
	for _, b := range backends {
		sum += b.Weight
	}
	if sum == 0 {
		return 0
	}
	return int((100*backends[i].Weight + sum/2) / sum)
}

// ownWays are those of a Service's type.
func ownWays(s protocol.NetworkService) (ways []Way) {
	for _, p := range s.Ports {
		for _, a := range s.Addresses {
			ways = append(ways, Way{Kind: LoadBalancer, Address: a, Port: p.Port})
		}
		if p.NodePort != 0 {
			ways = append(ways, Way{Kind: NodePort, Port: p.NodePort})
		}
	}
	return ways
}

// missing are the Services that there are not, for what is left of the ways. A
// Service that is only out of view, or left out, is none of them.
func missing(ways map[protocol.NetworkName][]Way) (blocks []Block) {
	for name, list := range ways {
		if slices.ContainsFunc(list, func(w Way) bool { return names(w.Rule.Backends, name) }) {
			blocks = append(blocks, Block{Service: protocol.NetworkService{NetworkName: name}, Missing: true, Ways: list})
		}
	}
	slices.SortFunc(blocks, func(a, b Block) int { return cmp.Compare(a.Service.String(), b.Service.String()) })
	return blocks
}

// names tells whether backends name a Service that there is not.
func names(backends []protocol.NetworkBackend, service protocol.NetworkName) bool {
	return slices.ContainsFunc(backends, func(b protocol.NetworkBackend) bool { return b.NetworkName == service && b.Missing })
}

// behind puts a slice's endpoints, which come by node, into groups.
func behind(s protocol.NetworkSlice, namespace string, pods map[protocol.NetworkName]*protocol.NetworkPod) Slice {
	out := Slice{Name: s.Name, Ports: s.Ports}
	for _, e := range s.Endpoints {
		end := End{NetworkEndpoint: e}
		if e.Pod != "" {
			end.At = pods[protocol.NetworkName{Namespace: namespace, Name: e.Pod}]
		}
		if n := len(out.Groups); n == 0 || out.Groups[n-1].Node != e.Node {
			out.Groups = append(out.Groups, Ends{Node: e.Node})
		}
		last := &out.Groups[len(out.Groups)-1]
		last.Ends = append(last.Ends, end)
	}
	return out
}

// loose are the Pods that are no endpoints, by node.
func loose(n protocol.Network) (groups []Group) {
	served := map[protocol.NetworkName]bool{}
	for _, s := range n.Services {
		for _, slice := range s.Slices {
			for _, e := range slice.Endpoints {
				served[protocol.NetworkName{Namespace: s.Namespace, Name: e.Pod}] = true
			}
		}
	}
	rest := slices.DeleteFunc(slices.Clone(n.Pods), func(p protocol.NetworkPod) bool { return served[p.NetworkName] })
	slices.SortStableFunc(rest, func(a, b protocol.NetworkPod) int { return cmp.Compare(a.Node, b.Node) })
	for _, p := range rest {
		if n := len(groups); n == 0 || groups[n-1].Node != p.Node {
			groups = append(groups, Group{Node: p.Node})
		}
		last := &groups[len(groups)-1]
		last.Pods = append(last.Pods, p)
	}
	return groups
}
