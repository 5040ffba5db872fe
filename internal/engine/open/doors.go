package open

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/lab/protocol"
)

const (
	maxDoors       = 16
	maxConnections = 64 // of one door at once
	firstPort      = 1024
	dialLimit      = 10 * time.Second
	loopback       = "127.0.0.1"
)

// Options say where doors lead to.
type Options struct {
	Find func(ctx context.Context, target course.Target, namespace string) (Place, error)
	// Dial connects to an address of the lab's network from outside.
	Dial func(ctx context.Context, to netip.AddrPort) (net.Conn, error)
	Used func() // called for each connection: somebody is there
	Log  *slog.Logger
}

// Doors are the ports of 127.0.0.1 that lead into a lab. It is safe for concurrent
// use.
type Doors struct {
	o Options

	mu    sync.Mutex
	doors []*door
}

// New returns doors of which none is open.
func New(o Options) *Doors { return &Doors{o: o} }

// Open opens a door. One that leads there already is opened once; one whose target
// has moved is made anew, at its port.
func (d *Doors) Open(ctx context.Context, req protocol.Open) (protocol.Door, error) {
	target, err := course.ParseTarget(req.Target)
	if err != nil {
		return protocol.Door{}, &protocol.Error{Code: protocol.CodeInvalid, Message: err.Error(), Hint: "write svc/NAME, svc/NAME:PORT, node/NAME:PORT, ingress, ingress/NAME or gateway/NAME"}
	}
	if req.Port != 0 && (req.Port < firstPort || req.Port > 65535) {
		return protocol.Door{}, &protocol.Error{Code: protocol.CodeInvalid, Message: fmt.Sprintf("%d cannot be the port: one from %d to 65535 can", req.Port, firstPort)}
	}
	namespace := cmp.Or(req.Namespace, "default")
	place, err := d.o.Find(ctx, target, namespace)
	if err != nil {
		return protocol.Door{}, forLearner(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.open(nameOf(target, namespace), req.Port, place)
}

func (d *Doors) open(name string, port int, place Place) (protocol.Door, error) {
	if i := slices.IndexFunc(d.doors, func(o *door) bool { return o.name == name }); i >= 0 {
		old := d.doors[i]
		if old.place.To == place.To && (port == 0 || port == old.port()) {
			return old.status(), nil
		}
		port = cmp.Or(port, old.port())
		old.close()
		d.doors = slices.Delete(d.doors, i, i+1)
	}
	if len(d.doors) == maxDoors {
		return protocol.Door{}, &protocol.Error{Code: protocol.CodeConflict, Message: fmt.Sprintf("%d are open already", maxDoors), Hint: "close some: `kubetutor open --close NAME`"}
	}
	opened, err := d.listen(name, port, place)
	if err != nil {
		return protocol.Door{}, err
	}
	d.doors = append(d.doors, opened)
	return opened.status(), nil
}

func (d *Doors) listen(name string, port int, place Place) (*door, error) {
	l, err := net.Listen("tcp4", hostPort(loopback, port))
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, &protocol.Error{Code: protocol.CodeConflict, Message: fmt.Sprintf("the port %d of this machine is taken", port), Hint: "take another, or leave out --port"}
	case err != nil:
		return nil, fmt.Errorf("opening a port of this machine: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	made := &door{o: d.o, name: name, place: place, since: time.Now(), listener: l, ctx: ctx, cancel: cancel, turns: make(chan struct{}, maxConnections)}
	made.running.Go(made.serve)
	return made, nil
}

// List tells of all that are open, by name.
func (d *Doors) List() []protocol.Door {
	d.mu.Lock()
	defer d.mu.Unlock()
	return statuses(d.doors)
}

// Close closes the doors of a name (which may leave out the namespace, and the
// port), or of a port of this machine, or all, and tells which those were. It
// returns when nothing of them is left.
func (d *Doors) Close(name string) []protocol.Door {
	d.mu.Lock()
	defer d.mu.Unlock()
	var meant, others []*door
	for _, o := range d.doors {
		if o.isMeant(name) {
			meant = append(meant, o)
		} else {
			others = append(others, o)
		}
	}
	d.doors = others
	closed := statuses(meant)
	for _, o := range meant {
		o.close()
	}
	return closed
}

func statuses(doors []*door) []protocol.Door {
	all := make([]protocol.Door, len(doors))
	for i, o := range doors {
		all[i] = o.status()
	}
	slices.SortFunc(all, func(a, b protocol.Door) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// nameOf is a target with its namespace, which nodes have none of.
func nameOf(target course.Target, namespace string) string {
	if target.Kind == course.TargetNode {
		return target.String()
	}
	return namespace + "/" + target.String()
}

// forLearner tells a target that cannot be reached as what it is.
func forLearner(err error) error {
	var no *NoWay
	if errors.As(err, &no) {
		return &protocol.Error{Code: no.Code, Message: no.Why.EN, Hint: no.Hint.EN, Said: no.Why, Advice: no.Hint}
	}
	return err
}

// door is one open port.
type door struct {
	o        Options
	name     string
	place    Place
	since    time.Time
	listener net.Listener
	ctx      context.Context // ends with the door
	cancel   context.CancelFunc
	turns    chan struct{} // holds a token for each connection
	running  sync.WaitGroup
}

func (d *door) port() int { return d.listener.Addr().(*net.TCPAddr).Port }

func (d *door) status() protocol.Door {
	s := protocol.Door{
		Name: d.name, Address: hostPort(loopback, d.port()), Via: d.place.Via, Node: d.place.Node,
		To: d.place.To.String(), Hosts: d.place.Hosts, Connections: len(d.turns), Since: d.since,
	}
	if d.place.Web != "" {
		s.URL = d.place.Web + "://" + s.Address + "/"
	}
	return s
}

func (d *door) isMeant(name string) bool {
	_, short, _ := strings.Cut(d.name, "/")
	if strings.HasPrefix(d.name, course.TargetNode+"/") {
		short = d.name
	}
	bare, _, _ := strings.Cut(short, ":")
	return slices.Contains([]string{protocol.OpenAll, d.name, short, bare, strconv.Itoa(d.port())}, name)
}

// serve takes connections until the door is closed.
func (d *door) serve() {
	for {
		conn, err := d.listener.Accept()
		if err != nil {
			return
		}
		select {
		case d.turns <- struct{}{}:
			d.running.Go(func() {
				defer func() { <-d.turns }()
				d.lead(conn)
			})
		default:
			conn.Close() // too many
		}
	}
}

// lead passes bytes between a client and the lab.
func (d *door) lead(outside net.Conn) {
	defer outside.Close()
	d.o.Used()
	ctx, cancel := context.WithTimeout(d.ctx, dialLimit)
	inside, err := d.o.Dial(ctx, d.place.To)
	cancel()
	if err != nil {
		d.o.Log.Info("a connection into the lab was not made", "door", d.name, "error", err)
		return
	}
	control.Join(d.ctx, inside, outside)
}

// close ends the door and its connections, and returns when nothing is left.
func (d *door) close() {
	d.listener.Close()
	d.cancel()
	d.running.Wait()
}
