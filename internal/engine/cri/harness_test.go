package cri

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/engine/image"
	"kubetutor/internal/engine/kernel"
)

// patience bounds every wait in these tests.
const patience = 10 * time.Second

// testImage is the image of most containers here.
const testImage = "docker.io/library/test:latest"

// programs are what the test image can run.
func programs() kernel.Programs {
	return kernel.Programs{
		"echo": func(_ context.Context, p *kernel.Process) int {
			fmt.Fprintln(p.Stdout(), strings.Join(p.Args()[1:], " "))
			return 0
		},
		"warn": func(_ context.Context, p *kernel.Process) int {
			fmt.Fprintln(p.Stderr(), strings.Join(p.Args()[1:], " "))
			return 0
		},
		"exit":  func(_ context.Context, p *kernel.Process) int { n, _ := strconv.Atoi(p.Args()[1]); return n },
		"deaf":  func(ctx context.Context, _ *kernel.Process) int { <-ctx.Done(); return 0 },
		"cat":   cat,
		"wait":  waitForTerm,
		"spam":  spam,
		"eat":   eat,
		"burn":  func(ctx context.Context, p *kernel.Process) int { _ = p.Burn(ctx, 0.5, time.Hour); return 0 },
		"serve": serveEcho,
		"who":   who,
		"read":  readFile,
		"env": func(_ context.Context, p *kernel.Process) int {
			fmt.Fprintln(p.Stdout(), strings.Join(p.Env(), "\n"))
			return 0
		},
		"ps":    ps,
		"stat":  stat,
		"size":  size,
		"pause": waitForTerm,
	}
}

func cat(_ context.Context, p *kernel.Process) int {
	_, _ = io.Copy(p.Stdout(), p.Stdin())
	return 0
}

func waitForTerm(ctx context.Context, p *kernel.Process) int {
	term := p.Notify(kernel.SIGTERM, kernel.SIGQUIT)
	select {
	case s := <-term:
		fmt.Fprintln(p.Stdout(), "got", s)
		return 0
	case <-ctx.Done():
		return 0
	}
}

func spam(ctx context.Context, p *kernel.Process) int {
	for ctx.Err() == nil {
		if _, err := fmt.Fprintln(p.Stdout(), strings.Repeat("spam ", 200)); err != nil {
			return 1
		}
	}
	return 0
}

func eat(ctx context.Context, p *kernel.Process) int {
	n, _ := strconv.ParseInt(p.Args()[1], 10, 64)
	_ = p.Grow(n)
	<-ctx.Done()
	return 0
}

// serveEcho answers every connection with what it said, in capitals.
func serveEcho(ctx context.Context, p *kernel.Process) int {
	l, err := p.Net().Listen("tcp", ":"+p.Args()[1])
	if err != nil {
		fmt.Fprintln(p.Stderr(), err)
		return 1
	}
	defer context.AfterFunc(ctx, func() { l.Close() })()
	fmt.Fprintln(p.Stdout(), "listening")
	for {
		conn, err := l.Accept()
		if err != nil {
			return 0
		}
		go func() {
			defer conn.Close()
			said, _ := io.ReadAll(conn)
			_, _ = io.WriteString(conn, strings.ToUpper(string(said)))
		}()
	}
}

func who(_ context.Context, p *kernel.Process) int {
	c := p.Cred()
	fmt.Fprintln(p.Stdout(), c.UID, c.GID, c.Groups, p.Dir(), p.Hostname())
	return 0
}

func readFile(_ context.Context, p *kernel.Process) int {
	for _, name := range p.Args()[1:] {
		text, err := p.FS().ReadFile(name)
		if err != nil {
			fmt.Fprintln(p.Stderr(), err)
			return 1
		}
		_, _ = p.Stdout().Write(text)
	}
	return 0
}

// stat prints the type of the mount and the group of a file.
func stat(_ context.Context, p *kernel.Process) int {
	name := p.Args()[1]
	mount, err := p.FS().Statfs(name)
	info, err2 := p.FS().Stat(name)
	if err := errors.Join(err, err2); err != nil {
		fmt.Fprintln(p.Stderr(), err)
		return 1
	}
	fmt.Fprintln(p.Stdout(), mount.Type, info.Sys().(*kernel.Stat).GID)
	return 0
}

func ps(_ context.Context, p *kernel.Process) int {
	for _, info := range p.Processes() {
		fmt.Fprintln(p.Stdout(), info.PID, strings.Join(info.Args, " "))
	}
	return 0
}

// size prints the terminal's size, and again whenever it changes, until it is
// told to end.
func size(ctx context.Context, p *kernel.Process) int {
	changed := p.Notify(kernel.SIGWINCH)
	for {
		s := p.TTY().Size()
		fmt.Fprintf(p.Stdout(), "%dx%d\n", s.Columns, s.Rows)
		select {
		case <-changed:
		case <-ctx.Done():
			return 0
		}
	}
}

// shelf is a catalogue of one image with two tags, and the pause image.
type shelf struct{ programs kernel.Programs }

func (s shelf) List() []image.Entry { return []image.Entry{{Repository: "docker.io/library/test"}} }
func (s shelf) Reset()              {}

func (s shelf) Resolve(_ context.Context, ref string, _ *image.Auth) (*image.Image, error) {
	switch {
	case ref == pauseImage:
		return s.image("registry.k8s.io/pause", "a1", image.Config{Entrypoint: []string{"/bin/pause"}}), nil
	case strings.HasPrefix(ref, "test") || strings.HasPrefix(ref, "docker.io/library/test"):
		return s.image("docker.io/library/test", "b2", image.Config{Entrypoint: []string{"wait"}, Env: []string{"PATH=/bin", "A=image", "B=image"},
			WorkingDir: "/work", User: "worker", StopSignal: "SIGQUIT"}), nil
	}
	return nil, fmt.Errorf("%s: %w", ref, image.ErrNotFound)
}

func (s shelf) image(repository, id string, config image.Config) *image.Image {
	tree := kernel.NewTree()
	for name := range s.programs {
		tree.File("/bin/"+name, kernel.Executable(name), 0o755, 0, 0)
	}
	tree.File("/etc/passwd", []byte("root:x:0:0::/root:/bin/sh\nworker:x:7:8::/:/bin/sh\n"), 0o644, 0, 0)
	tree.File("/etc/group", []byte("root:x:0:\nworkers:x:8:\nextra:x:9:worker,other\n"), 0o644, 0, 0)
	tree.Mkdir("/tmp", 0o777|os.ModeSticky, 0, 0)
	return &image.Image{ID: "sha256:" + strings.Repeat(id, 32), Digest: "sha256:" + strings.Repeat("d"+id[:1], 32), Repository: repository,
		Tags: []string{"latest"}, Size: 1 << 20, Config: config, Tree: tree, Programs: s.programs}
}

// lab is a runtime with one node and a client of it.
type lab struct {
	t       *testing.T
	dir     string
	rt      *Runtime
	spec    control.Node
	runtime runtimeapi.RuntimeServiceClient
	images  runtimeapi.ImageServiceClient
	uid     int
}

func newLab(t *testing.T) *lab {
	t.Helper()
	dir, err := os.MkdirTemp("", "cri") // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	l := &lab{t: t, dir: dir}
	l.start()
	return l
}

// start runs a runtime over the directory, as the process does.
func (l *lab) start() {
	l.t.Helper()
	rt, err := NewRuntime(Options{Engine: "test", State: filepath.Join(l.dir, "state"), Catalogue: shelf{programs()},
		Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		l.t.Fatal(err)
	}
	l.rt = rt
	l.t.Cleanup(rt.Close)
	l.spec = control.Node{Name: "node1", IP: netip.MustParseAddr("172.30.0.11"), CRI: filepath.Join(l.dir, "s", "1.sock"),
		Root: filepath.Join(l.dir, "root"), KubeletRoot: filepath.Join(l.dir, "kubelet"), CPUs: 4000, Memory: 8 << 30, Disk: 64 << 30}
	if err := rt.AddNode(l.t.Context(), l.spec); err != nil {
		l.t.Fatal(err)
	}
	l.connect()
}

func (l *lab) connect() {
	l.t.Helper()
	l.connectOnly()
	l.setCIDR()
	l.pull()
}

func (l *lab) connectOnly() {
	l.t.Helper()
	conn, err := grpc.NewClient("unix://"+l.spec.CRI, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { conn.Close() })
	l.runtime, l.images = runtimeapi.NewRuntimeServiceClient(conn), runtimeapi.NewImageServiceClient(conn)
}

func (l *lab) setCIDR() {
	l.t.Helper()
	_, err := l.runtime.UpdateRuntimeConfig(l.t.Context(), &runtimeapi.UpdateRuntimeConfigRequest{RuntimeConfig: &runtimeapi.RuntimeConfig{
		NetworkConfig: &runtimeapi.NetworkConfig{PodCidr: "10.244.1.0/24"}}})
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) pull() {
	l.t.Helper()
	if _, err := l.images.PullImage(l.t.Context(), &runtimeapi.PullImageRequest{Image: &runtimeapi.ImageSpec{Image: "test"}}); err != nil {
		l.t.Fatal(err)
	}
}

// pod makes a sandbox and returns its id and config.
func (l *lab) pod(edit ...func(*runtimeapi.PodSandboxConfig)) (string, *runtimeapi.PodSandboxConfig) {
	l.t.Helper()
	l.uid++
	uid := fmt.Sprint("uid", l.uid)
	config := &runtimeapi.PodSandboxConfig{
		Metadata: &runtimeapi.PodSandboxMetadata{Name: "pod" + fmt.Sprint(l.uid), Namespace: "default", Uid: uid},
		Hostname: "pod" + fmt.Sprint(l.uid), LogDirectory: filepath.Join(l.dir, "logs", uid), Labels: map[string]string{"uid": uid},
		Linux: &runtimeapi.LinuxPodSandboxConfig{SecurityContext: &runtimeapi.LinuxSandboxSecurityContext{
			NamespaceOptions: &runtimeapi.NamespaceOption{Pid: runtimeapi.NamespaceMode_CONTAINER}}},
	}
	for _, e := range edit {
		e(config)
	}
	resp, err := l.runtime.RunPodSandbox(l.t.Context(), &runtimeapi.RunPodSandboxRequest{Config: config})
	if err != nil {
		l.t.Fatal(err)
	}
	return resp.PodSandboxId, config
}

// create makes a container that runs args.
func (l *lab) create(pod string, config *runtimeapi.PodSandboxConfig, args []string, edit ...func(*runtimeapi.ContainerConfig)) (string, error) {
	l.uid++
	c := &runtimeapi.ContainerConfig{Metadata: &runtimeapi.ContainerMetadata{Name: fmt.Sprint("c", l.uid)},
		Image: &runtimeapi.ImageSpec{Image: testImage}, Command: args, LogPath: fmt.Sprintf("c%d/0.log", l.uid),
		Linux: &runtimeapi.LinuxContainerConfig{SecurityContext: &runtimeapi.LinuxContainerSecurityContext{
			NamespaceOptions: config.GetLinux().GetSecurityContext().GetNamespaceOptions()}}}
	for _, e := range edit {
		e(c)
	}
	resp, err := l.runtime.CreateContainer(l.t.Context(), &runtimeapi.CreateContainerRequest{PodSandboxId: pod, Config: c, SandboxConfig: config})
	return resp.GetContainerId(), err
}

// run makes a pod with one running container.
func (l *lab) run(args []string, edit ...func(*runtimeapi.ContainerConfig)) (container, pod string) {
	l.t.Helper()
	pod, config := l.pod()
	return l.runIn(pod, config, args, edit...), pod
}

func (l *lab) runIn(pod string, config *runtimeapi.PodSandboxConfig, args []string, edit ...func(*runtimeapi.ContainerConfig)) string {
	l.t.Helper()
	id, err := l.create(pod, config, args, edit...)
	if err != nil {
		l.t.Fatal(err)
	}
	if _, err := l.runtime.StartContainer(l.t.Context(), &runtimeapi.StartContainerRequest{ContainerId: id}); err != nil {
		l.t.Fatal(err)
	}
	return id
}

func (l *lab) status(id string) *runtimeapi.ContainerStatus {
	l.t.Helper()
	resp, err := l.runtime.ContainerStatus(l.t.Context(), &runtimeapi.ContainerStatusRequest{ContainerId: id})
	if err != nil {
		l.t.Fatal(err)
	}
	return resp.Status
}

// ended waits until a container has exited.
func (l *lab) ended(id string) *runtimeapi.ContainerStatus {
	l.t.Helper()
	var s *runtimeapi.ContainerStatus
	l.until("the container exits", func() bool {
		s = l.status(id)
		return s.State == runtimeapi.ContainerState_CONTAINER_EXITED
	})
	return s
}

func (l *lab) until(what string, ok func() bool) {
	l.t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			l.t.Fatalf("waited too long until %s", what)
		}
	}
}

// log returns a container's log without times.
func (l *lab) log(id string) string {
	l.t.Helper()
	text, err := os.ReadFile(l.status(id).LogPath)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		l.t.Fatal(err)
	}
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		_, rest, _ := strings.Cut(line, " ")
		b.WriteString(rest)
	}
	return b.String()
}

// exec runs a command and returns its output and exit code.
func (l *lab) exec(id string, cmd ...string) (string, int32) {
	l.t.Helper()
	resp, err := l.runtime.ExecSync(l.t.Context(), &runtimeapi.ExecSyncRequest{ContainerId: id, Cmd: cmd, Timeout: 5})
	if err != nil {
		l.t.Fatal(err)
	}
	return string(resp.Stdout) + string(resp.Stderr), resp.ExitCode
}
