package fabric

import (
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"kubetutor/internal/engine/fabric/queue"
)

// window is how many bytes are under way in one direction before writing waits.
const window = 64 << 10

// lost is how long the other side of a connection whose namespace went while it was down keeps waiting.
const lost = 2 * time.Minute

// half is one direction of a connection.
type half struct {
	mu      sync.Mutex
	q       queue.Bytes
	ended   bool // the writer has closed
	reset   bool // the writer has gone without a word
	deaf    bool // the reader has closed
	stalls  int  // namespaces of the two that are down
	changed chan struct{}
}

// wait returns what is closed at the next change, locked.
func (h *half) wait() <-chan struct{} {
	if h.changed == nil {
		h.changed = make(chan struct{})
	}
	return h.changed
}

// wake tells those who wait, locked.
func (h *half) wake() {
	if h.changed != nil {
		close(h.changed)
		h.changed = nil
	}
}

// update changes the half and tells those who wait.
func (h *half) update(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
	h.wake()
}

// conn is one side of a connection. Its peer is the other.
type conn struct {
	space    *space
	session  *session
	transit  *transit // through another node; nil: directly
	from, to netip.AddrPort
	in, out  *half
	readBy   deadline
	writeBy  deadline
	once     sync.Once
	done     chan struct{}

	mu     sync.Mutex
	down   bool // the plug of the own namespace is out
	parted bool // closed while it was: the other side does not know
}

// ends are the addresses of a connection: the client's own and the one it asked for, and the client's as the server sees it and the server's own.
type ends struct{ from, asked, seen, to netip.AddrPort }

// newConn makes both sides of a connection.
func newConn(client, server *space, e ends) (near, far *conn) {
	pool := &client.fabric.buffers
	there, back := &half{q: queue.Bytes{Pool: pool}}, &half{q: queue.Bytes{Pool: pool}}
	near = &conn{space: client, from: e.from, to: e.asked, in: back, out: there, done: make(chan struct{})}
	far = &conn{space: server, from: e.to, to: e.seen, in: there, out: back, done: make(chan struct{})}
	return near, far
}

func (c *conn) LocalAddr() net.Addr  { return addrOf("tcp", c.from) }
func (c *conn) RemoteAddr() net.Addr { return addrOf("tcp", c.to) }

// fail names the connection in an error.
func (c *conn) fail(op string, err error) error {
	return &net.OpError{Op: op, Net: "tcp", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}

// Read waits for bytes; io.EOF when the other side has closed its writing, ECONNRESET when it went with something unread.
func (c *conn) Read(b []byte) (int, error) {
	for {
		if err := c.ready(&c.readBy); err != nil {
			return 0, c.fail("read", err)
		}
		n, changed, err := c.in.take(b)
		switch {
		case err == io.EOF:
			return 0, err
		case err != nil:
			return 0, c.fail("read", err)
		case n > 0 || len(b) == 0:
			return n, nil
		}
		if err := c.until(changed, &c.readBy); err != nil {
			return 0, c.fail("read", err)
		}
	}
}

// take reads what is there; if that is nothing, changed is closed when there is something.
func (h *half) take(b []byte) (n int, changed <-chan struct{}, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.stalls > 0:
	case h.reset:
		return 0, nil, os.NewSyscallError("read", syscall.ECONNRESET)
	case h.q.Len() > 0:
		full := h.q.Len() >= window
		n = h.q.Read(b)
		if full {
			h.wake()
		}
		return n, nil, nil
	case h.ended:
		return 0, nil, io.EOF
	default:
		h.q.Rest()
	}
	return 0, h.wait(), nil
}

// until waits for a change, a deadline or the connection's end.
func (c *conn) until(changed <-chan struct{}, by *deadline) error {
	select {
	case <-changed:
		return nil
	case <-by.wait():
		return os.ErrDeadlineExceeded
	case <-c.done:
		return net.ErrClosed
	}
}

// ready says whether the connection may be used: it is open, and the deadline is not past.
func (c *conn) ready(by *deadline) error {
	switch {
	case isClosed(c.done):
		return net.ErrClosed
	case by.over():
		return os.ErrDeadlineExceeded
	}
	return nil
}

// Write waits until all of b is under way.
func (c *conn) Write(b []byte) (done int, err error) {
	for {
		if err := c.ready(&c.writeBy); err != nil {
			return done, c.fail("write", err)
		}
		n, changed, err := c.out.put(b[done:])
		if err != nil {
			return done, c.fail("write", err)
		}
		if done += n; done == len(b) {
			return done, nil
		}
		if err := c.until(changed, &c.writeBy); err != nil {
			return done, c.fail("write", err)
		}
	}
}

// put writes what there is room for. Bytes for one who has closed are lost; he answers with a reset, of which the next call hears.
func (h *half) put(b []byte) (n int, changed <-chan struct{}, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.ended || h.reset:
		return 0, nil, os.NewSyscallError("write", syscall.EPIPE)
	case h.deaf && h.stalls == 0:
		h.reset = true
		return len(b), nil, nil
	}
	empty := h.q.Len() == 0
	n = h.q.Write(b, window)
	if n > 0 && empty && h.stalls == 0 {
		h.wake()
	}
	if n < len(b) {
		changed = h.wait()
	}
	return n, changed, nil
}

// CloseWrite ends the stream to the other side; reading goes on.
func (c *conn) CloseWrite() error {
	if isClosed(c.done) {
		return c.fail("close", net.ErrClosed)
	}
	c.out.update(func() { c.out.ended = true })
	return nil
}

// CloseRead ends reading; writing goes on.
func (c *conn) CloseRead() error {
	c.in.update(func() { c.in.deaf = true })
	return nil
}

// Close closes the connection. What was written still arrives, unless something had come that was not read: then the other side sees a reset.
func (c *conn) Close() error {
	err := c.fail("close", net.ErrClosed)
	c.once.Do(func() {
		err = nil
		c.end()
		c.mu.Lock()
		c.parted = c.down
		parted := c.parted
		c.mu.Unlock()
		if parted {
			time.AfterFunc(lost, func() { c.stall(false) })
			return
		}
		c.leave()
		c.in.mu.Lock()
		unread := c.in.q.Len() > 0
		c.in.mu.Unlock()
		c.part(unread)
	})
	return err
}

// end stops this side.
func (c *conn) end() {
	close(c.done)
	c.readBy.stop()
	c.writeBy.stop()
	c.session.remove(c)
}

// leave takes the side out of the namespace, and out of the node between.
func (c *conn) leave() {
	c.space.detach(c)
	c.transit.leave()
}

// part tells the other side.
func (c *conn) part(reset bool) {
	c.in.update(func() {
		c.in.deaf = true
		c.in.q.Drop()
	})
	c.out.update(func() {
		c.out.ended = true
		c.out.reset = c.out.reset || reset
	})
}

// abort resets the connection before anybody has used it.
func (c *conn) abort() {
	c.once.Do(func() {
		c.end()
		c.leave()
		c.part(true)
	})
}

// stall stops the connection while the plug is out. If this side was closed in the meantime, the other hears of it afterwards.
func (c *conn) stall(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down == on {
		return
	}
	c.down = on
	c.hold(on)
	if !on && c.parted {
		c.leave()
		c.part(true)
	}
}

// hold stops both directions, or lets them go on.
func (c *conn) hold(on bool) {
	by := -1
	if on {
		by = 1
	}
	for _, h := range []*half{c.in, c.out} {
		h.update(func() { h.stalls += by })
	}
}

// SetDeadline limits how long reads and writes wait.
func (c *conn) SetDeadline(t time.Time) error {
	c.readBy.set(t)
	c.writeBy.set(t)
	return nil
}

// SetReadDeadline limits how long reads wait.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.readBy.set(t)
	return nil
}

// SetWriteDeadline limits how long writes wait.
func (c *conn) SetWriteDeadline(t time.Time) error {
	c.writeBy.set(t)
	return nil
}

// transit is a connection at a node that it passes through. While the node is down, it stalls.
type transit struct {
	node      *space
	near, far *conn
	left      atomic.Int32 // sides that have closed

	mu   sync.Mutex
	down bool
}

// pass puts a connection through nodes. It is false if one is closed.
func pass(nodes []*space, near, far *conn) bool {
	for _, n := range nodes { // there is one at most
		t := &transit{node: n, near: near, far: far}
		near.transit, far.transit = t, t
		if !n.attach(t) {
			return false
		}
	}
	return true
}

// leave is called once by each side.
func (t *transit) leave() {
	if t != nil && t.left.Add(1) == 2 {
		t.node.detach(t)
	}
}

func (t *transit) stall(on bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.down == on {
		return
	}
	t.down = on
	t.near.hold(on)
}

// Close is what happens when the node goes for good: nothing more comes, until both sides give up.
func (t *transit) Close() error {
	t.stall(true)
	time.AfterFunc(lost, func() {
		t.near.abort()
		t.far.abort()
		t.stall(false)
	})
	return nil
}
