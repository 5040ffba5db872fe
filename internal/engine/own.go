package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/engine/addon"
	"kubetutor/internal/engine/check"
	"kubetutor/internal/engine/controlplane"
	"kubetutor/internal/engine/controlplane/release"
	"kubetutor/internal/engine/fleet"
	"kubetutor/internal/engine/network"
	"kubetutor/internal/engine/open"
	"kubetutor/internal/engine/server"
	"kubetutor/internal/engine/setup"
	"kubetutor/internal/lab/protocol"
)

// ownBackend starts a cluster of our own.
type ownBackend struct {
	id      string // of this engine
	program string // its file
	guest   bool   // the learner is not at this machine
	home    *server.Home
	out     io.Writer // of what upstream's components log
	log     *slog.Logger
	cluster atomic.Pointer[ownCluster] // the last one that was started
}

// Version is the release that is linked in.
func (b *ownBackend) Version() string { return release.Version }

// Start starts or resumes the control plane, a checker on it, and its nodes.
func (b *ownBackend) Start(ctx context.Context, profile string, stage func(protocol.Stage)) (server.Cluster, error) {
	c := &ownCluster{backend: b}
	c.doors = doorsOf(c)
	if err := c.start(ctx, profile, stage); err != nil {
		return nil, err
	}
	b.cluster.Store(c)
	time.AfterFunc(digestAfter, debug.FreeOSMemory)
	return c, nil
}

// digestAfter is when the memory that only the start needed goes back to the
// system: not at once, because the learner's first lab begins now.
const digestAfter = 3 * time.Second

// Leave has nothing to do: the cluster goes with its state.
func (b *ownBackend) Leave(context.Context) error { return nil }

// ownCluster is a running control plane with what works on it.
type ownCluster struct {
	backend *ownBackend
	*controlplane.ControlPlane
	*judging
	fleet   atomic.Pointer[fleet.Fleet]     // nil in a profile without nodes
	network atomic.Pointer[network.Network] // likewise
	addons  atomic.Pointer[addon.AddOns]    // likewise
	doors   *open.Doors
	seen    atomic.Pointer[func()] // told when the learner uses the cluster
}

func (c *ownCluster) start(ctx context.Context, profile string, stage func(protocol.Stage)) error {
	cp, err := controlplane.Start(ctx, controlplane.Options{
		Dir: c.backend.home.ControlPlane(), Sockets: c.backend.home.SocketDir(), Profile: profile, Log: c.backend.out,
	}, stage)
	if err != nil {
		return err
	}
	c.ControlPlane = cp
	cp.Route(c.dial)
	c.judging, err = newJudging(cp.Config(controlplane.SetupUser), check.Options{
		Config: cp.Config(controlplane.CheckUser), Workspace: c.backend.home.Workspace(), Audit: auditOf{cp.Audit()},
		Network: entrance{c}, Still: cp.Still,
	})
	if err != nil {
		return errors.Join(err, cp.Stop(context.WithoutCancel(ctx)))
	}
	if err := c.startNodes(ctx, stage); err != nil {
		return errors.Join(err, c.Stop(context.WithoutCancel(ctx)))
	}
	return nil
}

// Foreign is empty: the cluster is our own.
func (c *ownCluster) Foreign() string { return "" }

// Site is what is in our hands of it.
func (c *ownCluster) Site() server.Site { return ownSite{c} }

// abilities are what labs may need of this engine.
var abilities = []string{"control-plane", "file", "sim-node", "exec", "logs", "metrics", "network"}

// Accepts refuses labs that need what this engine cannot do yet.
func (c *ownCluster) Accepts(lab *course.Lab) error {
	for _, need := range lab.Needs {
		if !slices.Contains(abilities, need) {
			return unsupported(lab, fmt.Sprintf("it needs %q, which this engine cannot do yet", need))
		}
	}
	for _, name := range lab.AddOns {
		if !slices.Contains(addon.Optional(), name) {
			return unsupported(lab, fmt.Sprintf("it asks for the add-on %q, which this engine does not have", name))
		}
	}
	if _, err := controlplane.ProfileNamed(lab.Profile); err != nil {
		return unsupported(lab, err.Error())
	}
	return nil
}

func unsupported(lab *course.Lab, why string) error {
	return &protocol.Error{Code: protocol.CodeUnsupported, Message: fmt.Sprintf("the lab %s cannot be done here: %s", lab.Path(), why)}
}

// Reset goes back to the baseline. Where something keeps writing against it, or
// the nodes do not come back, the cluster is started anew, without its state.
func (c *ownCluster) Reset(ctx context.Context) error {
	c.doors.Close(protocol.OpenAll)
	err := c.back(ctx)
	var stuck *controlplane.StuckError
	if !errors.As(err, &stuck) && !errors.Is(err, errAsleep) || ctx.Err() != nil {
		return err
	}
	return c.anew(ctx, c.ControlPlane.Profile().Name, err)
}

// anew replaces the cluster by a new one.
func (c *ownCluster) anew(ctx context.Context, profile string, why error) error {
	c.backend.log.Warn("starting the cluster anew", "cause", why)
	if err := c.Stop(ctx); err != nil {
		return err
	}
	for _, part := range []string{"etcd", "baseline"} {
		if err := os.RemoveAll(filepath.Join(c.backend.home.ControlPlane(), part)); err != nil {
			return fmt.Errorf("removing the cluster's state: %w", err)
		}
	}
	if err := c.forgetNodes(); err != nil {
		return err
	}
	return c.start(ctx, profile, func(protocol.Stage) {})
}

// Stop ends the checker, the nodes, then the control plane.
func (c *ownCluster) Stop(ctx context.Context) error {
	c.judging.end()
	c.stopNodes()
	return c.ControlPlane.Stop(ctx)
}

// Mark writes the attempt's identity into the cluster.
func (c *ownCluster) Mark(ctx context.Context, attempt, _ string) error {
	return c.applier.Mark(ctx, attempt)
}

// Marked reads it back.
func (c *ownCluster) Marked(ctx context.Context) (string, error) { return c.applier.Marked(ctx) }

// Activity calls seen on every request of the learner, and on every connection
// through a door.
func (c *ownCluster) Activity(seen func()) (cancel func()) {
	c.seen.Store(&seen)
	return c.Audit().Subscribe(func(controlplane.Request) { seen() })
}

// used tells that the learner uses the cluster.
func (c *ownCluster) used() {
	if seen := c.seen.Load(); seen != nil {
		(*seen)()
	}
}

// Apply applies a manifest as the set-up.
func (c *ownCluster) Apply(ctx context.Context, set server.Setup, waiting func(string)) error {
	return c.applier.Apply(ctx, setup.Manifest{File: set.File, Text: set.Manifest, Namespace: set.Namespace}, waiting)
}

// auditOf shows the control plane's audit trail to the checker.
type auditOf struct{ audit *controlplane.Audit }

func (a auditOf) Since(t time.Time) []check.Request {
	all := a.audit.Since(t)
	out := make([]check.Request, len(all))
	for i, r := range all {
		out[i] = check.Request(r)
	}
	return out
}

func (a auditOf) Subscribe(f func(check.Request)) (cancel func()) {
	return a.audit.Subscribe(func(r controlplane.Request) { f(check.Request(r)) })
}

// Complete implements check.History: the record outlives the engine.
func (a auditOf) Complete(since time.Time) bool { return a.audit.Complete(since) }
