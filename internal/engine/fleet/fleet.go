// Package fleet runs a cluster's nodes: the runtime process with all containers,
// and a kubelet process for each node. It is their supervisor (what dies is
// started again), their cloud (each node is told its address, zone and provider's
// id, with which it registers), and the hand on their plugs (stop, start, add, remove, pressure).
//
// The runtime outlives the engine for a while, so that an engine that was killed
// finds its containers running when it is started again; see engine/cri/control.
// Kubelets end with the engine, at the end of their standard input.
//
// What a lifecycle call changes is kept on disk before it is done: a fleet that
// starts again has the same nodes, running or stopped.
package fleet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"sync"

	"k8s.io/client-go/kubernetes"

	"kubetutor/internal/engine/cri/control"
)

// Files are what a node's kubelet needs to take part: absolute paths.
type Files struct {
	Kubeconfig string // of the user system:node:NAME; unused by a node that joins by a token
	CA         string // authority of the clients that the kubelet serves
	Cert, Key  string // for serving
}

// Options say what a fleet is made of.
type Options struct {
	Program  string       // the engine's own file, which is also runtime and kubelet
	Dir      string       // of the state: node directories, volumes, logs; absolute
	Sockets  string       // directory of sockets; absolute and short
	EngineID string       // what the runtime must answer to be taken over
	Log      *slog.Logger // what happened to processes

	Client kubernetes.Interface // of an administrator
	Server netip.AddrPort       // where the API server listens, on loopback
	// Issue makes or finds a node's files.
	Issue func(name string, ip netip.Addr) (Files, error)
	// Join writes a kubeconfig with a new bootstrap token, and returns its path.
	Join func(ctx context.Context, name string) (string, error)
	// Equip tells a runtime that was started or taken over what it has to know beside
	// its nodes, before it has those; nil: nothing.
	Equip func(context.Context) error
	// Clock are the kubelets' settings for waiting; see engine/node/config.
	Clock map[string]string
}

// Runtime is a client of the runtime process of a fleet whose sockets are in that
// directory, which need not run yet.
func Runtime(sockets string) *control.Client {
	return control.NewClient(layout{sockets: sockets}.control())
}

// Fleet are the running nodes of a cluster.
type Fleet struct {
	o       Options
	base    int // nodes of the profile
	paths   layout
	control *control.Client
	runtime *runtimeKeeper
	nodes   *view
	end     context.CancelFunc // of everything that runs in the background
	wg      sync.WaitGroup

	ops sync.Mutex // held by one change of a node's life at a time

	mu      sync.Mutex
	members []*member // by number
}

// Start brings up the runtime and n nodes, or those that an earlier fleet left in
// o.Dir. It returns when the runtime serves and the kubelets are starting; ctx
// bounds that alone. [Fleet.AwaitReady] waits for the nodes.
func Start(ctx context.Context, o Options, n int) (*Fleet, error) {
	f := &Fleet{o: o, base: n, paths: layout{dir: o.Dir, sockets: o.Sockets}}
	if err := f.prepare(); err != nil {
		return nil, err
	}
	life, end := context.WithCancel(context.Background())
	f.end = end
	f.control = control.NewClient(f.paths.control())
	f.nodes = newView(o.Client)
	f.runtime = &runtimeKeeper{paths: f.paths, program: o.Program, id: o.EngineID, log: o.Log, client: f.control, equip: f.equip, limit: equipLimit}
	f.wg.Go(func() { f.nodes.run(life) })
	f.wg.Go(func() { f.runtime.run(life) })
	f.wg.Go(func() { trimLogs(life, f.paths.logs()) })
	if err := f.runtime.await(ctx); err != nil {
		f.Stop()
		return nil, err
	}
	if err := f.runAll(); err != nil {
		f.Stop()
		return nil, err
	}
	return f, nil
}

func (f *Fleet) runAll() error {
	f.ops.Lock()
	defer f.ops.Unlock()
	var errs []error
	for _, m := range f.all() {
		errs = append(errs, f.run(m))
	}
	return errors.Join(errs...)
}

// prepare makes the directories and finds out which nodes there are.
func (f *Fleet) prepare() error {
	for _, dir := range []string{f.paths.dir, f.paths.sockets, f.paths.logs(), f.paths.volumes()} {
		if !filepath.IsAbs(dir) {
			return fmt.Errorf("the directory %q is not absolute", dir)
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("making a directory of the nodes: %w", err)
		}
	}
	records, err := f.paths.load()
	if err != nil {
		return err
	}
	if len(records) == 0 {
		records = freshRecords(f.base)
	}
	for _, r := range records {
		f.members = append(f.members, &member{record: r})
	}
	return f.save()
}

// Runtime is the client of the runtime process.
func (f *Fleet) Runtime() *control.Client { return f.control }

// Volumes is the directory of the data of sim.csi.kubetutor's volumes.
func (f *Fleet) Volumes() string { return f.paths.volumes() }

// Stop ends all nodes and the runtime, and returns when nothing of them is left:
// soon, or after some seconds where the runtime has to be killed. The state stays
// on disk. Calling it again does no harm.
func (f *Fleet) Stop() {
	f.ops.Lock()
	defer f.ops.Unlock()
	var halted sync.WaitGroup
	for _, m := range f.all() {
		halted.Go(m.halt)
	}
	halted.Wait()
	f.end()
	f.wg.Wait()
	f.control.Close()
}

// all are the present members.
func (f *Fleet) all() []*member {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]*member(nil), f.members...)
}

// find returns the member of that name.
func (f *Fleet) find(name string) (*member, error) {
	for _, m := range f.all() {
		if m.record.Name == name {
			return m, nil
		}
	}
	return nil, fmt.Errorf("%w: %s", ErrNoNode, name)
}

// ErrNoNode means that the cluster has no node of that name.
var ErrNoNode = errors.New("there is no such node")
