// Package lab is the tutor's side of the engine: finding, building and starting
// kubelab, and speaking the protocol with it. It imports no package of
// Kubernetes.
package lab

import (
	"context"

	"kubetutor/internal/lab/protocol"
)

// EngineState says whether an engine is at hand.
type EngineState string

// The states of the engine's program.
const (
	EngineUnknown  EngineState = "unknown"  // not looked for yet
	EngineReady    EngineState = "ready"    // found, its id checked
	EngineBuilding EngineState = "building" // being built from the source checkout
	EngineMissing  EngineState = "missing"  // not there and cannot be built; Reason says why and what to do
)

// Engine is where the engine's program stands.
type Engine struct {
	State  EngineState `json:"state"`
	File   string      `json:"file,omitempty"`
	ID     string      `json:"id,omitempty"`
	Built  int         `json:"built,omitempty"`  // packages built so far
	Needed int         `json:"needed,omitempty"` // packages needed in all; 0 while unknown
	Phase  string      `json:"phase,omitempty"`  // while building: "packages" or "link"
	Reason string      `json:"reason,omitempty"` // one sentence, and what to do
}

// Service is everything that the tutor asks of the engine. All calls can be
// cancelled by their context; streams call their function from one goroutine
// and end when it returns an error.
type Service interface {
	// Engine tells where the engine's program stands, without doing anything.
	Engine() Engine
	// Prepare finds the engine or builds it, telling of every change. It returns
	// at once when one is ready.
	Prepare(ctx context.Context, changed func(Engine)) error

	// Status never starts anything.
	Status(ctx context.Context) (protocol.Status, error)
	// Up prepares the engine, starts the daemon if there is none, and the cluster.
	Up(ctx context.Context, stage func(protocol.Stage)) (protocol.Status, error)
	Sleep(ctx context.Context) (protocol.Status, error)
	Down(ctx context.Context) (protocol.Status, error)

	// StartLab brings the cluster up if need be.
	StartLab(ctx context.Context, req protocol.StartLab, stage func(protocol.Stage)) (protocol.Attempt, error)
	ResetLab(ctx context.Context, stage func(protocol.Stage)) (protocol.Attempt, error)
	StopLab(ctx context.Context) error
	// Verdicts follows the active lab until the context ends, over reconnections
	// and restarts of the engine. While there is no engine any more the last word
	// is an empty one, without an epoch.
	Verdicts(ctx context.Context, changed func(protocol.Verdicts) error) error

	OpenConsole(ctx context.Context, req protocol.OpenConsole) (Console, error)
	File(ctx context.Context, path string) ([]byte, error)
	PutFile(ctx context.Context, path string, data []byte) error

	// Network follows the network of the cluster until the context ends, over
	// restarts of the engine. It starts none: while the network cannot be seen, it
	// tells so once, by a Network with nothing but its Error, and waits.
	Network(ctx context.Context, view protocol.NetworkView, changed func(protocol.Network) error) error

	// Judge returns quiz.ErrNeedsEngine's equivalent, a *protocol.Error of code
	// CodeConflict, where no cluster is up; it never starts one.
	Judge(ctx context.Context, req protocol.Judge) (protocol.Judgement, error)
	Prove(ctx context.Context, req protocol.Prove, step func(protocol.ProofStep)) error
}

// Console is an open command line of the engine.
type Console interface {
	// Info is how it was opened.
	Info() protocol.Console
	// Run runs one line and returns how it ended. An unfinished line (an open
	// quotation or here document) returns incomplete.
	Run(ctx context.Context, line string, out func(protocol.Output)) (exit protocol.Exit, incomplete bool, err error)
	Input(ctx context.Context, data []byte, eof bool) error
	Signal(ctx context.Context, name string) error
	Resize(ctx context.Context, columns, rows int) error
	Edited(ctx context.Context, answer protocol.Edited) error
	Complete(ctx context.Context, line string, cursor int) (protocol.Completion, error)
	Close() error
}
