package cri

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func TestLifeOfAContainer(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	pod, config := l.pod()
	id, err := l.create(pod, config, []string{"echo", "hello"})
	if err != nil {
		t.Fatal(err)
	}
	if s := l.status(id); s.State != runtimeapi.ContainerState_CONTAINER_CREATED || s.StartedAt != 0 || s.CreatedAt == 0 ||
		s.Image.Image != testImage || !strings.HasPrefix(s.ImageRef, "docker.io/library/test@sha256:") || !strings.HasPrefix(s.ImageId, "sha256:") {
		t.Errorf("created: %v", s)
	}
	start := &runtimeapi.StartContainerRequest{ContainerId: id}
	if _, err := l.runtime.StartContainer(t.Context(), start); err != nil {
		t.Fatal(err)
	}
	if s := l.ended(id); s.ExitCode != 0 || s.Reason != "Completed" || s.StartedAt < s.CreatedAt || s.FinishedAt < s.StartedAt {
		t.Errorf("ended: %v", s)
	}
	if got := l.log(id); got != "stdout F hello\n" {
		t.Errorf("log: %q", got)
	}
	if _, err := l.runtime.StartContainer(t.Context(), start); err == nil || !strings.Contains(err.Error(), "container is in CONTAINER_EXITED state") {
		t.Errorf("starting it again: %v", err)
	}
	for range 2 { // removing is idempotent
		if _, err := l.runtime.RemoveContainer(t.Context(), &runtimeapi.RemoveContainerRequest{ContainerId: id}); err != nil {
			t.Error(err)
		}
	}
	_, err = l.runtime.ContainerStatus(t.Context(), &runtimeapi.ContainerStatusRequest{ContainerId: id})
	if status.Code(err) != codes.NotFound || status.Convert(err).Message() != fmt.Sprintf("an error occurred when try to find container %q: not found", id) {
		t.Errorf("after its removal: %v", err)
	}
}

func TestHowContainersEnd(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	stop := func(grace int64) func(string) {
		return func(id string) {
			if _, err := l.runtime.StopContainer(t.Context(), &runtimeapi.StopContainerRequest{ContainerId: id, Timeout: grace}); err != nil {
				t.Error(err)
			}
		}
	}
	tests := []struct {
		name   string
		args   []string
		edit   func(*runtimeapi.ContainerConfig)
		do     func(id string)
		code   int32
		reason string
		log    string
	}{
		{name: "by itself", args: []string{"exit", "3"}, code: 3, reason: "Error"},
		{name: "the image's stop signal", args: []string{"wait"}, do: stop(5), code: 0, reason: "Completed", log: "stdout F got SIGQUIT\n"},
		{name: "the pod's stop signal", args: []string{"wait"}, do: stop(5), reason: "Completed", log: "stdout F got SIGTERM\n",
			edit: func(c *runtimeapi.ContainerConfig) { c.StopSignal = runtimeapi.Signal_SIGNAL_SIGTERM }},
		{name: "deaf", args: []string{"deaf"}, do: stop(1), code: 137, reason: "Error"},
		{name: "without grace", args: []string{"wait"}, do: stop(0), code: 137, reason: "Error"},
		{name: "too much memory", args: []string{"eat", "2000000"}, code: 137, reason: "OOMKilled",
			edit: func(c *runtimeapi.ContainerConfig) {
				c.Linux.Resources = &runtimeapi.LinuxContainerResources{MemoryLimitInBytes: 1 << 20}
			}},
	}
	for _, test := range tests {
		edits := []func(*runtimeapi.ContainerConfig){}
		if test.edit != nil {
			edits = append(edits, test.edit)
		}
		id, _ := l.run(test.args, edits...)
		t.Run(test.name, func(t *testing.T) {
			if test.do != nil {
				test.do(id)
			}
			if s := l.ended(id); s.ExitCode != test.code || s.Reason != test.reason {
				t.Errorf("code %d, reason %s", s.ExitCode, s.Reason)
			}
			if got := l.log(id); got != test.log {
				t.Errorf("log: %q", got)
			}
		})
	}
}

func TestFailedStart(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	pod, config := l.pod()
	id, err := l.create(pod, config, []string{"nosuch"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = l.runtime.StartContainer(t.Context(), &runtimeapi.StartContainerRequest{ContainerId: id})
	want := `exec: "nosuch": executable file not found in $PATH`
	if status.Code(err) != codes.Unknown || !strings.HasPrefix(status.Convert(err).Message(), "failed to create containerd task: ") || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("start: %v", err)
	}
	s := l.status(id)
	if s.State != runtimeapi.ContainerState_CONTAINER_EXITED || s.ExitCode != 128 || s.Reason != "StartError" || !strings.HasSuffix(s.Message, want) || s.FinishedAt == 0 {
		t.Errorf("status: %v", s)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	pod, config := l.pod()
	running := l.runIn(pod, config, []string{"wait"})
	tests := []struct {
		name string
		do   func() error
		code codes.Code
		text string
	}{
		{"a container in no sandbox", func() error { _, err := l.create("nosuch", config, nil); return err }, codes.NotFound, "failed to find sandbox id"},
		{"an image that is not there", func() error {
			_, err := l.create(pod, config, nil, func(c *runtimeapi.ContainerConfig) { c.Image.Image = "nosuch" })
			return err
		}, codes.NotFound, "failed to resolve image"},
		{"the same attempt twice", func() error {
			same := func(c *runtimeapi.ContainerConfig) { c.Metadata.Name = "same" }
			if _, err := l.create(pod, config, nil, same); err != nil {
				return nil
			}
			_, err := l.create(pod, config, nil, same)
			return err
		}, codes.Unknown, "is reserved for"},
		{"the same sandbox twice", func() error {
			_, err := l.runtime.RunPodSandbox(t.Context(), &runtimeapi.RunPodSandboxRequest{Config: config})
			return err
		}, codes.Unknown, "is reserved for"},
		{"an unknown handler", func() error {
			_, err := l.runtime.RunPodSandbox(t.Context(), &runtimeapi.RunPodSandboxRequest{Config: config, RuntimeHandler: "nosuch"})
			return err
		}, codes.Unknown, `no runtime for "nosuch" is configured`},
		{"a user that the image does not have", func() error {
			_, err := l.create(pod, config, nil, func(c *runtimeapi.ContainerConfig) { c.Linux.SecurityContext.RunAsUsername = "nobody" })
			return err
		}, codes.Unknown, "no matching entries in passwd file"},
		{"a group without a user", func() error {
			_, err := l.create(pod, config, nil, func(c *runtimeapi.ContainerConfig) {
				c.Linux.SecurityContext.RunAsGroup = &runtimeapi.Int64Value{Value: 1}
			})
			return err
		}, codes.Unknown, "user group is specified without user"},
		{"a privileged container in another sandbox", func() error {
			_, err := l.create(pod, config, nil, func(c *runtimeapi.ContainerConfig) { c.Linux.SecurityContext.Privileged = true })
			return err
		}, codes.Unknown, "no privileged container allowed in sandbox"},
		{"a command that is not there", func() error {
			_, err := l.runtime.ExecSync(t.Context(), &runtimeapi.ExecSyncRequest{ContainerId: running, Cmd: []string{"nosuch"}})
			return err
		}, codes.Unknown, `unable to start container process: exec: "nosuch": executable file not found in $PATH`},
		{"a command that takes too long", func() error {
			_, err := l.runtime.ExecSync(t.Context(), &runtimeapi.ExecSyncRequest{ContainerId: running, Cmd: []string{"deaf"}, Timeout: 1})
			return err
		}, codes.DeadlineExceeded, "timeout 1s exceeded: context deadline exceeded"},
		{"an image that no registry has", func() error {
			_, err := l.images.PullImage(t.Context(), &runtimeapi.PullImageRequest{Image: &runtimeapi.ImageSpec{Image: "nosuch"}})
			return err
		}, codes.NotFound, "not found"},
		{"a checkpoint", func() error {
			_, err := l.runtime.CheckpointContainer(t.Context(), &runtimeapi.CheckpointContainerRequest{ContainerId: running})
			return err
		}, codes.Unimplemented, "cannot be checkpointed"},
		{"the status of no sandbox", func() error {
			_, err := l.runtime.PodSandboxStatus(t.Context(), &runtimeapi.PodSandboxStatusRequest{PodSandboxId: "nosuch"})
			return err
		}, codes.NotFound, "not found"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := test.do(); status.Code(err) != test.code || !strings.Contains(fmt.Sprint(err), test.text) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestLifeOfASandbox(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	container, pod := l.run([]string{"deaf"})
	get := func() *runtimeapi.PodSandboxStatus {
		resp, err := l.runtime.PodSandboxStatus(t.Context(), &runtimeapi.PodSandboxStatusRequest{PodSandboxId: pod, Verbose: true})
		if err != nil {
			t.Fatal(err)
		}
		if resp.Timestamp != 0 || resp.Info["info"] == "" {
			t.Errorf("timestamp %d, info %v", resp.Timestamp, resp.Info)
		}
		return resp.Status
	}
	if s := get(); s.State != runtimeapi.PodSandboxState_SANDBOX_READY || s.Network.Ip != "10.244.1.2" ||
		s.Linux.Namespaces.Options.Pid != runtimeapi.NamespaceMode_CONTAINER {
		t.Errorf("ready: %v", s)
	}
	for range 2 {
		if _, err := l.runtime.StopPodSandbox(t.Context(), &runtimeapi.StopPodSandboxRequest{PodSandboxId: pod}); err != nil {
			t.Fatal(err)
		}
	}
	if s := get(); s.State != runtimeapi.PodSandboxState_SANDBOX_NOTREADY || s.Network.Ip != "" {
		t.Errorf("stopped: %v", s)
	}
	if s := l.ended(container); s.ExitCode != 137 {
		t.Errorf("its container: %v", s)
	}
	for range 2 {
		if _, err := l.runtime.RemovePodSandbox(t.Context(), &runtimeapi.RemovePodSandboxRequest{PodSandboxId: pod}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := l.runtime.ListContainers(t.Context(), &runtimeapi.ListContainersRequest{})
	if err != nil || len(list.Containers) != 0 {
		t.Errorf("containers: %v, %v", list, err)
	}
}

func TestWhatAContainerSees(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	id, _ := l.run([]string{"wait"}, func(c *runtimeapi.ContainerConfig) {
		c.Envs = []*runtimeapi.KeyValue{{Key: "B", Value: []byte("pod")}, {Key: "C", Value: []byte("pod")}}
		c.Linux.SecurityContext.SupplementalGroups = []int64{70, 9}
	})
	out, _ := l.exec(id, "env")
	for _, want := range []string{"PATH=/bin\n", "A=image\n", "B=pod\n", "C=pod\n", "HOSTNAME=pod1\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in %q", want, out)
		}
	}
	if out, _ = l.exec(id, "who"); out != "7 8 [8 9 70] /work pod1\n" {
		t.Errorf("who: %q", out)
	}
	if out, _ = l.exec(id, "read", "/etc/hostname", "/etc/resolv.conf"); out != "pod1\n" {
		t.Errorf("files: %q", out)
	}
}

func TestSysctls(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	pod, config := l.pod(func(c *runtimeapi.PodSandboxConfig) {
		c.Linux.Sysctls = map[string]string{"kernel.shm_rmid_forced": "1", "fs.mqueue.msg_max": "100"}
	})
	id := l.runIn(pod, config, []string{"wait"})
	out, _ := l.exec(id, "read", "/proc/sys/kernel/shm_rmid_forced", "/proc/sys/fs/mqueue/msg_max", "/proc/sys/kernel/ostype")
	if out != "1\n100\nLinux\n" {
		t.Errorf("%q", out)
	}
}

func TestPrivilegesAreShown(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	status := func(edit func(*runtimeapi.LinuxContainerSecurityContext)) string {
		id, _ := l.run([]string{"wait"}, func(c *runtimeapi.ContainerConfig) {
			c.Linux.SecurityContext.RunAsUser = &runtimeapi.Int64Value{}
			edit(c.Linux.SecurityContext)
		})
		out, _ := l.exec(id, "read", "/proc/self/status")
		return out
	}
	out := status(func(s *runtimeapi.LinuxContainerSecurityContext) {
		s.NoNewPrivs, s.Seccomp = true, &runtimeapi.SecurityProfile{ProfileType: runtimeapi.SecurityProfile_RuntimeDefault}
		s.Capabilities = &runtimeapi.Capability{DropCapabilities: []string{"ALL"}, AddCapabilities: []string{"CAP_NET_BIND_SERVICE"}}
	})
	for _, want := range []string{"CapEff:\t0000000000000400\n", "CapBnd:\t0000000000000400\n", "NoNewPrivs:\t1\n", "Seccomp:\t2\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in %q", want, out)
		}
	}
	out = status(func(*runtimeapi.LinuxContainerSecurityContext) {})
	for _, want := range []string{"CapEff:\t00000000a80425fb\n", "NoNewPrivs:\t0\n", "Seccomp:\t0\n"} { // containerd's default set
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in %q", want, out)
		}
	}
}

func TestProcessNamespaces(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	pid := func(mode runtimeapi.NamespaceMode) func(*runtimeapi.PodSandboxConfig) {
		return func(c *runtimeapi.PodSandboxConfig) { c.Linux.SecurityContext.NamespaceOptions.Pid = mode }
	}
	pod, config := l.pod()
	own := l.runIn(pod, config, []string{"wait"})
	l.runIn(pod, config, []string{"deaf"})
	if out, _ := l.exec(own, "ps"); out != "1 wait\n2 ps\n" {
		t.Errorf("its own: %q", out)
	}
	debugger := l.runIn(pod, config, []string{"deaf"}, func(c *runtimeapi.ContainerConfig) {
		c.Linux.SecurityContext.NamespaceOptions = &runtimeapi.NamespaceOption{Pid: runtimeapi.NamespaceMode_TARGET, TargetId: own}
	})
	if out, _ := l.exec(debugger, "ps"); !strings.Contains(out, "1 wait\n") || !strings.Contains(out, "deaf\n") {
		t.Errorf("a debugger: %q", out)
	}
	pod, config = l.pod(pid(runtimeapi.NamespaceMode_POD))
	one := l.runIn(pod, config, []string{"wait"})
	l.runIn(pod, config, []string{"deaf"})
	if out, _ := l.exec(one, "ps"); !strings.HasPrefix(out, "1 /bin/pause\n") || !strings.Contains(out, "wait\n") || !strings.Contains(out, "deaf\n") {
		t.Errorf("the pod's: %q", out)
	}
	pod, config = l.pod(pid(runtimeapi.NamespaceMode_NODE))
	if out, _ := l.exec(l.runIn(pod, config, []string{"wait"}), "ps"); !strings.HasPrefix(out, "1 /sbin/init\n") {
		t.Errorf("the node's: %q", out)
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	a, podA := l.run([]string{"wait"}, func(c *runtimeapi.ContainerConfig) { c.Labels = map[string]string{"app": "a"} })
	b, _ := l.run([]string{"exit", "0"}, func(c *runtimeapi.ContainerConfig) { c.Labels = map[string]string{"app": "b"} })
	l.ended(b)
	running := &runtimeapi.ContainerStateValue{State: runtimeapi.ContainerState_CONTAINER_RUNNING}
	tests := []struct {
		name   string
		filter *runtimeapi.ContainerFilter
		want   int
	}{
		{"none", nil, 2},
		{"id", &runtimeapi.ContainerFilter{Id: a}, 1},
		{"beginning of an id", &runtimeapi.ContainerFilter{Id: a[:13]}, 1},
		{"unknown id", &runtimeapi.ContainerFilter{Id: "nosuch"}, 0},
		{"state", &runtimeapi.ContainerFilter{State: running}, 1},
		{"sandbox", &runtimeapi.ContainerFilter{PodSandboxId: podA[:12]}, 1},
		{"id in another sandbox", &runtimeapi.ContainerFilter{Id: b, PodSandboxId: podA}, 0},
		{"label", &runtimeapi.ContainerFilter{LabelSelector: map[string]string{"app": "b"}}, 1},
		{"label that none has", &runtimeapi.ContainerFilter{LabelSelector: map[string]string{"app": ""}}, 0},
		{"label and state", &runtimeapi.ContainerFilter{LabelSelector: map[string]string{"app": "b"}, State: running}, 0},
	}
	for _, test := range tests {
		resp, err := l.runtime.ListContainers(t.Context(), &runtimeapi.ListContainersRequest{Filter: test.filter})
		if err != nil || len(resp.Containers) != test.want {
			t.Errorf("%s: %d containers, want %d, %v", test.name, len(resp.GetContainers()), test.want, err)
		}
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	stream, err := l.runtime.GetContainerEvents(ctx, &runtimeapi.GetEventsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	n, _ := l.rt.find("node1")
	l.until("the stream is there", n.events.watched)
	id, pod := l.run([]string{"exit", "7"})
	var got []string
	for len(got) < 5 {
		e, err := stream.Recv()
		if err != nil {
			t.Fatalf("after %v: %v", got, err)
		}
		who := "container"
		if e.ContainerId == pod {
			who = "sandbox"
		}
		got = append(got, who+" "+strings.TrimSuffix(strings.TrimPrefix(e.ContainerEventType.String(), "CONTAINER_"), "_EVENT"))
		if e.PodSandboxStatus.GetId() != pod || e.CreatedAt == 0 {
			t.Errorf("event: %v", e)
		}
		if e.ContainerId == id && e.ContainerEventType == runtimeapi.ContainerEventType_CONTAINER_STOPPED_EVENT && e.ContainersStatuses[0].ExitCode != 7 {
			t.Errorf("stopped: %v", e)
		}
	}
	if want := "[sandbox CREATED sandbox STARTED container CREATED container STARTED container STOPPED]"; fmt.Sprint(got) != want {
		t.Errorf("events %v, want %s", got, want)
	}
}

// A container that never stops talking is slowed down, and still dies at once.
func TestChattyContainer(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	begin := time.Now()
	id, _ := l.run([]string{"spam"})
	paced := l.rt.logLimits.Burst + l.rt.logLimits.Rate/2
	l.until("it has written for half a second at the pace", func() bool { return logSize(t, l.status(id).LogPath) >= int64(paced) })
	if spent := time.Since(begin); spent < 400*time.Millisecond {
		t.Errorf("%d bytes were written in %v", paced, spent)
	}
	begin = time.Now()
	if _, err := l.runtime.StopContainer(t.Context(), &runtimeapi.StopContainerRequest{ContainerId: id}); err != nil {
		t.Fatal(err)
	}
	if s := l.ended(id); s.ExitCode != 137 || time.Since(begin) > 2*time.Second {
		t.Errorf("code %d after %v", s.ExitCode, time.Since(begin))
	}
}

func logSize(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func TestStopSignalIsSentOnce(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	id, _ := l.run([]string{"wait"})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for range 3 {
		if _, err := l.runtime.StopContainer(ctx, &runtimeapi.StopContainerRequest{ContainerId: id, Timeout: 30}); err != nil {
			t.Fatal(err)
		}
	}
	if got := l.log(id); got != "stdout F got SIGQUIT\n" {
		t.Errorf("log: %q", got)
	}
}
