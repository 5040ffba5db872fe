package console

import (
	"context"
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/interp"

	"kubetutor/internal/engine/crictl"
)

// Node is a node of the cluster as crictl finds it.
type Node struct {
	Name   string
	Socket string // path of its runtime's socket
	Logs   string // directory of its containers' logs
}

// crictl runs crictl in a process of its own, as it would run on a node.
func (s *shell) crictl(ctx context.Context, hc interp.HandlerContext, args []string) int {
	if len(s.place.Nodes) == 0 {
		fmt.Fprintln(hc.Stderr, "crictl: this cluster has no nodes")
		return 1
	}
	if !s.lends(hc) || !crictl.WantsTerminal(args) {
		return s.run(ctx, hc, args, false)
	}
	defer func() { _ = s.wire.send(message{Kind: kindBack}) }()
	return s.run(ctx, hc, args, true)
}

// runtimes says where the nodes' runtimes are, in the environment of a command.
// The first is meant where none is named.
func (p place) runtimes() []string {
	if len(p.Nodes) == 0 {
		return nil
	}
	pairs := make([]string, len(p.Nodes))
	for i, n := range p.Nodes {
		pairs[i] = n.Name + "=unix://" + n.Socket
	}
	return []string{
		crictl.EndpointVariable + "=unix://" + p.Nodes[0].Socket,
		crictl.NodesVariable + "=" + strings.Join(pairs, " "),
	}
}
