package enginetest

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
)

// Patience is how long a test waits for what takes moments on an idle machine.
const Patience = 60 * time.Second

// Engine is a daemon in directories of its own, which a test starts, kills and
// starts again, and a client of it. Its methods end the test where they fail.
type Engine struct {
	T              testing.TB // whose engine it is; see [Shell.For]
	State, Sockets string     // directories
	Confirmed      string     // name of a context, where labs are done on another cluster
	Inherit        []*os.File // further open files for the daemon

	*lab.Client // of the running daemon; nil before Start

	args    []string
	said    *bytes.Buffer
	process *exec.Cmd
	exited  chan error
}

// New makes the directories of an engine; args are further arguments of kubelab
// serve. At the end of the test nothing is left of it.
func New(t testing.TB, args ...string) *Engine {
	t.Helper()
	dir, err := os.MkdirTemp("", "kt") // socket paths are short, t.TempDir is not
	if err != nil {
		t.Fatal(err)
	}
	e := &Engine{T: t, State: filepath.Join(dir, "state"), Sockets: filepath.Join(dir, "s"), args: args}
	t.Cleanup(func() {
		e.Kill()
		if t.Failed() {
			t.Logf("the engine's log ends:\n%s", e.LastLog())
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return e
}

// Command is a daemon that has not been started: this binary as kubelab serve.
func (e *Engine) Command() *exec.Cmd {
	args := []string{"serve", "--name", "main", "--state", e.State, "--sockets", e.Sockets}
	return exec.Command(os.Args[0], append(args, e.args...)...)
}

// PID is the daemon's process.
func (e *Engine) PID() int { return e.process.Process.Pid }

// Start starts the daemon and connects to it.
func (e *Engine) Start() {
	e.T.Helper()
	e.said = &bytes.Buffer{}
	e.process = e.Command()
	e.process.Stderr, e.process.ExtraFiles = e.said, e.Inherit
	e.process.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := e.process.Start(); err != nil {
		e.T.Fatal(err)
	}
	e.exited = make(chan error, 1)
	go func(p *exec.Cmd, exited chan<- error) { exited <- p.Wait() }(e.process, e.exited)
	e.Await("the daemon to answer", func() bool {
		var err error
		e.Client, err = lab.Dial(e.Context(), filepath.Join(e.Sockets, "main.sock"))
		return err == nil
	})
}

// Context ends with the test, or after two minutes.
func (e *Engine) Context() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	e.T.Cleanup(cancel)
	return ctx
}

// Up brings the cluster up, in the profile that it has.
func (e *Engine) Up() protocol.Status {
	e.T.Helper()
	return e.UpWith("")
}

// UpWith brings the cluster up in a profile; "" is the one that it has.
func (e *Engine) UpWith(profile string) protocol.Status {
	e.T.Helper()
	st, err := e.ClusterUp(e.Context(), protocol.Up{Profile: profile}, func(protocol.Stage) {})
	if err != nil {
		e.Fatal("cluster up", err)
	}
	return st
}

// Kill kills the daemon as a crash would, and waits for its end.
func (e *Engine) Kill() {
	if e.process == nil {
		return
	}
	if err := e.process.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		e.T.Error(err)
	}
	e.Gone()
}

// Gone waits until the daemon has ended.
func (e *Engine) Gone() {
	e.T.Helper()
	select {
	case <-e.exited:
		e.process = nil
		e.Close()
	case <-time.After(Patience):
		e.T.Fatal("the daemon does not end")
	}
}

// Sleep sends the cluster to sleep, and waits until the daemon has ended.
func (e *Engine) Sleep() {
	e.T.Helper()
	if _, err := e.ClusterSleep(e.Context()); err != nil {
		e.T.Fatalf("cluster sleep: %v", err)
	}
	e.Gone()
}

// LastLog is what the daemon said, and the last lines of its log.
func (e *Engine) LastLog() string {
	data, _ := os.ReadFile(filepath.Join(e.State, "kubelab.log"))
	lines := strings.Split(string(data), "\n")
	return strings.Join(append([]string{e.said.String()}, lines[max(0, len(lines)-30):]...), "\n")
}

// Await waits until ok says yes, for [Patience] at most.
func (e *Engine) Await(what string, ok func() bool) {
	e.T.Helper()
	for deadline := time.Now().Add(Patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			e.T.Fatalf("waited in vain for %s\n%s", what, e.LastLog())
		}
	}
}
