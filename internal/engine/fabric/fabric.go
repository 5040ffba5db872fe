// Package fabric is a network in memory for nodes and pods: addresses, namespaces, TCP and simple UDP between them, addresses outside that
// lead to a dialler, and names. No packet leaves the machine. Both sides of a connection are plain net.Conn.
package fabric

import (
	"context"
	"errors"
	"net"
	"net/netip"
)

// Fabric is one network. Its methods may be called at any time from any goroutine.
type Fabric struct{}

// New returns a network without namespaces.
func New() *Fabric { return &Fabric{} }

// Attach makes a network namespace with a loopback interface and one address. An invalid ip gives it loopback only; one that is taken is an error.
func (f *Fabric) Attach(name string, ip netip.Addr) (*Namespace, error) { return &Namespace{}, nil }

// Route makes an address outside the fabric reachable by dial; nil removes it.
func (f *Fabric) Route(to netip.AddrPort, dial func(context.Context) (net.Conn, error)) {}

// SetHosts replaces the names that every namespace resolves.
func (f *Fabric) SetHosts(hosts map[string]netip.Addr) {}

// Dial connects from a node or the engine. from names the namespace whose address is the source; "" or an unknown name: the engine's own.
func (f *Fabric) Dial(ctx context.Context, from string, to netip.AddrPort) (net.Conn, error) {
	return nil, errors.ErrUnsupported
}

// Namespace is a network namespace: a pod's or a node's.
type Namespace struct{}

// Listener is one line of netstat -l.
type Listener struct {
	Network string // "tcp" or "udp"
	Addr    netip.AddrPort
}

func (n *Namespace) Name() string   { return "" }
func (n *Namespace) IP() netip.Addr { return netip.Addr{} }
func (n *Namespace) Listen(network, address string) (net.Listener, error) {
	return nil, errors.ErrUnsupported
}
func (n *Namespace) ListenPacket(network, address string) (net.PacketConn, error) {
	return nil, errors.ErrUnsupported
}
func (n *Namespace) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return nil, errors.ErrUnsupported
}
func (n *Namespace) LookupHost(ctx context.Context, name string) ([]netip.Addr, error) {
	return nil, errors.ErrUnsupported
}
func (n *Namespace) Listeners() []Listener { return nil }
func (n *Namespace) SetDown(down bool)     {}
func (n *Namespace) Close() error          { return nil }
