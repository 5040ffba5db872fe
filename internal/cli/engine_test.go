package cli_test

import (
	"context"
	"encoding/json"
	"flag"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// engineID is that of the tutor under test, and of its engine.
const engineID = "0123456789abcdef"

// kubelab is `kubelab serve` without a cluster, which this test's binary is when
// it is called so. The checks of a lab fail until the console has run "solve".
func kubelab() {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	name, state, sockets := flags.String("name", "", ""), flags.String("state", "", ""), flags.String("sockets", "", "")
	flags.Duration("idle", 0, "")
	flags.Bool("guest", false, "")
	if len(os.Args) < 2 || os.Args[1] != "serve" || flags.Parse(os.Args[2:]) != nil {
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	e := &engine{name: *name, changed: make(chan struct{}), stop: stop}
	l, err := net.Listen("unix", filepath.Join(*sockets, *name+".sock"))
	if err != nil {
		os.Exit(3) // another one runs
	}
	server := &http.Server{Handler: e.handler()}
	go server.Serve(l)
	select {
	case <-ctx.Done():
	case <-time.After(2 * time.Minute): // a test that died leaves nothing behind
	}
	_ = server.Close()
	_ = os.RemoveAll(*state)
}

// engine answers the verbs that a learner's way through a lab needs.
type engine struct {
	name string
	stop func()

	mu      sync.Mutex
	lab     course.Lab
	attempt *protocol.Attempt
	seq     uint64
	changed chan struct{} // closed at each change
}

func (e *engine) handler() http.Handler {
	mux := http.NewServeMux()
	answer := func(verb string, reply func() any) {
		mux.HandleFunc("POST "+protocol.Prefix+verb, func(w http.ResponseWriter, _ *http.Request) {
			json.NewEncoder(w).Encode(reply())
		})
	}
	nothing := func() any { return protocol.Empty{} }
	for _, verb := range []string{protocol.VerbConsoleClose, protocol.VerbConsoleSignal, protocol.VerbConsoleResize, protocol.VerbConsoleInput} {
		answer(verb, nothing)
	}
	answer(protocol.VerbHello, func() any {
		return protocol.Hello{Protocol: protocol.Version, Engine: engineID, Cluster: e.name, PID: os.Getpid()}
	})
	answer(protocol.VerbClusterStatus, func() any { return e.status() })
	answer(protocol.VerbClusterUp, func() any { up := e.status(); return protocol.Progress{Status: &up} })
	answer(protocol.VerbClusterSleep, func() any { defer e.stop(); return protocol.Status{State: protocol.StateSleeping} })
	answer(protocol.VerbClusterDown, func() any { defer e.stop(); return protocol.Status{State: protocol.StateDown} })
	answer(protocol.VerbLabStop, func() any { e.change(func() { e.attempt = nil }); return protocol.Empty{} })
	answer(protocol.VerbConsoleOpen, func() any { return protocol.Console{ID: "c1", Directory: ".", Namespace: "shop"} })
	answer(protocol.VerbConsoleComplete, func() any { return protocol.Completion{} })
	mux.HandleFunc("POST "+protocol.Prefix+protocol.VerbLabStart, e.start)
	mux.HandleFunc("POST "+protocol.Prefix+protocol.VerbLabVerdicts, e.follow)
	mux.HandleFunc("POST "+protocol.Prefix+protocol.VerbConsoleRun, e.run)
	return mux
}

func (e *engine) status() protocol.Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	return protocol.Status{Name: e.name, State: protocol.StateUp, PID: os.Getpid(), Lab: e.attempt}
}

// change changes the state, and wakes those that follow it.
func (e *engine) change(f func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f()
	e.seq++
	close(e.changed)
	e.changed = make(chan struct{})
}

func (e *engine) start(w http.ResponseWriter, r *http.Request) {
	var req protocol.StartLab
	_ = json.NewDecoder(r.Body).Decode(&req)
	a := &protocol.Attempt{Lab: req.Lab.Path(), Number: req.Number, Hash: "h", Namespace: req.Lab.Namespace, Started: time.Now(), Jumped: req.AfterSolution}
	e.change(func() { e.lab, e.attempt = req.Lab, a })
	to := json.NewEncoder(w)
	to.Encode(protocol.Progress{Stage: &protocol.Stage{ID: "setup", Done: true, Took: time.Second}})
	to.Encode(protocol.Progress{Attempt: a})
}

// follow tells the verdicts now and after each change.
func (e *engine) follow(w http.ResponseWriter, r *http.Request) {
	for {
		e.mu.Lock()
		v, next := e.verdicts(), e.changed
		e.mu.Unlock()
		json.NewEncoder(w).Encode(v)
		w.(http.Flusher).Flush()
		select {
		case <-next:
		case <-r.Context().Done():
			return
		}
	}
}

func (e *engine) verdicts() protocol.Verdicts {
	v := protocol.Verdicts{Epoch: "e", Seq: e.seq, At: time.Now(), Attempt: e.attempt}
	if e.attempt == nil {
		return v
	}
	for _, c := range e.lab.Checks {
		one := protocol.Verdict{Check: c.ID, Result: protocol.Fail, Want: course.Same("one"), Have: course.Same("another")}
		if !e.attempt.Passed.IsZero() {
			one = protocol.Verdict{Check: c.ID, Result: protocol.Pass}
		}
		v.Checks = append(v.Checks, one)
	}
	return v
}

// run runs a line: solve makes the checks pass, exit closes the console, and
// every other says what it was.
func (e *engine) run(w http.ResponseWriter, r *http.Request) {
	var req protocol.RunLine
	_ = json.NewDecoder(r.Body).Decode(&req)
	exit := protocol.Exit{Directory: ".", Namespace: "shop"}
	to := json.NewEncoder(w)
	switch {
	case strings.HasSuffix(req.Line, "\\"):
		to.Encode(protocol.Output{Incomplete: true})
		return
	case req.Line == "exit":
		exit.Closed = true
	case req.Line == "solve":
		e.change(e.pass)
	default:
		to.Encode(protocol.Output{Data: []byte("ran <" + strings.ReplaceAll(req.Line, "\\\n", "") + ">\n")})
	}
	to.Encode(protocol.Output{Exit: &exit})
}

// pass makes all checks hold from now on.
func (e *engine) pass() {
	if e.attempt == nil {
		return
	}
	a := *e.attempt
	a.Passed = time.Now()
	for _, c := range e.lab.Checks {
		a.PassedEver = append(a.PassedEver, c.ID)
	}
	e.attempt = &a
}
