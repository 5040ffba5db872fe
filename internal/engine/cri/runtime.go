package cri

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/engine/cri/logfile"
	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/engine/image"
	"kubetutor/internal/engine/resolver"
)

// Runtime is all nodes of a cluster and the network between them. It is what
// the control socket steers.
type Runtime struct {
	engine    string
	state     string // one directory for each node
	fabric    *fabric.Fabric
	names     resolver.Site
	catalogue Catalogue
	logLimits logfile.Limits
	log       *slog.Logger
	now       func() time.Time
	barred    barred

	changing sync.Mutex // nodes come and go one at a time

	mu     sync.Mutex
	nodes  map[string]*node
	routes control.Routes
}

var _ control.Runtime = (*Runtime)(nil)

// Options are what a Runtime is made of.
type Options struct {
	Engine    string // id of the sources that made it
	State     string // directory for records and files of sandboxes
	Catalogue Catalogue
	Log       *slog.Logger
}

// Catalogue is what can be pulled; image.Catalogue is the real one.
type Catalogue interface {
	// Resolve is what a registry answers; its errors are those of package image.
	Resolve(ctx context.Context, ref string, auth *image.Auth) (*image.Image, error)
	// List is the whole catalogue, for people.
	List() []image.Entry
	// Reset takes back every change of registries and accounts.
	Reset()
}

// NewRuntime returns a runtime without nodes. Records of earlier ones come back
// when their nodes are added.
func NewRuntime(o Options) (*Runtime, error) {
	state := filepath.Join(o.State, "runtime")
	if err := os.MkdirAll(state, 0o700); err != nil {
		return nil, fmt.Errorf("making the runtime's directory: %w", err)
	}
	r := &Runtime{engine: o.Engine, state: state, fabric: fabric.New(), catalogue: o.Catalogue, logLimits: logfile.DefaultLimits(),
		log: o.Log, now: time.Now, nodes: map[string]*node{}}
	return r, r.serveNames()
}

// Close ends all containers and nodes. The records stay: the pods come back as
// ones that a machine lost.
func (r *Runtime) Close() {
	r.changing.Lock()
	defer r.changing.Unlock()
	var wg sync.WaitGroup
	for _, n := range r.all() {
		wg.Go(n.halt)
	}
	wg.Wait()
}

// Hello tells the runtime's identity and its nodes.
func (r *Runtime) Hello() control.Hello {
	h := control.Hello{Engine: r.engine, PID: os.Getpid(), Nodes: []string{}}
	for _, n := range r.all() {
		h.Nodes = append(h.Nodes, n.spec.Name)
	}
	slices.Sort(h.Nodes)
	return h
}

func (r *Runtime) all() []*node {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]*node, 0, len(r.nodes))
	for _, n := range r.nodes {
		list = append(list, n)
	}
	return list
}

func (r *Runtime) find(name string) (*node, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := r.nodes[name]; n != nil {
		return n, nil
	}
	return nil, control.ErrNoNode
}

// AddNode opens a node's endpoint; a node that is there gets its new capacities.
func (r *Runtime) AddNode(_ context.Context, spec control.Node) error {
	if err := checkNode(spec); err != nil {
		return err
	}
	r.changing.Lock()
	defer r.changing.Unlock()
	if n, err := r.find(spec.Name); err == nil {
		n.accounting.SetMemory(spec.Memory)
		n.accounting.SetCPU(int64(spec.CPUs))
		return nil
	}
	n, err := newNode(r, spec)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.nodes[spec.Name] = n
	return nil
}

// checkNode refuses a node whose name or paths could lead elsewhere.
func checkNode(n control.Node) error {
	if n.Name == "" || n.Name != filepath.Base(n.Name) || !filepath.IsLocal(n.Name) {
		return fmt.Errorf("%q is no name for a node", n.Name)
	}
	for _, path := range []string{n.CRI, n.Root, n.KubeletRoot} {
		if !filepath.IsAbs(path) {
			return fmt.Errorf("node %s: %q is no absolute path", n.Name, path)
		}
	}
	return nil
}

// RemoveNode stops a node's containers, closes its endpoint and forgets it.
func (r *Runtime) RemoveNode(_ context.Context, name string) error {
	r.changing.Lock()
	defer r.changing.Unlock()
	n, err := r.find(name)
	if err != nil {
		return err
	}
	r.mu.Lock()
	delete(r.nodes, name)
	r.mu.Unlock()
	return n.destroy()
}

// Power pulls a node's plug, or puts it back.
func (r *Runtime) Power(_ context.Context, name string, on bool) error {
	n, err := r.find(name)
	if err != nil {
		return err
	}
	if on {
		return n.on()
	}
	n.off()
	return nil
}

// Pressure sets what a node claims to use beyond its containers.
func (r *Runtime) Pressure(_ context.Context, name string, p control.Pressure) error {
	n, err := r.find(name)
	if err != nil {
		return err
	}
	n.setPressure(p)
	return nil
}

// Usage tells what a node uses.
func (r *Runtime) Usage(_ context.Context, name string) (control.Usage, error) {
	n, err := r.find(name)
	if err != nil {
		return control.Usage{}, err
	}
	return n.usage(), nil
}

// Reset removes every sandbox but those of the Pods to keep, at once, and makes
// caches, registries and pressure as they were at first. Of Pods that are gone
// nothing starts any more, and of others that are removed nothing for a moment.
func (r *Runtime) Reset(ctx context.Context, to control.Reset) error {
	r.barred.add(to.Gone, r.now(), control.Barred) // first: what starts meanwhile sees it, or is removed
	kept := map[string]bool{}
	for _, uid := range to.Keep {
		kept[uid] = true
	}
	r.catalogue.Reset()
	nodes := r.all()
	errs := make([]error, len(nodes))
	var wg sync.WaitGroup
	for i, n := range nodes {
		wg.Go(func() { errs[i] = n.reset(ctx, kept) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Routes replaces the addresses outside that pods may connect to.
func (r *Runtime) Routes(_ context.Context, routes control.Routes) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for old := range r.routes {
		if _, stays := routes[old]; !stays {
			r.fabric.Route(old, nil)
		}
	}
	for from, to := range routes {
		r.fabric.Route(from, to.Dial)
	}
	r.routes = routes
	return nil
}

// Policies replaces the policies of all pods.
func (r *Runtime) Policies(_ context.Context, p control.Policies) error {
	r.fabric.SetPolicies(p)
	return nil
}

// Announce replaces the addresses of load balancers.
func (r *Runtime) Announce(_ context.Context, a control.Announcements) error {
	r.fabric.SetAnnouncements(a)
	return nil
}

// Explain tells what would become of a connection.
func (r *Runtime) Explain(_ context.Context, q control.Question) (control.Record, error) {
	return r.fabric.Explain(q.From, q.Network, q.To), nil
}

// Records are what became of connections.
func (r *Runtime) Records(ctx context.Context, since uint64) iter.Seq[control.Record] {
	return r.fabric.Records(ctx, since)
}

// Dial connects to an address in the lab's network.
func (r *Runtime) Dial(ctx context.Context, from string, to netip.AddrPort) (net.Conn, error) {
	return r.fabric.Dial(ctx, from, to)
}

// Exchange sends a datagram in the lab's network.
func (r *Runtime) Exchange(ctx context.Context, from string, to netip.AddrPort, datagram []byte) ([]byte, error) {
	return r.fabric.Exchange(ctx, from, to, datagram)
}

// Images returns the catalogue.
func (r *Runtime) Images(context.Context) (any, error) { return r.catalogue.List(), nil }
