package enginetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
	"kubetutor/lessons"
)

// patience is how long a test waits for what takes moments on an idle machine.
const patience = 60 * time.Second

// engineUnderTest is a daemon in directories of its own.
type engineUnderTest struct {
	t              testing.TB
	state, sockets string
	args           []string
	confirmed      string     // name of a context, where labs are done on another cluster
	inherit        []*os.File // further open files for the daemon
	said           *bytes.Buffer
	process        *exec.Cmd
	exited         chan error
	*lab.Client
}

// newEngine makes the directories; start starts the daemon. At the end of the
// test nothing is left.
func newEngine(t testing.TB, args ...string) *engineUnderTest {
	t.Helper()
	dir, err := os.MkdirTemp("", "kt") // socket paths are short, t.TempDir is not
	if err != nil {
		t.Fatal(err)
	}
	e := &engineUnderTest{t: t, state: filepath.Join(dir, "state"), sockets: filepath.Join(dir, "s"), args: args}
	t.Cleanup(func() {
		e.kill()
		if t.Failed() {
			t.Logf("the engine's log ends:\n%s", e.lastLog())
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return e
}

// command is this binary as kubelab serve.
func (e *engineUnderTest) command() *exec.Cmd {
	args := []string{"serve", "--name", "main", "--state", e.state, "--sockets", e.sockets}
	return exec.Command(os.Args[0], append(args, e.args...)...)
}

// start starts the daemon and connects to it.
func (e *engineUnderTest) start() {
	e.t.Helper()
	e.said = &bytes.Buffer{}
	e.process = e.command()
	e.process.Stderr, e.process.ExtraFiles = e.said, e.inherit
	e.process.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := e.process.Start(); err != nil {
		e.t.Fatal(err)
	}
	e.exited = make(chan error, 1)
	go func(p *exec.Cmd, exited chan<- error) { exited <- p.Wait() }(e.process, e.exited)
	e.await("the daemon to answer", func() bool {
		var err error
		e.Client, err = lab.Dial(e.ctx(), filepath.Join(e.sockets, "main.sock"))
		return err == nil
	})
}

// ctx ends with the test, or when it takes too long.
func (e *engineUnderTest) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	e.t.Cleanup(cancel)
	return ctx
}

func (e *engineUnderTest) up() protocol.Status {
	e.t.Helper()
	st, err := e.ClusterUp(e.ctx(), protocol.Up{}, func(protocol.Stage) {})
	if err != nil {
		e.t.Fatalf("cluster up: %v\n%s", err, e.lastLog())
	}
	return st
}

// kill kills the daemon as a crash would, and waits for its end.
func (e *engineUnderTest) kill() {
	if e.process == nil {
		return
	}
	if err := e.process.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		e.t.Error(err)
	}
	e.gone()
}

// gone waits until the daemon has ended.
func (e *engineUnderTest) gone() {
	e.t.Helper()
	select {
	case <-e.exited:
		e.process = nil
		e.Close()
	case <-time.After(patience):
		e.t.Fatal("the daemon does not end")
	}
}

func (e *engineUnderTest) sleep() {
	e.t.Helper()
	if _, err := e.ClusterSleep(e.ctx()); err != nil {
		e.t.Fatalf("cluster sleep: %v", err)
	}
	e.gone()
}

func (e *engineUnderTest) lastLog() string {
	data, _ := os.ReadFile(filepath.Join(e.state, "kubelab.log"))
	lines := strings.Split(string(data), "\n")
	return strings.Join(append([]string{e.said.String()}, lines[max(0, len(lines)-30):]...), "\n")
}

func (e *engineUnderTest) await(what string, ok func() bool) {
	e.t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			e.t.Fatalf("waited in vain for %s\n%s", what, e.lastLog())
		}
	}
}

// startLab begins an attempt at a lab.
func (e *engineUnderTest) startLab(l *course.Lab, number int) protocol.Attempt {
	e.t.Helper()
	a, err := e.LabStart(e.ctx(), protocol.StartLab{Lab: *l, Number: number, Seed: 1, Confirmed: e.confirmed}, func(protocol.Stage) {})
	if err != nil {
		e.fatal("lab start", err)
	}
	return a
}

// fatal ends the test with all that a protocol error says.
func (e *engineUnderTest) fatal(what string, err error) {
	e.t.Helper()
	var p *protocol.Error
	if errors.As(err, &p) {
		e.t.Fatalf("%s: %v\n%s\n%s", what, err, p.Hint, strings.Join(p.Log, "\n"))
	}
	e.t.Fatalf("%s: %v", what, err)
}

// awaitVerdicts follows the lab until ok says yes, and returns what it saw last.
func (e *engineUnderTest) awaitVerdicts(what string, ok func(protocol.Verdicts) bool) (last protocol.Verdicts) {
	e.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	enough := errors.New("enough")
	err := e.LabVerdicts(ctx, protocol.Since{}, func(v protocol.Verdicts) error {
		last = v
		if ok(v) {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) {
		e.t.Fatalf("waited in vain for %s: %v; last seen: %+v", what, err, last)
	}
	return last
}

func passed(v protocol.Verdicts) bool { return v.Attempt != nil && !v.Attempt.Passed.IsZero() }

func holds(check string) func(protocol.Verdicts) bool {
	return func(v protocol.Verdicts) bool {
		for _, c := range v.Checks {
			if c.Check == check {
				return c.Result == protocol.Pass
			}
		}
		return false
	}
}

// shell is a console of the engine in which a test types.
type shell struct {
	e *engineUnderTest
	lab.Console
}

func (e *engineUnderTest) console() shell {
	e.t.Helper()
	c, err := e.ConsoleOpen(e.ctx(), protocol.OpenConsole{Columns: 100, Rows: 30})
	if err != nil {
		e.fatal("console open", err)
	}
	return shell{e, c}
}

// run runs a line and returns what it said and its exit code.
func (s shell) run(line string) (string, int) {
	s.e.t.Helper()
	var said bytes.Buffer
	exit, incomplete, err := s.Run(s.e.ctx(), line, func(o protocol.Output) { said.Write(o.Data) })
	if err != nil || incomplete {
		s.e.t.Fatalf("%s: %v, incomplete %v\n%s", line, err, incomplete, said.String())
	}
	return said.String(), exit.Code
}

// must runs a line that has to succeed.
func (s shell) must(line string) string {
	s.e.t.Helper()
	said, code := s.run(line)
	if code != 0 {
		s.e.t.Fatalf("%s: exit code %d\n%s", line, code, said)
	}
	return said
}

// builtIn loads the course that kubetutor ships.
func builtIn(t testing.TB) *course.Course {
	t.Helper()
	c, err := course.Load(lessons.FS)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// labOf finds a lab by LESSON/LAB.
func labOf(t testing.TB, path string) *course.Lab {
	t.Helper()
	for _, l := range allLabs(t) {
		if l.Path() == path {
			return l
		}
	}
	t.Fatalf("no lab %s", path)
	return nil
}

func allLabs(t testing.TB) (labs []*course.Lab) {
	t.Helper()
	for _, track := range builtIn(t).Tracks {
		for _, lesson := range track.Lessons {
			labs = append(labs, lesson.Labs...)
		}
	}
	if len(labs) == 0 {
		t.Fatal("the course has no labs")
	}
	return labs
}

func describe(v protocol.Verdict) string {
	return fmt.Sprintf("%s: %s, want %s, have %s (%s) %s", v.Check, v.Result, v.Want.EN, v.Have.EN, v.Path, v.Reason.EN)
}
