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

// Dial connects to host:port; the host may be a name, whose addresses are tried in their order. A port where nobody listens refuses at once
// (ECONNREFUSED). An address where nobody is answers with nothing until ctx ends, or two minutes are over; a pod's address that no pod has is
// unreachable (EHOSTUNREACH) after three seconds. What nodes' rules and policies do on the way is told in Records. network is "tcp" or "udp". Errors are
// *net.OpError.
func (n *Namespace) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	network = strings.TrimRight(network, "46")
	if network != "tcp" && network != "udp" {
		return nil, &net.OpError{Op: "dial", Net: network, Err: net.UnknownNetworkError(network)}
	}
	all, err := n.resolve(ctx, network, address)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	var first error
	for i, to := range all {
		conn, err := n.dialShare(ctx, network, to, len(all)-i)
		if err == nil {
			return conn, nil
		}
		if first == nil {
			first = err
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil, first
}

// leastShare is what an address of several gets of the time to dial, if there is as much.
const leastShare = 2 * time.Second

// dialShare connects to one of the addresses that are left to try, in its share of the time, as package net does.
func (n *Namespace) dialShare(ctx context.Context, network string, to netip.AddrPort, left int) (net.Conn, error) {
	if end, ok := ctx.Deadline(); ok && left > 1 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, max(leastShare, time.Until(end)/time.Duration(left)))
		defer cancel()
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

// dialTCP connects, or waits as long as one does who gets no answer. An attempt is recorded when its fate is known, and again if that changes.
func (s *space) dialTCP(ctx context.Context, to netip.AddrPort, user *session) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, timeoutOf(err)
	}
	d := &dialling{began: time.Now(), user: user, w: s.fabric.decide(walk{network: "tcp", sender: s, to: to})}
	if conn, err := d.try(ctx); conn != nil || err != nil {
		return conn, err
	}
	ctx, done := user.bind(ctx)
	defer done()
	return d.insist(ctx)
}

// dialling is one attempt to connect.
type dialling struct {
	w     *walk
	user  *session
	began time.Time
	said  Verdict // the one that was recorded
}

// try does what the walk has led to. It returns neither a connection nor an error if there is no answer.
func (d *dialling) try(ctx context.Context) (net.Conn, error) {
	conn, err := d.w.open(ctx, d.user)
	if d.w.verdict != d.said {
		d.said = d.w.verdict
		d.w.report(d.began)
	}
	return conn, err
}

// insist asks again as a kernel sends its SYN again: after one second, then two, four and so on.
func (d *dialling) insist(ctx context.Context) (net.Conn, error) {
	for retry := time.Second; ; retry *= 2 {
		if d.said == Unreachable {
			return nil, after(ctx, unreachable, os.NewSyscallError("connect", syscall.EHOSTUNREACH))
		}
		if err := silence(ctx, d.w.up, retry, time.Until(d.began.Add(patience))); err != nil {
			return nil, err
		}
		d.w = d.w.again()
		if conn, err := d.try(ctx); conn != nil || err != nil {
			return conn, err
		}
	}
}

// open makes the connection, or the error, that a walk led to; neither, if there is no answer.
func (w *walk) open(ctx context.Context, user *session) (conn net.Conn, err error) {
	switch {
	case w.verdict == Refused || w.verdict == Rejected:
		return nil, os.NewSyscallError("connect", syscall.ECONNREFUSED)
	case w.verdict != Connected:
		return nil, nil
	case w.dial != nil:
		conn, err = w.exit(ctx, user)
	default:
		conn, err = w.connect(ctx, user)
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		w.verdict = Refused
	case err != nil:
		w.verdict = Dropped
	}
	return conn, err
}

// silence waits until something happens, it is time to ask again, or whoever dials gives up.
func silence(ctx context.Context, up <-chan struct{}, retry, left time.Duration) error {
	if left <= 0 {
		return os.ErrDeadlineExceeded
	}
	timer := time.NewTimer(min(retry, left))
	defer timer.Stop()
	select {
	case <-up:
	case <-timer.C:
	case <-ctx.Done():
		return timeoutOf(ctx.Err())
	}
	return nil
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
func (w *walk) connect(ctx context.Context, user *session) (net.Conn, error) {
	l := w.target.listener(w.to)
	if l == nil {
		return nil, os.NewSyscallError("connect", syscall.ECONNREFUSED)
	}
	w.source = netip.AddrPortFrom(w.source.Addr(), w.sender.nextPort())
	seen := w.source
	if w.masquerade != nil {
		seen = netip.AddrPortFrom(w.from.Addr(), w.masquerade.nextPort())
	}
	near, far := newConn(w.sender, w.target, ends{from: w.source, asked: w.asked, seen: seen, to: w.to})
	near.session, far.session = user, l.session
	if !w.sender.attach(near) || !w.target.attach(far) || !user.add(near) || !pass(w.passed, near, far) {
		near.abort()
		far.abort()
		return nil, os.NewSyscallError("connect", syscall.ENETDOWN)
	}
	if err := l.offer(ctx, far, user); err != nil {
		near.abort()
		far.abort()
		return nil, err
	}
	return near, nil
}

// nextPort picks a port to send from.
func (s *space) nextPort() uint16 {
	s.mu.Lock()
	defer s.mu.Unlock()
	port, _ := s.pick(func(uint16) bool { return true })
	return port
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

// exit connects to an address outside the fabric.
func (w *walk) exit(ctx context.Context, user *session) (net.Conn, error) {
	conn, err := w.dial(ctx)
	if err != nil {
		if errors.Is(err, syscall.ECONNREFUSED) {
			return nil, os.NewSyscallError("connect", syscall.ECONNREFUSED)
		}
		return nil, err
	}
	w.source = netip.AddrPortFrom(w.source.Addr(), w.sender.nextPort())
	out := &outConn{Conn: conn, space: w.sender, session: user, from: addrOf("tcp", w.source), to: addrOf("tcp", w.asked)}
	if !w.sender.attach(out) || !user.add(out) {
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
