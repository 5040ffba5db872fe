package lab

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"kubetutor/internal/lab/protocol"
)

// TestMain lets this test's binary be the engine's daemon, so that starting one
// can be tested with real processes.
func TestMain(m *testing.M) {
	switch os.Getenv("KUBELAB_MAIN") {
	case "1":
		os.Exit(serveMain(os.Args[1:]))
	case "crash":
		fmt.Fprintln(os.Stderr, "no space left on the moon")
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// serveMain is `kubelab serve` without a cluster: it speaks the protocol and
// keeps a file of state.
func serveMain(args []string) int {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	name := flags.String("name", "", "")
	state := flags.String("state", "", "")
	sockets := flags.String("sockets", "", "")
	if args[0] != "serve" || flags.Parse(args[1:]) != nil {
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	f := &fakeDaemon{hello: protocol.Hello{
		Protocol: protocol.Version, Engine: os.Getenv("KUBELAB_ID"), Cluster: *name, PID: os.Getpid(),
	}, state: *state, stop: stop}
	if err := os.WriteFile(filepath.Join(*state, "marker"), nil, 0o600); err != nil {
		return 1
	}
	l, err := net.Listen("unix", filepath.Join(*sockets, *name+".sock"))
	if err != nil {
		return exitRunning
	}
	server := &http.Server{Handler: f.handler()}
	go server.Serve(l)
	select {
	case <-ctx.Done():
	case <-time.After(time.Minute): // a test that died leaves nothing behind
	}
	shutdown, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = server.Shutdown(shutdown)
	return 0
}

// fakeDaemon answers the verbs that the client's tests need.
type fakeDaemon struct {
	hello protocol.Hello
	state string
	stop  func()

	mu       sync.Mutex
	started  bool
	since    []protocol.Since    // as asked by lab/verdicts
	verdicts []protocol.Verdicts // sent to each who asks, then the connection breaks
	lines    []protocol.Output   // of console/run
	requests map[string]json.RawMessage
}

func (f *fakeDaemon) handler() http.Handler {
	mux := http.NewServeMux()
	answer := func(verb string, reply func() any) {
		mux.HandleFunc("POST "+protocol.Prefix+verb, func(w http.ResponseWriter, r *http.Request) {
			f.keep(verb, r)
			json.NewEncoder(w).Encode(reply())
		})
	}
	answer(protocol.VerbHello, func() any { return f.hello })
	answer(protocol.VerbClusterStatus, func() any { return f.status(f.now()) })
	answer(protocol.VerbClusterSleep, func() any { defer f.stop(); return f.status(protocol.StateSleeping) })
	answer(protocol.VerbClusterDown, func() any {
		defer f.stop()
		os.RemoveAll(f.state)
		return f.status(protocol.StateDown)
	})
	answer(protocol.VerbConsoleOpen, func() any { return protocol.Console{ID: "c1", Directory: ".", Namespace: "shop"} })
	answer(protocol.VerbConsoleClose, func() any { return protocol.Empty{} })
	answer(protocol.VerbConsoleSignal, func() any { return protocol.Empty{} })
	mux.HandleFunc("POST "+protocol.Prefix+protocol.VerbClusterUp, f.up)
	mux.HandleFunc("POST "+protocol.Prefix+protocol.VerbLabStart, f.labStart)
	mux.HandleFunc("POST "+protocol.Prefix+protocol.VerbLabVerdicts, f.follow)
	mux.HandleFunc("POST "+protocol.Prefix+protocol.VerbConsoleRun, f.run)
	mux.HandleFunc("POST "+protocol.Prefix+protocol.VerbJudge, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusConflict)
		json.NewEncoder(w).Encode(protocol.Error{Code: protocol.CodeConflict, Message: "No cluster is up."})
	})
	return mux
}

func (f *fakeDaemon) keep(verb string, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var body json.RawMessage
	_ = json.NewDecoder(r.Body).Decode(&body)
	if f.requests == nil {
		f.requests = make(map[string]json.RawMessage)
	}
	f.requests[verb] = body
}

func (f *fakeDaemon) status(s protocol.State) protocol.Status {
	return protocol.Status{Name: f.hello.Cluster, State: s, PID: f.hello.PID}
}

// now is the cluster's state: up from the first start on.
func (f *fakeDaemon) now() protocol.State {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.started {
		return protocol.StateUp
	}
	return protocol.StateSleeping
}

func (f *fakeDaemon) up(w http.ResponseWriter, _ *http.Request) {
	f.mu.Lock()
	f.started = true
	f.mu.Unlock()
	e := json.NewEncoder(w)
	s := f.status(protocol.StateUp)
	e.Encode(protocol.Progress{Stage: &protocol.Stage{ID: "etcd"}})
	e.Encode(protocol.Progress{Stage: &protocol.Stage{ID: "etcd", Done: true, Took: time.Second}})
	e.Encode(protocol.Progress{Status: &s})
}

func (f *fakeDaemon) labStart(w http.ResponseWriter, r *http.Request) {
	var req protocol.StartLab
	_ = json.NewDecoder(r.Body).Decode(&req)
	e := json.NewEncoder(w)
	e.Encode(protocol.Progress{Stage: &protocol.Stage{ID: "setup"}})
	if req.Lab.ID == "broken" {
		e.Encode(protocol.Progress{Error: &protocol.Error{Code: protocol.CodeInternal, Message: "it broke", Hint: "mend it"}})
		return
	}
	if req.Lab.ID == "dies" {
		return
	}
	e.Encode(protocol.Progress{Attempt: &protocol.Attempt{Lab: req.Lab.Path(), Number: req.Number}})
}

func (f *fakeDaemon) follow(w http.ResponseWriter, r *http.Request) {
	var since protocol.Since
	_ = json.NewDecoder(r.Body).Decode(&since)
	f.mu.Lock()
	f.since = append(f.since, since)
	verdicts := f.verdicts
	f.mu.Unlock()
	e := json.NewEncoder(w)
	for _, v := range verdicts {
		if v.Epoch != since.Epoch || v.Seq > since.Seq {
			e.Encode(v)
			return // one at a time: the client has to come again
		}
	}
	<-r.Context().Done()
}

func (f *fakeDaemon) run(w http.ResponseWriter, r *http.Request) {
	f.keep(protocol.VerbConsoleRun, r)
	for _, line := range f.lines {
		json.NewEncoder(w).Encode(line)
	}
	if len(f.lines) == 0 {
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
}

// listen serves a fake daemon on a socket of its own and returns the socket.
func (f *fakeDaemon) listen(t *testing.T) string {
	t.Helper()
	socket := filepath.Join(shortDir(t), "main.sock")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	if f.hello.Protocol == 0 {
		f.hello.Protocol = protocol.Version
	}
	server := &http.Server{Handler: f.handler()}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return socket
}

// shortDir is a temporary directory whose path leaves room for a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "kt")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// home is an environment of its own, and more.
func home(t *testing.T, more ...string) []string {
	t.Helper()
	dir := shortDir(t)
	for _, sub := range []string{"home", "run"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	env := append(withoutHome(os.Environ()), "HOME="+filepath.Join(dir, "home"), "XDG_RUNTIME_DIR="+filepath.Join(dir, "run"))
	return append(env, more...)
}

func withoutHome(env []string) (kept []string) {
	for _, v := range env {
		if !strings.HasPrefix(v, "XDG_") && !strings.HasPrefix(v, "HOME=") {
			kept = append(kept, v)
		}
	}
	return kept
}

// soon is a context that no test should reach the end of.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Second, errors.New("the test took too long"))
	t.Cleanup(cancel)
	return ctx
}
