package cri

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/engine/cri/record"
	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/engine/kernel"
	"kubetutor/internal/engine/peer"
)

// maxMessage is the size of a gRPC message in bytes, as in containerd and the
// kubelet's client.
const maxMessage = 16 << 20

// node is one simulated machine: its network, its images, its sandboxes and the
// socket on which its kubelet finds them.
type node struct {
	rt   *Runtime
	spec control.Node
	dir  string // state and the sandboxes' files

	net        *fabric.Namespace
	accounting *kernel.Accounting
	addresses  addresses
	images     *images
	events     hub

	sandboxes        *index[*sandbox]
	containers       *index[*container]
	sandboxNames     names
	containerNames   names
	sandboxRecords   *record.Dir
	containerRecords *record.Dir
	networkRecords   *record.Dir

	power    sync.Mutex // one change of the power, or of the node's existence, at a time
	endpoint *endpoint  // nil without power

	mu       sync.Mutex
	pressure control.Pressure
	init     *kernel.Container // process 1 of the machine, once somebody looks
	pids     *kernel.PIDNamespace
	meter    meter
}

// newNode makes a node from what it was told and what its records hold, and
// opens its socket.
func newNode(rt *Runtime, spec control.Node) (_ *node, err error) {
	n := &node{rt: rt, spec: spec, dir: filepath.Join(rt.state, spec.Name), accounting: kernel.NewAccounting(spec.Memory),
		images: newImages(rt.catalogue, rt.now), sandboxes: newIndex[*sandbox](), containers: newIndex[*container]()}
	n.accounting.SetCPU(int64(spec.CPUs))
	if err := n.openRecords(); err != nil {
		return nil, err
	}
	if n.net, err = rt.fabric.Attach(spec.Name, spec.IP); err != nil {
		return nil, fmt.Errorf("connecting node %s: %w", spec.Name, err)
	}
	n.recover()
	if err := n.open(); err != nil {
		n.net.Close()
		return nil, err
	}
	return n, nil
}

func (n *node) openRecords() (err error) {
	if n.sandboxRecords, err = record.Open(filepath.Join(n.dir, "sandboxes")); err != nil {
		return err
	}
	if n.containerRecords, err = record.Open(filepath.Join(n.dir, "containers")); err != nil {
		return err
	}
	if n.networkRecords, err = record.Open(filepath.Join(n.dir, "network")); err != nil {
		return err
	}
	shm := filepath.Join(n.dir, "shm")
	return errors.Join(os.MkdirAll(shm, 0o700), os.Chmod(shm, 0o777|os.ModeSticky))
}

// recover brings back what the records hold: nothing of it runs any more.
func (n *node) recover() {
	networks, err := record.Load[networkRecord](n.networkRecords)
	n.complain(err)
	for _, r := range networks {
		n.addresses.setCIDR(r.PodCIDR)
		n.net.SetPods(r.PodCIDR)
	}
	sandboxes, err := record.Load[sandboxRecord](n.sandboxRecords)
	n.complain(err)
	for _, r := range sandboxes {
		s, err := r.recovered(n)
		if err != nil {
			n.complain(err)
			continue
		}
		n.sandboxes.add(s.id, s)
		n.sandboxNames.reserve(s.name(), s.id)
		n.complain(s.save())
	}
	containers, err := record.Load[containerRecord](n.containerRecords)
	n.complain(err)
	for _, r := range containers {
		n.complain(n.recoverContainer(r))
	}
}

func (n *node) recoverContainer(r *containerRecord) error {
	s, err := n.sandboxes.get(r.Sandbox)
	if err != nil { // killed while a sandbox was being removed
		return n.containerRecords.Remove(r.ID)
	}
	c, err := r.recovered(s)
	if err != nil {
		return err
	}
	s.containers[c.id] = c
	n.containers.add(c.id, c)
	n.containerNames.reserve(c.name(), c.id)
	return nil
}

func (n *node) complain(err error) {
	if err != nil {
		n.rt.log.Warn("a record of a node", "node", n.spec.Name, "err", err)
	}
}

func (n *node) now() time.Time { return n.rt.now() }

// open serves the node's socket.
func (n *node) open() error {
	n.power.Lock()
	defer n.power.Unlock()
	if n.endpoint != nil {
		return nil
	}
	e, err := newEndpoint(n)
	n.endpoint = e
	return err
}

// shut closes the node's socket at once.
func (n *node) shut() {
	if n.endpoint != nil {
		n.endpoint.close()
		n.endpoint = nil
	}
}

// off pulls the plug: the socket is closed, everything dies without a word, and
// packets to the node's addresses are lost.
func (n *node) off() {
	n.power.Lock()
	defer n.power.Unlock()
	n.shut()
	n.net.SetDown(true)
	for _, s := range n.sandboxes.all() {
		if s.net != nil {
			s.net.SetDown(true)
		}
		s.lose()
	}
	n.endInit()
	n.net.SetForwarding(fabric.Forwarding{}) // a kernel keeps rules in its memory
}

// on puts the plug back: what ran has exited.
func (n *node) on() error {
	n.power.Lock()
	powered := n.endpoint != nil
	n.power.Unlock()
	if powered {
		return nil
	}
	for _, s := range n.sandboxes.all() {
		s.unplug()
	}
	n.net.SetDown(false)
	return n.open()
}

// destroy ends the node and forgets it.
func (n *node) destroy() error {
	n.halt()
	return os.RemoveAll(n.dir)
}

// halt ends the node; its records stay.
func (n *node) halt() {
	n.off()
	for _, s := range n.sandboxes.all() {
		s.unplug()
	}
	n.net.Close()
}

// reset removes every sandbox but those of the pods in keep, and makes images
// and pressure as they were at first.
func (n *node) reset(ctx context.Context, keep map[string]bool) error {
	var errs []error
	for _, s := range n.sandboxes.all() {
		if uid := s.config.GetMetadata().GetUid(); !keep[uid] {
			n.rt.barred.add([]string{uid}, n.rt.now(), control.BarredBriefly)
			errs = append(errs, s.remove(ctx))
		}
	}
	n.images.reset(n.inUse())
	n.setPressure(control.Pressure{})
	return errors.Join(errs...)
}

// inUse are the ids of the images that containers were made of.
func (n *node) inUse() map[string]bool {
	used := map[string]bool{}
	for _, c := range n.containers.all() {
		used[c.imageID] = true
	}
	return used
}

func (n *node) setPressure(p control.Pressure) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.pressure = p
}

// usage is what the node's containers and images use, and what it claims beyond.
func (n *node) usage() control.Usage {
	u := n.accounting.Usage()
	n.mu.Lock()
	defer n.mu.Unlock()
	return control.Usage{
		Memory: u.Memory + n.pressure.Memory,
		Disk:   u.Disk + n.images.size() + n.pressure.Disk,
		PIDs:   u.PIDs + n.pressure.PIDs,
		CPU:    n.meter.nanocores(n.now(), u.CPU),
	}
}

// hostPIDs is the machine's own process namespace. Its process 1 is there from
// the first time that somebody looks.
func (n *node) hostPIDs() (*kernel.PIDNamespace, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.init != nil {
		return n.pids, nil
	}
	tree := kernel.NewTree()
	tree.File("/sbin/init", kernel.Executable("init"), 0o755, 0, 0)
	pids := kernel.NewPIDNamespace()
	c, err := kernel.New(kernel.Config{ID: "init", Hostname: n.spec.Name, Image: tree, PIDs: pids, Net: n.net, Now: n.rt.now,
		Programs: kernel.Programs{"init": func(ctx context.Context, _ *kernel.Process) int { <-ctx.Done(); return 0 }}})
	if err == nil {
		_, err = c.Start(kernel.Spec{Args: []string{"/sbin/init"}})
	}
	if err != nil {
		return nil, fmt.Errorf("starting the node's init: %w", err)
	}
	n.init, n.pids = c, pids
	return pids, nil
}

func (n *node) endInit() {
	n.mu.Lock()
	c := n.init
	n.init, n.pids = nil, nil
	n.mu.Unlock()
	if c != nil {
		_ = c.Close()
	}
}

// endpoint is a node's open socket.
type endpoint struct {
	server  *grpc.Server
	streams *streams
	served  chan struct{}
}

func newEndpoint(n *node) (*endpoint, error) {
	if err := os.MkdirAll(filepath.Dir(n.spec.CRI), 0o700); err != nil {
		return nil, fmt.Errorf("making the directory of node %s's socket: %w", n.spec.Name, err)
	}
	l, err := peer.Listen(n.spec.CRI)
	if err != nil {
		return nil, fmt.Errorf("opening the socket of node %s: %w", n.spec.Name, err)
	}
	e := &endpoint{served: make(chan struct{})}
	if e.streams, err = newStreams(n); err != nil {
		l.Close()
		return nil, err
	}
	e.server = grpc.NewServer(grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(maxMessage),
		grpc.ChainUnaryInterceptor(errorCodes))
	runtimeapi.RegisterRuntimeServiceServer(e.server, &runtimeService{node: n, streams: e.streams})
	runtimeapi.RegisterImageServiceServer(e.server, &imageService{node: n})
	go e.serve(n, l)
	return e, nil
}

func (e *endpoint) serve(n *node, l net.Listener) {
	defer close(e.served)
	if err := e.server.Serve(l); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		n.rt.log.Error("serving CRI", "node", n.spec.Name, "err", err)
	}
}

// close ends all calls, streams and connections.
func (e *endpoint) close() {
	e.streams.close()
	e.server.Stop()
	<-e.served
}

// protojsonOf and fromProtojson keep a message in a record.
func protojsonOf(m proto.Message) (json.RawMessage, error) { return protojson.Marshal(m) }

func fromProtojson(data json.RawMessage, m proto.Message) error {
	return protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(data, m)
}
