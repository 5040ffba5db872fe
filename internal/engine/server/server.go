// Package server is the engine's daemon: it speaks package protocol over a unix
// socket, owns the life of one cluster and of the lab that is active in it, and
// ends by itself when nobody has needed it for a while.
//
// It knows no Kubernetes. What it drives is given to it: a [Backend] starts
// clusters, a [Cluster] is reset, set up and judged, a [Console] runs command
// lines. Package engine wires the real ones.
//
// # Who owns what
//
// A [Home] is the state on disk, held by a lock: one daemon for each name. The
// machine (machine.go) takes the cluster through down, sleeping, starting and
// up. The runner (runner.go) takes a lab through its life; it does one thing at
// a time. The hub tells every client how the active lab stands, and never waits
// for one.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"kubetutor/internal/lab/protocol"
)

// Options configure a daemon; all but Idle are needed.
type Options struct {
	ID      string // of the engine, as hello tells it
	Home    *Home
	Backend Backend
	Console Console
	Rules   Rules
	Learner *Kubeconfig
	Log     *slog.Logger
	Idle    time.Duration // without a client or a request for so long, the cluster sleeps; 0 is never
}

// Server is one daemon.
type Server struct {
	id      string
	home    *Home
	console Console
	rules   Rules
	log     *slog.Logger
	backend Backend
	started time.Time

	machine *machine
	runner  *runner
	idle    *idle
	quit    chan struct{} // holds one element once the daemon is to end
	closeFn func()        // takes the socket away, once it is there
}

// New makes a daemon; Run lets it serve.
func New(o Options) *Server {
	s := &Server{
		id: o.ID, home: o.Home, console: o.Console, rules: o.Rules, log: o.Log,
		backend: o.Backend, started: time.Now(), quit: make(chan struct{}, 1), closeFn: func() {},
	}
	s.idle = newIdle(o.Idle, s.end)
	s.runner = newRunner(o)
	s.machine = newMachine(o.Backend, o.Home, s.runner, s.idle.touch)
	return s
}

// end makes Run return; it may be called any number of times.
func (s *Server) end() {
	select {
	case s.quit <- struct{}{}:
	default:
	}
}

// Run serves until the context ends, a client asks for sleep or down, or the
// daemon has been idle for long enough; then it puts the cluster to sleep. The
// home's lock is released at the very end.
func (s *Server) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	listener, err := listen(s.home.Socket())
	if err != nil {
		return err
	}
	s.closeFn = func() { listener.Close() }
	srv := s.httpServer(ctx)
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(listener) }()
	s.idle.start()
	s.log.Info("serving", "name", s.home.Name, "socket", s.home.Socket(), "pid", os.Getpid(), "engine", s.id)
	return s.wind(ctx, srv, failed, cancel)
}

// wind waits for a reason to end, and ends everything in order: no new client,
// no running verb, no process, then the lock.
func (s *Server) wind(ctx context.Context, srv *http.Server, failed <-chan error, cancel func()) error {
	var err error
	select {
	case <-ctx.Done():
	case <-s.quit:
	case err = <-failed:
		if errors.Is(err, net.ErrClosed) { // a verb took the socket away
			err = nil
			<-s.quit
		}
	}
	s.idle.stop()
	s.closeFn()
	stopCtx, done := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
	defer done()
	err = errors.Join(err, s.machine.sleep(stopCtx))
	s.drain(stopCtx, srv, cancel)
	err = errors.Join(err, s.console.Close())
	s.log.Info("ended", "error", err)
	return err
}

// drain gives answers that are being written a moment, then cuts what is left:
// streams have no end of their own.
func (s *Server) drain(ctx context.Context, srv *http.Server, cancel func()) {
	cancel()
	short, done := context.WithTimeout(ctx, drainLimit)
	defer done()
	if srv.Shutdown(short) != nil {
		srv.Close()
	}
}

// The limits of an orderly end.
const (
	stopLimit  = 30 * time.Second
	drainLimit = 2 * time.Second
)

// failf makes an error for the learner.
func failf(code protocol.Code, hint, format string, args ...any) *protocol.Error {
	return &protocol.Error{Code: code, Hint: hint, Message: fmt.Sprintf(format, args...)}
}

// asError gives any error the form in which clients get it.
func asError(err error) *protocol.Error {
	var known *protocol.Error
	if errors.As(err, &known) {
		if known.Error() == err.Error() {
			return known
		}
		wrapped := *known
		wrapped.Message = err.Error()
		return &wrapped
	}
	return &protocol.Error{Code: protocol.CodeInternal, Message: err.Error()}
}
