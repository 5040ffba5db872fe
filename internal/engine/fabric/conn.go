package fabric

import (
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
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
	space, other *space
	session      *session
	from, to     netip.AddrPort
	in, out      *half
	readBy       deadline
	writeBy      deadline
	once         sync.Once
	done         chan struct{}

	mu     sync.Mutex
	down   bool // the plug of the own namespace is out
	parted bool // closed while it was: the other side does not know
}

// newConn makes both sides of a connection.
func newConn(s, other *space, from, to netip.AddrPort) (near, far *conn) {
	there, back := &half{}, &half{}
	near = &conn{space: s, other: other, from: from, to: to, in: back, out: there, done: make(chan struct{})}
	far = &conn{space: other, other: s, from: to, to: from, in: there, out: back, done: make(chan struct{})}
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
	case isClosed(by.wait()):
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
		c.space.detach(c)
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
		c.space.detach(c)
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
	by := -1
	if on {
		by = 1
	}
	for _, h := range []*half{c.in, c.out} {
		h.update(func() { h.stalls += by })
	}
	if !on && c.parted {
		c.space.detach(c)
		c.part(true)
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
