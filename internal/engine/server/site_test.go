package server

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// Site is what is in the fake's hands, unless the cluster is the learner's own.
func (c *fakeCluster) Site() Site {
	if c.foreign != "" {
		return nil
	}
	return fakeSite{c.world}
}

// fakeSite is a site as far as the daemon can tell. The world remembers its
// profile.
type fakeSite struct{ *world }

func (s fakeSite) Profile() (string, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.profile, len(s.profile)
}

func (s fakeSite) Use(_ context.Context, profile string, stage func(protocol.Stage)) error {
	if now, _ := s.Profile(); now == profile {
		return nil
	}
	stage(protocol.Stage{ID: "nodes"})
	s.did("use %s", profile)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.profile = profile
	return nil
}

func (s fakeSite) Nodes(context.Context) ([]protocol.Node, error) {
	return []protocol.Node{{Name: "node1"}}, nil
}

func (s fakeSite) StopNode(_ context.Context, name string) (protocol.Node, error) {
	s.did("stop %s", name)
	return protocol.Node{Name: name, State: protocol.NodeStopped}, nil
}

func (s fakeSite) StartNode(_ context.Context, name string, stage func(protocol.Stage)) (protocol.Node, error) {
	stage(protocol.Stage{ID: "node"})
	s.did("start %s", name)
	return protocol.Node{Name: name, State: protocol.NodeReady}, nil
}

func (s fakeSite) AddNode(_ context.Context, req protocol.AddNode, stage func(protocol.Stage)) (protocol.Node, error) {
	stage(protocol.Stage{ID: "node"})
	s.did("add %s", req.Zone)
	return protocol.Node{Name: "node4", Added: true}, nil
}

func (s fakeSite) RemoveNode(_ context.Context, req protocol.RemoveNode, _ func(protocol.Stage)) (protocol.Node, error) {
	return protocol.Node{}, failf(protocol.CodeNotFound, "", "there is no node %s", req.Name)
}

func (s fakeSite) Press(_ context.Context, req protocol.Pressure) (protocol.Node, error) {
	s.did("press %s %s %v", req.Name, req.Resource, req.Off)
	return protocol.Node{Name: req.Name, Pressure: []string{req.Resource}}, nil
}

func (s fakeSite) Components() []protocol.Component {
	return []protocol.Component{{Name: "etcd", State: protocol.ComponentRunning}}
}

func (s fakeSite) Pause(_ context.Context, name string) (protocol.Component, error) {
	s.did("pause %s", name)
	return protocol.Component{Name: name, State: protocol.ComponentPaused}, nil
}

func (s fakeSite) Resume(_ context.Context, name string) (protocol.Component, error) {
	s.did("resume %s", name)
	return protocol.Component{Name: name, State: protocol.ComponentRunning}, nil
}

func (s fakeSite) Bring(_ context.Context, addons []string, waiting func(string)) error {
	waiting("the Deployment of " + addons[0])
	s.did("bring %v", addons)
	return nil
}

func (s fakeSite) Open(_ context.Context, req protocol.Open) (protocol.Door, error) {
	s.did("open %s/%s", req.Namespace, req.Target)
	return protocol.Door{Name: req.Target, Address: "127.0.0.1:1"}, nil
}

func (s fakeSite) Doors() []protocol.Door { return []protocol.Door{{Name: "shop/svc/web"}} }

func (s fakeSite) Shut(name string) []protocol.Door {
	s.did("shut %s", name)
	return []protocol.Door{{Name: name}}
}

// Network sends a picture that says what was asked for, and stays open.
func (s fakeSite) Network(ctx context.Context, view protocol.NetworkView, send func(protocol.Network) error) error {
	if err := send(protocol.Network{Namespace: view.Namespace, At: view.Since}); err != nil {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}

// Explain says what was asked for.
func (s fakeSite) Explain(_ context.Context, q protocol.Explain) (protocol.Explanation, error) {
	return protocol.Explanation{From: q.Namespace + "/" + q.From, To: q.To, Outcome: protocol.OutcomeConnects}, nil
}

func (s fakeSite) Images(context.Context) ([]protocol.Image, error) {
	return []protocol.Image{{Repository: "docker.io/library/nginx"}}, nil
}

func (s fakeSite) Processes() []int { return nil }

// TestSiteVerbs calls every verb about nodes and components.
func TestSiteVerbs(t *testing.T) {
	t.Parallel()
	w := newWorld()
	state, sockets := places(t)
	d := startDaemon(t, w, state, sockets)
	if err := d.try(protocol.VerbNodes, nil, nil); err == nil || !strings.Contains(err.Error(), "no cluster is up") {
		t.Errorf("nodes of a sleeping cluster: %v", err)
	}
	d.up()
	var (
		nodes      protocol.Nodes
		node       protocol.Node
		components protocol.Components
		component  protocol.Component
		images     protocol.Images
	)
	d.call(protocol.VerbNodes, nil, &nodes)
	d.call(protocol.VerbNodeStop, protocol.NodeName{Name: "node1"}, &node)
	if len(nodes.Nodes) != 1 || node.State != protocol.NodeStopped {
		t.Errorf("nodes %+v, stopped %+v", nodes, node)
	}
	d.call(protocol.VerbNodePressure, protocol.Pressure{Name: "node1", Resource: protocol.PressureDisk}, &node)
	d.call(protocol.VerbComponents, nil, &components)
	d.call(protocol.VerbComponentPause, protocol.ComponentName{Name: "scheduler"}, &component)
	d.call(protocol.VerbComponentResume, protocol.ComponentName{Name: "scheduler"}, &component)
	d.call(protocol.VerbImages, nil, &images)
	if len(components.Components) != 1 || component.State != protocol.ComponentRunning || len(images.Images) != 1 {
		t.Errorf("components %+v, resumed %+v, images %+v", components, component, images)
	}
	for verb, req := range map[string]any{protocol.VerbNodeAdd: protocol.AddNode{Zone: "zone-b"}, protocol.VerbNodeStart: protocol.NodeName{Name: "node1"}} {
		all, err := d.progress(verb, req)
		if err != nil || len(all) != 2 || all[0].Stage == nil || all[1].Node == nil {
			t.Errorf("%s: %+v, %v", verb, all, err)
		}
	}
	var e *protocol.Error
	if _, err := d.progress(protocol.VerbNodeRemove, protocol.RemoveNode{Name: "node9"}); !errors.As(err, &e) || e.Code != protocol.CodeNotFound {
		t.Errorf("removing a node that there is not: %v", err)
	}
	for _, want := range []string{"stop node1", "press node1 disk false", "pause scheduler", "resume scheduler", "add zone-b", "start node1"} {
		if !slices.Contains(w.done(), want) {
			t.Errorf("nobody did %q: %q", want, w.done())
		}
	}
}

// TestProfile: a cluster comes up as it is asked for, changes when a lab wants
// another, and keeps its profile while a lab is active.
func TestProfile(t *testing.T) {
	t.Parallel()
	w := newWorld()
	state, sockets := places(t)
	d := startDaemon(t, w, state, sockets)
	if _, err := d.progress(protocol.VerbClusterUp, protocol.Up{Profile: "planets"}); err == nil || !strings.Contains(err.Error(), "planets") {
		t.Errorf("an unknown profile: %v", err)
	}
	if _, err := d.progress(protocol.VerbClusterUp, protocol.Up{Profile: protocol.ProfileNodes}); err != nil {
		t.Fatal(err)
	}
	if st := d.status(); st.Profile != protocol.ProfileNodes || st.Nodes == 0 {
		t.Errorf("status %+v", st)
	}
	d.startLab(shopLab())
	if got := d.status().Profile; got != protocol.ProfileControlPlane {
		t.Errorf("a lab without needs has profile %s", got)
	}
	if i, k := slices.Index(w.done(), "use control-plane"), slices.Index(w.done(), "reset"); i < 0 || k < i {
		t.Errorf("the profile changed in the wrong order: %q", w.done())
	}
	if _, err := d.progress(protocol.VerbClusterUp, protocol.Up{Profile: protocol.ProfileNodes}); err != nil {
		t.Errorf("asking for another profile under a lab: %v", err)
	}
	if st := d.status(); st.Profile != protocol.ProfileControlPlane || st.Lab == nil {
		t.Errorf("a lab lost its profile: %+v", st)
	}
	d.call(protocol.VerbLabStop, nil, nil)
	if _, err := d.progress(protocol.VerbClusterUp, protocol.Up{Profile: protocol.ProfileNodes}); err != nil {
		t.Error(err)
	}
	if got := d.status().Profile; got != protocol.ProfileNodes {
		t.Errorf("after the lab the profile is %s", got)
	}
	if _, err := d.progress(protocol.VerbClusterUp, protocol.Up{}); err != nil {
		t.Errorf("asking for no profile: %v", err)
	}
}

func TestProfileOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lab  course.Lab
		want string
	}{
		{course.Lab{}, protocol.ProfileControlPlane},
		{course.Lab{Needs: []string{"control-plane", "file"}}, protocol.ProfileControlPlane},
		{course.Lab{Needs: []string{"file", "exec"}}, protocol.ProfileNodes},
		{course.Lab{Needs: []string{"sim-node"}, Profile: protocol.ProfileNodesFast}, protocol.ProfileNodesFast},
	} {
		if got := c.lab.ClusterProfile(); got != c.want {
			t.Errorf("%+v: %s", c.lab, got)
		}
	}
}

// Who names no namespace sees that of the active lab, and nothing from before it.
func TestNetworkOfTheActiveLab(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.judge(protocol.Fail, protocol.Fail)
	state, sockets := places(t)
	d := startDaemon(t, w, state, sockets)
	look := func(view protocol.NetworkView) (n protocol.Network) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		err := lines(ctx, d, protocol.VerbNetwork, view, func(first protocol.Network) bool {
			n = first
			return false
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	var e *protocol.Error
	if err := d.try(protocol.VerbNetwork, protocol.NetworkView{}, nil); !errors.As(err, &e) || e.Code != protocol.CodeConflict {
		t.Errorf("without a cluster: %v", err)
	}
	d.up()
	if n := look(protocol.NetworkView{}); n.Namespace != "" || !n.At.IsZero() {
		t.Errorf("without a lab it shows %+v", n)
	}
	a := d.startLab(shopLab())
	for _, tt := range []struct {
		view protocol.NetworkView
		want string
	}{
		{protocol.NetworkView{}, a.Namespace},
		{protocol.NetworkView{Namespace: "other"}, "other"},
		{protocol.NetworkView{All: true}, ""},
	} {
		if n := look(tt.view); n.Namespace != tt.want || !n.At.Equal(a.Started) {
			t.Errorf("%+v shows %q since %s, want %q since %s", tt.view, n.Namespace, n.At, tt.want, a.Started)
		}
	}
}
