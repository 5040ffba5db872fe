package fabric

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"
)

// How long dialling takes to fail where nobody answers.
const (
	patience    = 2 * time.Minute
	unreachable = 3 * time.Second
)

// Dial connects to host:port; the host may be a name. A port where nobody listens refuses at once (ECONNREFUSED). An address where nobody is
// answers with nothing until ctx ends, or two minutes are over; a pod's address that no pod has is unreachable (EHOSTUNREACH) after three seconds.
// network is "tcp" or "udp". Errors are *net.OpError.
func (n *Namespace) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	network = strings.TrimRight(network, "46")
	if network != "tcp" && network != "udp" {
		return nil, &net.OpError{Op: "dial", Net: network, Err: net.UnknownNetworkError(network)}
	}
	to, err := n.resolve(ctx, network, address)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	return n.space.dial(ctx, network, to, n.session)
}

// dial connects to an address.
func (s *space) dial(ctx context.Context, network string, to netip.AddrPort, user *session) (net.Conn, error) {
	if to.Addr().IsUnspecified() {
		to = netip.AddrPortFrom(loopback, to.Port())
	}
	if network == "udp" {
		return s.dialUDP(to, user)
	}
	conn, err := s.dialTCP(ctx, to, user)
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) {
			return nil, err
		}
		return nil, &net.OpError{Op: "dial", Net: network, Addr: addrOf(network, to), Err: err}
	}
	return conn, nil
}

// dialTCP connects, or waits as long as one does who gets no answer.
func (s *space) dialTCP(ctx context.Context, to netip.AddrPort, user *session) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, timeoutOf(err)
	}
	for {
		if up, down := s.isDown(); down {
			if err := silence(ctx, up); err != nil {
				return nil, err
			}
			continue
		}
		if to.Addr().IsLoopback() {
			return s.connect(ctx, s, to, user)
		}
		target, dial := s.fabric.find(to)
		switch {
		case dial != nil:
			return s.leave(ctx, to, dial, user)
		case target == nil && podNet.Contains(to.Addr()):
			return nil, after(ctx, unreachable, os.NewSyscallError("connect", syscall.EHOSTUNREACH))
		case target == nil:
			return nil, silence(ctx, nil)
		}
		up, down := target.isDown()
		if !down {
			return s.connect(ctx, target, to, user)
		}
		if err := silence(ctx, up); err != nil {
			return nil, err
		}
	}
}

// silence waits until something happens, or whoever dials gives up.
func silence(ctx context.Context, up <-chan struct{}) error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-up:
		return nil
	case <-timer.C:
		return os.ErrDeadlineExceeded
	case <-ctx.Done():
		return timeoutOf(ctx.Err())
	}
}

// after fails with an error after a time.
func after(ctx context.Context, d time.Duration, err error) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return err
	case <-ctx.Done():
		return timeoutOf(ctx.Err())
	}
}

// timeoutOf is what package net makes of a context's end.
func timeoutOf(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return os.ErrDeadlineExceeded
	}
	return canceled{}
}

// canceled says that whoever dialled changed his mind. It reads as in package net.
type canceled struct{}

func (canceled) Error() string        { return "operation was canceled" }
func (canceled) Is(target error) bool { return target == context.Canceled }

// source is the address that a connection to another comes from.
func (s *space) source(to netip.Addr) netip.Addr {
	if to.IsLoopback() || !s.ip.IsValid() {
		return loopback
	}
	return s.ip
}

// connect connects to a namespace.
func (s *space) connect(ctx context.Context, target *space, to netip.AddrPort, user *session) (net.Conn, error) {
	l := target.listener(to)
	if l == nil {
		return nil, os.NewSyscallError("connect", syscall.ECONNREFUSED)
	}
	s.mu.Lock()
	port, _ := s.pick(func(uint16) bool { return true })
	s.mu.Unlock()
	from := netip.AddrPortFrom(s.source(to.Addr()), port)
	near, far := newConn(s, target, from, to)
	near.session, far.session = user, l.session
	if !s.attach(near) || !target.attach(far) || !user.add(near) {
		near.abort()
		far.abort()
		return nil, os.NewSyscallError("connect", syscall.ENETDOWN)
	}
	if err := l.offer(ctx, far); err != nil {
		near.abort()
		far.abort()
		return nil, err
	}
	return near, nil
}

// listener is who listens at an address.
func (s *space) listener(to netip.AddrPort) *listener {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.tcp[to.Port()] {
		if l.ear.hears(to.Addr()) {
			return l
		}
	}
	return nil
}

// leave connects to an address outside the fabric.
func (s *space) leave(ctx context.Context, to netip.AddrPort, dial Dialer, user *session) (net.Conn, error) {
	conn, err := dial(ctx)
	if err != nil {
		if errors.Is(err, syscall.ECONNREFUSED) {
			return nil, os.NewSyscallError("connect", syscall.ECONNREFUSED)
		}
		return nil, err
	}
	out := &outConn{Conn: conn, space: s, session: user, to: addrOf("tcp", to)}
	s.mu.Lock()
	port, _ := s.pick(func(uint16) bool { return true })
	s.mu.Unlock()
	out.from = addrOf("tcp", netip.AddrPortFrom(s.source(to.Addr()), port))
	if !s.attach(out) || !user.add(out) {
		_ = out.Close()
		return nil, os.NewSyscallError("connect", syscall.ENETDOWN)
	}
	return out, nil
}

// outConn is a connection to an address outside. It shows the fabric's addresses.
type outConn struct {
	net.Conn
	space    *space
	session  *session
	from, to net.Addr
}

func (c *outConn) LocalAddr() net.Addr  { return c.from }
func (c *outConn) RemoteAddr() net.Addr { return c.to }

// CloseWrite ends the stream to the other side, if the connection can.
func (c *outConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

func (c *outConn) Close() error {
	c.space.detach(c)
	c.session.remove(c)
	return c.Conn.Close()
}

// stall ends the connection: what is outside cannot be made to wait.
func (c *outConn) stall(on bool) {
	if on {
		_ = c.Conn.Close()
	}
}

// addrOf is an address as package net has it.
func addrOf(network string, a netip.AddrPort) net.Addr {
	if network == "udp" {
		return net.UDPAddrFromAddrPort(a)
	}
	return net.TCPAddrFromAddrPort(a)
}

// opError is a failed call.
func opError(op, network string, from, to net.Addr, call string, err error) error {
	return &net.OpError{Op: op, Net: network, Source: from, Addr: to, Err: os.NewSyscallError(call, err)}
}
