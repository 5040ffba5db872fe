package engine

import (
	"context"
	"path/filepath"

	"kubetutor/internal/engine/check"
	"kubetutor/internal/engine/foreign"
	"kubetutor/internal/engine/server"
	"kubetutor/internal/engine/setup"
	"kubetutor/internal/lab/protocol"
)

// foreignBackend connects with the learner's own cluster.
type foreignBackend struct {
	home          *server.Home
	file, context string
}

// Version is known once the cluster has answered.
func (b *foreignBackend) Version() string { return "" }

// Start connects; nothing is started, and nothing changed.
func (b *foreignBackend) Start(ctx context.Context, _ string, stage func(protocol.Stage)) (server.Cluster, error) {
	stage(protocol.Stage{ID: "connect", Detail: b.file})
	theirs, err := b.open(ctx)
	if err != nil {
		return nil, err
	}
	// Without an audit trail its subjects are unjudged.
	judges, err := newJudging(theirs.Config(), check.Options{Config: theirs.Config(), Workspace: b.home.Workspace(), Confined: true})
	if err != nil {
		return nil, err
	}
	stage(protocol.Stage{ID: "connect", Done: true, Detail: theirs.Foreign()})
	return &foreignCluster{Cluster: theirs, judging: judges}, nil
}

func (b *foreignBackend) open(ctx context.Context) (*foreign.Cluster, error) {
	theirs, err := foreign.Open(ctx, b.file, b.context, b.dir())
	if err != nil {
		return nil, &protocol.Error{Code: protocol.CodeConflict, Message: err.Error(), Hint: "check --kubeconfig and --context with `kubectl get ns`; without them kubetutor brings a cluster along"}
	}
	return theirs, nil
}

func (b *foreignBackend) dir() string { return filepath.Join(b.home.ControlPlane(), "kubeconfig") }

// Leave deletes the namespaces that were made for labs.
func (b *foreignBackend) Leave(ctx context.Context) error {
	if owned, err := foreign.Owned(b.dir()); !owned {
		return err
	}
	theirs, err := b.open(ctx)
	if err != nil {
		return err
	}
	return theirs.Reset(ctx)
}

// foreignCluster is the learner's own cluster with what works on it.
type foreignCluster struct {
	*foreign.Cluster
	*judging
}

// Site is nil: nodes and components are not ours.
func (c *foreignCluster) Site() server.Site { return nil }

// Apply applies a manifest, as far as it stays within the attempt's namespace.
func (c *foreignCluster) Apply(ctx context.Context, set server.Setup, waiting func(string)) error {
	return c.applier.Apply(ctx, setup.Manifest{
		File: set.File, Text: set.Manifest, Namespace: set.Namespace,
		Labels: map[string]string{setup.AttemptKey: set.Attempt},
		Check:  foreign.Guard(set.Namespace),
	}, waiting)
}

// Activity sees nothing: the requests of the learner are not ours to look at.
func (c *foreignCluster) Activity(func()) (cancel func()) { return func() {} }

// Stop ends the checker; the cluster is not ours to stop.
func (c *foreignCluster) Stop(context.Context) error {
	c.end()
	return nil
}
