package server

import (
	"context"
	"sync/atomic"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// Backend brings the cluster of this daemon up.
type Backend interface {
	// Version is that of the Kubernetes it starts, such as "v1.37.1"; empty where
	// only the cluster itself can tell.
	Version() string
	// Start starts or resumes the cluster, telling of every stage as it begins and
	// as it is done. A new one gets the profile, where there are any; the one
	// without nodes if that is empty.
	Start(ctx context.Context, profile string, stage func(protocol.Stage)) (Cluster, error)
	// Leave takes what was made for labs out of a cluster that is not our own,
	// while it is not up; for our own there is nothing to do.
	Leave(ctx context.Context) error
}

// Cluster is a cluster that is up.
type Cluster interface {
	Server() string  // URL of the API server
	Version() string // of Kubernetes
	Foreign() string // name of the context, where the cluster is not our own
	Site() Site      // nil where the cluster is not our own

	// Accepts tells why a lab cannot be done here; nil if it can.
	Accepts(lab *course.Lab) error
	// Kubeconfig writes a kubeconfig (0600) with which its reader is that user,
	// in that namespace, and returns its absolute path. Each user has one file.
	Kubeconfig(user, namespace string) (string, error)
	// Reset goes back to the baseline; every component has seen it.
	Reset(ctx context.Context) error
	// Mark writes the attempt's identity into the cluster's own state, and Marked
	// reads it back: a cluster that lost its state has lost its mark. On a foreign
	// cluster it makes the attempt's namespace.
	Mark(ctx context.Context, attempt, namespace string) error
	Marked(ctx context.Context) (string, error)
	// Apply creates or updates what the manifests say, as the set-up; the objects
	// can be used when it returns. Waiting is told what is being awaited.
	Apply(ctx context.Context, set Setup, waiting func(string)) error
	// Activity calls seen on every request of the learner, until cancel is called.
	Activity(seen func()) (cancel func())
	// Stop ends the cluster's processes; its state stays.
	Stop(ctx context.Context) error

	// Follow judges a lab until ctx ends; changed gets every check's verdict in the
	// lab's order, and the hints whose condition holds (see protocol.Verdicts), at
	// once and then after every change. Gap says that the engine was down in
	// between.
	Follow(ctx context.Context, lab *course.Lab, vars map[string]string, since time.Time, gap bool, changed func(checks []protocol.Verdict, hints []int)) error
	// Settled waits until all conditions hold; waiting is told of those that do not.
	Settled(ctx context.Context, conditions []course.Check, namespace string, vars map[string]string, waiting func([]protocol.Verdict)) error
	// AtRest judges once nothing that the checks look at has changed for quiet,
	// at the latest after limit.
	AtRest(ctx context.Context, lab *course.Lab, vars map[string]string, since time.Time, quiet, limit time.Duration) (checks []protocol.Verdict, hints []int, err error)
	// Judge judges a manifest by a dry run.
	Judge(ctx context.Context, req protocol.Judge) (protocol.Judgement, error)
}

// Setup is a manifest of a lab's set-up.
type Setup struct {
	Attempt   string // identity of the attempt; labels everything on a foreign cluster
	File      string // name, for errors
	Manifest  string // one or more YAML documents
	Namespace string // for objects that name none
}

// Console is the tutor's command line; see package console.
type Console interface {
	Open(ctx context.Context, req protocol.OpenConsole) (protocol.Console, error)
	Run(ctx context.Context, req protocol.RunLine, out func(protocol.Output)) error
	Input(ctx context.Context, req protocol.Input) error
	Signal(ctx context.Context, req protocol.Signal) error
	Resize(ctx context.Context, req protocol.Resize) error
	Edited(ctx context.Context, req protocol.Edited) error
	Complete(ctx context.Context, req protocol.Complete) (protocol.Completion, error)
	CloseConsole(ctx context.Context, req protocol.CloseConsole) error
	// Script runs a whole script as the user of a kubeconfig.
	Script(ctx context.Context, name, text, kubeconfig string) (output string, code int, err error)
	// Reset ends what runs and goes back to the root of the workspace.
	Reset() error
	Close() error
}

// Rules are the pure functions of package check.
type Rules struct {
	Hash    func(lab *course.Lab) string
	Compile func(protocol.Judge) protocol.Judgement
}

// Kubeconfig is the file with which the learner works at the moment. The runner
// sets it, the console reads it at each command.
type Kubeconfig struct{ path atomic.Pointer[string] }

// Set names the file.
func (k *Kubeconfig) Set(path string) { k.path.Store(&path) }

// Get returns the file's absolute path, empty while there is none.
func (k *Kubeconfig) Get() string {
	if p := k.path.Load(); p != nil {
		return *p
	}
	return ""
}
