package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"syscall"

	"kubetutor/internal/lab/protocol"
)

// ErrNoDaemon means that no engine runs for this cluster.
var ErrNoDaemon = errors.New("no engine is running")

// ErrNoEngine means that there is no engine's program and that none can be
// built here; Engine().Reason says why and what to do.
var ErrNoEngine = errors.New("no engine")

// StaleError means that a daemon runs which was made from other sources than
// this tutor. Sleep and then Up replaces it; the cluster's state is kept.
type StaleError struct {
	Running string // its id
	Wanted  string
	PID     int
}

// Error says what is running.
func (e *StaleError) Error() string {
	return fmt.Sprintf("the running cluster belongs to another build of the engine (%s, process %d; this tutor goes with %s)", e.Running, e.PID, e.Wanted)
}

// VersionError means that a daemon runs which speaks another version of the
// protocol.
type VersionError struct {
	Theirs int
	PID    int
}

// Error says which versions there are and what to do.
func (e *VersionError) Error() string {
	return fmt.Sprintf("the running engine (process %d) speaks version %d of the protocol, this tutor speaks %d: stop it with `kill %d`, its state is kept",
		e.PID, e.Theirs, protocol.Version, e.PID)
}

// Gone tells whether an error means that the engine has stopped: there is none
// any more, or it was lost in the middle of a verb.
func Gone(err error) bool {
	var request *url.Error
	return errors.Is(err, ErrNoDaemon) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.As(err, &request) && !errors.Is(err, context.Canceled)
}

// absent tells whether a socket has nobody behind it.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED)
}

// noCluster is what verbs of a running cluster answer where there is none.
func noCluster() error {
	return &protocol.Error{
		Code:    protocol.CodeConflict,
		Message: "No cluster is up.",
		Hint:    "Start a lab, or run `kubetutor cluster up`.",
	}
}
