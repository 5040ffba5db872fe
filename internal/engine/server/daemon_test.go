package server

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/lab/protocol"
)

func TestUpIsSharedAndReplayed(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.holdStart = make(chan struct{})
	state, sockets := places(t)
	d := startDaemon(t, w, state, sockets)

	const callers = 5
	results := make(chan []protocol.Progress, callers)
	for range callers {
		go func() {
			all, err := d.progress(protocol.VerbClusterUp, nil)
			if err != nil {
				t.Error(err)
			}
			results <- all
		}()
	}
	d.await("the start", func() bool { return d.status().State == protocol.StateStarting })
	close(w.holdStart)
	late := func() []protocol.Progress { all, _ := d.progress(protocol.VerbClusterUp, nil); return all }
	for i := range callers + 1 {
		var all []protocol.Progress
		if i < callers {
			all = <-results
		} else {
			all = late()
		}
		if len(all) != 5 || all[0].Stage.ID != "etcd" || all[4].Status == nil || all[4].Status.State != protocol.StateUp {
			t.Errorf("caller %d saw %+v", i, all)
		}
	}
	if w.running != 1 {
		t.Errorf("%d clusters were started", w.running)
	}
}

func TestFailedStartSaysWhyAndMayBeTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.failStart = errors.New("the port is taken")
	state, sockets := places(t)
	d := startDaemon(t, w, state, sockets)
	if err := os.WriteFile(d.home.LogFile(), []byte("one\ntwo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := d.progress(protocol.VerbClusterUp, nil)
	var e *protocol.Error
	if !errors.As(err, &e) || !strings.Contains(e.Message, "api-server") || !strings.Contains(e.Message, "port is taken") {
		t.Fatalf("got %v", err)
	}
	if e.Hint == "" || !slices.Equal(e.Log, []string{"one", "two"}) {
		t.Errorf("hint %q, log %q", e.Hint, e.Log)
	}
	if st := d.status(); st.State != protocol.StateFailed || st.Error == nil {
		t.Errorf("status %+v", st)
	}
	w.failStart = nil
	d.up()
}

func TestSleepKeepsAndDownRemoves(t *testing.T) {
	t.Parallel()
	w := newWorld()
	state, sockets := places(t)
	d := startDaemon(t, w, state, sockets)
	d.up()
	var st protocol.Status
	d.call(protocol.VerbClusterSleep, nil, &st)
	if err := <-d.ended; err != nil {
		t.Fatal(err)
	}
	d.ended <- nil
	if w.running != 0 {
		t.Error("the cluster still runs")
	}
	if _, err := os.Lstat(d.home.Socket()); !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}

	outside := filepath.Join(filepath.Dir(state), "precious")
	if err := os.WriteFile(outside, []byte("keep"), 0o600); err != nil {
		t.Fatal(err)
	}
	d = startDaemon(t, w, state, sockets)
	d.up()
	if err := os.MkdirAll(filepath.Join(d.home.Workspace(), "closed"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(d.home.Workspace(), "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(d.home.Workspace(), "closed"), 0); err != nil {
		t.Fatal(err)
	}
	d.call(protocol.VerbClusterDown, nil, &st)
	if st.State != protocol.StateDown {
		t.Errorf("state %s", st.State)
	}
	if err := <-d.ended; err != nil {
		t.Fatal(err)
	}
	d.ended <- nil
	left, _ := filepath.Glob(state + "*")
	socketsLeft, _ := os.ReadDir(sockets)
	if len(left)+len(socketsLeft) > 0 {
		t.Errorf("left behind: %v %v", left, socketsLeft)
	}
	if _, err := os.Stat(outside); err != nil {
		t.Errorf("a link was followed: %v", err)
	}
}

func TestSecondDaemonIsRefused(t *testing.T) {
	t.Parallel()
	state, sockets := places(t)
	startDaemon(t, newWorld(), state, sockets)
	_, err := Claim(t.Context(), "main", state, sockets)
	if !errors.Is(err, ErrTaken) {
		t.Errorf("got %v", err)
	}
}

func TestClaimRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		name    string
		prepare func(t *testing.T, state, sockets string)
		want    string
	}{
		"a name that leaves the directory": {name: "../x", want: "cluster name"},
		"an open socket directory":         {prepare: func(t *testing.T, _, s string) { mkdir(t, s, 0o755) }, want: "open to others"},
		"an open state directory":          {prepare: func(t *testing.T, s, _ string) { mkdir(t, s, 0o750) }, want: "open to others"},
		"a link":                           {prepare: func(t *testing.T, _, s string) { mkdir(t, s+"2", 0o700); symlink(t, s+"2", s) }, want: "link"},
		"somebody's directory":             {prepare: func(t *testing.T, s, _ string) { mkdir(t, s, 0o700); touch(t, filepath.Join(s, "thesis.tex")) }, want: "not made by kubetutor"},
		"a path that is too long":          {prepare: func(*testing.T, string, string) {}, name: strings.Repeat("n", 31), want: "bytes"},
	}
	for what, test := range tests {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			state, sockets := places(t)
			if test.want == "bytes" {
				sockets = filepath.Join(sockets, strings.Repeat("d", 80))
			}
			if test.prepare != nil {
				test.prepare(t, state, sockets)
			}
			name := test.name
			if name == "" {
				name = "main"
			}
			_, err := Claim(t.Context(), name, state, sockets)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func mkdir(t *testing.T, dir string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(dir, mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, mode); err != nil {
		t.Fatal(err)
	}
}

func symlink(t *testing.T, to, at string) {
	t.Helper()
	if err := os.Symlink(to, at); err != nil {
		t.Fatal(err)
	}
}

func touch(t *testing.T, file string) {
	t.Helper()
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestStaleSocketIsReplaced(t *testing.T) {
	t.Parallel()
	state, sockets := places(t)
	d := startDaemon(t, newWorld(), state, sockets)
	info, err := os.Lstat(d.home.Socket())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket: %v %v", info.Mode(), err)
	}
	d.stop()
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: d.home.Socket(), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	// A listener that dies without closing leaves its file.
	stale.SetUnlinkOnClose(false)
	stale.Close()
	startDaemon(t, newWorld(), state, sockets)
}

func TestIdleDaemonSleeps(t *testing.T) {
	t.Parallel()
	w := newWorld()
	state, sockets := places(t)
	const after = 150 * time.Millisecond
	d := startDaemon(t, w, state, sockets, func(o *Options) { o.Idle = after })
	d.up()
	ctx, cancel := context.WithCancel(t.Context())
	streamEnded := make(chan time.Time, 1)
	go func() {
		_ = lines(ctx, d, protocol.VerbLabVerdicts, protocol.Since{}, func(protocol.Verdicts) bool { return true })
		streamEnded <- time.Now()
	}()
	stay := time.NewTimer(3 * after)
	select {
	case <-d.ended:
		t.Fatal("it slept although a client was connected")
	case <-stay.C:
	}
	cancel()
	gone := <-streamEnded
	select {
	case err := <-d.ended:
		if err != nil || time.Since(gone) < after {
			t.Errorf("slept %s after the client had gone: %v", time.Since(gone), err)
		}
		d.ended <- err
	case <-time.After(patience):
		t.Fatal("it does not sleep")
	}
}

func TestRequestsOfTheLearnerKeepItAwake(t *testing.T) {
	t.Parallel()
	ended := make(chan time.Time, 1)
	const after = 100 * time.Millisecond
	i := newIdle(after, func() { ended <- time.Now() })
	i.start()
	var last time.Time
	tick := time.NewTicker(after / 4)
	defer tick.Stop()
	for range 12 {
		select {
		case <-ended:
			t.Fatal("it slept in spite of requests")
		case last = <-tick.C:
			i.touch()
		}
	}
	select {
	case at := <-ended:
		if at.Sub(last) < after/2 {
			t.Errorf("slept %s after the last request", at.Sub(last))
		}
	case <-time.After(patience):
		t.Fatal("it does not sleep")
	}
}

func TestPanicEndsOneVerbAlone(t *testing.T) {
	t.Parallel()
	state, sockets := places(t)
	d := startDaemon(t, newWorld(), state, sockets)
	err := d.try(protocol.VerbConsoleRun, protocol.RunLine{Line: "panic"}, nil)
	var e *protocol.Error
	if !errors.As(err, &e) || e.Code != protocol.CodeInternal || !strings.Contains(e.Message, "a fault") {
		t.Errorf("got %v", err)
	}
	d.call(protocol.VerbHello, nil, nil)
}

func TestErrorsOfStreams(t *testing.T) {
	t.Parallel()
	state, sockets := places(t)
	d := startDaemon(t, newWorld(), state, sockets)
	run := func(line string) (outs []protocol.Output, err error) {
		err = lines(t.Context(), d, protocol.VerbConsoleRun, protocol.RunLine{Line: line}, func(o protocol.Output) bool {
			outs = append(outs, o)
			return true
		})
		return outs, err
	}
	var e *protocol.Error
	if outs, err := run("early"); !errors.As(err, &e) || e.Code != protocol.CodeNotFound || len(outs) > 0 {
		t.Errorf("before the first line: %v %v", outs, err)
	}
	if outs, err := run("late"); err != nil || len(outs) != 2 || outs[1].Error == nil || outs[1].Error.Message != "it broke" {
		t.Errorf("after the first line: %+v %v", outs, err)
	}
	if outs, err := run("fine"); err != nil || len(outs) != 2 || outs[1].Exit == nil {
		t.Errorf("without an error: %+v %v", outs, err)
	}
}

func TestBadRequests(t *testing.T) {
	t.Parallel()
	state, sockets := places(t)
	d := startDaemon(t, newWorld(), state, sockets)
	for _, test := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/v1/hello", "", 400},
		{"POST", "/v1/hello", "{", 400},
		{"POST", "/v1/nothing", "{}", 404},
		{"POST", "/", "{}", 404},
		{"POST", "/v1/nodes", "{}", 409},
		{"POST", "/v1/lab/stop", "{}", 409},
		{"POST", "/v1/lab/start", "{}", 409},
		{"POST", "/v1/console/open", "{}", 409},
		{"POST", "/v1/judge", `{"manifest":"x"}`, 409},
		{"POST", "/v1/file/get", `{"path":"../x"}`, 400},
		{"POST", "/v1/file/get", `{"path":"none"}`, 404},
		{"POST", "/v1/file/put", `{"path":"a","data":"` + strings.Repeat("A", protocol.MaxRequest) + `"}`, 400},
	} {
		req, err := http.NewRequestWithContext(t.Context(), test.method, "http://x"+test.path, strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := d.http.Do(req)
		if err != nil {
			t.Errorf("%s %s: %v", test.method, test.path, err)
			continue
		}
		resp.Body.Close()
		if resp.StatusCode != test.status {
			t.Errorf("%s %s: status %d, want %d", test.method, test.path, resp.StatusCode, test.status)
		}
	}
	var j protocol.Judgement
	d.call(protocol.VerbJudge, protocol.Judge{Compile: true}, &j)
	if len(j.Verdicts) != 1 {
		t.Error("expressions cannot be compiled without a cluster")
	}
}
