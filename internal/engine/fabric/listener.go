package fabric

import (
	"context"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// backlog is how many connections wait to be accepted; whoever dials after that waits too.
const backlog = 1024

// listener is a listening TCP port.
type listener struct {
	space   *space
	session *session
	at      netip.AddrPort
	ear     ear
	queue   chan *conn
	done    chan struct{}
	once    sync.Once
}

// Listen listens on a TCP address of the namespace: ":80", "0.0.0.0:80" and "[::]:80" mean all of its addresses, port 0 one that is free. "tcp4" and
// "tcp6" listen to one family each, and do not get in each other's way; the fabric has no address of the second but ::1.
// Errors are *net.OpError; EADDRINUSE if somebody listens there.
func (n *Namespace) Listen(network, address string) (net.Listener, error) {
	s := n.space
	if strings.TrimRight(network, "46") != "tcp" {
		return nil, listenError(network, net.UnknownNetworkError(network))
	}
	at, err := s.local(network, address)
	if err != nil {
		return nil, listenError(network, err)
	}
	l := &listener{space: s, session: n.session, at: at, ear: newEar(network, at.Addr()), queue: make(chan *conn, backlog), done: make(chan struct{})}
	if err := s.bind(l); err != nil {
		return nil, opError("listen", network, nil, addrOf("tcp", at), "bind", err)
	}
	if !n.session.add(l) {
		return nil, opError("listen", network, nil, addrOf("tcp", at), "bind", syscall.EINTR)
	}
	return l, nil
}

// listenError wraps what is no *net.OpError yet.
func listenError(network string, err error) error {
	if op, ok := err.(*net.OpError); ok {
		return op
	}
	return &net.OpError{Op: "listen", Net: network, Err: err}
}

// bind takes the listener's port.
func (s *space) bind(l *listener) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return syscall.ENETDOWN
	}
	free := func(port uint16) bool {
		return !slices.ContainsFunc(s.tcp[port], func(other *listener) bool { return other.ear.overlaps(l.ear) })
	}
	port := l.at.Port()
	ok := free(port)
	if port == 0 {
		port, ok = s.pick(free)
	}
	if !ok {
		return syscall.EADDRINUSE
	}
	l.at = netip.AddrPortFrom(l.at.Addr(), port)
	s.tcp[port] = append(s.tcp[port], l)
	return nil
}

// offer queues a connection to be accepted. User is who waits for room.
func (l *listener) offer(ctx context.Context, c *conn, user *session) error {
	select {
	case l.queue <- c:
	default:
		if err := l.queueUp(ctx, c, user); err != nil {
			return err
		}
	}
	select {
	case <-l.done: // nobody will accept it
		l.drain()
		return os.NewSyscallError("connect", syscall.ECONNREFUSED)
	default:
		return nil
	}
}

// queueUp waits until there is room in the queue, or nobody accepts any more.
func (l *listener) queueUp(ctx context.Context, c *conn, user *session) error {
	ctx, done := user.bind(ctx)
	defer done()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case l.queue <- c:
		return nil
	case <-l.done:
		return nil // who dials is told afterwards
	case <-timer.C:
		return os.ErrDeadlineExceeded
	case <-ctx.Done():
		return timeoutOf(ctx.Err())
	}
}

// Accept waits for a connection.
func (l *listener) Accept() (net.Conn, error) {
	for {
		select {
		case c := <-l.queue:
			if !c.session.add(c) {
				continue
			}
			return c, nil
		case <-l.done:
			return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.Addr(), Err: net.ErrClosed}
		}
	}
}

// Close stops listening. Connections that nobody accepted are reset.
func (l *listener) Close() error {
	err := error(&net.OpError{Op: "close", Net: "tcp", Addr: l.Addr(), Err: net.ErrClosed})
	l.once.Do(func() {
		err = nil
		l.space.unbind(l)
		l.session.remove(l)
		close(l.done)
		l.drain()
	})
	return err
}

// drain resets what waits.
func (l *listener) drain() {
	for {
		select {
		case c := <-l.queue:
			c.abort()
		default:
			return
		}
	}
}

func (s *space) unbind(l *listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	port := l.at.Port()
	s.tcp[port] = slices.DeleteFunc(s.tcp[port], func(other *listener) bool { return other == l })
	if len(s.tcp[port]) == 0 {
		delete(s.tcp, port)
	}
}

// Addr is where the listener listens.
func (l *listener) Addr() net.Addr { return addrOf("tcp", l.at) }
