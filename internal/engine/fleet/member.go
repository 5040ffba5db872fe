package fleet

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/clientcmd"

	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/engine/kernel"
	"kubetutor/internal/engine/node/config"
)

// What a node claims to be.
const (
	nodeCPUs          = 4
	nodeMemory        = 8 << 30
	nodeDisk          = 64 << 30
	nodePods          = 110
	nodeKernel        = kernel.Release // as uname says in a container
	nodeOS            = "kubetutor (simulated)"
	nodeType          = "sim.large"
	providerName      = "sim"
	millisOfCore      = 1000
	freedPortLimit    = 2 * time.Second // for a kubelet of an engine that died to let go of its port
	freedPortInterval = 10 * time.Millisecond
)

// member is a node and its kubelet's process.
type member struct {
	mu       sync.Mutex
	record   record // Number and Name never change
	port     int
	pid      int       // of the kubelet, 0 while none runs
	since    time.Time // when the kubelet was started last, or the node was stopped
	removing bool

	cancel context.CancelFunc // ends the kubelet; nil: there is to be none. Guarded by Fleet.ops.
	done   chan struct{}      // closed when it has ended
}

func (m *member) snapshot() record {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.record
	r.Pressure = slices.Clone(r.Pressure)
	return r
}

func (m *member) change(f func(*record)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(&m.record)
}

func (m *member) stopped() bool { return m.snapshot().Stopped }

// serves says whether the kubelet serves at a port of the node: its real one, or
// the one that everybody expects.
func (m *member) serves(port int) bool { return port == kubeletPort || port == m.listens() }

// listens is the kubelet's port of 127.0.0.1.
func (m *member) listens() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.port
}

// began notes that a kubelet was started.
func (m *member) began(pid int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pid, m.since = pid, time.Now()
}

func (m *member) ended() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pid = 0
}

// machine is the node as the runtime is to simulate it.
func (f *Fleet) machine(r record) control.Node {
	return control.Node{
		Name: r.Name, IP: ipOf(r.Number), CRI: f.paths.cri(r.Number), Root: f.paths.root(r.Name),
		KubeletRoot: f.paths.short(r.Number), CPUs: nodeCPUs * millisOfCore, Memory: nodeMemory, Disk: nodeDisk,
	}
}

// run starts a node's kubelet and keeps it running until halt. A node without
// power has none. The caller holds ops.
func (f *Fleet) run(m *member) error {
	if m.stopped() || m.cancel != nil {
		return nil
	}
	files, err := f.files(m.snapshot())
	if err != nil {
		return err
	}
	if err := f.configure(m, files); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	m.cancel, m.done = cancel, make(chan struct{})
	go func() {
		defer close(m.done)
		f.keep(ctx, m, files)
	}()
	return nil
}

// halt kills the kubelet, as a power cut does, and waits until it has gone: what it
// has said is no word of the next one. The caller holds Fleet.ops.
func (m *member) halt() {
	m.mu.Lock()
	m.since = time.Now()
	m.mu.Unlock()
	if m.cancel == nil {
		return
	}
	m.cancel()
	<-m.done
	m.cancel = nil
}

// keep runs the kubelet again and again until ctx ends.
func (f *Fleet) keep(ctx context.Context, m *member, files nodeFiles) {
	var pause backoff
	for {
		began := time.Now()
		err := f.kubelet(ctx, m)
		if ctx.Err() != nil {
			return
		}
		f.o.Log.Warn("a kubelet is to be started again", "node", m.record.Name, "cause", err)
		if !pause.wait(ctx, time.Since(began)) {
			return
		}
		if err := f.configure(m, files); err != nil {
			f.o.Log.Warn("configuring a kubelet", "node", m.record.Name, "error", err)
		}
	}
}

// kubelet runs the kubelet once.
func (f *Fleet) kubelet(ctx context.Context, m *member) error {
	name := m.record.Name
	p, err := child{
		program: f.o.Program, args: []string{"node", f.paths.config(name)},
		dir: f.paths.dir, log: f.paths.log(name), leashed: true,
	}.start()
	if err != nil {
		return err
	}
	m.began(p.pid())
	defer m.ended()
	select {
	case <-ctx.Done():
		p.kill()
	case <-p.done:
	}
	return p.err
}

// nodeFiles are a node's files with a way to join, if it has to.
type nodeFiles struct {
	Files
	bootstrap string
}

// files gets a node's files. A node of the profile has its credentials from us;
// an added one asks for them with a token, once.
func (f *Fleet) files(r record) (nodeFiles, error) {
	issued, err := f.o.Issue(r.Name, ipOf(r.Number))
	files := nodeFiles{Files: issued}
	if err != nil || !r.Added {
		return files, err
	}
	files.Kubeconfig = f.paths.joined(r.Name)
	if _, err := os.Stat(files.Kubeconfig); err == nil {
		return files, pointTo(files.Kubeconfig, f.o.Server)
	}
	if files.bootstrap, err = f.o.Join(context.Background(), r.Name); err != nil {
		return files, fmt.Errorf("making a token for node %s: %w", r.Name, err)
	}
	return files, nil
}

// pointTo makes the kubeconfig of a node that joined earlier lead to where the
// API server listens now.
func pointTo(path string, server netip.AddrPort) error {
	kubeconfig, err := clientcmd.LoadFromFile(path)
	if err != nil {
		return fmt.Errorf("reading the kubeconfig of a node: %w", err)
	}
	for _, c := range kubeconfig.Clusters {
		c.Server = "https://" + server.String()
	}
	return clientcmd.WriteToFile(*kubeconfig, path)
}

// configure writes what the kubelet is told, with the port that it had before if
// that is still to be had.
func (f *Fleet) configure(m *member, files nodeFiles) error {
	r := m.snapshot()
	if err := f.paths.make(r); err != nil {
		return err
	}
	before, _ := config.Read(f.paths.config(r.Name)) // none, or an older kind: any port will do
	port, err := choosePort(before.Port)
	if err != nil {
		return fmt.Errorf("finding a port for the kubelet of %s: %w", r.Name, err)
	}
	m.mu.Lock()
	m.port = port
	m.mu.Unlock()
	return f.config(r, port, files).Write(f.paths.config(r.Name))
}

func (f *Fleet) config(r record, port int, files nodeFiles) config.Config {
	return config.Config{
		Name: r.Name, IP: ipOf(r.Number).String(), Port: port,
		Root: f.paths.root(r.Name), KubeletRoot: f.paths.short(r.Number), Volumes: f.paths.volumes(),
		Runtime: "unix://" + f.paths.cri(r.Number), Control: f.paths.control(),
		Kubeconfig: files.Kubeconfig, Bootstrap: files.bootstrap, CA: files.CA, Cert: files.Cert, Key: files.Key,
		CPUs: nodeCPUs, Memory: nodeMemory, Disk: nodeDisk, Pods: nodePods,
		Labels: labels(r), Taints: r.Taints, ProviderID: providerID(r),
		KernelVersion: nodeKernel, OSImage: nodeOS, Clock: f.o.Clock,
	}
}

// labels are those that a cloud knows of a machine, and the record's own.
func labels(r record) map[string]string {
	all := map[string]string{
		corev1.LabelTopologyRegion:     region,
		corev1.LabelTopologyZone:       r.Zone,
		corev1.LabelInstanceTypeStable: nodeType,
	}
	maps.Copy(all, r.Labels)
	return all
}

func providerID(r record) string {
	return fmt.Sprintf("%s://%s/%s", providerName, r.Zone, r.Name)
}

// choosePort returns a port of 127.0.0.1 that nobody listens on: the one before,
// for which it waits a while, or any.
func choosePort(before int) (int, error) {
	for began := time.Now(); before != 0 && time.Since(began) < freedPortLimit; time.Sleep(freedPortInterval) {
		if port, err := freePort(before); err == nil {
			return port, nil
		}
	}
	return freePort(0)
}

func freePort(port int) (int, error) {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
