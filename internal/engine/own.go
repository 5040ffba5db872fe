package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/engine/check"
	"kubetutor/internal/engine/controlplane"
	"kubetutor/internal/engine/controlplane/release"
	"kubetutor/internal/engine/server"
	"kubetutor/internal/engine/setup"
	"kubetutor/internal/lab/protocol"
)

// ownBackend starts a control plane of our own.
type ownBackend struct {
	home *server.Home
	log  io.Writer
}

// Version is the release that is linked in.
func (b *ownBackend) Version() string { return release.Version }

// Start starts or resumes the control plane, and a checker on it.
func (b *ownBackend) Start(ctx context.Context, stage func(protocol.Stage)) (server.Cluster, error) {
	c := &ownCluster{backend: b}
	if err := c.start(ctx, stage); err != nil {
		return nil, err
	}
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
}

func (c *ownCluster) start(ctx context.Context, stage func(protocol.Stage)) error {
	cp, err := controlplane.Start(ctx, controlplane.Options{
		Dir: c.backend.home.ControlPlane(), Sockets: c.backend.home.SocketDir(), Log: c.backend.log,
	}, stage)
	if err != nil {
		return err
	}
	c.ControlPlane = cp
	c.judging, err = newJudging(cp.Config(controlplane.SetupUser), check.Options{
		Config: cp.Config(controlplane.CheckUser), Workspace: c.backend.home.Workspace(), Audit: auditOf{cp.Audit()},
	})
	if err != nil {
		return errors.Join(err, cp.Stop(context.WithoutCancel(ctx)))
	}
	return nil
}

// Foreign is empty: the cluster is our own.
func (c *ownCluster) Foreign() string { return "" }

// abilities are what labs may need of this engine.
var abilities = []string{"control-plane", "file"}

// Accepts refuses labs that need what this engine cannot do yet.
func (c *ownCluster) Accepts(lab *course.Lab) error {
	for _, need := range lab.Needs {
		if !slices.Contains(abilities, need) {
			return unsupported(lab, fmt.Sprintf("it needs %q, which this engine cannot do yet", need))
		}
	}
	if lab.Profile != "" && lab.Profile != controlplane.ProfileControlPlane {
		return unsupported(lab, fmt.Sprintf("there is no profile %q", lab.Profile))
	}
	return nil
}

func unsupported(lab *course.Lab, why string) error {
	return &protocol.Error{Code: protocol.CodeUnsupported, Message: fmt.Sprintf("the lab %s cannot be done here: %s", lab.Path(), why)}
}

// Reset goes back to the baseline. Where something keeps writing against it, the
// control plane is started anew, without its state.
func (c *ownCluster) Reset(ctx context.Context) error {
	err := c.ControlPlane.Reset(ctx)
	var stuck *controlplane.StuckError
	if !errors.As(err, &stuck) {
		return err
	}
	fmt.Fprintf(c.backend.log, "%v; starting the control plane anew\n", err)
	if err := c.Stop(ctx); err != nil {
		return err
	}
	for _, part := range []string{"etcd", "baseline"} {
		if err := os.RemoveAll(filepath.Join(c.backend.home.ControlPlane(), part)); err != nil {
			return fmt.Errorf("removing the cluster's state: %w", err)
		}
	}
	return c.start(ctx, func(protocol.Stage) {})
}

// Stop ends the checker, then the control plane.
func (c *ownCluster) Stop(ctx context.Context) error {
	c.judging.end()
	return c.ControlPlane.Stop(ctx)
}

// Mark writes the attempt's identity into the cluster.
func (c *ownCluster) Mark(ctx context.Context, attempt, _ string) error {
	return c.applier.Mark(ctx, attempt)
}

// Marked reads it back.
func (c *ownCluster) Marked(ctx context.Context) (string, error) { return c.applier.Marked(ctx) }

// Activity calls seen on every request of the learner.
func (c *ownCluster) Activity(seen func()) (cancel func()) {
	return c.Audit().Subscribe(func(controlplane.Request) { seen() })
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
