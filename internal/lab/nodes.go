package lab

import (
	"context"

	"kubetutor/internal/lab/protocol"
)

// Nodes lists the cluster's nodes.
func (c *Client) Nodes(ctx context.Context) (list protocol.Nodes, err error) {
	err = c.call(ctx, protocol.VerbNodes, protocol.Empty{}, &list)
	return list, err
}

// NodeStop pulls a node's plug.
func (c *Client) NodeStop(ctx context.Context, name string) (n protocol.Node, err error) {
	err = c.call(ctx, protocol.VerbNodeStop, protocol.NodeName{Name: name}, &n)
	return n, err
}

// NodeStart starts a stopped node and waits until it is Ready.
func (c *Client) NodeStart(ctx context.Context, name string, stage func(protocol.Stage)) (protocol.Node, error) {
	return c.node(ctx, protocol.VerbNodeStart, protocol.NodeName{Name: name}, stage)
}

// NodeAdd adds a node and waits until it is Ready.
func (c *Client) NodeAdd(ctx context.Context, req protocol.AddNode, stage func(protocol.Stage)) (protocol.Node, error) {
	return c.node(ctx, protocol.VerbNodeAdd, req, stage)
}

// NodeRemove takes a node away for good.
func (c *Client) NodeRemove(ctx context.Context, req protocol.RemoveNode, stage func(protocol.Stage)) (protocol.Node, error) {
	return c.node(ctx, protocol.VerbNodeRemove, req, stage)
}

// NodePressure makes a node run short of something, or ends that.
func (c *Client) NodePressure(ctx context.Context, req protocol.Pressure) (n protocol.Node, err error) {
	err = c.call(ctx, protocol.VerbNodePressure, req, &n)
	return n, err
}

// Components lists the control plane's components.
func (c *Client) Components(ctx context.Context) (list protocol.Components, err error) {
	err = c.call(ctx, protocol.VerbComponents, protocol.Empty{}, &list)
	return list, err
}

// ComponentPause stops a component until it is resumed.
func (c *Client) ComponentPause(ctx context.Context, name string) (one protocol.Component, err error) {
	err = c.call(ctx, protocol.VerbComponentPause, protocol.ComponentName{Name: name}, &one)
	return one, err
}

// ComponentResume starts a paused component again.
func (c *Client) ComponentResume(ctx context.Context, name string) (one protocol.Component, err error) {
	err = c.call(ctx, protocol.VerbComponentResume, protocol.ComponentName{Name: name}, &one)
	return one, err
}

// Images lists what the cluster's registries serve.
func (c *Client) Images(ctx context.Context) (list protocol.Images, err error) {
	err = c.call(ctx, protocol.VerbImages, protocol.Empty{}, &list)
	return list, err
}

// node is a verb that ends with a node.
func (c *Client) node(ctx context.Context, verb string, req any, stage func(protocol.Stage)) (protocol.Node, error) {
	last, err := c.progress(ctx, verb, req, stage)
	if err != nil {
		return protocol.Node{}, err
	}
	if last.Node == nil {
		return protocol.Node{}, lost(verb)
	}
	return *last.Node, nil
}

// OnCluster runs verbs on the running cluster; it starts none. Without one the
// error says what to do.
func (l *Labs) OnCluster(ctx context.Context, verbs func(*Client) error) error {
	return l.with(ctx, verbs)
}
