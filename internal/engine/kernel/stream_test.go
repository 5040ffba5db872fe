package kernel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/engine/resolver"
	"kubetutor/internal/engine/transcript"
)

// TestDeadProcess: a program that ignores its end gets nowhere.
func TestDeadProcess(t *testing.T) {
	t.Parallel()
	release, done := make(chan struct{}), make(chan [4]error, 1)
	stubborn := func(_ context.Context, p *Process) int {
		f, err := p.FS().Create("/tmp/f")
		if err != nil {
			return 1
		}
		<-release
		_, written := f.WriteString("x")
		_, listened := p.Net().Listen("tcp", ":80")
		_, printed := fmt.Fprintln(p.Stdout(), "still here")
		_, started := p.Start(Spec{Args: []string{"true"}})
		done <- [4]error{written, listened, printed, started}
		return 0
	}
	net, _ := fabric.New().Attach("", netip.Addr{})
	c := newContainer(t, Config{Net: net, Programs: Programs{"stubborn": stubborn}})
	var out transcript.Buffer
	p := start(t, c, Spec{Args: []string{"stubborn"}, Stdout: &out})
	eventually(t, "the file", func() bool { _, err := c.FS().Stat("/tmp/f"); return err == nil })
	_ = p.Signal(SIGKILL)
	if status, _ := p.Wait(soon(t)); status.ExitCode() != 137 {
		t.Errorf("status %v", status)
	}
	close(release)
	for i, err := range <-done {
		if err == nil {
			t.Errorf("call %d of a dead process succeeded", i)
		}
	}
	if out.String() != "" {
		t.Errorf("it wrote %q", out.String())
	}
}

// TestNetworkOfDead: the ports of a process are free when it ends.
func TestNetworkOfDead(t *testing.T) {
	t.Parallel()
	serve := func(ctx context.Context, p *Process) int {
		l, err := p.Net().Listen("tcp", ":80")
		if err != nil {
			return 1
		}
		_, _ = l.Accept()
		<-ctx.Done()
		return 0
	}
	f := fabric.New()
	net, err := f.Attach("pod", netip.MustParseAddr("10.244.1.2"))
	if err != nil {
		t.Fatal(err)
	}
	c := newContainer(t, Config{Net: net, Programs: Programs{"serve": serve}})
	start(t, c, Spec{Args: []string{"sleep"}})
	for range 3 {
		p := start(t, c, Spec{Args: []string{"serve"}})
		eventually(t, "it listens", func() bool { return len(net.Listeners()) == 1 })
		conn, err := f.Dial(soon(t), "", netip.MustParseAddrPort("10.244.1.2:80"))
		if err != nil {
			t.Fatal(err)
		}
		_ = p.Signal(SIGKILL)
		if _, err := conn.Read(make([]byte, 1)); err == nil {
			t.Error("a connection to a dead process")
		}
		eventually(t, "the port is free", func() bool { return len(net.Listeners()) == 0 })
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	f := fabric.New()
	net, _ := f.Attach("", netip.MustParseAddr("10.244.1.2"))
	elsewhere, _ := f.Attach("dns", netip.MustParseAddr("10.96.0.10"))
	names := &resolver.Site{}
	names.SetHosts(map[string]netip.Addr{"kubernetes.default.svc": netip.MustParseAddr("10.96.0.1")})
	if err := names.Serve(elsewhere); err != nil {
		t.Fatal(err)
	}
	image := testImage()
	image.File("/etc/resolv.conf", []byte("nameserver 10.96.0.10\nsearch svc\n"), 0o644, 0, 0)
	image.File("/etc/hosts", []byte("# comment\n127.0.0.1\tlocalhost\n10.1.2.3 foo Foo.bar # x\n10.1.2.4 foo\n"), 0o644, 0, 0)
	look := func(ctx context.Context, p *Process) int {
		for _, name := range p.Args()[1:] {
			found, err := p.Lookup(ctx, name)
			fmt.Fprintln(p.Stdout(), found, err)
		}
		return 0
	}
	image.File("/bin/look", Executable("look"), 0o755, 0, 0)
	c := newContainer(t, Config{Image: image, Net: net, Programs: Programs{"look": look}})
	_, out := run(t, c, Spec{Args: []string{"look", "FOO", "foo.bar.", "kubernetes.default.svc", "kubernetes.default", "9.9.9.9", "nope"}})
	want := "[10.1.2.3 10.1.2.4] <nil>\n[10.1.2.3] <nil>\n[10.96.0.1] <nil>\n[10.96.0.1] <nil>\n[9.9.9.9] <nil>\n[] lookup nope on 10.96.0.10:53: no such host\n"
	if out != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}
}

// TestPipes: a pipe ends when its last writer does, and SIGPIPE ends who writes for nobody.
func TestPipes(t *testing.T) {
	t.Parallel()
	yes := func(_ context.Context, p *Process) int {
		for {
			if _, err := fmt.Fprintln(p.Stdout(), "y"); err != nil {
				return 1
			}
		}
	}
	head := func(_ context.Context, p *Process) int {
		b := make([]byte, 4)
		_, _ = io.ReadFull(p.Stdin(), b)
		_, _ = p.Stdout().Write(b)
		return 0
	}
	pipeline := func(ctx context.Context, p *Process) int {
		r, w := Pipe()
		left, err1 := p.Start(Spec{Args: []string{p.Args()[1], "hello"}, Stdout: w})
		right, err2 := p.Start(Spec{Args: []string{p.Args()[2]}, Stdin: r, Stdout: p.Stdout()})
		_, _ = r.Close(), w.Close()
		if err1 != nil || err2 != nil {
			return 1
		}
		a, _ := left.Wait(ctx)
		b, _ := right.Wait(ctx)
		fmt.Fprintln(p.Stdout(), a, b)
		return 0
	}
	c := newContainer(t, Config{Programs: Programs{"yes": yes, "head": head, "pipeline": pipeline}})
	start(t, c, Spec{Args: []string{"sleep"}})
	if _, out := run(t, c, Spec{Args: []string{"pipeline", "yes", "head"}}); out != "y\ny\nsignal: SIGPIPE exit status 0\n" {
		t.Errorf("got %q", out)
	}
	if _, out := run(t, c, Spec{Args: []string{"pipeline", "echo", "cat"}}); out != "hello\nexit status 0 exit status 0\n" {
		t.Errorf("got %q", out)
	}
}

// TestInputSurvives: what a killed reader had asked for, the next one gets.
func TestInputSurvives(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	shell := func(ctx context.Context, p *Process) int {
		child, err := p.Start(Spec{Args: []string{"cat"}, Stdin: p.Stdin(), Stdout: p.Stdout()})
		if err != nil {
			return 1
		}
		fmt.Fprintln(p.Stdout(), "started")
		<-p.Notify(SIGUSR1)
		_ = child.Signal(SIGKILL)
		_, _ = child.Wait(ctx)
		b := make([]byte, 5)
		n, _ := io.ReadFull(p.Stdin(), b)
		fmt.Fprintf(p.Stdout(), "%s", b[:n])
		return 0
	}
	c := newContainer(t, Config{Programs: Programs{"shell": shell}})
	var out transcript.Buffer
	p := start(t, c, Spec{Args: []string{"shell"}, Stdin: r, Stdout: &out})
	eventually(t, "the child reads", func() bool { return waits(c, r) })
	eventually(t, "the shell listens", func() bool { return p.Signal(SIGUSR1) == nil && len(p.Processes()) == 1 })
	_, _ = io.WriteString(w, "hello")
	if _, err := p.Wait(soon(t)); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != "started\nhello" {
		t.Errorf("got %q", got)
	}
}

// waits says whether somebody reads from an input.
func waits(c *Container, r io.Reader) bool {
	c.mu.Lock()
	in := c.inputs[r]
	c.mu.Unlock()
	if in == nil {
		return false
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.busy
}

// TestDevStdout: a log that an image links to /dev/stdout is the container's own.
func TestDevStdout(t *testing.T) {
	t.Parallel()
	image := testImage()
	image.Symlink("/var/log/access.log", "/dev/stdout", 0, 0)
	image.Symlink("/var/log/main.log", "/proc/1/fd/1", 0, 0)
	logs := func(_ context.Context, p *Process) int {
		for _, name := range p.Args()[1:] {
			f, err := p.FS().OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
			if err != nil {
				fmt.Fprintln(p.Stderr(), err)
				return 1
			}
			fmt.Fprintln(f, p.PID())
			_ = f.Close()
		}
		if len(p.Args()) > 2 {
			<-p.Context().Done()
		}
		return 0
	}
	image.File("/bin/logs", Executable("logs"), 0o755, 0, 0)
	c := newContainer(t, Config{Image: image, Programs: Programs{"logs": logs}})
	var main, exec transcript.Buffer
	start(t, c, Spec{Args: []string{"logs", "/var/log/access.log", "/dev/stderr"}, Stdout: &main, Stderr: &exec})
	eventually(t, "both logs", func() bool { return main.String() == "1\n" && exec.String() == "1\n" })
	if status, out := run(t, c, Spec{Args: []string{"logs", "/var/log/main.log"}}); status.Code != 0 || out != "" || main.String() != "1\n2\n" {
		t.Errorf("%v, %q; the log: %q", status, out, main.String())
	}
	user := Spec{Args: []string{"logs", "/var/log/main.log"}, Cred: Cred{UID: 1000, GID: 1000}}
	if status, out := run(t, c, user); status.Code != 1 || !strings.Contains(out, "permission denied") {
		t.Errorf("another user: %v, %q", status, out)
	}
}

func TestProc(t *testing.T) {
	t.Parallel()
	show := func(_ context.Context, p *Process) int {
		for _, name := range p.Args()[1:] {
			b, err := p.FS().ReadFile(name)
			fmt.Fprintf(p.Stdout(), "%s|%v\n", bytes.ReplaceAll(b, []byte{0}, []byte{' '}), err)
		}
		return 0
	}
	c := newContainer(t, Config{Hostname: "web-0", Limits: Limits{Memory: 64 << 20, CPU: 250}, Programs: Programs{"show": show}})
	start(t, c, Spec{Args: []string{"sleep", "1000"}})
	spec := Spec{Args: []string{
		"show", "/proc/1/cmdline", "/proc/self/comm", "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/cpu.max", "/proc/sys/kernel/hostname", "/proc/1/environ",
	}, Cred: Cred{UID: 5, GID: 5}}
	_, out := run(t, c, spec)
	want := "sleep 1000 |<nil>\nshow\n|<nil>\n67108864\n|<nil>\n25000 100000\n|<nil>\nweb-0\n|<nil>\n|open /proc/1/environ: permission denied\n"
	if out != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}
	entries, err := c.FS().ReadDir("/proc")
	if err != nil || !slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == "1" && e.IsDir() }) {
		t.Errorf("%v, %v", entries, err)
	}
	if err := c.FS().WriteFile("/proc/new", nil, 0o644); err == nil {
		t.Error("a file was made in /proc")
	}
}

// TestSettings: a container cannot change the kernel's settings, and is told why.
func TestSettings(t *testing.T) {
	t.Parallel()
	c := newContainer(t, Config{Caps: []string{}, Sysctls: map[string]string{"net.core.somaxconn": "7"}})
	const name = "/proc/sys/net/core/somaxconn"
	for who, want := range map[int]error{0: syscall.EROFS, 5: syscall.EACCES} {
		if err := c.FS().With("/", Cred{UID: who}).WriteFile(name, []byte("8"), 0o644); !errors.Is(err, want) {
			t.Errorf("user %d: %v, want %v", who, err, want)
		}
	}
	if err := c.FS().Mkdir("/proc/sys/new", 0o755); !errors.Is(err, syscall.EROFS) {
		t.Errorf("a directory: %v", err)
	}
	if got := content(c.FS(), name); got != "7\n" {
		t.Errorf("the setting is %q", got)
	}
	if got := content(c.FS(), "/proc/mounts"); !strings.Contains(got, "\nproc /proc/sys proc ro,") {
		t.Errorf("mounts:\n%s", got)
	}
	if got := content(newContainer(t, Config{Privileged: true}).FS(), "/proc/mounts"); !strings.Contains(got, "\nproc /proc/sys proc rw,") {
		t.Errorf("mounts of a privileged container:\n%s", got)
	}
}

// TestProcessName: a process is called after the file that was executed, and forks after their parent, whatever the arguments say.
func TestProcessName(t *testing.T) {
	t.Parallel()
	name := func(_ context.Context, p *Process) int {
		comm, err := p.FS().ReadFile("/proc/self/comm")
		fmt.Fprint(p.Stdout(), string(comm), err)
		return 0
	}
	fork := func(ctx context.Context, p *Process) int {
		child, err := p.Fork(Spec{Args: []string{"fork: worker process"}, Stdout: p.Stdout()}, name)
		if err != nil {
			return 1
		}
		_, _ = child.Wait(ctx)
		return 0
	}
	exec := func(_ context.Context, p *Process) int {
		code, _ := p.Exec(Spec{Args: []string{"other"}, Path: "/bin/name"})
		return code
	}
	c := newContainer(t, Config{Programs: Programs{"name": name, "fork": fork, "exec": exec}})
	start(t, c, Spec{Args: []string{"sleep"}})
	must(t, c.FS().WriteFile("/bin/docker-entrypoint.sh", []byte("#!/bin/name -e\n"), 0o755), c.FS().Symlink("name", "/bin/link"))
	for args, want := range map[string]string{
		"name": "name", "/bin/name": "name", "-x /bin/name": "name", "link": "link", "fork": "fork", "exec": "name", "docker-entrypoint.sh": "docker-entrypoi",
	} {
		spec := Spec{Args: strings.Fields(args)}
		if len(spec.Args) > 1 {
			spec = Spec{Args: spec.Args[:1], Path: spec.Args[1]}
		}
		if status, out := run(t, c, spec); status.ExitCode() != 0 || out != want+"\n<nil>" {
			t.Errorf("%s: %v, %q, want %q", args, status, out, want)
		}
	}
}

func BenchmarkPipe(b *testing.B) {
	r, w := Pipe()
	go func() { _, _ = io.Copy(io.Discard, r) }()
	buf := make([]byte, 16<<10)
	b.SetBytes(int64(len(buf)))
	for b.Loop() {
		_, _ = w.Write(buf)
	}
}
