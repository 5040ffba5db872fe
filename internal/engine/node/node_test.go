package node

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/record"
	internalapi "k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/kubelet"
	kubeletutil "k8s.io/kubernetes/pkg/kubelet/util"
	"k8s.io/kubernetes/pkg/probe"
	grpcprobe "k8s.io/kubernetes/pkg/probe/grpc"
	httpprobe "k8s.io/kubernetes/pkg/probe/http"
	tcpprobe "k8s.io/kubernetes/pkg/probe/tcp"

	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/engine/node/config"
	"kubetutor/internal/engine/peer"
)

// sample is the file of a node whose directories are the test's.
func sample(t *testing.T) config.Config {
	t.Helper()
	dir, err := os.MkdirTemp("", "n") // short: sockets are in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	ca := filepath.Join(dir, "ca.crt")
	c := config.Config{
		Name: "node1", IP: "172.30.0.11", Port: 40001,
		Root: filepath.Join(dir, "root"), KubeletRoot: filepath.Join(dir, "k"), Volumes: filepath.Join(dir, "v"),
		Runtime: "unix:///nowhere", Control: filepath.Join(dir, "runtime.sock"),
		Kubeconfig: filepath.Join(dir, "kubeconfig"), CA: ca,
		CPUs: 4, Memory: 8 << 30, Disk: 64 << 30, Pods: 110,
		Extended:      map[string]string{"example.com/gpu": "2"},
		KernelVersion: "6.12.1", OSImage: "Linux",
	}
	if err := furnish(c); err != nil {
		t.Fatal(err)
	}
	return c
}

// build puts a kubelet together as Run does, without starting it: with a client
// and a runtime that only answer. There can be one in a process.
func build(t *testing.T, c config.Config) (*kubelet.Kubelet, *kubelet.Dependencies) {
	t.Helper()
	s, err := settings(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	deps, err := dependencies(ctx, c, s, control.NewClient(c.Control))
	if err != nil {
		t.Fatal(err)
	}
	client := fake.NewClientset()
	deps.KubeClient, deps.HeartbeatClient, deps.EventClient = client, client, client.CoreV1()
	deps.RemoteRuntimeService, deps.RemoteImageService = idle{}, struct {
		internalapi.ImageManagerService
	}{}
	deps.PodStartupLatencyTracker = kubeletutil.NewPodStartupLatencyTracker()
	deps.NodeStartupLatencyTracker = kubeletutil.NewNodeStartupLatencyTracker(klog.Background())
	deps.TLSOptions = nil
	k, err := kubelet.NewMainKubelet(ctx, &s.KubeletConfiguration, deps, &s.ContainerRuntimeOptions, c.Name, "node1", nil,
		"", "", s.CertDirectory, s.RootDirectory, s.PodLogsDir, "", "", true, nil, nil, "", false, false,
		s.MinimumGCAge, s.MaxPerPodContainerCount, s.MaxContainerCount, nil, s.NodeStatusMaxImages, false)
	if err != nil {
		t.Fatal(err)
	}
	return k, deps
}

// idle is a container runtime that runs nothing: what a kubelet asks one while
// it is put together.
type idle struct{ internalapi.RuntimeService }

// Version implements cri.RuntimeService.
func (idle) Version(context.Context, string) (*runtimeapi.VersionResponse, error) {
	return &runtimeapi.VersionResponse{Version: "0.1.0", RuntimeName: "idle", RuntimeVersion: "1.0.0", RuntimeApiVersion: "v1"}, nil
}

// Status implements cri.RuntimeService.
func (idle) Status(context.Context, bool) (*runtimeapi.StatusResponse, error) {
	return &runtimeapi.StatusResponse{Status: &runtimeapi.RuntimeStatus{}}, nil
}

// lab is a runtime whose network refuses everybody and notes whom.
type lab struct {
	control.Runtime
	mu      sync.Mutex
	dialled []netip.AddrPort
	from    string
}

// Dial implements control.Runtime.
func (l *lab) Dial(_ context.Context, from string, to netip.AddrPort) (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.from = from
	l.dialled = append(l.dialled, to)
	return nil, os.NewSyscallError("connect", syscall.ECONNREFUSED)
}

// serve answers on the control socket of a node.
func (l *lab) serve(t *testing.T, c config.Config) {
	t.Helper()
	listener, err := peer.Listen(c.Control)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { done <- control.NewServer(l).Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		<-done
	})
}

// take returns whom the lab's network was asked for since the last time.
func (l *lab) take() []netip.AddrPort {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer func() { l.dialled = nil }()
	return l.dialled
}

// TestKubelet builds the kubelet with all that is set by reflection: a field that
// upstream moved fails here. Then it proves that what connects to pods, connects
// in the lab, though a real server listens at the very address.
func TestKubelet(t *testing.T) {
	c := sample(t)
	l := &lab{}
	l.serve(t, c)
	k, deps := build(t, c)
	if _, ok := deps.Recorder.(*record.FakeRecorder); ok {
		t.Error("events go nowhere")
	}
	if _, ok := deps.RemoteRuntimeService.(ownHosts); !ok {
		t.Errorf("the runtime is %T", deps.RemoteRuntimeService)
	}
	touched := make(chan string, 64)
	real := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { touched <- r.URL.Path }))
	defer real.Close()
	here := netip.MustParseAddrPort(real.Listener.Addr().String())
	for name, connect := range connections(t, k, here) {
		t.Run(name, func(t *testing.T) {
			if err := connect(); err == nil {
				t.Error("it succeeded: it reached the machine")
			}
			if got := l.take(); !slices.Contains(got, here) {
				t.Errorf("the lab's network was asked for %v, not for %v", got, here)
			}
		})
	}
	select {
	case path := <-touched:
		t.Errorf("the machine's server was asked for %s", path)
	default:
	}
	if l.from != c.Name {
		t.Errorf("the connections came from %q", l.from)
	}
}

// connections are all ways in which a kubelet connects to a pod's address; each
// returns an error when it failed.
func connections(t *testing.T, k *kubelet.Kubelet, to netip.AddrPort) map[string]func() error {
	t.Helper()
	prober := inside(k).field("probeManager").field("prober")
	tcp := need[tcpprobe.Prober](t, prober.field("tcp"))
	grpc := need[grpcprobe.Prober](t, prober.field("grpc"))
	web := need[httpprobe.Prober](t, prober.field("http"))
	hooks := need[*http.Client](t, inside(k).field("containerRuntime").field("runner").field("httpDoer"))
	host, port := to.Addr().String(), int(to.Port())
	get := func(scheme string, probe func(*http.Request, time.Duration) (probe.Result, string, error)) func() error {
		return func() error {
			r, err := http.NewRequest(http.MethodGet, scheme+"://"+to.String()+"/", nil)
			if err != nil {
				t.Fatal(err)
			}
			return failure(probe(r, time.Minute))
		}
	}
	return map[string]func() error{
		"TCP probe":  func() error { return failure(tcp.Probe(host, port, time.Minute)) },
		"gRPC probe": func() error { return failure(grpc.Probe(host, "", port, time.Minute, grpcprobe.ProbeOptions{})) },
		"gRPCs probe": func() error {
			return failure(grpc.Probe(host, "", port, time.Minute, grpcprobe.ProbeOptions{UseTLS: true}))
		},
		"HTTP probe":  get("http", web.Probe),
		"HTTPS probe": get("https", web.Probe),
		"h2c probe":   get("http", web.ProbeH2C),
		"hook":        func() error { return request(hooks, "http://"+to.String()) },
		"HTTPS hook":  func() error { return request(hooks, "https://"+to.String()) },
	}
}

func need[T any](t *testing.T, p private) T {
	t.Helper()
	v, err := value[T](p)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func failure(result probe.Result, text string, err error) error {
	if err == nil && result == probe.Success {
		return nil
	}
	return fmt.Errorf("%s: %s: %w", result, text, err)
}

func request(client *http.Client, url string) error {
	resp, err := client.Get(url)
	if err == nil {
		resp.Body.Close()
	}
	return err
}
