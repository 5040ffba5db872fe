package host

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/time/rate"
)

// What a client may send before it is let in, in bytes: key exchanges, keys and
// answers are some kilobytes.
const strangersBytes = 256 << 10

// burst is how many seconds' worth of traffic or requests may come at once.
const burst = 2

// offences is how many refused things a connection may ask for. An ordinary
// client with every option of its configuration set asks for a dozen.
const offences = 64

var (
	errTooMuch = errors.New("too much was sent before authentication")
	errGone    = errors.New("the connection has been closed")
)

// conn is a client's connection. It reads no faster than the limits allow, so that
// a flood stays in the client's own buffers, and it decides itself on deadlines.
type conn struct {
	net.Conn
	crowd *crowd
	from  netip.Prefix
	ctx   context.Context // ends with the connection; it belongs to its life, not to a call
	end   context.CancelCauseFunc

	// The crowd's lock guards these.
	stage   stage
	arrived time.Time

	let      atomic.Bool  // they are inside
	received int          // bytes before that; of the reading goroutine
	writes   atomic.Int32 // before that
	traffic  *rate.Limiter
	requests *rate.Limiter
	flooded  atomic.Int64 // since when there are too many requests, in nanoseconds since 1970; 0: there are not
	refused  atomic.Int32
	channels atomic.Int32
	closing  sync.Once
	alive    sync.Once
	lonely   *time.Timer // ends a connection that has no session
}

func newConn(c net.Conn, w *crowd, from netip.Prefix) *conn {
	ctx, end := context.WithCancelCause(context.Background())
	in := &conn{
		Conn: c, crowd: w, from: from, ctx: ctx, end: end,
		traffic:  rate.NewLimiter(rate.Limit(w.limits.Traffic), burst*w.limits.Traffic),
		requests: rate.NewLimiter(rate.Limit(w.limits.Requests), burst*w.limits.Requests),
	}
	in.lonely = time.AfterFunc(time.Hour, func() { _ = in.Close() })
	in.lonely.Stop()
	_ = c.SetDeadline(time.Now().Add(w.limits.Handshake))
	return in
}

// door notes that somebody is going to be asked.
func (c *conn) door() {
	c.crowd.reach(c, atDoor)
	c.patience(c.crowd.limits.Answer)
}

// patience is how long the next answer may take.
func (c *conn) patience(d time.Duration) { _ = c.Conn.SetDeadline(time.Now().Add(d)) }

// welcome notes that they were let in.
func (c *conn) welcome() {
	c.let.Store(true)
	c.crowd.reach(c, inside)
	_ = c.Conn.SetDeadline(time.Time{})
	c.lonely.Reset(c.crowd.limits.Handshake)
}

// take counts another channel, and give one less. A connection without any is
// closed after a while.
func (c *conn) take() bool {
	if c.channels.Add(1) > int32(c.crowd.limits.Channels) {
		c.channels.Add(-1)
		return false
	}
	c.lonely.Stop()
	return true
}

func (c *conn) give() {
	if c.channels.Add(-1) == 0 {
		c.lonely.Reset(c.crowd.limits.Lonely)
	}
}

// Read reads no more than may be sent.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err != nil {
		c.end(err)
		return n, err
	}
	if !c.let.Load() {
		if c.received += n; c.received > strangersBytes {
			c.drop("it sent too much before authentication")
			return 0, errTooMuch
		}
		return n, nil
	}
	if err := c.traffic.WaitN(c.ctx, min(n, c.traffic.Burst())); err != nil {
		return 0, errGone
	}
	return n, nil
}

// keyReply is which write has the server's keys: after the version and the list of
// algorithms. A client now asks a person whether they are right.
const keyReply = 3

// Write gives the other side some time to take a piece.
func (c *conn) Write(p []byte) (int, error) {
	if c.let.Load() {
		_ = c.SetWriteDeadline(time.Now().Add(c.crowd.limits.Write))
	} else if c.writes.Add(1) == keyReply {
		c.door()
	}
	n, err := c.Conn.Write(p)
	if err != nil {
		c.drop("nothing can be written to it")
	}
	return n, err
}

// SetDeadline does nothing: deadlines are set by stages. The SSH server's own would
// take them away.
func (c *conn) SetDeadline(time.Time) error { return nil }

// Close ends the connection. Closing it again does nothing.
func (c *conn) Close() error {
	err := net.ErrClosed
	c.closing.Do(func() {
		c.end(errGone)
		c.lonely.Stop()
		c.crowd.reach(c, gone)
		err = c.Conn.Close()
	})
	return err
}

// drop closes a connection that has to go, and says why. Nil is nobody.
func (c *conn) drop(why string) {
	if c == nil || c.ctx.Err() != nil {
		return
	}
	c.crowd.note("closing a connection", "from", c.from.Addr(), "because", why)
	_ = c.Close()
}

// offend counts something that is refused; too many end the connection.
func (c *conn) offend() {
	if c.refused.Add(1) > offences {
		c.drop("it asks for what is refused, again and again")
	}
}

// allow waits until the connection may make another request of a size. What no
// request of a client needs ends it, and so does a flood that goes on.
func (c *conn) allow(size int) bool {
	const longest = 4 << 10
	if size > longest {
		c.drop("a request is too large")
		return false
	}
	if c.requests.Allow() {
		if c.requests.Tokens() > float64(c.requests.Burst()/2) { // it had a rest
			c.flooded.Store(0)
		}
		return c.ctx.Err() == nil
	}
	now := time.Now().UnixNano()
	if !c.flooded.CompareAndSwap(0, now) && now-c.flooded.Load() > int64(c.crowd.limits.Flood) {
		c.drop("it floods the server with requests")
		return false
	}
	return c.requests.Wait(c.ctx) == nil
}

// global answers a request that is about no channel. There are none but signs of
// life, which clients ask for as the server does.
func (c *conn) global(r *gossh.Request) bool {
	if !c.allow(len(r.Payload)) {
		return false
	}
	if r.Type != keepAliveRequest {
		c.offend()
		return false
	}
	return true
}

const keepAliveRequest = "keepalive@openssh.com"

// keepAlive asks for a sign of life from time to time, and drops a connection that
// gives none. An answer of any kind is one.
func (c *conn) keepAlive(over gossh.Conn) {
	every := c.crowd.limits.Alive
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-tick.C:
		}
		late := time.AfterFunc(3*every, func() { c.drop("it gives no sign of life") })
		_, _, err := over.SendRequest(keepAliveRequest, true, nil)
		late.Stop()
		if err != nil {
			return
		}
	}
}
