package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// patience is how long a test waits for what must happen.
const patience = 10 * time.Second

// world is what survives a daemon in these tests: the cluster's own state.
type world struct {
	mu       sync.Mutex
	mark     string
	log      []string // what was done to the cluster and the console, in order
	verdicts []protocol.Verdict
	hints    []int
	watchers map[int]chan struct{}
	next     int

	profile   string
	foreign   string // name of the context, where the cluster is the learner's own
	failStart error
	failReset error
	failApply error
	holdStart chan struct{} // where set, a start waits for it
	holdReset chan struct{} // where set, a reset waits for it
	seen      func()
	running   int
}

func newWorld() *world { return &world{watchers: map[int]chan struct{}{}} }

func (w *world) did(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log = append(w.log, fmt.Sprintf(format, args...))
}

func (w *world) done() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string{}, w.log...)
}

// judge makes verdicts the present ones.
func (w *world) judge(results ...protocol.Result) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.verdicts = nil
	for i, r := range results {
		w.verdicts = append(w.verdicts, protocol.Verdict{Check: fmt.Sprintf("c%d", i+1), Result: r})
	}
	for _, c := range w.watchers {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

func (w *world) Version() string { return "v1.37.1" }

func (w *world) Leave(context.Context) error {
	w.did("leave")
	return w.failReset
}

func (w *world) Start(ctx context.Context, profile string, stage func(protocol.Stage)) (Cluster, error) {
	stage(protocol.Stage{ID: "etcd"})
	stage(protocol.Stage{ID: "etcd", Done: true})
	stage(protocol.Stage{ID: "api-server"})
	if w.holdStart != nil {
		select {
		case <-w.holdStart:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if w.failStart != nil {
		return nil, w.failStart
	}
	stage(protocol.Stage{ID: "api-server", Done: true})
	w.mu.Lock()
	w.running++
	if w.profile = profile; profile == "" {
		w.profile = protocol.ProfileControlPlane
	}
	w.mu.Unlock()
	return &fakeCluster{world: w}, nil
}

// fakeCluster is a cluster as far as the daemon can tell.
type fakeCluster struct{ *world }

func (c *fakeCluster) Server() string            { return "https://127.0.0.1:1" }
func (c *fakeCluster) Foreign() string           { return c.foreign }
func (c *fakeCluster) Accepts(*course.Lab) error { return nil }
func (c *fakeCluster) Kubeconfig(user, namespace string) (string, error) {
	return "/kubeconfig/" + user + "@" + namespace, nil
}

func (c *fakeCluster) Reset(ctx context.Context) error {
	if c.holdReset != nil {
		select {
		case <-c.holdReset:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	c.did("reset")
	if c.failReset != nil {
		return c.failReset
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mark = ""
	return nil
}

func (c *fakeCluster) Mark(_ context.Context, id, _ string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mark = id
	return nil
}

func (c *fakeCluster) Marked(context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mark, nil
}

func (c *fakeCluster) Apply(_ context.Context, set Setup, _ func(string)) error {
	c.did("apply %s: %s", set.File, set.Manifest)
	return c.failApply
}

func (c *fakeCluster) Activity(seen func()) func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = seen
	return func() {}
}

func (c *fakeCluster) Stop(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running--
	return nil
}

func (c *fakeCluster) Follow(ctx context.Context, _ *course.Lab, _ map[string]string, _ time.Time, gap bool, changed func([]protocol.Verdict, []int)) error {
	c.did("follow gap=%v", gap)
	ping := make(chan struct{}, 1)
	c.mu.Lock()
	c.next++
	id := c.next
	c.watchers[id] = ping
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.watchers, id)
	}()
	for {
		c.mu.Lock()
		now, hints := c.verdicts, c.hints
		c.mu.Unlock()
		changed(now, hints)
		select {
		case <-ping:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *fakeCluster) Settled(context.Context, []course.Check, string, map[string]string, func([]protocol.Verdict)) error {
	c.did("settled")
	return nil
}

func (c *fakeCluster) AtRest(context.Context, *course.Lab, map[string]string, time.Time, time.Duration, time.Duration) ([]protocol.Verdict, []int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]protocol.Verdict{}, c.verdicts...), c.hints, nil
}

func (c *fakeCluster) Judge(context.Context, protocol.Judge) (protocol.Judgement, error) {
	return protocol.Judgement{Rejection: "no"}, nil
}

// fakeConsole notes its scripts; a script may change the verdicts.
type fakeConsole struct {
	*world
	scripts map[string]func() (output string, code int)
}

func (c *fakeConsole) Open(context.Context, protocol.OpenConsole) (protocol.Console, error) {
	return protocol.Console{ID: "1"}, nil
}

func (c *fakeConsole) Run(_ context.Context, req protocol.RunLine, out func(protocol.Output)) error {
	if req.Line == "panic" {
		panic("a fault")
	}
	if req.Line == "early" {
		return failf(protocol.CodeNotFound, "", "no console")
	}
	out(protocol.Output{Data: []byte(req.Line)})
	if req.Line == "late" {
		return errors.New("it broke")
	}
	out(protocol.Output{Exit: &protocol.Exit{}})
	return nil
}

func (c *fakeConsole) Input(context.Context, protocol.Input) error   { return nil }
func (c *fakeConsole) Signal(context.Context, protocol.Signal) error { return nil }
func (c *fakeConsole) Resize(context.Context, protocol.Resize) error { return nil }
func (c *fakeConsole) Edited(context.Context, protocol.Edited) error { return nil }
func (c *fakeConsole) Complete(context.Context, protocol.Complete) (protocol.Completion, error) {
	return protocol.Completion{}, nil
}
func (c *fakeConsole) CloseConsole(context.Context, protocol.CloseConsole) error { return nil }
func (c *fakeConsole) Script(_ context.Context, name, text, kubeconfig string) (string, int, error) {
	c.did("script %s as %s: %s", name, filepath.Base(kubeconfig), text)
	if f := c.scripts[name]; f != nil {
		output, code := f()
		return output, code, nil
	}
	return "", 0, nil
}
func (c *fakeConsole) Reset() error { c.did("console reset"); return nil }
func (c *fakeConsole) Close() error { return nil }

func fakeRules() Rules {
	return Rules{
		Hash: func(lab *course.Lab) string { return "hash-" + lab.ID },
		Compile: func(protocol.Judge) protocol.Judgement {
			return protocol.Judgement{Verdicts: []protocol.Verdict{{Check: "broken"}}}
		},
	}
}

// daemon is a running server under test, and a client of it.
type daemon struct {
	t      testing.TB
	home   *Home
	server *Server
	cancel context.CancelFunc
	ended  chan error
	http   *http.Client
}

// places are the directories of a cluster under test. Socket paths are short,
// and t.TempDir is not.
func places(t testing.TB) (state, sockets string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "kt")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "state"), filepath.Join(dir, "s")
}

func startDaemon(t testing.TB, w *world, state, sockets string, change ...func(*Options)) *daemon {
	t.Helper()
	home, err := Claim(t.Context(), "main", state, sockets)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		ID: "test", Home: home, Backend: w, Console: &fakeConsole{world: w}, Rules: fakeRules(),
		Learner: &Kubeconfig{}, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	for _, c := range change {
		c(&o)
	}
	ctx, cancel := context.WithCancel(context.Background())
	d := &daemon{t: t, home: home, server: New(o), cancel: cancel, ended: make(chan error, 1)}
	d.http = &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", home.Socket())
		},
	}}
	go func() {
		err := d.server.Run(ctx)
		home.Release()
		d.ended <- err
	}()
	t.Cleanup(d.stop)
	d.await("the daemon to answer", func() bool {
		return d.try(protocol.VerbHello, nil, nil) == nil
	})
	return d
}

func (d *daemon) stop() {
	d.cancel()
	d.http.CloseIdleConnections()
	select {
	case err := <-d.ended:
		d.ended <- err
	case <-time.After(patience):
		d.t.Error("the daemon does not end")
	}
}

func (d *daemon) await(what string, ok func() bool) {
	d.t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			d.t.Fatalf("waited in vain for %s", what)
		}
	}
}

func (d *daemon) post(ctx context.Context, verb string, req any) (*http.Response, error) {
	body, err := json.Marshal(req)
	if err != nil {
		return nil, err
	}
	if req == nil {
		body = nil
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://kubelab"+protocol.Prefix+verb, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return d.http.Do(r)
}

// try calls a verb that is answered by one object.
func (d *daemon) try(verb string, req, answer any) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	resp, err := d.post(ctx, verb, req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		e := &protocol.Error{}
		if err := json.NewDecoder(resp.Body).Decode(e); err != nil {
			return fmt.Errorf("status %d: %w", resp.StatusCode, err)
		}
		return e
	}
	if answer == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(answer)
}

func (d *daemon) call(verb string, req, answer any) {
	d.t.Helper()
	if err := d.try(verb, req, answer); err != nil {
		d.t.Fatalf("%s: %v", verb, err)
	}
}

// lines calls a verb that streams, and gives each line to line until that says
// false or the stream ends.
func lines[L any](ctx context.Context, d *daemon, verb string, req any, line func(L) bool) error {
	resp, err := d.post(ctx, verb, req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		e := &protocol.Error{}
		if err := json.NewDecoder(resp.Body).Decode(e); err != nil {
			return err
		}
		return e
	}
	scanner := bufio.NewScanner(resp.Body)
	for scanner.Scan() {
		var l L
		if err := json.Unmarshal(scanner.Bytes(), &l); err != nil {
			return err
		}
		if !line(l) {
			return nil
		}
	}
	return scanner.Err()
}

// progress collects a stream of progress; an error line is the error.
func (d *daemon) progress(verb string, req any) (all []protocol.Progress, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	streamErr := lines(ctx, d, verb, req, func(p protocol.Progress) bool {
		if p.Error != nil {
			err = p.Error
		}
		all = append(all, p)
		return true
	})
	return all, errors.Join(err, streamErr)
}

func (d *daemon) up() {
	d.t.Helper()
	if _, err := d.progress(protocol.VerbClusterUp, nil); err != nil {
		d.t.Fatal(err)
	}
}

func (d *daemon) startLab(req protocol.StartLab) protocol.Attempt {
	d.t.Helper()
	all, err := d.progress(protocol.VerbLabStart, req)
	if err != nil {
		d.t.Fatal(err)
	}
	last := all[len(all)-1].Attempt
	if last == nil {
		d.t.Fatalf("the last line carries no attempt: %+v", all[len(all)-1])
	}
	return *last
}

func (d *daemon) status() (st protocol.Status) {
	d.t.Helper()
	d.call(protocol.VerbClusterStatus, nil, &st)
	return st
}

// shopLab is a lab that the fakes can do. Its seed draws 7 for n, and the next
// one 3.
func shopLab() protocol.StartLab {
	return protocol.StartLab{Number: 1, Seed: 25, Lab: course.Lab{
		ID: "claim", Lesson: "storage", Namespace: "shop-@{n}",
		Vars:    map[string]course.Var{"n": {Min: 1, Max: 9}},
		Setup:   []string{"a.yaml", "b.console"},
		Given:   []string{"note.txt"},
		Settled: []course.Check{{}},
		Checks:  []course.Check{{ID: "c1"}, {ID: "c2"}},
		Files: map[string]string{
			"a.yaml": "kind: A@{n}", "b.console": "echo @{n}", "note.txt": "n is @{n}",
			"solve.console": "solve", "miss.console": "miss",
		},
		Solution:   "solve.console",
		NearMisses: []course.NearMiss{{Script: "miss.console", Fails: []string{"c2"}}},
	}}
}
