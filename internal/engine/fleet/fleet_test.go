package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/engine/node/config"
	"kubetutor/internal/lab/protocol"
)

// patience bounds every wait in these tests.
const patience = 20 * time.Second

// world is a fleet with all that is around it.
type world struct {
	t       *testing.T
	options Options
	client  *fake.Clientset
	*Fleet
}

// places are a state directory and one of sockets, whose path is short.
func places(t *testing.T) (dir, sockets string) {
	t.Helper()
	sockets, err := os.MkdirTemp("", "kt")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(sockets) })
	return t.TempDir(), sockets
}

// testOptions are those of a fleet whose processes are played by a program.
func testOptions(program, dir, sockets string) Options {
	return Options{
		Program: program, Dir: dir, Sockets: sockets, EngineID: standInID, Client: fake.NewClientset(),
		Log:    slog.New(slog.NewTextHandler(io.Discard, nil)),
		Server: netip.MustParseAddrPort("127.0.0.1:6443"),
		Issue: func(name string, _ netip.Addr) (Files, error) {
			return Files{Kubeconfig: "/pki/" + name + ".kubeconfig", CA: "/pki/ca.crt", Cert: "/pki/" + name + ".crt", Key: "/pki/" + name + ".key"}, nil
		},
		Join:  func(_ context.Context, name string) (string, error) { return "/pki/join-" + name, nil },
		Clock: map[string]string{config.ClockSyncFrequency: "5s"},
	}
}

// prepareWorld makes a world whose fleet does not run yet.
func prepareWorld(t *testing.T) *world {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir, sockets := places(t)
	w := &world{t: t, client: fake.NewClientset(), options: testOptions(program, dir, sockets)}
	w.options.Client = w.client
	return w
}

func newWorld(t *testing.T, n int) *world {
	t.Helper()
	w := prepareWorld(t)
	w.start(n)
	return w
}

func (w *world) start(n int) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	f, err := Start(ctx, w.options, n)
	if err != nil {
		w.t.Fatalf("starting: %v\n%s", err, w.log("runtime"))
	}
	w.Fleet = f
	w.t.Cleanup(f.Stop)
}

func (w *world) log(process string) string {
	data, _ := os.ReadFile(layout{dir: w.options.Dir}.log(process))
	return string(data)
}

// told is what the runtime was told so far.
func (w *world) told() (t told) {
	data, err := os.ReadFile(filepath.Join(w.options.Dir, "told.json"))
	if err == nil {
		err = json.Unmarshal(data, &t)
	}
	if err != nil {
		w.t.Error(err)
	}
	return t
}

func (w *world) eventually(what string, ok func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatalf("%s: not after %s", what, patience)
		}
	}
}

// kubelet is the process of a node's kubelet, which answers.
func (w *world) kubelet(name string) int {
	w.t.Helper()
	m, err := w.find(name)
	if err != nil {
		w.t.Fatal(err)
	}
	pid := 0
	w.eventually("the kubelet of "+name+" answers", func() bool {
		m.mu.Lock()
		pid = m.pid
		m.mu.Unlock()
		return pid != 0 && w.ask(name) == name
	})
	return pid
}

// ask says what the kubelet of a node says to the API server.
func (w *world) ask(name string) string {
	m, err := w.find(name)
	if err != nil {
		return err.Error()
	}
	ctx, cancel := context.WithTimeout(w.t.Context(), 200*time.Millisecond)
	defer cancel()
	conn, err := w.Dial(ctx, netip.AddrPortFrom(ipOf(m.record.Number), kubeletPort))
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	said, _ := io.ReadAll(conn)
	return string(said)
}

// register does what a kubelet does at its start.
func (w *world) register(name string) {
	w.t.Helper()
	_, err := w.client.CoreV1().Nodes().Create(w.t.Context(), &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Status: corev1.NodeStatus{Conditions: []corev1.NodeCondition{
			{Type: corev1.NodeReady, Status: corev1.ConditionTrue, LastHeartbeatTime: metav1.Now()},
		}},
	}, metav1.CreateOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) gone(pids ...int) {
	w.t.Helper()
	for _, pid := range pids {
		w.eventually("a process is gone", func() bool { return !alive(pid) })
	}
}

func TestStartAndStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	pids := []int{w.kubelet("node1"), w.kubelet("node2"), w.runtime.process()}
	got := w.told()
	want := control.Node{
		Name: "node2", IP: netip.MustParseAddr("172.30.0.12"), CRI: w.paths.cri(2), Root: w.paths.root("node2"),
		KubeletRoot: w.paths.short(2), CPUs: 4000, Memory: 8 << 30, Disk: 64 << 30,
	}
	if got.Nodes["node2"].Node != want || len(got.Nodes) != 2 {
		t.Errorf("the runtime has nodes %+v", got.Nodes)
	}
	if got.Routes[netip.MustParseAddrPort("10.96.0.1:443")] != "127.0.0.1:6443" || got.Hosts["node2"] != want.IP {
		t.Errorf("the runtime has routes %v and hosts %v", got.Routes, got.Hosts)
	}
	w.Stop()
	for _, pid := range pids {
		if alive(pid) {
			t.Errorf("process %d is left", pid)
		}
	}
}

func TestNodeFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	w.kubelet("node1")
	c, err := config.Read(w.paths.config("node1"))
	if err != nil {
		t.Fatal(err)
	}
	if c.Kubeconfig != "/pki/node1.kubeconfig" || c.Bootstrap != "" || c.IP != "172.30.0.11" || c.Labels[corev1.LabelTopologyZone] != "zone-a" ||
		c.Labels[corev1.LabelTopologyRegion] != region || c.Labels[corev1.LabelInstanceTypeStable] != nodeType || c.ProviderID != "sim://zone-a/node1" || c.Clock[config.ClockSyncFrequency] != "5s" {
		t.Errorf("the node is told %+v", c)
	}
	if to, err := os.Readlink(c.KubeletRoot); err != nil || to != w.paths.kubelet("node1") {
		t.Errorf("the kubelet's directory leads to %s, %v", to, err)
	}
}

func TestKilledKubeletComesBackAtItsPort(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	before := w.kubelet("node1")
	m, _ := w.find("node1")
	port := m.listens()
	killGroup(before)
	w.eventually("another kubelet", func() bool { return w.kubelet("node1") != before })
	if m.listens() != port {
		t.Errorf("the kubelet had port %d, now %d", port, m.listens())
	}
}

func TestKilledRuntimeComesBackEquipped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	if err := w.StopNode(t.Context(), "node1"); err != nil {
		t.Fatal(err)
	}
	before := w.told().PID
	if err := os.Remove(filepath.Join(w.options.Dir, "told.json")); err != nil {
		t.Fatal(err)
	}
	killGroup(before)
	w.eventually("another runtime with the node, powered off", func() bool {
		if _, err := os.Stat(filepath.Join(w.options.Dir, "told.json")); err != nil {
			return false
		}
		now := w.told()
		return now.PID != before && now.Nodes["node1"].Off && len(now.Hosts) > 0
	})
}

// deadEngine runs an engine in the world's directories until its node runs, and
// kills it.
func (w *world) deadEngine() (runtime, kubelet int) {
	w.t.Helper()
	cmd := exec.Command(w.options.Program, "engine", w.options.Dir, w.options.Sockets)
	out, err := cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	if _, err := fmt.Fscan(out, &runtime, &kubelet); err != nil {
		w.t.Errorf("an engine did not start its processes: %v", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		w.t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	return runtime, kubelet
}

func TestRuntimeOfOurOwnIsTakenOver(t *testing.T) {
	t.Parallel()
	w := prepareWorld(t)
	runtime, kubelet := w.deadEngine()
	w.gone(kubelet)
	w.start(1)
	if w.runtime.process() != runtime {
		t.Errorf("the runtime was %d, now it is %d", runtime, w.runtime.process())
	}
	w.kubelet("node1")
	w.Stop()
	w.gone(runtime)
}

func TestRuntimeOfAnotherEngineIsEnded(t *testing.T) {
	t.Parallel()
	w := prepareWorld(t)
	old, _ := w.deadEngine()
	if err := os.WriteFile(filepath.Join(w.options.Dir, "id"), []byte("next"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.options.EngineID = "next"
	w.start(1)
	if w.runtime.process() == old || alive(old) {
		t.Errorf("runtime %d of another engine lives, ours is %d", old, w.runtime.process())
	}
}

func TestRuntimeThatHangsIsReplaced(t *testing.T) {
	t.Parallel()
	w := prepareWorld(t)
	old, _ := w.deadEngine()
	if err := syscall.Kill(old, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	w.eventually("every thread of the runtime stands still", func() bool {
		state, err := exec.CommandContext(t.Context(), "ps", "-o", "state=", "-p", strconv.Itoa(old)).Output()
		return err == nil && strings.HasPrefix(string(state), "T")
	})
	w.start(1)
	w.kubelet("node1")
	if w.runtime.process() == old || alive(old) {
		t.Errorf("runtime %d hangs, ours is %d", old, w.runtime.process())
	}
}

// A runtime may also hang after it said who it is.
func TestRuntimeThatHangsBeforeItHasItsNodesIsReplaced(t *testing.T) {
	t.Parallel()
	o := prepareWorld(t).options
	paths := layout{dir: o.Dir, sockets: o.Sockets}
	if err := os.MkdirAll(paths.logs(), 0o700); err != nil {
		t.Fatal(err)
	}
	asked := make(chan int, 2)
	r := &runtimeKeeper{paths: paths, program: o.Program, id: o.EngineID, log: o.Log, client: control.NewClient(paths.control()), limit: patience / 20,
		equip: func(ctx context.Context, hello control.Hello) error {
			asked <- hello.PID
			if len(asked) > 1 {
				return nil
			}
			<-ctx.Done() // what a call of a runtime that hangs does
			return ctx.Err()
		}}
	ctx, end := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() { r.run(ctx) })
	defer done.Wait()
	defer end()
	if err := r.await(t.Context()); err != nil {
		t.Fatal(err)
	}
	if old, now := <-asked, <-asked; old == now || alive(old) || r.process() != now {
		t.Errorf("runtime %d hung, %d took its place, ours is %d", old, now, r.process())
	}
}

func TestRuntimeThatCannotStart(t *testing.T) {
	t.Parallel()
	o := prepareWorld(t).options
	if err := os.WriteFile(filepath.Join(o.Sockets, control.SocketName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	f, err := Start(ctx, o, 1)
	if err == nil {
		f.Stop()
		t.Fatal("started")
	}
	if !strings.Contains(err.Error(), "runtime.log") {
		t.Errorf("the error does not say where to look: %v", err)
	}
}

func TestStopAndStartNode(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	pid := w.kubelet("node2")
	if err := w.StopNode(t.Context(), "node2"); err != nil {
		t.Fatal(err)
	}
	if alive(pid) || !w.told().Nodes["node2"].Off {
		t.Errorf("after a stop: kubelet alive %v, %+v", alive(pid), w.told().Nodes["node2"])
	}
	if said := w.ask("node2"); !strings.Contains(said, "i/o timeout") {
		t.Errorf("a stopped node says %q", said)
	}
	w.Stop()
	w.start(2) // it stays stopped
	if n, err := w.Node(t.Context(), "node2"); err != nil || n.State != protocol.NodeStopped || n.Kubelet != 0 {
		t.Errorf("after a restart: %+v, %v", n, err)
	}
	if err := w.StartNode(t.Context(), "node2"); err != nil {
		t.Fatal(err)
	}
	w.kubelet("node2")
	if w.told().Nodes["node2"].Off {
		t.Error("the node has no power")
	}
}

func TestAddAndRemoveNode(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	name, err := w.AddNode(t.Context(), protocol.AddNode{Labels: map[string]string{"disk": "ssd"}, Taints: []string{"a=b:NoSchedule"}})
	if err != nil || name != "node4" {
		t.Fatalf("added %q, %v", name, err)
	}
	pid := w.kubelet(name)
	c, err := config.Read(w.paths.config(name))
	if err != nil || c.Bootstrap != "/pki/join-node4" || c.Kubeconfig != w.paths.joined(name) || c.Labels["disk"] != "ssd" ||
		c.Labels[corev1.LabelTopologyZone] != "zone-a" || !reflect.DeepEqual(c.Taints, []string{"a=b:NoSchedule"}) {
		t.Errorf("the node is told %+v, %v", c, err)
	}
	for _, bad := range []string{"node1", "Node", "a/b", "../x"} {
		if _, err := w.AddNode(t.Context(), protocol.AddNode{Name: bad}); err == nil {
			t.Errorf("a node %q was added", bad)
		}
	}
	w.register(name)
	if err := w.RemoveNode(t.Context(), name, false); err != nil {
		t.Fatal(err)
	}
	w.gone(pid)
	if _, err := w.client.CoreV1().Nodes().Get(t.Context(), name, metav1.GetOptions{}); err == nil {
		t.Error("the Node object is left")
	}
	if _, err := os.Lstat(w.paths.node(name)); err == nil {
		t.Error("files of the node are left")
	}
	if _, left := w.told().Nodes[name]; left || len(w.List(t.Context())) != 3 {
		t.Errorf("the runtime has %v, the fleet %v", w.told().Nodes, w.List(t.Context()))
	}
}

func TestPressure(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	for _, r := range resources() {
		if err := w.SetPressure(t.Context(), "node1", r, true); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.SetPressure(t.Context(), "node1", protocol.PressureDisk, false); err != nil {
		t.Fatal(err)
	}
	want := control.Pressure{Memory: nodeMemory - leftMemory, PIDs: config.MaxPIDs - leftPIDs}
	if got := w.told().Nodes["node1"].Pressure; got != want {
		t.Errorf("the node claims %+v", got)
	}
	if err := w.SetPressure(t.Context(), "node1", "air", true); err == nil {
		t.Error("a node runs short of air")
	}
}

func TestRestore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	ctx := t.Context()
	for _, err := range []error{
		w.StopNode(ctx, "node1"), w.SetPressure(ctx, "node2", protocol.PressureMemory, true), w.RemoveNode(ctx, "node3", false),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.AddNode(ctx, protocol.AddNode{Name: "extra"}); err != nil {
		t.Fatal(err)
	}
	if err := w.Restore(ctx); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"node1", "node2", "node3"} {
		w.kubelet(name)
	}
	got := w.told()
	if len(got.Nodes) != 3 || got.Nodes["node1"].Off || got.Nodes["node2"].Pressure != (control.Pressure{}) {
		t.Errorf("the runtime has %+v", got.Nodes)
	}
	records, err := w.paths.load()
	if err != nil || !reflect.DeepEqual(records, freshRecords(3)) {
		t.Errorf("remembered are %+v, %v", records, err)
	}
}

// TestRestoreForgetsPressure holds that no kubelet goes on that has seen pressure: it
// would say so for minutes, and its node be kept from Pods for as long.
func TestRestoreForgetsPressure(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	names := []string{"node1", "node2", "node3"} // pressed; was pressed and still says so; calm
	before := map[string]int{}
	for _, name := range names {
		w.register(name)
		before[name] = w.kubelet(name)
	}
	if err := w.SetPressure(t.Context(), "node1", protocol.PressureMemory, true); err != nil {
		t.Fatal(err)
	}
	says, err := w.client.CoreV1().Nodes().Get(t.Context(), "node2", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	says.Status.Conditions = append(says.Status.Conditions, corev1.NodeCondition{Type: corev1.NodeDiskPressure, Status: corev1.ConditionTrue})
	if _, err := w.client.CoreV1().Nodes().UpdateStatus(t.Context(), says, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	w.eventually("the fleet has heard of it", func() bool { return w.saysPressed("node2") })
	if err := w.Restore(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if anew := w.kubelet(name) != before[name]; anew == (name == "node3") {
			t.Errorf("%s: its kubelet is another: %v", name, anew)
		}
	}
}

func TestDialReachesPods(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	conn, err := w.Dial(t.Context(), netip.MustParseAddrPort("10.244.1.2:80"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if said, _ := io.ReadAll(conn); string(said) != "pod" {
		t.Errorf("the pod says %q", said)
	}
	// Another port of a node is in the network of the lab, not on this machine.
	if _, err := w.Dial(t.Context(), netip.MustParseAddrPort("172.30.0.11:22")); err == nil || !strings.Contains(err.Error(), syscall.ECONNREFUSED.Error()) {
		t.Errorf("port 22 of a node: %v", err)
	}
}
