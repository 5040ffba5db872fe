package lab

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"kubetutor/internal/lab/protocol"
)

// TestSiteSeesWhatIsBesideTheTutor tells apart a kubelab that is none, one of
// another build, and none at all.
func TestSiteSeesWhatIsBesideTheTutor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l, err := New(Options{EngineID: "0123456789abcdef", Executable: filepath.Join(dir, "kubetutor"), Environ: home(t)})
	if err != nil {
		t.Fatal(err)
	}
	if s := l.Site(); s.Beside != (Program{}) || s.Engine.State != EngineMissing || s.Wanted != "0123456789abcdef" {
		t.Errorf("alone: %+v", s)
	}
	file := filepath.Join(dir, "kubelab"+exe())
	if err := os.WriteFile(file, []byte("text"), 0o700); err != nil {
		t.Fatal(err)
	}
	if p := l.Site().Beside; p.File != file || p.Err == nil {
		t.Errorf("no program: %+v", p)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, file); err != nil {
		t.Skip("no links here: ", err)
	}
	if p := l.Site().Beside; p.File != file || p.Err != nil || p.ID != "" {
		t.Errorf("another program: %+v", p)
	}
}

func TestSiteSaysThatTheRuntimeDirIsTooLong(t *testing.T) {
	t.Parallel()
	long := "/" + strings.Repeat("a", maxSocketPath)
	l, err := New(Options{EngineID: "0123456789abcdef", Environ: append(home(t), "XDG_RUNTIME_DIR="+long)})
	if err != nil {
		t.Fatal(err)
	}
	if s := l.Site(); s.TooLong != long || strings.HasPrefix(s.Sockets, long) {
		t.Errorf("%q, and sockets are in %s", s.TooLong, s.Sockets)
	}
}

// TestRemains tells what is left of clusters: one that runs, one whose daemon was
// killed, one that sleeps while another program took its port, and one that
// does not say hello. It leaves them as they are.
func TestRemains(t *testing.T) {
	t.Parallel()
	l := testLabs(t, Options{})
	if left := l.Remains(soon(t)); left != nil {
		t.Errorf("of nothing there remains %+v", left)
	}
	serveAs(t, l, &fakeDaemon{hello: protocol.Hello{Engine: "that"}})
	mute, err := net.Listen("unix", filepath.Join(l.dirs.sockets, "mute.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	go http.Serve(mute, http.NotFoundHandler())
	abandon(t, filepath.Join(l.dirs.sockets, "dead.sock"))
	busy, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	port := busy.Addr().(*net.TCPAddr).Port
	write(t, l.dirs.clusters, "asleep/control-plane/port", strconv.Itoa(port)+"\n")
	write(t, l.dirs.clusters, "quiet/marker", "")

	for range 2 { // looking changes nothing
		got := map[string]Remains{}
		for _, r := range l.Remains(soon(t)) {
			got[r.Name] = r
		}
		if r := got["main"]; r.Hello == nil || r.Hello.Engine != "that" {
			t.Errorf("a running one: %+v", r)
		}
		if r := got["mute"]; r.Err == nil || r.Hello != nil {
			t.Errorf("one that knows no hello: %+v", r)
		}
		if r := got["dead"]; !r.Dead || r.Hello != nil {
			t.Errorf("a dead one: %+v", r)
		}
		if r := got["asleep"]; !r.State || !r.Taken || r.Port != port {
			t.Errorf("a sleeping one: %+v", r)
		}
		if r := got["quiet"]; !r.State || r.Taken || r.Dead {
			t.Errorf("another sleeping one: %+v", r)
		}
	}
}

// TestDownTidiesUpAfterACrash holds that nothing remains of a cluster that was
// taken down, whose daemon had been killed.
func TestDownTidiesUpAfterACrash(t *testing.T) {
	t.Parallel()
	l := testLabs(t, Options{})
	if err := makeSocketDir(l.dirs.sockets); err != nil {
		t.Fatal(err)
	}
	abandon(t, filepath.Join(l.dirs.sockets, "main.sock"))
	write(t, l.dirs.sockets, "main/n1.sock", "")
	write(t, l.dirs.sockets, "other/n1.sock", "")
	write(t, l.dirs.clusters, "main/marker", "")
	if _, err := l.Down(soon(t)); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(l.dirs.sockets, "*"))
	if want := []string{filepath.Join(l.dirs.sockets, "other")}; err != nil || !slices.Equal(left, want) {
		t.Errorf("what is left is %v, %v; want %v", left, err, want)
	}
	if left := l.Remains(soon(t)); left != nil {
		t.Errorf("there remains %+v", left)
	}
}

// abandon leaves a socket that nobody listens on.
func abandon(t *testing.T, path string) {
	t.Helper()
	socket, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	socket.SetUnlinkOnClose(false)
	socket.Close()
}

// TestToolchain asks a go command that notes what it is asked.
func TestToolchain(t *testing.T) {
	t.Parallel()
	modules := t.TempDir()
	write(t, modules, "k8s.io/kubernetes@v1.37.1/go.mod", "")
	source := checkout(t)
	write(t, source, "go.mod", "module kubetutor\n\ngo 1.26.0\n\nrequire (\n\tk8s.io/kubernetes v1.37.1\n)\n")
	script := `echo '{"GOVERSION": "go1.25.0", "GOTOOLCHAIN": "auto", "GOPROXY": "off", "GOMODCACHE": "` + modules + `"}'`
	l := buildable(t, source, home(t, goScript(t, script)))
	got := l.Toolchain(soon(t))
	want := Toolchain{
		File: got.File, Version: "go1.25.0", Wanted: "1.26.0", Fetches: true, Offline: true,
		Modules: filepath.Join(modules, "k8s.io", "kubernetes@v1.37.1"),
	}
	if got != want || got.File == "" {
		t.Errorf("%+v, want %+v", got, want)
	}
	l = buildable(t, source, home(t, goScript(t, "exit 3")))
	if got := l.Toolchain(soon(t)); got.Err == nil {
		t.Errorf("a broken one: %+v", got)
	}
	l = buildable(t, source, home(t, "PATH=/nowhere"))
	if got := l.Toolchain(soon(t)); got != (Toolchain{}) {
		t.Errorf("none: %+v", got)
	}
}

// TestLoopback holds that a port is let go of, and that one in use is seen.
func TestLoopback(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if Loopback(port) == nil {
		t.Error("a port in use can be had")
	}
	l.Close()
	if errs := []error{Loopback(port), Loopback(port), Loopback(0)}; slices.ContainsFunc(errs, func(e error) bool { return e != nil }) {
		t.Error(errs)
	}
}
