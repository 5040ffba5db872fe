package server

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// Site is what a cluster of our own has beyond what any cluster has: a profile,
// and nodes and components in our hands. Changes are made one at a time; the
// lists may be asked for at any moment. Errors are meant for the learner.
type Site interface {
	// Profile tells the present profile and how many nodes there are.
	Profile() (name string, nodes int)
	// Use makes the cluster one of that profile, at its baseline. Where it is one
	// already, nothing happens.
	Use(ctx context.Context, profile string, stage func(protocol.Stage)) error

	Nodes(ctx context.Context) ([]protocol.Node, error)
	StopNode(ctx context.Context, name string) (protocol.Node, error)
	// StartNode and AddNode return when the node is Ready.
	StartNode(ctx context.Context, name string, stage func(protocol.Stage)) (protocol.Node, error)
	AddNode(ctx context.Context, req protocol.AddNode, stage func(protocol.Stage)) (protocol.Node, error)
	RemoveNode(ctx context.Context, req protocol.RemoveNode, stage func(protocol.Stage)) (protocol.Node, error)
	Press(ctx context.Context, req protocol.Pressure) (protocol.Node, error)

	Components() []protocol.Component
	// Pause and Resume know a component by its name or its short name.
	Pause(ctx context.Context, name string) (protocol.Component, error)
	Resume(ctx context.Context, name string) (protocol.Component, error)

	Images(ctx context.Context) ([]protocol.Image, error)

	// Explain tells what would happen to a connection.
	Explain(ctx context.Context, q protocol.Explain) (protocol.Explanation, error)

	// Network sends what is in view of the network, then whenever that changes,
	// until ctx ends or send fails.
	Network(ctx context.Context, view protocol.NetworkView, send func(protocol.Network) error) error

	// Bring brings add-ons along, and returns once they are ready; waiting is told
	// what is being awaited.
	Bring(ctx context.Context, addons []string, waiting func(string)) error

	// Open opens a port of 127.0.0.1 that leads into the lab; a reset closes it.
	Open(ctx context.Context, req protocol.Open) (protocol.Door, error)
	Doors() []protocol.Door
	// Shut closes those of a name, or all, and tells which those were.
	Shut(name string) []protocol.Door

	// Processes are those of the cluster that may not descend from this one.
	Processes() []int
}

// checkProfile refuses a profile that there is not; none is fine.
func checkProfile(name string) error {
	if name == "" || slices.Contains(course.Profiles(), name) {
		return nil
	}
	return failf(protocol.CodeInvalid, "there are "+strings.Join(course.Profiles(), ", "), "there is no profile %q", name)
}

// use changes the profile for somebody who asked for it, unless a lab is active:
// nothing of it shall be lost.
func (r *runner) use(ctx context.Context, s *session, profile string, stage func(protocol.Stage)) error {
	site := s.cluster.Site()
	if profile == "" || site == nil {
		return nil
	}
	ctx, cancel := whileBoth(ctx, s.ctx)
	defer cancel()
	leave, err := r.gate.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if r.attempt() != nil {
		return nil
	}
	return site.Use(ctx, profile, stage)
}

// siteVerbs serves what is asked of and done to nodes and components.
func (s *Server) siteVerbs(on func(string, http.HandlerFunc)) {
	on(protocol.VerbNodes, answer(asked(s, listNodes)))
	on(protocol.VerbNodeStop, answer(changed(s, stopNode)))
	on(protocol.VerbNodeStart, stream(writeLimit, progressError, progressing(s, startNode)))
	on(protocol.VerbNodeAdd, stream(writeLimit, progressError, progressing(s, Site.AddNode)))
	on(protocol.VerbNodeRemove, stream(writeLimit, progressError, progressing(s, Site.RemoveNode)))
	on(protocol.VerbNodePressure, answer(changed(s, Site.Press)))
	on(protocol.VerbComponents, answer(asked(s, listComponents)))
	on(protocol.VerbComponentPause, answer(changed(s, pause)))
	on(protocol.VerbComponentResume, answer(changed(s, resume)))
	on(protocol.VerbImages, answer(asked(s, listImages)))
	on(protocol.VerbOpen, answer(changed(s, s.openDoor)))
	on(protocol.VerbOpenList, answer(asked(s, listDoors)))
	on(protocol.VerbOpenClose, answer(changed(s, shut)))
	on(protocol.VerbExplain, answer(asked(s, s.explain)))
	on(protocol.VerbNetwork, stream(writeLimit, networkError, s.network))
}

func listNodes(at Site, ctx context.Context, _ protocol.Empty) (protocol.Nodes, error) {
	list, err := at.Nodes(ctx)
	return protocol.Nodes{Nodes: list}, err
}

func stopNode(at Site, ctx context.Context, req protocol.NodeName) (protocol.Node, error) {
	return at.StopNode(ctx, req.Name)
}

func startNode(at Site, ctx context.Context, req protocol.NodeName, stage func(protocol.Stage)) (protocol.Node, error) {
	return at.StartNode(ctx, req.Name, stage)
}

func listComponents(at Site, _ context.Context, _ protocol.Empty) (protocol.Components, error) {
	return protocol.Components{Components: at.Components()}, nil
}

func pause(at Site, ctx context.Context, req protocol.ComponentName) (protocol.Component, error) {
	return at.Pause(ctx, req.Name)
}

func resume(at Site, ctx context.Context, req protocol.ComponentName) (protocol.Component, error) {
	return at.Resume(ctx, req.Name)
}

func listImages(at Site, ctx context.Context, _ protocol.Empty) (protocol.Images, error) {
	list, err := at.Images(ctx)
	return protocol.Images{Images: list}, err
}

// asked makes a verb of a question about the site of the cluster that is up.
func asked[Req, Ans any](s *Server, do func(Site, context.Context, Req) (Ans, error)) func(context.Context, Req) (Ans, error) {
	return whileUp(s, func(ctx context.Context, req Req) (ans Ans, err error) {
		at, err := s.site()
		if err != nil {
			return ans, err
		}
		return do(at, ctx, req)
	})
}

// changed makes a verb of a change to it. It waits until no lab is being started
// or reset, and none begins meanwhile.
func changed[Req, Ans any](s *Server, do func(Site, context.Context, Req) (Ans, error)) func(context.Context, Req) (Ans, error) {
	return asked(s, func(at Site, ctx context.Context, req Req) (ans Ans, err error) {
		leave, err := s.runner.gate.enter(ctx)
		if err != nil {
			return ans, err
		}
		defer leave()
		return do(at, ctx, req)
	})
}

// progressing makes a verb of a change to a node that takes its time.
func progressing[Req any](s *Server, do func(Site, context.Context, Req, func(protocol.Stage)) (protocol.Node, error)) func(context.Context, Req, func(protocol.Progress) error) error {
	return func(ctx context.Context, req Req, send func(protocol.Progress) error) error {
		stage := func(st protocol.Stage) { _ = send(protocol.Progress{Stage: &st}) }
		node, err := changed(s, func(at Site, ctx context.Context, req Req) (protocol.Node, error) {
			return do(at, ctx, req, stage)
		})(ctx, req)
		if err != nil {
			return s.withLog(err)
		}
		return send(protocol.Progress{Node: &node})
	}
}

// site is that of the cluster that is up.
func (s *Server) site() (Site, error) {
	sess, err := s.machine.current()
	if err != nil {
		return nil, err
	}
	at := sess.cluster.Site()
	if at == nil {
		return nil, failf(protocol.CodeUnsupported, "leave out --kubeconfig", "nodes and components are in our hands in kubetutor's own cluster only, not in %s", sess.cluster.Foreign())
	}
	return at, nil
}
