package engine

import (
	"context"
	"errors"
	"net"
	"net/netip"

	"kubetutor/internal/course"
	"kubetutor/internal/engine/check"
	"kubetutor/internal/engine/controlplane"
	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/engine/open"
	"kubetutor/internal/lab/protocol"
)

// entrance is the lab's network as it is reached into from the engine: by checks,
// and by the learner's own programs through doors.
type entrance struct{ c *ownCluster }

// runtime is the client of the one who has the network, if there are nodes.
func (e entrance) runtime() (*control.Client, error) {
	f := e.c.fleet.Load()
	if f == nil {
		return nil, check.ErrNoNetwork
	}
	return f.Runtime(), nil
}

// Dial implements check.Network.
func (e entrance) Dial(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	r, err := e.runtime()
	if err != nil {
		return nil, err
	}
	conn, err := r.Dial(ctx, sender(from), to)
	return conn, known(err)
}

// Exchange implements check.Network.
func (e entrance) Exchange(ctx context.Context, from netip.Addr, to netip.AddrPort, datagram []byte) ([]byte, error) {
	r, err := e.runtime()
	if err != nil {
		return nil, err
	}
	data, err := r.Exchange(ctx, sender(from), to, datagram)
	return data, known(err)
}

// Locate implements check.Network.
func (e entrance) Locate(ctx context.Context, target course.Target, namespace string) (netip.AddrPort, error) {
	place, err := e.find(ctx, target, namespace)
	var no *open.NoWay
	if errors.As(err, &no) {
		err = &check.Obstacle{Why: no.Why}
	}
	return place.To, err
}

func (e entrance) find(ctx context.Context, target course.Target, namespace string) (open.Place, error) {
	finder, err := open.NewFinder(e.c.Config(controlplane.CheckUser))
	if err != nil {
		return open.Place{}, err
	}
	return finder.Find(ctx, target, namespace)
}

// dialOutside connects as a machine outside of the cluster would.
func (e entrance) dialOutside(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	return e.Dial(ctx, netip.Addr{}, to)
}

// sender names who sends: a Pod by its address, else somebody outside.
func sender(from netip.Addr) string {
	if !from.IsValid() {
		return control.Outside
	}
	return from.String()
}

// known tells a check of its own error.
func known(err error) error {
	if errors.Is(err, control.ErrNobody) {
		return check.ErrNobody
	}
	return err
}

// doorsOf are those into a cluster; none is open.
func doorsOf(c *ownCluster) *open.Doors {
	e := entrance{c}
	return open.New(open.Options{Find: e.find, Dial: e.dialOutside, Used: c.used, Log: c.backend.log})
}

// Open opens a port of this machine that leads into the lab. A guest could not reach
// it, while everybody else on the machine could.
func (s ownSite) Open(ctx context.Context, req protocol.Open) (protocol.Door, error) {
	if s.c.backend.guest {
		said := course.Text{EN: "The lab runs on another machine: a port opened there cannot be reached from yours.", ZH: "实验环境运行在另一台机器上，在那里打开的端口从您的机器无法访问。"}
		return protocol.Door{}, &protocol.Error{Code: protocol.CodeUnsupported, Message: said.EN, Said: said}
	}
	if _, err := s.nodes(); err != nil {
		return protocol.Door{}, err
	}
	return s.c.doors.Open(ctx, req)
}

// Doors lists what has been opened.
func (s ownSite) Doors() []protocol.Door { return s.c.doors.List() }

// Shut closes doors.
func (s ownSite) Shut(name string) []protocol.Door { return s.c.doors.Close(name) }
