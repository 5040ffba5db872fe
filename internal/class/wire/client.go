package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"kubetutor/internal/class"
)

const (
	// pingEvery is how often a client pings; after deadAfter without a word of the
	// server the connection is dead.
	pingEvery = 10 * time.Second
	deadAfter = 25 * time.Second
	// greetWithin is how long a server may take to greet and to answer a first ping.
	greetWithin = 15 * time.Second
	// outbox is how many questions may wait to be written.
	outbox = 32
)

// client is one connection's end. Its errors say why there is no connection any
// more, but for those that the server answered.
type client struct {
	rw    io.ReadWriteCloser
	in    lines
	out   chan question
	o     Options
	clock *clock

	ctx  context.Context // ends with the connection, its cause says why
	end  context.CancelCauseFunc
	dead *time.Timer
	work sync.WaitGroup

	mu      sync.Mutex
	newest  uint64
	waiting map[uint64]*inquiry
}

// inquiry is a question that waits for its last answer.
type inquiry struct {
	tell func(json.RawMessage) error // does not block; nil: nothing is to come but the end
	last chan answer                 // takes one
}

// connect greets, and returns once the two agree and the clocks were compared.
func connect(ctx context.Context, rw io.ReadWriteCloser, speaks string, k *clock, o Options) (*client, error) {
	c := &client{
		rw: rw, out: make(chan question, outbox), o: o, clock: k,
		waiting: map[uint64]*inquiry{},
	}
	c.in = newLines(c, maxAnswer)
	c.ctx, c.end = context.WithCancelCause(context.WithoutCancel(ctx))
	context.AfterFunc(c.ctx, func() { rw.Close() })
	c.dead = time.AfterFunc(greetWithin, func() { c.end(errors.New("the server is silent")) })
	defer context.AfterFunc(ctx, func() { c.end(context.Cause(ctx)) })()
	err := c.begin(speaks)
	if err == nil {
		err = c.ping(ctx)
	}
	if err != nil {
		c.end(err)
		err = context.Cause(c.ctx)
		c.close()
		return nil, err
	}
	c.work.Go(c.keepAlive)
	return c, nil
}

// begin greets and starts what reads and writes.
func (c *client) begin(speaks string) error {
	if err := newWriter(c.rw).send(greeting{Speaks: speaks, Protocol: Protocol, Program: c.o.Program}); err != nil {
		return err
	}
	var g greeting
	if err := c.in.next(&g); err != nil {
		return err
	}
	if err := g.check(speaks); err != nil {
		return err
	}
	c.work.Go(c.read)
	c.work.Go(c.write)
	return nil
}

// close ends the connection and waits until nothing of it is left.
func (c *client) close() {
	c.end(io.ErrClosedPipe)
	c.rw.Close()
	c.work.Wait()
	c.dead.Stop()
}

// wait returns why the connection ended, once it has.
func (c *client) wait() error {
	<-c.ctx.Done()
	return context.Cause(c.ctx)
}

func (c *client) write() {
	out := newWriter(c.rw)
	for {
		select {
		case q := <-c.out:
			if err := out.send(q); err != nil {
				c.end(err)
			}
		case <-c.ctx.Done():
			return
		}
	}
}

// Read reads what comes, and notes that something does: over a slow network one
// picture may take longer than a ping waits.
func (c *client) Read(p []byte) (int, error) {
	n, err := c.rw.Read(p)
	if n > 0 {
		c.dead.Reset(deadAfter)
	}
	return n, err
}

func (c *client) read() {
	for {
		var a answer
		if err := c.in.next(&a); err != nil {
			c.end(fmt.Errorf("the connection ended: %w", err))
			return
		}
		if err := c.take(a); err != nil {
			c.end(err)
			return
		}
	}
}

// take hands an answer to who waits for it. One that nobody waits for is of a
// question that was cancelled.
func (c *client) take(a answer) error {
	if a.Bye != "" {
		return fmt.Errorf("the server ends the connection: %s", class.Clean(a.Bye, maxText))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	q := c.waiting[a.ID]
	if q == nil {
		return nil
	}
	if !isNull(a.Is) && q.tell != nil {
		// The line's memory is used again for the next one.
		if err := q.tell(bytes.Clone(a.Is)); err != nil {
			return err
		}
	}
	if a.End {
		delete(c.waiting, a.ID)
		q.last <- a
	}
	return nil
}

// keepAlive pings until the connection ends. It does not wait for the answers, which
// may stand behind a large picture on a slow network: the server waits for pings.
func (c *client) keepAlive() {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_, _ = c.put(c.ctx, question{Do: doPing}, &inquiry{tell: c.compare(), last: make(chan answer, 1)})
		case <-c.ctx.Done():
			return
		}
	}
}

// ping compares the clocks.
func (c *client) ping(ctx context.Context) error { return c.ask(ctx, doPing, nil, c.compare()) }

// compare compares the clocks when a pong comes to a ping that is sent now.
func (c *client) compare() func(json.RawMessage) error {
	began := c.o.now()
	return func(is json.RawMessage) error {
		var p pong
		err := json.Unmarshal(is, &p)
		if err == nil {
			c.clock.compare(began, p.Now, c.o.now())
		}
		return err
	}
}

// ask asks and returns with the last answer, whose error is the server's. What was
// begun is cancelled when the context ends.
func (c *client) ask(ctx context.Context, do string, with any, tell func(json.RawMessage) error) error {
	data, err := json.Marshal(with)
	if err != nil {
		return fmt.Errorf("asking the server to %s: %w", do, err)
	}
	q := &inquiry{tell: tell, last: make(chan answer, 1)}
	id, err := c.put(ctx, question{Do: do, With: data}, q)
	if err != nil {
		return err
	}
	defer c.forget(id)
	select {
	case a := <-q.last:
		return a.failure()
	case <-c.ctx.Done():
		return lost(c.ctx)
	case <-ctx.Done():
		c.cancel(id)
		return context.Cause(ctx)
	}
}

// lost is the error of what a connection's end has cut short.
func lost(ctx context.Context) error {
	return fmt.Errorf("%w: %w", class.ErrLost, context.Cause(ctx))
}

// put numbers a question and puts it into the outbox, in the order of the numbers.
func (c *client) put(ctx context.Context, q question, i *inquiry) (uint64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	q.ID = c.newest + 1
	select {
	case c.out <- q:
	default:
		// The server has not taken anything for a while, or somebody asks without
		// end: neither is worth waiting for with the lock held.
		return 0, fmt.Errorf("%w: it takes no questions", class.ErrLost)
	}
	c.newest, c.waiting[q.ID] = q.ID, i
	return q.ID, ctx.Err()
}

func (c *client) forget(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, id)
}

// cancel tells the server that nobody waits any more: a look must end there too. A
// connection that does not even take that is given up.
func (c *client) cancel(id uint64) {
	select {
	case c.out <- question{ID: id, Do: doCancel}:
	default:
		c.end(errors.New("the server does not take what is sent"))
	}
}
