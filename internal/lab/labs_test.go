package lab

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// testLabs is a service whose engine is this test's binary.
func testLabs(t *testing.T, o Options, env ...string) *Labs {
	t.Helper()
	if o.Environ == nil {
		o.Environ = home(t, append([]string{"KUBELAB_MAIN=1", "KUBELAB_ID=this"}, env...)...)
	}
	if o.Kubelab == "" {
		o.Kubelab, _ = os.Executable()
	}
	l, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = l.Down(context.Background())
		l.Close()
	})
	return l
}

func TestLifeOfACluster(t *testing.T) {
	t.Parallel()
	l := testLabs(t, Options{})
	expect := func(want protocol.State) {
		t.Helper()
		if s, err := l.Status(soon(t)); err != nil || s.State != want {
			t.Fatalf("status %v, %v; want %s", s, err, want)
		}
	}
	expect(protocol.StateDown)
	if _, err := os.Stat(l.dirs.sockets); err == nil {
		t.Error("asking for the status made a directory")
	}
	first, err := l.Up(soon(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	expect(protocol.StateUp)
	again, err := l.Up(soon(t), nil)
	if err != nil || again.PID != first.PID {
		t.Errorf("a second start made another daemon: %v, %v", again, err)
	}
	if pgid, err := syscall.Getpgid(first.PID); err == nil && pgid == syscall.Getpgrp() {
		t.Error("the daemon is in the process group of the tutor: it would be interrupted with it")
	}
	if _, err := l.Sleep(soon(t)); err != nil {
		t.Fatal(err)
	}
	expect(protocol.StateSleeping)
	if _, err := l.Down(soon(t)); err != nil {
		t.Fatal(err)
	}
	expect(protocol.StateDown)
	if left, _ := filepath.Glob(filepath.Join(l.dirs.clusters, "*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestStartLabBringsTheClusterUp(t *testing.T) {
	t.Parallel()
	l := testLabs(t, Options{})
	var stages []string
	req := protocol.StartLab{Lab: course.Lab{Lesson: "a", ID: "b"}, Number: 7}
	a, err := l.StartLab(soon(t), req, func(s protocol.Stage) { stages = append(stages, s.ID) })
	if err != nil || a.Number != 7 {
		t.Fatal(a, err)
	}
	if want := []string{"etcd", "etcd", "setup"}; !slices.Equal(stages, want) {
		t.Errorf("stages %v, want %v", stages, want)
	}
	stages = nil
	if _, err := l.StartLab(soon(t), req, func(s protocol.Stage) { stages = append(stages, s.ID) }); err != nil {
		t.Fatal(err)
	}
	if want := []string{"setup"}; !slices.Equal(stages, want) {
		t.Errorf("on a cluster that is up: stages %v, want %v", stages, want)
	}
}

func TestVerbsWithoutACluster(t *testing.T) {
	t.Parallel()
	l := testLabs(t, Options{})
	_, judge := l.Judge(soon(t), protocol.Judge{})
	_, open := l.OpenConsole(soon(t), protocol.OpenConsole{Columns: 80, Rows: 24})
	for name, err := range map[string]error{"judge": judge, "console": open, "stop": l.StopLab(soon(t))} {
		var refused *protocol.Error
		if !errors.As(err, &refused) || refused.Code != protocol.CodeConflict {
			t.Errorf("%s: got %v, want a conflict", name, err)
		}
	}
}

func TestTwoTutorsStartOneDaemon(t *testing.T) {
	t.Parallel()
	env := home(t, "KUBELAB_MAIN=1")
	one, two := testLabs(t, Options{Environ: env}), testLabs(t, Options{Environ: env})
	type result struct {
		s   protocol.Status
		err error
	}
	results := make(chan result, 2)
	for _, l := range []*Labs{one, two} {
		go func() {
			s, err := l.Up(soon(t), nil)
			results <- result{s, err}
		}()
	}
	a, b := <-results, <-results
	if a.err != nil || b.err != nil || a.s.PID != b.s.PID {
		t.Fatalf("got %v and %v", a, b)
	}
}

func TestDaemonThatDies(t *testing.T) {
	t.Parallel()
	l := testLabs(t, Options{}, "KUBELAB_MAIN=crash")
	_, err := l.Up(soon(t), nil)
	if err == nil || !strings.Contains(err.Error(), "no space left on the moon") {
		t.Fatalf("got %v, want the daemon's last words", err)
	}
}

// serveAs serves a fake daemon of the given id at the place of a service.
func serveAs(t *testing.T, l *Labs, f *fakeDaemon) {
	t.Helper()
	if err := makeSocketDir(l.dirs.sockets); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", filepath.Join(l.dirs.sockets, l.name+".sock"))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: f.handler()}
	f.hello.Protocol = protocol.Version
	f.stop = func() { go server.Close() }
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
}

func TestStaleDaemon(t *testing.T) {
	t.Parallel()
	l := testLabs(t, Options{})
	f := l.find()
	l.find = func() finder { return finder{id: "wanted"} }
	serveAs(t, l, &fakeDaemon{hello: protocol.Hello{Engine: "old", PID: 99}})
	_, err := l.Up(soon(t), nil)
	var stale *StaleError
	if !errors.As(err, &stale) || *stale != (StaleError{Running: "old", Wanted: "wanted", PID: 99}) {
		t.Fatalf("got %v", err)
	}
	if err := l.Verdicts(soon(t), nil); !errors.As(err, &stale) {
		t.Errorf("following a stale daemon: %v", err)
	}
	if s, err := l.Status(soon(t)); err != nil || s.PID != 99 {
		t.Errorf("the status of a stale daemon: %v, %v", s, err)
	}
	if _, err := l.Sleep(soon(t)); err != nil {
		t.Fatalf("sleep, the way out, failed: %v", err)
	}
	l.find = func() finder { return f }
	if _, err := l.Up(soon(t), nil); err != nil {
		t.Errorf("up after sleep: %v", err)
	}
}

func TestExplicitEngineMayHaveAnyID(t *testing.T) {
	t.Parallel()
	l := testLabs(t, Options{EngineID: "something else"})
	if _, err := l.Up(soon(t), nil); err != nil {
		t.Fatal(err)
	}
}

func TestVerdictsResume(t *testing.T) {
	t.Parallel()
	l := testLabs(t, Options{})
	f := &fakeDaemon{verdicts: []protocol.Verdicts{{Epoch: "e", Seq: 1}, {Epoch: "e", Seq: 2}, {Epoch: "e", Seq: 5}}}
	serveAs(t, l, f)
	var got []uint64
	enough := errors.New("enough")
	err := l.Verdicts(soon(t), func(v protocol.Verdicts) error {
		if got = append(got, v.Seq); v.Seq == 5 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || !slices.Equal(got, []uint64{1, 2, 5}) {
		t.Fatalf("got %v, %v", got, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	want := []protocol.Since{{}, {Epoch: "e", Seq: 1}, {Epoch: "e", Seq: 2}}
	if !slices.Equal(f.since, want) {
		t.Errorf("asked since %v, want %v", f.since, want)
	}
}

func TestVerdictsWaitForADaemon(t *testing.T) {
	t.Parallel()
	l := testLabs(t, Options{})
	got := make(chan error, 1)
	enough := errors.New("enough")
	go func() {
		got <- l.Verdicts(soon(t), func(protocol.Verdicts) error { return enough })
	}()
	serveAs(t, l, &fakeDaemon{verdicts: []protocol.Verdicts{{Epoch: "e", Seq: 1}}})
	if err := <-got; !errors.Is(err, enough) {
		t.Errorf("got %v", err)
	}
}

func TestVerdictsEndWithTheirContext(t *testing.T) {
	t.Parallel()
	l := testLabs(t, Options{})
	ctx, cancel := context.WithCancel(soon(t))
	got := make(chan error, 1)
	go func() { got <- l.Verdicts(ctx, nil) }()
	cancel()
	if err := <-got; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
