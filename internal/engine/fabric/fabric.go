// Package fabric is a network in memory for nodes and pods: addresses, namespaces, TCP and UDP between them, and addresses outside that
// lead to a dialler. No packet leaves the machine. Both sides of a connection are plain net.Conn. Names are the business of its users (Session).
//
// It does what the kernels of a cluster's nodes do: nodes forward what is for Services by the rules that they are given (Forwarding), pods are isolated
// by policies (Policies), and what was decided is recorded and can be explained (Record). It knows nothing of Kubernetes beyond those words.
package fabric

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"kubetutor/internal/engine/fabric/queue"
)

// Fabric is one network. Its methods may be called at any time from any goroutine.
type Fabric struct {
	mu     sync.RWMutex
	byIP   map[netip.Addr]*space
	byName map[string]*space
	routes map[netip.AddrPort]Dialer
	outer  *space // the engine's own
	world  *space // of those who are no part of the cluster

	judges    atomic.Pointer[judges]
	announced atomic.Pointer[map[netip.Addr]*announcement]
	epoch     atomic.Uint64 // it grows with each change of what decides
	buffers   queue.Pool
	journal   journal
	flows     flows
}

// Dialer connects to an address outside the fabric.
type Dialer func(context.Context) (net.Conn, error)

// outerIP is the address of the engine itself, where the nodes find their API server.
var outerIP = netip.AddrFrom4([4]byte{172, 30, 0, 1})

// podNet are the addresses of pods: one without an owner is unreachable, as the node whose range it is would say. Others are simply not there.
var podNet = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 244, 0, 0}), 16)

// New returns a network without namespaces.
func New() *Fabric {
	f := &Fabric{byIP: map[netip.Addr]*space{}, byName: map[string]*space{}, routes: map[netip.AddrPort]Dialer{}}
	f.outer = newSpace(f, "", outerIP)
	f.world = f.stranger(outerIP)
	return f
}

// stranger is somebody on the nodes' network who is no part of the cluster.
func (f *Fabric) stranger(ip netip.Addr) *space {
	s := newSpace(f, "", ip)
	s.foreign = true
	return s
}

// Attach makes a network namespace with a loopback interface and one address. An invalid ip gives it loopback only; one that is taken is an error,
// and so is a name that is, unless it is empty.
func (f *Fabric) Attach(name string, ip netip.Addr) (*Namespace, error) {
	ip = ip.Unmap()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.byIP[ip] != nil || ip == outerIP {
		return nil, fmt.Errorf("attaching %s: address %s: %w", name, ip, syscall.EADDRINUSE)
	}
	if name != "" && f.byName[name] != nil {
		return nil, fmt.Errorf("attaching %s: the name is taken: %w", name, syscall.EEXIST)
	}
	s := newSpace(f, name, ip)
	if ip.IsValid() {
		f.byIP[ip] = s
	}
	if name != "" {
		f.byName[name] = s
	}
	return &Namespace{space: s}, nil
}

// AttachVia makes the network namespace of a pod: what it sends passes the rules of its node. Name is how the pod is shown, "namespace/pod"; it need
// not be unique, and finds nothing. An address that is taken is an error.
func (f *Fabric) AttachVia(node *Namespace, name string, ip netip.Addr) (*Namespace, error) {
	ip = ip.Unmap()
	f.mu.Lock()
	defer f.mu.Unlock()
	if !ip.IsValid() || f.byIP[ip] != nil || ip == outerIP {
		return nil, fmt.Errorf("attaching %s: address %s: %w", name, ip, syscall.EADDRINUSE)
	}
	s := newSpace(f, name, ip)
	s.via = node.space
	f.byIP[ip] = s
	return &Namespace{space: s}, nil
}

// detach forgets a namespace.
func (f *Fabric) detach(s *space) {
	f.flows.forget(s)
	f.mu.Lock()
	defer f.mu.Unlock()
	maps.DeleteFunc(f.byIP, func(_ netip.Addr, at *space) bool { return at == s })
	if f.byName[s.name] == s {
		delete(f.byName, s.name)
	}
}

// Route makes an address outside the fabric reachable by dial; nil removes it.
func (f *Fabric) Route(to netip.AddrPort, dial func(context.Context) (net.Conn, error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if dial == nil {
		delete(f.routes, to)
		return
	}
	f.routes[to] = dial
}

// Outside is from whom Fabric.Dial connects if he is on the nodes' network, but no part of the cluster: he reaches nodes and load balancers only.
const Outside = "outside"

// ErrNobody means that nobody has the address that something is to come from.
var ErrNobody = errors.New("nobody has this address")

// Dial connects from a node or the engine. From is a node's name, the address of a pod or a node, or Outside; "" or an unknown name is the engine
// itself. The errors are those of Namespace.Dial, or ErrNobody.
func (f *Fabric) Dial(ctx context.Context, from string, to netip.AddrPort) (net.Conn, error) {
	s, err := f.sender(from)
	if err != nil {
		return nil, err
	}
	return s.dial(ctx, "tcp", to, nil)
}

// sender is the namespace of one who is named as Dial has it.
func (f *Fabric) sender(from string) (*space, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if s := f.byName[from]; s != nil {
		return s, nil
	}
	if from == Outside {
		return f.world, nil
	}
	ip, err := netip.ParseAddr(from)
	switch s := f.byIP[ip]; {
	case err != nil:
		return f.outer, nil
	case s != nil:
		return s, nil
	}
	return nil, fmt.Errorf("connecting from %s: %w", ip, ErrNobody)
}

// find is what is at an address: a namespace, or a way out.
func (f *Fabric) find(to netip.AddrPort) (*space, Dialer) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if dial := f.routes[to]; dial != nil {
		return nil, dial
	}
	if to.Addr() == outerIP {
		return f.outer, nil
	}
	return f.byIP[to.Addr()], nil
}

// nodes are the namespaces that have names, in their order.
func (f *Fabric) nodes() []*space {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return slices.SortedFunc(maps.Values(f.byName), func(a, b *space) int { return strings.Compare(a.name, b.name) })
}
