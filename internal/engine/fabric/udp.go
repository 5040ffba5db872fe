package fabric

import (
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// How many packets, and bytes of them, wait to be read; more are lost, as on any network. The bytes are those of Linux (net.core.rmem_default).
const (
	datagrams    = 256
	receiveBytes = 212_992
)

// maxDatagram is how long a packet can be, in bytes.
const maxDatagram = 65507

// packet is a datagram.
type packet struct {
	from netip.AddrPort
	data []byte
}

// packetConn is a UDP socket. If peer is set, it is connected: it sends there, and hears nobody else.
type packetConn struct {
	space    *space
	session  *session
	at, peer netip.AddrPort
	ear      ear
	queue    chan packet
	held     atomic.Int64  // bytes in the queue
	refused  chan struct{} // has room for one: nobody listened where the last packet went
	readBy   deadline
	done     chan struct{}
	once     sync.Once
}

// ListenPacket opens a UDP socket of the namespace. Addresses and errors are as in Listen.
func (n *Namespace) ListenPacket(network, address string) (net.PacketConn, error) {
	if strings.TrimRight(network, "46") != "udp" {
		return nil, listenError(network, net.UnknownNetworkError(network))
	}
	at, err := n.space.local(network, address)
	if err != nil {
		return nil, listenError(network, err)
	}
	c := newPacketConn(n.space, n.session, at)
	c.ear = newEar(network, at.Addr())
	if err := c.bind(); err != nil {
		return nil, opError("listen", "udp", nil, addrOf("udp", at), "bind", err)
	}
	return c, nil
}

func newPacketConn(s *space, user *session, at netip.AddrPort) *packetConn {
	return &packetConn{space: s, session: user, at: at, ear: ear{at: at.Addr()}, queue: make(chan packet, datagrams), refused: make(chan struct{}, 1), done: make(chan struct{})}
}

// dialUDP opens a connected socket.
func (s *space) dialUDP(to netip.AddrPort, user *session) (net.Conn, error) {
	c := newPacketConn(s, user, netip.AddrPortFrom(s.source(to.Addr()), 0))
	c.peer = to
	if err := c.bind(); err != nil {
		return nil, opError("dial", "udp", nil, addrOf("udp", to), "connect", err)
	}
	return c, nil
}

// bind takes the socket's port.
func (c *packetConn) bind() error {
	s := c.space
	s.mu.Lock()
	free := func(port uint16) bool {
		return !slices.ContainsFunc(s.udp[port], func(other *packetConn) bool { return other.ear.overlaps(c.ear) })
	}
	port := c.at.Port()
	ok := free(port)
	if port == 0 {
		port, ok = s.pick(free)
	}
	if s.closed || !ok {
		s.mu.Unlock()
		return syscall.EADDRINUSE
	}
	c.at = netip.AddrPortFrom(c.at.Addr(), port)
	s.udp[port] = append(s.udp[port], c)
	s.mu.Unlock()
	if !c.session.add(c) {
		return syscall.EINTR
	}
	return nil
}

// ReadFrom waits for a packet. What of it does not fit is lost.
func (c *packetConn) ReadFrom(b []byte) (int, net.Addr, error) {
	passed := c.readBy.wait()
	if isClosed(passed) {
		return 0, nil, c.fail("read", os.ErrDeadlineExceeded)
	}
	select {
	case p := <-c.queue:
		c.held.Add(-int64(len(p.data)))
		return copy(b, p.data), addrOf("udp", p.from), nil
	case <-c.refused:
		return 0, nil, c.fail("read", os.NewSyscallError("read", syscall.ECONNREFUSED))
	case <-passed:
		return 0, nil, c.fail("read", os.ErrDeadlineExceeded)
	case <-c.done:
		return 0, nil, c.fail("read", net.ErrClosed)
	}
}

// Read is ReadFrom for a connected socket.
func (c *packetConn) Read(b []byte) (int, error) {
	n, _, err := c.ReadFrom(b)
	return n, err
}

// WriteTo sends a packet. That it arrives is not said.
func (c *packetConn) WriteTo(b []byte, to net.Addr) (int, error) {
	udp, ok := to.(*net.UDPAddr)
	if !ok {
		return 0, c.fail("write", syscall.EINVAL)
	}
	a := udp.AddrPort()
	return c.send(b, netip.AddrPortFrom(a.Addr().Unmap(), a.Port()))
}

// Write sends to the peer of a connected socket.
func (c *packetConn) Write(b []byte) (int, error) {
	if !c.peer.IsValid() {
		return 0, c.fail("write", syscall.EDESTADDRREQ)
	}
	return c.send(b, c.peer)
}

func (c *packetConn) send(b []byte, to netip.AddrPort) (int, error) {
	switch {
	case isClosed(c.done):
		return 0, c.fail("write", net.ErrClosed)
	case len(b) > maxDatagram:
		return 0, c.fail("write", os.NewSyscallError("sendto", syscall.EMSGSIZE))
	case c.unwanted():
		return 0, c.fail("write", os.NewSyscallError("write", syscall.ECONNREFUSED))
	}
	if to.Addr().IsUnspecified() {
		to = netip.AddrPortFrom(loopback, to.Port())
	}
	from := netip.AddrPortFrom(c.space.source(to.Addr()), c.at.Port())
	if v := c.space.carry(from, to, slices.Clone(b)); c.peer.IsValid() && (v == Refused || v == Rejected) {
		select {
		case c.refused <- struct{}{}:
		default:
		}
	}
	return len(b), nil
}

// unwanted tells once that a packet of a connected socket was refused.
func (c *packetConn) unwanted() bool {
	select {
	case <-c.refused:
		return true
	default:
		return false
	}
}

// hangs says whether the plug is out.
func (s *space) hangs() bool {
	_, down := s.isDown()
	return down
}

// receive gives a packet to whom it is for. It is false if there is nobody.
func (s *space) receive(p packet, to netip.AddrPort) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.socket(p.from, to)
	if c == nil {
		return false
	}
	size := int64(len(p.data))
	if c.held.Add(size) > receiveBytes {
		c.held.Add(-size)
		return true
	}
	select {
	case c.queue <- p:
	default:
		c.held.Add(-size)
	}
	return true
}

// socket is who gets what comes from one address for another, locked.
func (s *space) socket(from, to netip.AddrPort) *packetConn {
	for _, c := range s.udp[to.Port()] {
		if c.ear.hears(to.Addr()) && (!c.peer.IsValid() || c.peer == from) {
			return c
		}
	}
	return nil
}

// Close closes the socket.
func (c *packetConn) Close() error {
	err := c.fail("close", net.ErrClosed)
	c.once.Do(func() {
		err = nil
		s := c.space
		s.mu.Lock()
		port := c.at.Port()
		s.udp[port] = slices.DeleteFunc(s.udp[port], func(other *packetConn) bool { return other == c })
		if len(s.udp[port]) == 0 {
			delete(s.udp, port)
		}
		s.mu.Unlock()
		c.session.remove(c)
		c.readBy.stop()
		close(c.done)
	})
	return err
}

func (c *packetConn) fail(op string, err error) error {
	return &net.OpError{Op: op, Net: "udp", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}

// LocalAddr is the socket's address.
func (c *packetConn) LocalAddr() net.Addr { return addrOf("udp", c.at) }

// RemoteAddr is the peer's address, or nil.
func (c *packetConn) RemoteAddr() net.Addr {
	if !c.peer.IsValid() {
		return nil
	}
	return addrOf("udp", c.peer)
}

// SetDeadline limits how long reads wait; writes never do.
func (c *packetConn) SetDeadline(t time.Time) error {
	c.readBy.set(t)
	return nil
}

// SetReadDeadline limits how long reads wait.
func (c *packetConn) SetReadDeadline(t time.Time) error { return c.SetDeadline(t) }

// SetWriteDeadline has nothing to limit.
func (c *packetConn) SetWriteDeadline(time.Time) error { return nil }
