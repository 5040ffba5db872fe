package fabric

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
)

// Namespace is a network namespace, a pod's or a node's, or a session of one.
type Namespace struct {
	space   *space
	session *session
}

// space is what the sessions of a namespace share.
type space struct {
	fabric *Fabric
	name   string
	ip     netip.Addr // invalid: loopback only

	via      *space                // the node of a pod
	foreign  bool                  // no part of the cluster
	table    atomic.Pointer[table] // a node's rules; nil: none yet
	mappings atomic.Pointer[[]*mapping]
	pods     atomic.Pointer[netip.Prefix] // the range of a node's pods

	mu     sync.Mutex
	tcp    map[uint16][]*listener
	udp    map[uint16][]*packetConn
	port   uint16 // the last one that was picked
	conns  map[attached]struct{}
	down   bool
	up     chan struct{} // closed when down ends
	closed bool
}

// attached is a connection of a namespace.
type attached interface {
	io.Closer
	stall(on bool) // power off, or on again
}

// session is what one user of a namespace has opened.
type session struct {
	lookup func(ctx context.Context, name string) ([]netip.Addr, error)

	mu    sync.Mutex
	open  map[io.Closer]struct{}
	ended bool
}

// Listener is one line of netstat -l.
type Listener struct {
	Network string // "tcp" or "udp"
	Addr    netip.AddrPort
}

// The ports that are picked for those who do not care, as Linux does by default.
const firstPort, lastPort = 32768, 60999

func newSpace(f *Fabric, name string, ip netip.Addr) *space {
	return &space{
		fabric: f, name: name, ip: ip, port: firstPort - 1,
		tcp: map[uint16][]*listener{}, udp: map[uint16][]*packetConn{}, conns: map[attached]struct{}{},
	}
}

// host is the machine that the namespace is on.
func (s *space) host() *space {
	if s.via != nil {
		return s.via
	}
	return s
}

// owns says whether an address is one of the namespace's own.
func (s *space) owns(ip netip.Addr) bool {
	pods := s.pods.Load()
	return ip.IsLoopback() || ip == s.ip || pods != nil && ip == gatewayOf(*pods)
}

// hears says whether somebody gets what comes from one address for another.
func (s *space) hears(network string, from, to netip.AddrPort) bool {
	switch network {
	case "tcp":
		return s.listener(to) != nil
	case icmp:
		return true // the kernel answers
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.socket(from, to) != nil
}

// Name is the namespace's name.
func (n *Namespace) Name() string { return n.space.name }

// IP is the namespace's address; invalid if it has loopback only.
func (n *Namespace) IP() netip.Addr { return n.space.ip }

// Session is the same namespace for one user of it, such as a process: what is opened through it is closed together by end, after which it opens
// nothing. lookup resolves names; nil: only localhost is known.
func (n *Namespace) Session(lookup func(ctx context.Context, name string) ([]netip.Addr, error)) (view *Namespace, end func()) {
	s := &session{lookup: lookup, open: map[io.Closer]struct{}{}}
	return &Namespace{n.space, s}, s.end
}

// end closes what the session opened.
func (s *session) end() {
	s.mu.Lock()
	s.ended = true
	open := s.open
	s.open = nil
	s.mu.Unlock()
	for c := range open {
		_ = c.Close()
	}
}

// over says whether the session has ended.
func (s *session) over() bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

// add remembers what the session opened. It is false, and c closed, if the session has ended.
func (s *session) add(c io.Closer) bool {
	if s == nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		go func() { _ = c.Close() }()
		return false
	}
	s.open[c] = struct{}{}
	return true
}

// bind is a context that also ends with the session, for what waits in its name; done is called afterwards. A dead process waits for nobody.
func (s *session) bind(ctx context.Context) (bound context.Context, done func()) {
	if s == nil {
		return ctx, func() {}
	}
	bound, cancel := context.WithCancel(ctx)
	w := &waiting{cancel}
	s.add(w)
	return bound, func() {
		s.remove(w)
		cancel()
	}
}

// waiting is somebody who waits.
type waiting struct{ cancel context.CancelFunc }

// Close ends the wait.
func (w *waiting) Close() error {
	w.cancel()
	return nil
}

// remove forgets what was closed.
func (s *session) remove(c io.Closer) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, c)
}

// localhost finds the only name that a namespace knows by itself.
func localhost(_ context.Context, name string) ([]netip.Addr, error) {
	if strings.EqualFold(strings.TrimSuffix(name, "."), "localhost") {
		return []netip.Addr{loopback}, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// resolve reads an address to dial. The host may be a name; none means the namespace itself.
func (n *Namespace) resolve(ctx context.Context, network, address string) ([]netip.AddrPort, error) {
	host, port, err := split(network, address)
	if err != nil {
		return nil, err
	}
	if host == "" {
		return []netip.AddrPort{netip.AddrPortFrom(loopback, port)}, nil
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.AddrPort{netip.AddrPortFrom(ip.Unmap(), port)}, nil
	}
	lookup := localhost
	if n.session != nil && n.session.lookup != nil {
		lookup = n.session.lookup
	}
	found, err := lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	all := make([]netip.AddrPort, len(found))
	for i, ip := range found {
		all[i] = netip.AddrPortFrom(ip.Unmap(), port)
	}
	return all, nil
}

// split takes an address apart.
func split(network, address string) (host string, port uint16, err error) {
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, err
	}
	port, err = parsePort(network, service)
	return host, port, err
}

// parsePort reads a port, by number or by one of the names that people use.
func parsePort(network, service string) (uint16, error) {
	known := map[string]uint16{"": 0, "http": 80, "https": 443, "domain": 53, "ssh": 22, "redis": 6379, "mysql": 3306, "postgresql": 5432}
	if port, ok := known[service]; ok {
		return port, nil
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return 0, &net.AddrError{Err: "unknown port", Addr: network + "/" + service}
	}
	return uint16(port), nil
}

// local reads an address to listen on. Unspecified is what listens everywhere.
func (s *space) local(network, address string) (netip.AddrPort, error) {
	host, port, err := split(network, address)
	if err != nil {
		return netip.AddrPort{}, err
	}
	ip, err := netip.ParseAddr(host)
	switch {
	case host == "" && strings.HasSuffix(network, "4"):
		ip = netip.IPv4Unspecified()
	case host == "":
		ip = netip.IPv6Unspecified()
	case host == "localhost":
		ip = loopback
	case err != nil:
		return netip.AddrPort{}, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	ip = ip.Unmap()
	if !ip.IsUnspecified() && !s.owns(ip) {
		return netip.AddrPort{}, opError("listen", network, nil, addrOf(strings.TrimRight(network, "46"), netip.AddrPortFrom(ip, port)), "bind", syscall.EADDRNOTAVAIL)
	}
	return netip.AddrPortFrom(ip, port), nil
}

// ear is where a socket listens: at an address, and of which family; 0 is both.
type ear struct {
	at     netip.Addr
	family byte // '4', '6' or 0
}

// newEar is the ear of a network such as "tcp4". Without a number, an unspecified address means both families, as in package net.
func newEar(network string, at netip.Addr) ear {
	e := ear{at: at}
	if last := network[len(network)-1]; last == '4' || last == '6' {
		e.family = last
	}
	return e
}

// hears says whether the ear gets what is sent to an address.
func (e ear) hears(to netip.Addr) bool {
	if e.family == '4' && !to.Is4() || e.family == '6' && to.Is4() {
		return false
	}
	return e.at.IsUnspecified() || e.at == to
}

// overlaps says whether two ears would get the same.
func (e ear) overlaps(other ear) bool {
	if e.family != 0 && other.family != 0 && e.family != other.family {
		return false
	}
	return e.hears(other.at) || other.hears(e.at) || e.at.IsUnspecified() && other.at.IsUnspecified()
}

// pick finds a port that is free, locked.
func (s *space) pick(free func(uint16) bool) (uint16, bool) {
	for range lastPort - firstPort + 1 {
		if s.port++; s.port > lastPort || s.port < firstPort {
			s.port = firstPort
		}
		if free(s.port) {
			return s.port, true
		}
	}
	return 0, false
}

// Listeners lists what listens, by network and port.
func (n *Namespace) Listeners() []Listener {
	s := n.space
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Listener
	for _, at := range s.tcp {
		for _, l := range at {
			out = append(out, Listener{"tcp", l.at})
		}
	}
	for _, at := range s.udp {
		for _, c := range at {
			if !c.peer.IsValid() {
				out = append(out, Listener{"udp", c.at})
			}
		}
	}
	slices.SortFunc(out, func(a, b Listener) int {
		if a.Network != b.Network {
			return strings.Compare(a.Network, b.Network)
		}
		return a.Addr.Compare(b.Addr)
	})
	return out
}

// SetDown pulls the plug of the namespace, or puts it in again: while it is down, what is dialled in or out of it hangs, and connections stall.
func (n *Namespace) SetDown(down bool) {
	s := n.space
	s.mu.Lock()
	if s.down == down {
		s.mu.Unlock()
		return
	}
	s.down = down
	if down {
		s.up = make(chan struct{})
	} else {
		close(s.up)
	}
	conns := s.attached()
	s.mu.Unlock()
	for _, c := range conns {
		c.stall(down)
	}
}

// attached are the connections, locked.
func (s *space) attached() []attached {
	out := make([]attached, 0, len(s.conns))
	for c := range s.conns {
		out = append(out, c)
	}
	return out
}

// isDown says whether the plug is out; up is closed when it is in again.
func (s *space) isDown() (up <-chan struct{}, down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.up, s.down
}

// attach remembers a connection. It is false if the namespace is closed.
func (s *space) attach(c attached) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.conns[c] = struct{}{}
	return true
}

func (s *space) detach(c attached) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// Close closes listeners and connections, and gives name and address back. A session only ends.
func (n *Namespace) Close() error {
	if n.session != nil {
		n.session.end()
		return nil
	}
	s := n.space
	s.fabric.detach(s)
	s.mu.Lock()
	s.closed = true
	all := make([]io.Closer, 0, len(s.conns)+len(s.tcp))
	for _, c := range s.attached() {
		all = append(all, c)
	}
	for _, at := range s.tcp {
		for _, l := range at {
			all = append(all, l)
		}
	}
	for _, at := range s.udp {
		for _, c := range at {
			all = append(all, c)
		}
	}
	s.mu.Unlock()
	for _, c := range all {
		_ = c.Close()
	}
	return nil
}

// String names the namespace in logs.
func (n *Namespace) String() string { return fmt.Sprintf("%s (%s)", n.space.name, n.space.ip) }
