package cri

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"kubetutor/internal/engine/cri/control"
)

// die ends a runtime as kill -9 does, as far as the records can tell: they are
// as they were.
func (l *lab) die() {
	l.t.Helper()
	state := filepath.Join(l.dir, "state")
	if err := os.CopyFS(filepath.Join(l.dir, "copy"), os.DirFS(state)); err != nil {
		l.t.Fatal(err)
	}
	l.rt.Close()
	if err := errors.Join(os.RemoveAll(state), os.Rename(filepath.Join(l.dir, "copy"), state)); err != nil {
		l.t.Fatal(err)
	}
}

func TestRecordsAfterADeath(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	running, pod := l.run([]string{"wait"}, func(c *runtimeapi.ContainerConfig) { c.Labels = map[string]string{"app": "a"} })
	done, _ := l.run([]string{"exit", "3"})
	l.ended(done)
	removed, _ := l.run([]string{"wait"})
	if _, err := l.runtime.RemoveContainer(t.Context(), &runtimeapi.RemoveContainerRequest{ContainerId: removed}); err != nil {
		t.Fatal(err)
	}
	l.die()
	l.start()
	if s := l.status(running); s.State != runtimeapi.ContainerState_CONTAINER_EXITED || s.ExitCode != 255 || s.Reason != "Unknown" ||
		s.StartedAt == 0 || s.FinishedAt < s.StartedAt || s.Labels["app"] != "a" || s.Metadata.GetName() == "" {
		t.Errorf("the one that ran: %v", s)
	}
	if s := l.status(done); s.ExitCode != 3 || s.Reason != "Error" {
		t.Errorf("the one that had ended: %v", s)
	}
	list, err := l.runtime.ListPodSandbox(t.Context(), &runtimeapi.ListPodSandboxRequest{})
	if err != nil || len(list.Items) != 3 {
		t.Fatalf("sandboxes: %v, %v", list, err)
	}
	for _, s := range list.Items {
		if s.State != runtimeapi.PodSandboxState_SANDBOX_NOTREADY || s.Metadata.GetUid() == "" {
			t.Errorf("sandbox: %v", s)
		}
	}
	if containers, err := l.runtime.ListContainers(t.Context(), &runtimeapi.ListContainersRequest{}); err != nil || len(containers.Containers) != 2 {
		t.Errorf("containers: %v, %v", containers, err)
	}
	// What the kubelet does next.
	if _, err := l.runtime.StopPodSandbox(t.Context(), &runtimeapi.StopPodSandboxRequest{PodSandboxId: pod}); err != nil {
		t.Error(err)
	}
	for _, s := range list.Items {
		if _, err := l.runtime.RemovePodSandbox(t.Context(), &runtimeapi.RemovePodSandboxRequest{PodSandboxId: s.Id}); err != nil {
			t.Error(err)
		}
	}
	l.run([]string{"wait"})
	for _, kind := range []string{"sandboxes", "containers", "pods"} {
		if left, _ := os.ReadDir(filepath.Join(l.dir, "state", "runtime", "node1", kind)); len(left) != 1 {
			t.Errorf("%s on disk: %v", kind, left)
		}
	}
}

func TestPower(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	id, pod := l.run([]string{"serve", "80"})
	l.until("it listens", func() bool { return l.log(id) != "" })
	to := netip.MustParseAddrPort("10.244.1.2:80")
	conn, err := l.rt.Dial(t.Context(), "node1", to)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()

	if err := l.rt.Power(t.Context(), "node1", false); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(l.spec.CRI); !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := l.rt.Dial(short, "node1", to); err == nil || errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dialling a pod of a dead node: %v", err)
	}
	if err := l.rt.Power(t.Context(), "node1", true); err != nil {
		t.Fatal(err)
	}
	l.connect()
	if s := l.status(id); s.ExitCode != 255 || s.Reason != "Unknown" {
		t.Errorf("its container: %v", s)
	}
	if resp, err := l.runtime.PodSandboxStatus(t.Context(), &runtimeapi.PodSandboxStatusRequest{PodSandboxId: pod}); err != nil ||
		resp.Status.State != runtimeapi.PodSandboxState_SANDBOX_NOTREADY {
		t.Errorf("its sandbox: %v, %v", resp, err)
	}
	l.run([]string{"wait"})
	if err := l.rt.Power(t.Context(), "nosuch", false); !errors.Is(err, control.ErrNoNode) {
		t.Errorf("a node that is not there: %v", err)
	}
}

func TestReset(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	kept, keptPod := l.run([]string{"wait"})
	l.run([]string{"deaf"})
	uid := strings.TrimPrefix(l.status(kept).LogPath, filepath.Join(l.dir, "logs")+"/")
	uid, _, _ = strings.Cut(uid, "/")
	if err := l.rt.Pressure(t.Context(), "node1", control.Pressure{Memory: 5 << 30}); err != nil {
		t.Fatal(err)
	}
	if u, err := l.rt.Usage(t.Context(), "node1"); err != nil || u.Memory < 5<<30 || u.PIDs != 2 || u.Disk == 0 {
		t.Errorf("usage: %+v, %v", u, err)
	}
	if err := l.rt.Reset(t.Context(), control.Reset{Keep: []string{uid}}); err != nil {
		t.Fatal(err)
	}
	list, err := l.runtime.ListPodSandbox(t.Context(), &runtimeapi.ListPodSandboxRequest{})
	if err != nil || len(list.Items) != 1 || list.Items[0].Id != keptPod {
		t.Errorf("sandboxes: %v, %v", list, err)
	}
	if s := l.status(kept); s.State != runtimeapi.ContainerState_CONTAINER_RUNNING {
		t.Errorf("the container to keep: %v", s)
	}
	if u, err := l.rt.Usage(t.Context(), "node1"); err != nil || u.Memory >= 5<<30 {
		t.Errorf("usage: %+v, %v", u, err)
	}
	if err := l.rt.Reset(t.Context(), control.Reset{}); err != nil {
		t.Fatal(err)
	}
	images, err := l.images.ListImages(t.Context(), &runtimeapi.ListImagesRequest{})
	if err != nil || len(images.Images) != 1 || !images.Images[0].Pinned {
		t.Errorf("images: %v, %v", images, err)
	}
}

// TestBarred: of a Pod that a reset named as gone nothing starts any more, however
// late its kubelet comes, until it is forgotten.
func TestBarred(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	pod, config := l.pod()
	uid := config.GetMetadata().GetUid()
	reset := control.Reset{Keep: []string{uid}, Gone: []string{uid}} // its sandbox is there when the bar comes
	if err := l.rt.Reset(t.Context(), reset); err != nil {
		t.Fatal(err)
	}
	l.pull() // a reset empties the cache
	if _, err := l.create(pod, config, []string{"wait"}); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("a late container: %v", err)
	}
	if err := l.rt.Reset(t.Context(), control.Reset{}); err != nil {
		t.Fatal(err)
	}
	again := &runtimeapi.RunPodSandboxRequest{Config: config}
	if _, err := l.runtime.RunPodSandbox(t.Context(), again); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("a late sandbox: %v", err)
	}
	list, err := l.runtime.ListPodSandbox(t.Context(), &runtimeapi.ListPodSandboxRequest{})
	if err != nil || len(list.Items) != 0 {
		t.Errorf("sandboxes: %v, %v", list, err)
	}
	l.pull()
	l.run([]string{"wait"}) // other Pods are as welcome as ever
	l.rt.barred.forget(time.Now().Add(control.Barred + time.Second))
	if _, err := l.runtime.RunPodSandbox(t.Context(), again); err != nil {
		t.Errorf("once the Pod is forgotten: %v", err)
	}
}

// TestBarredBriefly: of a static Pod, which no reset names, nothing starts just
// then, and all is well when its manifest comes back.
func TestBarredBriefly(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	_, config := l.pod()
	if err := l.rt.Reset(t.Context(), control.Reset{}); err != nil {
		t.Fatal(err)
	}
	again := &runtimeapi.RunPodSandboxRequest{Config: config}
	if _, err := l.runtime.RunPodSandbox(t.Context(), again); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("a late sandbox: %v", err)
	}
	l.rt.barred.forget(time.Now().Add(control.BarredBriefly))
	if _, err := l.runtime.RunPodSandbox(t.Context(), again); err != nil {
		t.Errorf("with the manifest back: %v", err)
	}
}

func TestRemoveNode(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.run([]string{"wait"})
	if err := l.rt.RemoveNode(t.Context(), "node1"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(l.dir, "state", "runtime", "node1")); !os.IsNotExist(err) {
		t.Errorf("its state is still there: %v", err)
	}
	if h := l.rt.Hello(); len(h.Nodes) != 0 {
		t.Errorf("nodes: %v", h.Nodes)
	}
	if err := l.rt.AddNode(t.Context(), l.spec); err != nil { // its address is free again
		t.Error(err)
	}
}

func TestNodesThatAreRefused(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for _, name := range []string{"", ".", "..", "../x", "a/b"} {
		spec := l.spec
		spec.Name = name
		if err := l.rt.AddNode(t.Context(), spec); err == nil {
			t.Errorf("a node called %q", name)
		}
	}
	spec := l.spec
	spec.Name, spec.Root = "node2", "relative"
	if err := l.rt.AddNode(t.Context(), spec); err == nil {
		t.Error("a node with a relative root")
	}
}

func TestHostPort(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	pod, config := l.pod(func(c *runtimeapi.PodSandboxConfig) {
		c.PortMappings = []*runtimeapi.PortMapping{{Protocol: runtimeapi.Protocol_TCP, ContainerPort: 80, HostPort: 8080}, {ContainerPort: 81}}
	})
	id := l.runIn(pod, config, []string{"serve", "80"})
	l.until("it listens", func() bool { return l.log(id) != "" })
	conn, err := l.rt.Dial(t.Context(), "", netip.MustParseAddrPort("172.30.0.11:8080"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "hello")
	conn.(interface{ CloseWrite() error }).CloseWrite()
	if got, err := io.ReadAll(conn); string(got) != "HELLO" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := l.runtime.RemovePodSandbox(t.Context(), &runtimeapi.RemovePodSandboxRequest{PodSandboxId: pod}); err != nil {
		t.Fatal(err)
	}
	if _, err := l.rt.Dial(t.Context(), "", netip.MustParseAddrPort("172.30.0.11:8080")); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("the port of a pod that has gone: %v", err)
	}
}

// Two hundred containers come and go without anything being left.
func TestManyContainers(t *testing.T) {
	l := newLab(t)
	l.run([]string{"wait"}) // what is made once is made now
	if err := l.rt.Reset(t.Context(), control.Reset{}); err != nil {
		t.Fatal(err)
	}
	l.pull()
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	begin := time.Now()
	var wg sync.WaitGroup
	work := make(chan func(), 200)
	for range 8 {
		wg.Go(func() {
			for do := range work {
				do()
			}
		})
	}
	for range 200 {
		pod, config := l.pod()
		id, err := l.create(pod, config, []string{"wait"})
		if err != nil {
			t.Fatal(err)
		}
		work <- func() {
			if _, err := l.runtime.StartContainer(t.Context(), &runtimeapi.StartContainerRequest{ContainerId: id}); err != nil {
				t.Error(err)
			}
		}
	}
	close(work)
	wg.Wait()
	t.Logf("200 pods ran after %v", time.Since(begin))
	if time.Since(begin) > 10*time.Second {
		t.Errorf("200 pods took %v", time.Since(begin))
	}
	list, err := l.runtime.ListContainers(t.Context(), &runtimeapi.ListContainersRequest{
		Filter: &runtimeapi.ContainerFilter{State: &runtimeapi.ContainerStateValue{State: runtimeapi.ContainerState_CONTAINER_RUNNING}}})
	if err != nil || len(list.Containers) != 200 {
		t.Errorf("%d run, %v", len(list.GetContainers()), err)
	}
	if err := l.rt.Reset(t.Context(), control.Reset{}); err != nil {
		t.Fatal(err)
	}
	l.until("all goroutines have ended", func() bool { return runtime.NumGoroutine() <= goroutines+2 })
	if now := openFiles(t); now > files {
		t.Errorf("%d files are open, %d were", now, files)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("the machine does not tell which files are open")
	}
	return len(list)
}
