package kernel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/engine/transcript"
)

// eventually polls until something holds.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(wait); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

// start starts a process that is killed with the container.
func start(t testing.TB, c *Container, spec Spec) *Process {
	t.Helper()
	p, err := c.Start(spec)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestStartErrors(t *testing.T) {
	t.Parallel()
	image := testImage()
	image.File("/bin/text", []byte("hello"), 0o755, 0, 0)
	image.File("/bin/noexec", Executable("true"), 0o644, 0, 0)
	image.File("/bin/gone", Executable("no such program"), 0o755, 0, 0)
	image.File("/bin/orphan", []byte("#!/bin/missing\n"), 0o755, 0, 0)
	image.File("/bin/secret", Executable("true"), 0o700, 0, 0)
	image.File("/bin/loop", []byte("#!/bin/loop\n"), 0o755, 0, 0)
	image.Mkdir("/private", 0o700, 0, 0)
	user := Cred{UID: 1000, GID: 1000}
	tests := []struct {
		spec Spec
		want error
		text string
	}{
		{Spec{Args: []string{"foo"}}, ErrNotFound, `exec: "foo": executable file not found in $PATH`},
		{Spec{Args: []string{"/foo"}}, syscall.ENOENT, `exec: "/foo": stat /foo: no such file or directory`},
		{Spec{Args: []string{"/bin"}}, syscall.EISDIR, `exec: "/bin": is a directory`},
		{Spec{Args: []string{"/bin/noexec"}}, syscall.EACCES, `exec: "/bin/noexec": permission denied`},
		{Spec{Args: []string{"noexec"}}, syscall.EACCES, `exec: "noexec": permission denied`},
		{Spec{Args: []string{"text"}}, syscall.ENOEXEC, `exec: "text": exec format error`},
		{Spec{Args: []string{"gone"}}, syscall.ENOEXEC, ""},
		{Spec{Args: []string{"orphan"}}, syscall.ENOENT, ""},
		{Spec{Args: []string{"loop"}}, syscall.ELOOP, ""},
		{Spec{Args: []string{"secret"}, Cred: user}, syscall.EACCES, ""},
		{Spec{Args: []string{"true"}, Cred: user, Dir: "/private"}, syscall.EACCES, "chdir /private: permission denied"},
		{Spec{Args: []string{"true"}, Dir: "/etc/passwd"}, syscall.ENOTDIR, ""},
		{Spec{Args: []string{"true"}, Env: []string{"PATH=/sbin"}}, ErrNotFound, ""},
		{Spec{}, syscall.EINVAL, ""},
	}
	for _, test := range tests {
		c := newContainer(t, Config{Image: image})
		_, err := c.Start(test.spec)
		if !errors.Is(err, test.want) || test.text != "" && err.Error() != test.text {
			t.Errorf("%v: %v, want %v", test.spec.Args, err, test.want)
		}
		if n := c.Usage().PIDs; n != 0 {
			t.Errorf("%v: %d processes after a failed start", test.spec.Args, n)
		}
	}
}

func TestShebang(t *testing.T) {
	t.Parallel()
	image := testImage()
	image.File("/opt/run", []byte("#! /bin/echo -a b\nrest\n"), 0o755, 0, 0)
	image.Symlink("/usr/bin/run", "../../opt/run", 0, 0)
	c := newContainer(t, Config{Image: image})
	if _, out := run(t, c, Spec{Args: []string{"run", "x", "y"}}); out != "-a b /usr/bin/run x y\n" {
		t.Errorf("got %q", out)
	}
}

// TestCopiedExecutable: a copy of a program runs, as long as it has its right.
func TestCopiedExecutable(t *testing.T) {
	t.Parallel()
	c := newContainer(t, Config{})
	f := c.FS()
	b, err := f.ReadFile("/bin/echo")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.WriteFile("/tmp/mine", b, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, out := run(t, c, Spec{Args: []string{"/tmp/mine", "hi"}}); out != "hi\n" {
		t.Errorf("got %q", out)
	}
}

func TestWorkingDirectory(t *testing.T) {
	t.Parallel()
	pwd := func(_ context.Context, p *Process) int { fmt.Fprintln(p.Stdout(), p.Dir()); return 0 }
	c := newContainer(t, Config{Programs: Programs{"pwd": pwd, "wait": programs()["sleep"]}})
	start(t, c, Spec{Args: []string{"wait"}, Dir: "/work/new"})
	if fi, err := c.FS().Stat("/work/new"); err != nil || !fi.IsDir() {
		t.Errorf("the main process's directory was not made: %v", err)
	}
	if _, err := c.Start(Spec{Args: []string{"pwd"}, Dir: "/work/other"}); !errors.Is(err, syscall.ENOENT) {
		t.Errorf("an exec in a directory that is missing: %v", err)
	}
	if err := c.FS().Symlink("/work/new", "/link"); err != nil {
		t.Fatal(err)
	}
	if _, out := run(t, c, Spec{Args: []string{"pwd"}, Dir: "/link"}); out != "/work/new\n" {
		t.Errorf("pwd says %q", out)
	}
}

func TestPanic(t *testing.T) {
	t.Parallel()
	status, out := run(t, newContainer(t, Config{}), Spec{Args: []string{"panic"}})
	if status.ExitCode() != 139 || status.Signal != SIGSEGV || !strings.Contains(out, "Segmentation fault") {
		t.Errorf("%v, %q", status, out)
	}
}

// signaller waits for signals and says which.
func signaller(handled ...Signal) Program {
	return func(ctx context.Context, p *Process) int {
		came := p.Notify(handled...)
		fmt.Fprintln(p.Stdout(), "ready")
		select {
		case s := <-came:
			fmt.Fprintln(p.Stdout(), s)
			return 7
		case <-ctx.Done():
			return 0
		}
	}
}

// TestSignals: what a signal does to init and to others, with and without a handler.
func TestSignals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		init    bool
		handled []Signal
		sent    Signal
		want    int // exit code; -1: it goes on
	}{
		{true, nil, SIGTERM, -1},
		{true, nil, SIGINT, -1},
		{true, nil, SIGKILL, 137},
		{true, []Signal{SIGTERM}, SIGTERM, 7},
		{true, []Signal{SIGKILL}, SIGKILL, 137},
		{false, nil, SIGTERM, 143},
		{false, nil, SIGHUP, 129},
		{false, nil, SIGUSR1, 138},
		{false, nil, SIGCHLD, -1},
		{false, nil, SIGWINCH, -1},
		{false, []Signal{SIGTERM, SIGINT}, SIGINT, 7},
		{false, []Signal{SIGTERM}, SIGINT, 130},
		{false, nil, sigRTMin, 162},
	}
	for _, test := range tests {
		c := newContainer(t, Config{Programs: Programs{"target": signaller(test.handled...)}})
		if !test.init {
			start(t, c, Spec{Args: []string{"sleep"}})
		}
		var out transcript.Buffer
		p := start(t, c, Spec{Args: []string{"target"}, Stdout: &out})
		eventually(t, "the program is ready", func() bool { return out.String() != "" })
		if err := p.Signal(test.sent); err != nil {
			t.Fatal(err)
		}
		if test.want < 0 {
			select {
			case <-p.Done():
				t.Errorf("%+v: ended", test)
			case <-time.After(5 * time.Millisecond):
			}
			continue
		}
		status, err := p.Wait(soon(t))
		if err != nil || status.ExitCode() != test.want {
			t.Errorf("%+v: %v, %v", test, status, err)
		}
		if err := p.Signal(SIGTERM); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("a signal after the end: %v", err)
		}
	}
}

func TestParseSignal(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Signal{"TERM": 15, "SIGTERM": 15, "15": 15, "sigkill": 9, "SIGRTMIN+3": 37, "RTMAX": 64, "RTMAX-1": 63, "SIGRTMIN": 34} {
		if got, err := ParseSignal(text); got != want || err != nil {
			t.Errorf("%s: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "0", "65", "SIGFOO", "-1", "RTMIN+31", "RTMAX-31"} {
		if got, err := ParseSignal(text); !errors.Is(err, syscall.EINVAL) {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	for s := Signal(1); s <= 31; s++ {
		if got, err := ParseSignal(s.String()); got != s || err != nil {
			t.Errorf("%v: %v, %v", s, got, err)
		}
	}
}

// TestKill: who may send what to whom, from inside.
func TestKill(t *testing.T) {
	t.Parallel()
	var results transcript.Buffer
	tester := func(ctx context.Context, p *Process) int {
		victim, err := p.Start(Spec{Args: []string{"sleep"}})
		if err != nil {
			return 1
		}
		user, _ := p.Start(Spec{Args: []string{"kill1"}, Cred: Cred{UID: 1000, GID: 1000}, Stdout: p.Stdout()})
		_, _ = user.Wait(ctx)
		fmt.Fprintln(p.Stdout(), p.Kill(1, SIGKILL), p.Kill(999, SIGTERM), p.Kill(victim.PID(), 99), p.Kill(victim.PID(), 0))
		_ = p.Kill(victim.PID(), SIGTERM)
		status, _ := victim.Wait(ctx)
		fmt.Fprintln(p.Stdout(), status)
		return 0
	}
	kill1 := func(_ context.Context, p *Process) int { fmt.Fprintln(p.Stdout(), p.Kill(1, SIGTERM)); return 0 }
	c := newContainer(t, Config{Programs: Programs{"tester": tester, "kill1": kill1}})
	init := start(t, c, Spec{Args: []string{"sleep"}})
	if _, err := start(t, c, Spec{Args: []string{"tester"}, Stdout: &results}).Wait(soon(t)); err != nil {
		t.Fatal(err)
	}
	want := "operation not permitted\n<nil> no such process invalid argument <nil>\nsignal: SIGTERM\n"
	if results.String() != want {
		t.Errorf("got %q, want %q", results.String(), want)
	}
	select {
	case <-init.Done():
		t.Error("init can be killed from inside")
	default:
	}
}

// TestFamily: children of the dead go to init, zombies wait for their parent, and all end with init.
func TestFamily(t *testing.T) {
	t.Parallel()
	parent := func(ctx context.Context, p *Process) int {
		_, _ = p.Start(Spec{Args: []string{"sleep", "orphan"}})
		return 3
	}
	holder := func(ctx context.Context, p *Process) int {
		_, _ = p.Start(Spec{Args: []string{"true"}})
		<-ctx.Done()
		return 0
	}
	c := newContainer(t, Config{Programs: Programs{"parent": parent, "holder": holder}})
	init := start(t, c, Spec{Args: []string{"sleep"}})
	if status, _ := run(t, c, Spec{Args: []string{"parent"}}); status.Code != 3 {
		t.Errorf("status %v", status)
	}
	all := init.Processes()
	if len(all) != 2 || all[1].PPID != 1 || all[1].Args[1] != "orphan" {
		t.Errorf("processes: %+v", all)
	}
	orphan := c.ns.find(all[1].PID)
	_ = orphan.Signal(SIGKILL)
	eventually(t, "init buries the orphan", func() bool { return len(init.Processes()) == 1 })

	h := start(t, c, Spec{Args: []string{"holder"}})
	eventually(t, "a zombie", func() bool {
		return slices.ContainsFunc(init.Processes(), func(i ProcessInfo) bool { return i.State == 'Z' && i.PPID == h.PID() })
	})
	_ = h.Signal(SIGKILL)
	eventually(t, "the zombie goes with its parent", func() bool { return len(init.Processes()) == 1 })

	exec := start(t, c, Spec{Args: []string{"sleep"}})
	_ = init.Signal(SIGKILL)
	if status, err := exec.Wait(soon(t)); err != nil || status.Signal != SIGKILL {
		t.Errorf("an exec after init's end: %v, %v", status, err)
	}
	if _, err := c.Start(Spec{Args: []string{"true"}}); err == nil {
		t.Error("a process started without init")
	}
}

// TestSharedPIDs: two containers of a pod see each other, and each takes only its own along.
func TestSharedPIDs(t *testing.T) {
	t.Parallel()
	pids := NewPIDNamespace()
	pause := newContainer(t, Config{ID: "pause", PIDs: pids})
	a, b := newContainer(t, Config{ID: "a", PIDs: pids}), newContainer(t, Config{ID: "b", PIDs: pids})
	init := start(t, pause, Spec{Args: []string{"sleep"}})
	mainA, mainB := start(t, a, Spec{Args: []string{"sleep"}}), start(t, b, Spec{Args: []string{"sleep"}})
	execA := start(t, a, Spec{Args: []string{"sleep"}})
	if got := len(mainA.Processes()); got != 4 || len(a.Processes()) != 2 {
		t.Errorf("%d processes in the pod, %d in the container", got, len(a.Processes()))
	}
	_ = mainA.Signal(SIGTERM)
	if status, _ := execA.Wait(soon(t)); status.Signal != SIGKILL {
		t.Errorf("the exec's status: %v", status)
	}
	if _, err := a.Start(Spec{Args: []string{"true"}}); !errors.Is(err, ErrStopped) {
		t.Errorf("an exec in a container that has ended: %v", err)
	}
	select {
	case <-mainB.Done():
		t.Error("the other container ended too")
	default:
	}
	_ = init.Signal(SIGKILL)
	if status, _ := mainB.Wait(soon(t)); status.Signal != SIGKILL {
		t.Errorf("after init's end: %v", status)
	}
}

func TestStop(t *testing.T) {
	t.Parallel()
	var n transcript.Buffer
	count := func(ctx context.Context, p *Process) int {
		for ctx.Err() == nil {
			fmt.Fprint(p.Stdout(), ".")
		}
		return 0
	}
	c := newContainer(t, Config{Programs: Programs{"count": count}})
	start(t, c, Spec{Args: []string{"sleep"}})
	p := start(t, c, Spec{Args: []string{"count"}, Stdout: &n})
	_ = p.Signal(SIGSTOP)
	status, err := p.WaitStopped(soon(t))
	if err != nil || !status.Stopped || status.Signal != SIGSTOP {
		t.Fatalf("%v, %v", status, err)
	}
	_ = p.Signal(SIGTERM) // waits
	before := n.String()
	for range 3 {
		time.Sleep(time.Millisecond)
		if now := n.String(); len(now) > len(before)+1 {
			t.Errorf("a stopped process went on: %d, %d", len(before), len(now))
		}
	}
	_ = p.Signal(SIGCONT)
	if status, err := p.Wait(soon(t)); err != nil || status.Signal != SIGTERM {
		t.Errorf("%v, %v", status, err)
	}
}

func TestForkBomb(t *testing.T) {
	t.Parallel()
	var failed transcript.Buffer
	bomb := func(ctx context.Context, p *Process) int {
		for {
			if _, err := p.Start(Spec{Args: []string{"bomb"}, Stdout: p.Stdout()}); err != nil {
				fmt.Fprintln(p.Stdout(), err)
				break
			}
		}
		<-ctx.Done()
		return 0
	}
	c := newContainer(t, Config{Limits: Limits{PIDs: 50}, Programs: Programs{"bomb": bomb}})
	start(t, c, Spec{Args: []string{"bomb"}, Stdout: &failed})
	eventually(t, "the limit is reached", func() bool { return strings.Contains(failed.String(), "resource temporarily unavailable") })
	if n := c.Usage().PIDs; n > 50 {
		t.Errorf("%d processes", n)
	}
	c.Kill()
	eventually(t, "all are gone", func() bool { return c.Usage().PIDs == 0 })
}

// TestNothingLeft starts and ends a thousand containers, some by force, and counts goroutines and memory afterwards.
func TestNothingLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	node, network := NewAccounting(1<<30), fabric.New()
	image := testImage()
	for i := range 1000 {
		ns, err := network.Attach(fmt.Sprint(i), netip.Addr{})
		if err != nil {
			t.Fatal(err)
		}
		c, err := New(Config{Image: image, Programs: programs(), Parent: node, Net: ns, Mounts: []Mount{{Target: "/data", Source: os.TempDir()}}})
		if err != nil {
			t.Fatal(err)
		}
		p := start(t, c, Spec{Args: []string{[]string{"true", "sleep", "spin"}[i%3]}})
		start2, err := c.Start(Spec{Args: []string{"cat"}, Stdin: stuck{}})
		_ = p.Net()
		if err == nil && i%2 == 0 {
			_ = start2.Signal(SIGKILL)
		}
		if err := errors.Join(c.Close(), ns.Close()); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all goroutines are gone", func() bool { return runtime.NumGoroutine() <= before })
	if u := node.Usage(); u.Memory != 0 || u.PIDs != 0 || u.Disk != 0 {
		t.Errorf("left: %+v", u)
	}
}

// stuck is an input that has ended.
type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, net.ErrClosed }

func BenchmarkContainer(b *testing.B) {
	image, all, node := testImage(), programs(), NewAccounting(0)
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		c, err := New(Config{Image: image, Programs: all, Parent: node})
		if err != nil {
			b.Fatal(err)
		}
		p, err := c.Start(Spec{Args: []string{"true"}})
		if err != nil {
			b.Fatal(err)
		}
		_, _ = p.Wait(ctx)
		_ = c.Close()
	}
}

func BenchmarkExec(b *testing.B) {
	c := newContainer(b, Config{})
	start(b, c, Spec{Args: []string{"sleep"}})
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		p, err := c.Start(Spec{Args: []string{"true"}})
		if err != nil {
			b.Fatal(err)
		}
		_, _ = p.Wait(ctx)
	}
}
