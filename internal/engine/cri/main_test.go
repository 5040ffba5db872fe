package cri

import (
	"context"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/engine/image/shell"
	"kubetutor/internal/engine/kernel"
)

// asRuntime makes this test binary the process that it tests.
const asRuntime = "KUBETUTOR_TEST_RUNTIME"

func TestMain(m *testing.M) {
	if os.Getenv(asRuntime) != "" {
		programs := shell.Programs()
		programs["hog"] = hog
		os.Exit(runWith("test", os.Args[1:], programs))
	}
	os.Exit(m.Run())
}

// hog takes memory that it is not charged for: half as much again as the process
// may have.
func hog(context.Context, *kernel.Process) int {
	const chunk, page = 64 << 20, 4 << 10
	var taken [][]byte
	for range hardLimit / 2 * 3 / chunk {
		taken = append(taken, make([]byte, chunk))
		for at := 0; at < chunk; at += page {
			taken[len(taken)-1][at] = 1 // until it is written to, the system has not given it
		}
	}
	goruntime.KeepAlive(taken)
	return 0
}

// process starts the runtime as a process of its own and returns a client of it.
func process(t *testing.T, dir string) (*exec.Cmd, *control.Client) {
	t.Helper()
	sockets := filepath.Join(dir, "s")
	cmd := exec.Command(os.Args[0], "--sockets", sockets, "--state", filepath.Join(dir, "state"))
	cmd.Env = append(os.Environ(), asRuntime+"=1")
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	client := control.NewClient(filepath.Join(sockets, control.SocketName))
	t.Cleanup(client.Close)
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		h, err := client.Hello(t.Context())
		if err == nil && h.Engine == "test" && h.PID == cmd.Process.Pid {
			return cmd, client
		}
		if time.Now().After(deadline) {
			t.Fatalf("the runtime does not answer: %v", err)
		}
	}
}

// exited waits for a process' end.
func exited(t *testing.T, cmd *exec.Cmd) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		t.Fatal("the process does not end")
		return nil
	}
}

// place makes a directory for the process, and a lab for its first node.
func place(t *testing.T) (dir string, l *lab) {
	t.Helper()
	dir, err := os.MkdirTemp("", "cri")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	state := filepath.Join(dir, "state")
	spec := control.Node{Name: "node1", IP: netip.MustParseAddr("172.30.0.11"), CRI: filepath.Join(dir, "s", "1.sock"),
		Root: filepath.Join(state, "root"), KubeletRoot: filepath.Join(state, "kubelet"), CPUs: 4000, Memory: 8 << 30, Disk: 64 << 30}
	return dir, &lab{t: t, dir: state, spec: spec}
}

// The process with the real images: a pod runs, the process is killed, comes
// back with its records, and ends at SIGTERM at once.
func TestProcess(t *testing.T) {
	t.Parallel()
	dir, l := place(t)
	spec := l.spec

	first, client := process(t, dir)
	if err := client.AddNode(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	l.connectOnly()
	l.setCIDR()
	if _, err := l.images.PullImage(t.Context(), &runtimeapi.PullImageRequest{Image: &runtimeapi.ImageSpec{Image: "busybox"}}); err != nil {
		t.Fatal(err)
	}
	id, _ := l.run([]string{"sh", "-c", "echo hello; sleep 1000"}, func(c *runtimeapi.ContainerConfig) { c.Image.Image = "busybox" })
	l.until("it speaks", func() bool { return l.log(id) == "stdout F hello\n" })
	if out, code := l.exec(id, "sh", "-c", "cat /etc/hostname; exit 4"); out != "pod1\n" || code != 4 {
		t.Errorf("exec: %q, %d", out, code)
	}
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = exited(t, first)

	second, client := process(t, dir)
	if err := client.AddNode(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	l.connectOnly()
	if s := l.status(id); s.ExitCode != 255 || s.Reason != "Unknown" {
		t.Errorf("after the death: %v", s)
	}
	if err := refused(dir); err == nil || !strings.Contains(err.Error(), "exit status 1") {
		t.Errorf("a second runtime of the same cluster: %v", err)
	}
	begin := time.Now()
	if err := second.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := exited(t, second); err != nil || time.Since(begin) > 5*time.Second {
		t.Errorf("ended with %v after %v", err, time.Since(begin))
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "s", "*")); len(left) != 0 {
		t.Errorf("sockets are left: %v", left)
	}
}

// refused starts another runtime over the same sockets.
func refused(dir string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "--sockets", filepath.Join(dir, "s"), "--state", filepath.Join(dir, "state"))
	cmd.Env = append(os.Environ(), asRuntime+"=1")
	return cmd.Run()
}
