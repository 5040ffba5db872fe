package crictl

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"google.golang.org/grpc"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// upstream records the goldens anew with the real crictl: build v1.36.0 of
// sigs.k8s.io/cri-tools/cmd/crictl outside the repository, and name it here.
var upstream = flag.String("crictl", "", "upstream's crictl, which records the goldens")

// TestMain makes times those of the goldens.
func TestMain(m *testing.M) {
	flag.Parse()
	time.Local = time.UTC
	os.Exit(m.Run())
}

const (
	webID  = "11d5f1c9b1a7e8f4d6c3b2a190817263544536271809afbecd0e1f2a3b4c5d6e"
	initID = "22e6a2dac2b8f9a5e7d4c3b2a19081726354453627180a9fbecd0e1f2a3b4c5d"
	podID  = "33f7b3ebd3c9aab6f8e5d4c3b2a190817263544536271809afbecd0e1f2a3b4c"
	deadID = "44a8c4fce4dabbc7a9f6e5d4c3b2a190817263544536271809afbecd0e1f2a3b"
	nginx  = "sha256:55b9d5adf5ebccd8baa7f6e5d4c3b2a190817263544536271809afbecd0e1f2a"
)

// aRuntime is a CRI server whose answers never change, but for what time does.
type aRuntime struct {
	runtimeapi.UnimplementedRuntimeServiceServer
	runtimeapi.UnimplementedImageServiceServer
	log string // a log in CRI format
}

func ago(d time.Duration) int64 { return time.Now().Add(-d).UnixNano() }

// noon is when everything happened whose time is printed in full.
func noon() int64 { return time.Date(2026, 1, 2, 12, 0, 0, 123456789, time.UTC).UnixNano() }

func labels() map[string]string {
	return map[string]string{podNameLabel: "web-1", podNamespaceLabel: "shop", "io.kubernetes.container.name": "web"}
}

func (r *aRuntime) Version(context.Context, *runtimeapi.VersionRequest) (*runtimeapi.VersionResponse, error) {
	return &runtimeapi.VersionResponse{Version: "0.1.0", RuntimeName: "kubetutor", RuntimeVersion: "v1.37.1", RuntimeApiVersion: "v1"}, nil
}

func (r *aRuntime) Status(_ context.Context, req *runtimeapi.StatusRequest) (*runtimeapi.StatusResponse, error) {
	s := &runtimeapi.StatusResponse{
		Status: &runtimeapi.RuntimeStatus{Conditions: []*runtimeapi.RuntimeCondition{
			{Type: "RuntimeReady", Status: true}, {Type: "NetworkReady", Status: false, Reason: "NoNetwork", Message: "not yet"},
		}},
		RuntimeHandlers: []*runtimeapi.RuntimeHandler{{Name: "", Features: &runtimeapi.RuntimeHandlerFeatures{RecursiveReadOnlyMounts: true}}},
		Features:        &runtimeapi.RuntimeFeatures{SupplementalGroupsPolicy: true},
	}
	if req.Verbose {
		s.Info = map[string]string{"config": `{"a": {"b": 1}}`, "golang": `"go1.26"`}
	}
	return s, nil
}

func (r *aRuntime) ListContainers(_ context.Context, req *runtimeapi.ListContainersRequest) (*runtimeapi.ListContainersResponse, error) {
	web := &runtimeapi.Container{
		Id: webID, PodSandboxId: podID, Metadata: &runtimeapi.ContainerMetadata{Name: "web", Attempt: 2}, Labels: labels(),
		Image: &runtimeapi.ImageSpec{Image: nginx}, ImageRef: nginx, State: runtimeapi.ContainerState_CONTAINER_RUNNING, CreatedAt: ago(2 * time.Hour),
		Annotations: map[string]string{"b": "2", "a": "1"},
	}
	setup := &runtimeapi.Container{
		Id: initID, PodSandboxId: podID, Metadata: &runtimeapi.ContainerMetadata{Name: "setup-of-a-rather-long-name"}, Labels: labels(),
		Image: &runtimeapi.ImageSpec{Image: "docker.io/library/busybox:1.37"}, State: runtimeapi.ContainerState_CONTAINER_EXITED, CreatedAt: ago(50 * time.Hour),
	}
	var list []*runtimeapi.Container
	for _, c := range []*runtimeapi.Container{setup, web} {
		f := req.GetFilter()
		if (f.GetState() == nil || f.GetState().GetState() == c.State) && (f.GetId() == "" || strings.HasPrefix(c.Id, f.GetId())) {
			list = append(list, c)
		}
	}
	return &runtimeapi.ListContainersResponse{Containers: list}, nil
}

func (r *aRuntime) ContainerStatus(_ context.Context, req *runtimeapi.ContainerStatusRequest) (*runtimeapi.ContainerStatusResponse, error) {
	if !strings.HasPrefix(webID, req.ContainerId) && !strings.HasPrefix(initID, req.ContainerId) {
		return nil, fmt.Errorf("there is no container %q", req.ContainerId)
	}
	s := &runtimeapi.ContainerStatusResponse{Status: &runtimeapi.ContainerStatus{
		Id: webID, Metadata: &runtimeapi.ContainerMetadata{Name: "web", Attempt: 1}, State: runtimeapi.ContainerState_CONTAINER_RUNNING,
		CreatedAt: noon(), StartedAt: noon(), Image: &runtimeapi.ImageSpec{Image: "nginx:1.29"}, ImageRef: nginx, Labels: labels(), LogPath: r.log,
		Mounts:    []*runtimeapi.Mount{{ContainerPath: "/data", HostPath: "/var/data", Readonly: true}},
		Resources: &runtimeapi.ContainerResources{Linux: &runtimeapi.LinuxContainerResources{CpuShares: 2, MemoryLimitInBytes: 1 << 20}},
	}}
	if strings.HasPrefix(initID, req.ContainerId) {
		s.Status.Id, s.Status.State, s.Status.ExitCode = initID, runtimeapi.ContainerState_CONTAINER_EXITED, 3
		s.Status.FinishedAt, s.Status.Reason = noon(), "Error"
	}
	if req.Verbose {
		s.Info = map[string]string{"pid": "42"}
	}
	return s, nil
}

func (r *aRuntime) ListPodSandbox(context.Context, *runtimeapi.ListPodSandboxRequest) (*runtimeapi.ListPodSandboxResponse, error) {
	return &runtimeapi.ListPodSandboxResponse{Items: []*runtimeapi.PodSandbox{
		{Id: deadID, Metadata: &runtimeapi.PodSandboxMetadata{Name: "old", Namespace: "default", Uid: "u2", Attempt: 4}, State: runtimeapi.PodSandboxState_SANDBOX_NOTREADY, CreatedAt: ago(72 * time.Hour), RuntimeHandler: "gvisor"},
		{Id: podID, Metadata: &runtimeapi.PodSandboxMetadata{Name: "web-1", Namespace: "shop", Uid: "u1"}, State: runtimeapi.PodSandboxState_SANDBOX_READY, CreatedAt: ago(3 * time.Hour), Labels: labels()},
	}}, nil
}

func (r *aRuntime) PodSandboxStatus(_ context.Context, req *runtimeapi.PodSandboxStatusRequest) (*runtimeapi.PodSandboxStatusResponse, error) {
	s := &runtimeapi.PodSandboxStatusResponse{Status: &runtimeapi.PodSandboxStatus{
		Id: podID, Metadata: &runtimeapi.PodSandboxMetadata{Name: "web-1", Namespace: "shop", Uid: "u1"}, State: runtimeapi.PodSandboxState_SANDBOX_READY, CreatedAt: noon(),
		Network: &runtimeapi.PodSandboxNetworkStatus{Ip: "10.244.1.7"}, Labels: labels(),
	}}
	if req.Verbose {
		s.Info = map[string]string{"info": `{"pid": 7}`}
	}
	return s, nil
}

func (r *aRuntime) StopContainer(context.Context, *runtimeapi.StopContainerRequest) (*runtimeapi.StopContainerResponse, error) {
	return &runtimeapi.StopContainerResponse{}, nil
}

func (r *aRuntime) RemoveContainer(context.Context, *runtimeapi.RemoveContainerRequest) (*runtimeapi.RemoveContainerResponse, error) {
	return &runtimeapi.RemoveContainerResponse{}, nil
}

func (r *aRuntime) StopPodSandbox(context.Context, *runtimeapi.StopPodSandboxRequest) (*runtimeapi.StopPodSandboxResponse, error) {
	return &runtimeapi.StopPodSandboxResponse{}, nil
}

func (r *aRuntime) RemovePodSandbox(context.Context, *runtimeapi.RemovePodSandboxRequest) (*runtimeapi.RemovePodSandboxResponse, error) {
	return &runtimeapi.RemovePodSandboxResponse{}, nil
}

func (r *aRuntime) ExecSync(_ context.Context, req *runtimeapi.ExecSyncRequest) (*runtimeapi.ExecSyncResponse, error) {
	if req.Cmd[0] == "false" {
		return &runtimeapi.ExecSyncResponse{ExitCode: 7, Stderr: []byte("no")}, nil
	}
	return &runtimeapi.ExecSyncResponse{Stdout: []byte(strings.Join(req.Cmd, " ") + "\n"), Stderr: []byte("warned\n")}, nil
}

func usage(at int64) (*runtimeapi.CpuUsage, *runtimeapi.MemoryUsage) {
	return &runtimeapi.CpuUsage{Timestamp: at, UsageCoreNanoSeconds: &runtimeapi.UInt64Value{Value: uint64(at) / 4}},
		&runtimeapi.MemoryUsage{Timestamp: at, WorkingSetBytes: &runtimeapi.UInt64Value{Value: 12345678}}
}

func (r *aRuntime) ListContainerStats(context.Context, *runtimeapi.ListContainerStatsRequest) (*runtimeapi.ListContainerStatsResponse, error) {
	cpu, memory := usage(time.Now().UnixNano())
	return &runtimeapi.ListContainerStatsResponse{Stats: []*runtimeapi.ContainerStats{
		{Attributes: &runtimeapi.ContainerAttributes{Id: webID, Metadata: &runtimeapi.ContainerMetadata{Name: "web"}}, Cpu: cpu, Memory: memory,
			WritableLayer: &runtimeapi.FilesystemUsage{UsedBytes: &runtimeapi.UInt64Value{Value: 4096}, InodesUsed: &runtimeapi.UInt64Value{Value: 12}}},
		{Attributes: &runtimeapi.ContainerAttributes{Id: initID, Metadata: &runtimeapi.ContainerMetadata{Name: "setup"}}},
	}}, nil
}

func (r *aRuntime) ListPodSandboxStats(context.Context, *runtimeapi.ListPodSandboxStatsRequest) (*runtimeapi.ListPodSandboxStatsResponse, error) {
	cpu, memory := usage(time.Now().UnixNano())
	return &runtimeapi.ListPodSandboxStatsResponse{Stats: []*runtimeapi.PodSandboxStats{
		{Attributes: &runtimeapi.PodSandboxAttributes{Id: podID, Metadata: &runtimeapi.PodSandboxMetadata{Name: "web-1"}}, Linux: &runtimeapi.LinuxPodSandboxStats{Cpu: cpu, Memory: memory}},
	}}, nil
}

func theImages() []*runtimeapi.Image {
	return []*runtimeapi.Image{
		{Id: nginx, RepoTags: []string{"docker.io/library/nginx:1.29", "docker.io/library/nginx:latest"}, RepoDigests: []string{"docker.io/library/nginx@" + nginx}, Size: 72456789},
		{Id: "sha256:" + podID, RepoTags: nil, RepoDigests: []string{"docker.io/library/busybox@sha256:" + podID}, Size: 4263840, Uid: &runtimeapi.Int64Value{Value: 5}},
		{Id: "sha256:" + deadID, RepoTags: []string{"registry.k8s.io/pause:3.10"}, Size: 319, Pinned: true, Username: "nobody"},
	}
}

func (r *aRuntime) ListImages(context.Context, *runtimeapi.ListImagesRequest) (*runtimeapi.ListImagesResponse, error) {
	return &runtimeapi.ListImagesResponse{Images: theImages()}, nil
}

func (r *aRuntime) ImageStatus(_ context.Context, req *runtimeapi.ImageStatusRequest) (*runtimeapi.ImageStatusResponse, error) {
	for _, i := range theImages() {
		if name := req.GetImage().GetImage(); i.Id == name || strings.Contains(strings.Join(i.RepoTags, " "), name) {
			return &runtimeapi.ImageStatusResponse{Image: i, Info: map[string]string{"layers": "3"}}, nil
		}
	}
	return &runtimeapi.ImageStatusResponse{}, nil
}

func (r *aRuntime) PullImage(_ context.Context, req *runtimeapi.PullImageRequest) (*runtimeapi.PullImageResponse, error) {
	if strings.Contains(req.GetImage().GetImage(), "nothing") {
		return nil, fmt.Errorf("pull access denied, repository does not exist")
	}
	return &runtimeapi.PullImageResponse{ImageRef: nginx}, nil
}

func (r *aRuntime) RemoveImage(context.Context, *runtimeapi.RemoveImageRequest) (*runtimeapi.RemoveImageResponse, error) {
	return &runtimeapi.RemoveImageResponse{}, nil
}

func (r *aRuntime) ImageFsInfo(context.Context, *runtimeapi.ImageFsInfoRequest) (*runtimeapi.ImageFsInfoResponse, error) {
	fs := []*runtimeapi.FilesystemUsage{{Timestamp: noon(), FsId: &runtimeapi.FilesystemIdentifier{Mountpoint: "/var/lib"}, UsedBytes: &runtimeapi.UInt64Value{Value: 98765432}, InodesUsed: &runtimeapi.UInt64Value{Value: 33}}}
	return &runtimeapi.ImageFsInfoResponse{ImageFilesystems: fs, ContainerFilesystems: fs}, nil
}

// serve serves the runtime on a socket and returns its path.
func serve(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "kt") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	r := &aRuntime{log: filepath.Join(dir, "0.log")}
	log := "2026-01-02T12:00:00.000000001Z stdout F one\n2026-01-02T12:00:01.5Z stderr F two\n" +
		"2026-01-02T12:00:02Z stdout P thr\n2026-01-02T12:00:02Z stdout F ee\n2026-01-02T12:00:03Z stdout F four\n"
	if err := os.WriteFile(r.log, []byte(log), 0o600); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "cri.sock")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	runtimeapi.RegisterRuntimeServiceServer(server, r)
	runtimeapi.RegisterImageServiceServer(server, r)
	go func() { _ = server.Serve(l) }()
	t.Cleanup(server.Stop)
	return socket
}

// Everything in kubelab has this flag, for k8s.io/component-base is linked in.
var _ = pflag.CommandLine.String("version", "", "a version that is no bool")

func TestHelpAndVersion(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{"": "Usage:", "--help": "Usage:", "--version": Version, "-v": Version} {
		var out, errs bytes.Buffer
		o := &options{out: &out, err: &errs, now: time.Now}
		if code := o.run(t.Context(), strings.Fields(line), func(string) string { return "" }); code != 0 || !strings.Contains(out.String(), want) {
			t.Errorf("crictl %s: %d, %q, %q", line, code, out.String(), errs.String())
		}
	}
}

// lines are the commands that are held against upstream.
func lines() []string {
	return []string{
		"ps", "ps -a", "ps -q", "ps -aq", "ps -a --no-trunc", "ps -a -o json", "ps -o yaml", "ps -v", "ps -a -l", "ps -a --name setup", "ps --state exited", "ps -r",
		"ps -a --image docker.io/library/nginx:1.29", "ps --namespace nowhere",
		"pods", "pods -q", "pods -o json", "pods --no-trunc", "pods --name web", "pods -n 1",
		"images", "images --digests --pinned", "images -q", "images --no-trunc", "images -v", "images -o json", "img",
		"inspect " + webID, "inspect -q -o yaml " + initID, "inspect -o table " + initID, "inspect -o go-template --template {{.status.metadata.name}} " + webID,
		"inspect " + webID + " " + initID, "inspectp " + podID, "inspectp -q -o yaml " + podID, "inspecti " + nginx, "inspecti -o table " + nginx,
		"version", "info", "info -q -o yaml", "stats", "stats -a", "statsp", "imagefsinfo", "imagefsinfo -o table",
		"logs " + webID, "logs --tail 2 " + webID, "logs -t " + webID, "logs --stream stderr " + webID, "logs --since 2026-01-02T12:00:01Z " + webID,
		"exec -s " + webID + " echo -n a", "stop " + webID, "stop -t 3 " + webID, "rm -k " + initID, "rm -f -k " + webID,
		"stopp " + podID, "rmp -f " + podID, "pull nginx", "rmi " + nginx,
		// What goes wrong.
		"inspect nosuch", "inspecti nosuch", "rm " + webID, "rmp " + podID, "pull nothing", "exec -s " + webID + " false", "ps -o xml", "stop",
		"logs --stream a " + webID, "logs -p " + initID + "x", "ps --state odd", "inspect -o go-template --template {{.nothing}} " + webID,
	}
}

// goldenOf names the file of a command's output.
func goldenOf(line string) string {
	for id, name := range map[string]string{webID: "WEB", initID: "INIT", podID: "POD", nginx: "NGINX"} {
		line = strings.ReplaceAll(line, id, name)
	}
	return filepath.Join("testdata", regexp.MustCompile(`[^a-zA-Z0-9]+`).ReplaceAllString(line, "_")+".golden")
}

// told makes two outputs comparable. Of standard error what the loggers add is left
// out: times, levels, where upstream looked for a configuration, and what its
// client of the CRI says besides (which ours does as well, to the process's own
// standard error).
func told(code int, stdout, stderr string) string {
	var said strings.Builder
	for line := range strings.Lines(stderr) {
		line = regexp.MustCompile(`^(time="[^"]*" level=\w+ msg=|(FATA|ERRO)\[0000\] |\d{4}/\d\d/\d\d \d\d:\d\d:\d\d )`).ReplaceAllString(strings.TrimSuffix(line, "\n"), "")
		if text, err := strconv.Unquote(line); err == nil {
			line = text
		}
		if !strings.HasPrefix(line, "Config \"/etc/crictl.yaml\"") && !regexp.MustCompile(`^E\d{4} `).MatchString(line) {
			fmt.Fprintln(&said, line)
		}
	}
	for pattern, to := range map[string]string{
		`":  ?`:        `": `, // the JSON encoder varies its white space
		`[^" ]*/kt\d+`: "DIR",
		`"1\d{18}"`:    "NANOSECONDS",
		// What has come, or got another name, since upstream's last release.
		`(?m)^ *"?mountOptions"?: \[\],?\n`: "",
		`SIGNAL_RUNTIME_DEFAULT`:            "RUNTIME_DEFAULT",
	} {
		stdout = regexp.MustCompile(pattern).ReplaceAllString(stdout, to)
	}
	return fmt.Sprintf("exit %d\n--- stdout\n%s--- stderr\n%s", code, stdout, said.String())
}

// TestAsUpstream holds what we print against what upstream printed for the same
// answers of the same runtime.
func TestAsUpstream(t *testing.T) {
	t.Parallel()
	for _, line := range lines() {
		t.Run(goldenOf(line), func(t *testing.T) {
			t.Parallel()
			socket := serve(t)
			if *upstream != "" {
				record(t, socket, line)
			}
			want, err := os.ReadFile(goldenOf(line))
			if err != nil {
				t.Fatal(err)
			}
			var out, errs bytes.Buffer
			o := &options{in: strings.NewReader(""), out: &out, err: &errs, now: time.Now}
			code := o.run(t.Context(), strings.Fields(line), func(name string) string {
				return map[string]string{EndpointVariable: "unix://" + socket}[name]
			})
			if got := told(code, out.String(), errs.String()); got != string(want) {
				t.Errorf("crictl %s\n%s\nupstream:\n%s", line, got, want)
			}
		})
	}
}

// record asks upstream's crictl.
func record(t *testing.T, socket, line string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), *upstream, append([]string{"--runtime-endpoint", "unix://" + socket}, strings.Fields(line)...)...)
	cmd.Env = []string{"TZ=UTC", "HOME=" + t.TempDir()}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // the exit code is a part of what is recorded
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(goldenOf(line), []byte(told(cmd.ProcessState.ExitCode(), out.String(), errs.String())), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestNodes(t *testing.T) {
	t.Parallel()
	socket := serve(t)
	env := map[string]string{EndpointVariable: "unix:///nowhere.sock", NodesVariable: "node1=unix:///nowhere.sock node2=unix://" + socket}
	run := func(line string) (string, int) {
		var out bytes.Buffer
		o := &options{in: strings.NewReader(""), out: &out, err: &out, now: time.Now}
		code := o.run(t.Context(), strings.Fields(line), func(name string) string { return env[name] })
		return out.String(), code
	}
	for _, line := range []string{"--node node2 pods -q", "pods --node node2 -q", "-r " + socket + " pods -q", "--runtime-endpoint=unix://" + socket + " pods -q"} {
		if out, code := run(line); code != 0 || out != podID+"\n"+deadID+"\n" {
			t.Errorf("%s: %d\n%s", line, code, out)
		}
	}
	if out, code := run("--node node7 pods"); code != 1 || out != "FATA[0000] there is no node \"node7\": there is node1, node2\n" {
		t.Errorf("%d %s", code, out)
	}
	if out, code := run("__complete --node n"); code != 0 || !strings.HasPrefix(out, "node1\nnode2\n") {
		t.Errorf("%d %s", code, out)
	}
	if out, code := run("-r unix:///run/containerd/containerd.sock pods"); code != 1 || !strings.HasSuffix(out, "is no runtime of this cluster: use --node\n") {
		t.Errorf("%d %s", code, out)
	}
	env = nil
	if out, code := run("ps"); code != 1 || !strings.HasSuffix(out, "--runtime-endpoint is not set\n") {
		t.Errorf("%d %s", code, out)
	}
}

func TestWantsTerminal(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"crictl exec -it a sh": true, "crictl --node node2 exec -i -t a sh": true, "crictl exec --tty --interactive a sh": true,
		"crictl exec -i a sh": false, "crictl exec a sh -it": false, "crictl ps": false, "crictl -t 2s ps": false, "crictl": false, "crictl exec -x": false,
	} {
		if got := WantsTerminal(strings.Fields(line)); got != want {
			t.Errorf("%s: %t", line, got)
		}
	}
}
