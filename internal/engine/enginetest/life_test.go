package enginetest

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/lab/protocol"
)

const bindClaim = "pv-pvc-matching/bind-claim"

// TestLifeOfALab walks the whole way: a cluster comes up, a lab begins, the
// learner solves it, the engine sleeps, is killed, and goes down.
func TestLifeOfALab(t *testing.T) {
	t.Parallel()
	e := New(t)
	e.Start()
	if st := e.Up(); st.State != protocol.StateUp || st.Kubernetes != "v1.37.1" {
		t.Fatalf("status %+v", st)
	}
	l := LabOf(t, bindClaim)
	a := e.StartLab(l, 1)
	e.AwaitVerdicts("the first verdicts", func(v protocol.Verdicts) bool { return len(v.Checks) == len(l.Checks) })

	sh := e.Console()
	if out := sh.Must("kubectl get pv -o name"); !strings.Contains(out, "persistentvolume/shelf") {
		t.Errorf("kubectl get pv says %q", out)
	}
	other := e.Console()
	other.Must("echo 'from the other one' > note.txt")
	if out := sh.Must("cat note.txt"); !strings.Contains(out, "from the other one") {
		t.Errorf("two consoles do not share the workspace: %q", out)
	}
	sh.Must(l.Files[l.Solution])
	v := e.AwaitVerdicts("the pass", Passed)
	for _, c := range v.Checks {
		if c.Result != protocol.Pass {
			t.Errorf("passed, but %s", Describe(c))
		}
	}
	sh.Must("kubectl delete pvc data -n " + a.Namespace + " --wait=false")
	e.AwaitVerdicts("the tick to go", func(v protocol.Verdicts) bool { return !Holds("exists")(v) })

	t.Run("sleep", func(t *testing.T) { goesOn(t, e, a, e.Sleep) })
	t.Run("kill -9", func(t *testing.T) { goesOn(t, e, a, e.Kill) })
	t.Run("reset", func(t *testing.T) { resets(t, e) })
	t.Run("down", func(t *testing.T) { leavesNothing(t, e) })
}

// goesOn ends the daemon in some way and finds the attempt again.
func goesOn(t *testing.T, e *Engine, a protocol.Attempt, end func()) {
	end()
	e.NoOrphans()
	e.Start()
	e.Up()
	v := e.AwaitVerdicts("the lab to come back", func(v protocol.Verdicts) bool { return len(v.Checks) > 0 })
	if !Passed(v) || !v.Attempt.Started.Equal(a.Started) {
		t.Errorf("the attempt came back as %+v, was %+v", v.Attempt, a)
	}
	if out := e.Console().Must("kubectl get pv,ns"); !strings.Contains(out, "shelf") || !strings.Contains(out, a.Namespace) {
		t.Errorf("the cluster came back without its objects: %s", out)
	}
}

func resets(t *testing.T, e *Engine) {
	a, err := e.LabReset(e.Context(), func(protocol.Stage) {})
	if err != nil {
		e.Fatal("lab reset", err)
	}
	if a.Number != 2 || !a.Passed.IsZero() {
		t.Errorf("attempt %+v", a)
	}
	if err := e.LabStop(e.Context()); err != nil {
		e.Fatal("lab stop", err)
	}
	if out := e.Console().Must("kubectl get pv,pvc -A; kubectl get ns -o name"); strings.Contains(out, "shelf") || strings.Contains(out, "namespace/"+a.Namespace) {
		t.Errorf("not at the baseline: %s", out)
	}
}

func leavesNothing(t *testing.T, e *Engine) {
	ports := listeningPorts(t, e.PID())
	for _, p := range ports {
		if !strings.HasPrefix(p, "0100007F:") {
			t.Errorf("listens beyond loopback: %s", p)
		}
	}
	if len(ports) != 1 {
		t.Errorf("listens on %v, want the API server's port alone", ports)
	}
	if _, err := e.ClusterDown(e.Context()); err != nil {
		e.Fatal("cluster down", err)
	}
	e.Gone()
	e.NoOrphans()
	left, _ := filepath.Glob(e.State + "*")
	sockets, _ := os.ReadDir(e.Sockets)
	if len(left)+len(sockets) > 0 {
		t.Errorf("left behind: %v %v", left, sockets)
	}
	for _, p := range ports {
		if isListening(t, p) {
			t.Errorf("somebody still listens on %s", p)
		}
	}
}

// TestSecondDaemon is refused with an exit code of its own.
func TestSecondDaemon(t *testing.T) {
	t.Parallel()
	e := New(t)
	e.Start()
	err := e.Command().Run()
	var exit interface{ ExitCode() int }
	if !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Errorf("the second daemon ended with %v", err)
	}
}

// TestNothingInherited lets the daemon begin with an open pipe, and finds that it
// does not keep it: the reader sees the end at once.
func TestNothingInherited(t *testing.T) {
	t.Parallel()
	e := New(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	e.Inherit = []*os.File{w}
	e.Start()
	w.Close()
	if err := r.SetReadDeadline(time.Now().Add(Patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("reading from the pipe: %v", err)
	}
}

// TestVanishingClient breaks off in the middle of streams; the daemon goes on.
func TestVanishingClient(t *testing.T) {
	t.Parallel()
	e := New(t)
	e.Start()
	ctx, cancel := context.WithCancel(t.Context())
	_, err := e.ClusterUp(ctx, protocol.Up{}, func(protocol.Stage) { cancel() })
	if err == nil {
		t.Error("a cancelled verb ended well")
	}
	e.Up()
	l := LabOf(t, bindClaim)
	ctx, cancel = context.WithCancel(t.Context())
	if _, err := e.LabStart(ctx, protocol.StartLab{Lab: *l, Number: 1}, func(protocol.Stage) { cancel() }); err == nil {
		t.Error("a cancelled lab start ended well")
	}
	e.StartLab(l, 1)
	sh := e.Console()
	ctx, cancel = context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if _, _, err := sh.Run(ctx, "kubectl get pv -w", func(protocol.Output) {}); err == nil {
		t.Error("an endless watch ended well")
	}
	e.Console().Must("kubectl get pv")
}

// TestNobodyElse finds no way in for another user: modes, and the peer's uid
// (see package server for that).
func TestNobodyElse(t *testing.T) {
	t.Parallel()
	e := New(t)
	e.Start()
	st := e.Up()
	for path, want := range map[string]os.FileMode{
		e.State: 0o700, e.Sockets: 0o700, filepath.Join(e.Sockets, "main.sock"): 0o600, st.Kubeconfig: 0o600,
	} {
		info, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %04o, want %04o", path, info.Mode().Perm(), want)
		}
	}
	if os.Getuid() == 0 {
		refusesUser(t, e, 65534)
	}
}

// refusesUser opens the socket's directory to all, as root may, and finds that
// the daemon still answers nobody else.
func refusesUser(t *testing.T, e *Engine, uid int) {
	for _, dir := range []string{filepath.Dir(e.State), e.Sockets} {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	socket := filepath.Join(e.Sockets, "main.sock")
	if err := os.Chmod(socket, 0o666); err != nil {
		t.Fatal(err)
	}
	said := asUser(t, uid, socket)
	if !strings.Contains(said, "refused") {
		t.Errorf("user %d got: %s", uid, said)
	}
}
