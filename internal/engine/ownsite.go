package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"kubetutor/internal/engine/controlplane"
	"kubetutor/internal/engine/fleet"
	"kubetutor/internal/lab/protocol"
)

// ownSite is the cluster's nodes and components in our hands.
type ownSite struct{ c *ownCluster }

// Profile tells the present profile and how many nodes there are.
func (s ownSite) Profile() (name string, nodes int) {
	if f := s.c.fleet.Load(); f != nil {
		nodes = f.Count()
	}
	return s.c.ControlPlane.Profile().Name, nodes
}

// Use ends the nodes of the present profile, goes back to the baseline without
// nodes, and brings those of the new one. One that did not come to its end is
// begun again.
func (s ownSite) Use(ctx context.Context, profile string, stage func(protocol.Stage)) error {
	c := s.c
	p, err := controlplane.ProfileNamed(profile)
	if err != nil {
		return &protocol.Error{Code: protocol.CodeUnsupported, Message: err.Error()}
	}
	complete := (p.Nodes > 0) == (c.fleet.Load() != nil)
	if c.ControlPlane.Profile().Name == p.Name && complete {
		return nil
	}
	c.stopNodes()
	if err := c.forgetNodes(); err != nil {
		return err
	}
	err = c.ControlPlane.Use(ctx, p.Name)
	if stuck := new(controlplane.StuckError); errors.As(err, &stuck) {
		return c.anew(ctx, p.Name, err)
	}
	if err != nil {
		return err
	}
	return c.startNodes(ctx, stage)
}

// nodes returns the fleet, or says why there is none.
func (s ownSite) nodes() (*fleet.Fleet, error) {
	if f := s.c.fleet.Load(); f != nil {
		return f, nil
	}
	return nil, &protocol.Error{Code: protocol.CodeConflict, Message: "this cluster has no nodes",
		Hint: "`kubetutor cluster up --profile nodes` brings a cluster with three"}
}

// Nodes lists them.
func (s ownSite) Nodes(ctx context.Context) ([]protocol.Node, error) {
	f := s.c.fleet.Load()
	if f == nil {
		return nil, nil
	}
	return f.List(ctx), nil
}

// StopNode pulls a node's plug.
func (s ownSite) StopNode(ctx context.Context, name string) (protocol.Node, error) {
	return s.node(ctx, name, func(f *fleet.Fleet) error { return f.StopNode(ctx, name) })
}

// Press puts pressure on a node, or ends it.
func (s ownSite) Press(ctx context.Context, req protocol.Pressure) (protocol.Node, error) {
	return s.node(ctx, req.Name, func(f *fleet.Fleet) error {
		return f.SetPressure(ctx, req.Name, req.Resource, !req.Off)
	})
}

// StartNode puts the plug back and waits for the node.
func (s ownSite) StartNode(ctx context.Context, name string, stage func(protocol.Stage)) (protocol.Node, error) {
	return s.node(ctx, name, func(f *fleet.Fleet) error {
		if err := f.StartNode(ctx, name); err != nil {
			return err
		}
		return awaitNode(ctx, f, name, stage)
	})
}

// AddNode lets one more node join.
func (s ownSite) AddNode(ctx context.Context, req protocol.AddNode, stage func(protocol.Stage)) (protocol.Node, error) {
	f, err := s.nodes()
	if err != nil {
		return protocol.Node{}, err
	}
	name, err := f.AddNode(ctx, req)
	if err != nil {
		return protocol.Node{}, forLearner(err)
	}
	return s.node(ctx, name, func(f *fleet.Fleet) error { return awaitNode(ctx, f, name, stage) })
}

func awaitNode(ctx context.Context, f *fleet.Fleet, name string, stage func(protocol.Stage)) error {
	stage(protocol.Stage{ID: "node", Detail: "waiting for " + name + " to be ready"})
	if err := f.AwaitReady(ctx, nil, name); err != nil {
		return err
	}
	stage(protocol.Stage{ID: "node", Done: true})
	return nil
}

// RemoveNode takes a node away, and tells how it was last.
func (s ownSite) RemoveNode(ctx context.Context, req protocol.RemoveNode, stage func(protocol.Stage)) (protocol.Node, error) {
	f, err := s.nodes()
	if err != nil {
		return protocol.Node{}, err
	}
	last, err := f.Node(ctx, req.Name)
	if err != nil {
		return protocol.Node{}, forLearner(err)
	}
	if req.Drain {
		stage(protocol.Stage{ID: "drain", Detail: "evicting the Pods of " + req.Name})
	}
	return last, forLearner(f.RemoveNode(ctx, req.Name, req.Drain))
}

// node does something to a node, and tells how it is then.
func (s ownSite) node(ctx context.Context, name string, do func(*fleet.Fleet) error) (protocol.Node, error) {
	f, err := s.nodes()
	if err != nil {
		return protocol.Node{}, err
	}
	if err := do(f); err != nil {
		return protocol.Node{}, forLearner(err)
	}
	n, err := f.Node(ctx, name)
	return n, forLearner(err)
}

// forLearner says what the learner can mend.
func forLearner(err error) error {
	if errors.Is(err, fleet.ErrNoNode) {
		return &protocol.Error{Code: protocol.CodeNotFound, Message: err.Error(), Hint: "`kubetutor node list` names them"}
	}
	return err
}

// Components tells how each component is.
func (s ownSite) Components() []protocol.Component { return s.c.Components() }

// Pause stops a component.
func (s ownSite) Pause(ctx context.Context, name string) (protocol.Component, error) {
	return s.component(ctx, name, s.c.ControlPlane.Pause)
}

// Resume lets it run again.
func (s ownSite) Resume(ctx context.Context, name string) (protocol.Component, error) {
	return s.component(ctx, name, s.c.ControlPlane.Resume)
}

func (s ownSite) component(ctx context.Context, name string, do func(context.Context, string) error) (protocol.Component, error) {
	full, err := s.fullName(name)
	if err != nil {
		return protocol.Component{}, err
	}
	err = do(ctx, full)
	if errors.Is(err, controlplane.ErrNoPause) {
		return protocol.Component{}, &protocol.Error{Code: protocol.CodeUnsupported, Message: err.Error()}
	}
	for _, c := range s.Components() {
		if c.Name == full {
			return c, err
		}
	}
	return protocol.Component{}, err
}

// fullName is a component's own name; the learner may leave out kube-.
func (s ownSite) fullName(name string) (string, error) {
	var known []string
	for _, c := range s.Components() {
		if name == c.Name || name == strings.TrimPrefix(c.Name, "kube-") {
			return c.Name, nil
		}
		known = append(known, c.Name)
	}
	return "", &protocol.Error{Code: protocol.CodeNotFound, Message: fmt.Sprintf("there is no component %q", name),
		Hint: "there are " + strings.Join(known, ", ")}
}

// Images is the catalogue of the runtime.
func (s ownSite) Images(ctx context.Context) (list []protocol.Image, err error) {
	f, err := s.nodes()
	if err != nil {
		return nil, err
	}
	raw, err := f.Runtime().Images(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking the runtime for its images: %w", err)
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("reading the runtime's images: %w", err)
	}
	return list, nil
}

// Processes is the runtime, which may be an orphan of an engine that died.
func (s ownSite) Processes() []int {
	if f := s.c.fleet.Load(); f != nil {
		return []int{f.RuntimePID()}
	}
	return nil
}
