package check

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// asker lends a resolver the network as seen from a Pod. What is beyond the
// learner's reach a resolver would take for a server's fault, so it is noted.
type asker struct {
	reachOut

	mu    sync.Mutex
	fault error
}

// beyond is why the network could not be reached at all, if so.
func (a *asker) beyond() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.fault
}

func (a *asker) note(err error) error {
	if kindOf(err) == "" && err != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.fault = err
	}
	return err
}

// dial implements resolver.Dial.
func (a *asker) dial(ctx context.Context, network, address string) (net.Conn, error) {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, fmt.Errorf("asking a server of names: %w", err)
	}
	if network == "tcp" {
		conn, err := a.reachOut.dial(ctx, to)
		return conn, a.note(err)
	}
	ctx, cancel := context.WithCancel(ctx)
	return &flow{asker: a, to: to, ctx: ctx, cancel: cancel, came: make(chan echo, maxAsked)}, nil
}

// maxAsked is how many datagrams of a flow may be on their way.
const maxAsked = 4

// flow is a socket for questions by datagrams: each that is written is answered by
// one at most.
type flow struct {
	asker  *asker
	to     netip.AddrPort
	ctx    context.Context // until the flow is closed, or its deadline has passed
	cancel context.CancelFunc
	came   chan echo
}

type echo struct {
	data []byte
	err  error
}

// Write sends a datagram.
func (f *flow) Write(b []byte) (int, error) {
	datagram := append([]byte(nil), b...)
	go func() {
		data, err := f.asker.exchange(f.ctx, f.to, datagram)
		select {
		case f.came <- echo{data, f.asker.note(err)}:
		case <-f.ctx.Done():
		}
	}()
	return len(b), nil
}

// Read waits for the next one that comes back.
func (f *flow) Read(b []byte) (int, error) {
	select {
	case e := <-f.came:
		return copy(b, e.data), e.err
	case <-f.ctx.Done():
		return 0, &net.OpError{Op: "read", Net: "udp", Addr: f.RemoteAddr(), Err: os.ErrDeadlineExceeded}
	}
}

// Close ends it.
func (f *flow) Close() error { f.cancel(); return nil }

// SetDeadline ends it at once for a time that has passed, which is all that a
// resolver asks for.
func (f *flow) SetDeadline(t time.Time) error {
	if !t.IsZero() && !t.After(time.Now()) {
		f.cancel()
	}
	return nil
}

// SetReadDeadline is SetDeadline.
func (f *flow) SetReadDeadline(t time.Time) error { return f.SetDeadline(t) }

// SetWriteDeadline has nothing to do: writing never waits.
func (f *flow) SetWriteDeadline(time.Time) error { return nil }

// ReadFrom and WriteTo make it a net.PacketConn, by which package dns knows that
// messages are not to be framed.
func (f *flow) ReadFrom(b []byte) (int, net.Addr, error) {
	n, err := f.Read(b)
	return n, f.RemoteAddr(), err
}

// WriteTo sends to the one server.
func (f *flow) WriteTo(b []byte, _ net.Addr) (int, error) { return f.Write(b) }

// LocalAddr is that of the Pod.
func (f *flow) LocalAddr() net.Addr {
	return net.UDPAddrFromAddrPort(netip.AddrPortFrom(f.asker.from, 0))
}

// RemoteAddr is that of the server.
func (f *flow) RemoteAddr() net.Addr { return net.UDPAddrFromAddrPort(f.to) }
