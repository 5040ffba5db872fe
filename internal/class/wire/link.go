package wire

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"kubetutor/internal/class"
)

// A link that cannot be made is tried again after a pause that doubles from
// firstPause to lastPause, each time shortened by chance to between nothing and all
// of it ("full jitter", https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/):
// a room that lost its server must not come back in one moment. After a connection
// that was good for steady the pauses begin anew.
const (
	firstPause = 500 * time.Millisecond
	lastPause  = 20 * time.Second
	steady     = 10 * time.Second
)

// link is a connection that is made anew whenever it ends.
type link struct {
	dial   Dial
	speaks string
	o      Options
	clock  clock
	stop   context.CancelFunc
	work   sync.WaitGroup

	first   chan struct{} // closed once the first attempt has an outcome
	outcome error         // of it

	mu      sync.Mutex
	client  *client       // nil while there is none
	changed chan struct{} // closed when client is another
}

func newLink(dial Dial, speaks string, o Options) *link {
	ctx, stop := context.WithCancel(context.Background())
	l := &link{dial: dial, speaks: speaks, o: o, stop: stop, first: make(chan struct{}), changed: make(chan struct{})}
	l.work.Go(func() { l.keep(ctx) })
	return l
}

// Close ends the connection and waits until nothing of it is left.
func (l *link) Close() error {
	l.stop()
	l.work.Wait()
	return nil
}

// Ready waits until the first attempt to connect has succeeded or failed, and says
// why. After a failure others follow all the same, until Close.
func (l *link) Ready(ctx context.Context) error {
	select {
	case <-l.first:
		return l.outcome
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// settle notes the outcome of an attempt, if it was the first.
func (l *link) settle(err error) {
	select {
	case <-l.first:
	default:
		l.outcome = err
		close(l.first)
	}
}

// keep holds a connection until the context ends.
func (l *link) keep(ctx context.Context) {
	for failures := 0; ; failures++ {
		began := time.Now()
		err := l.hold(ctx)
		l.settle(err)
		if ctx.Err() != nil {
			return
		}
		l.o.trouble(err)
		if time.Since(began) > steady {
			failures = 0
		}
		rest(ctx, max(pause(failures), asked(err)))
	}
}

// hold connects and returns why the connection ended.
func (l *link) hold(ctx context.Context) error {
	rw, err := l.dial(ctx)
	if err != nil {
		return err
	}
	c, err := connect(ctx, rw, l.speaks, &l.clock, l.o)
	if err != nil {
		return err
	}
	defer c.close()
	defer context.AfterFunc(ctx, func() { c.end(context.Cause(ctx)) })()
	l.set(c)
	defer l.set(nil)
	l.settle(nil)
	return c.wait()
}

// pause is how long to wait after so many failures in a row.
func pause(failures int) time.Duration {
	longest := min(firstPause<<min(failures, 10), lastPause)
	return rand.N(longest)
}

// asked is how long an error of Dial asks to leave the server alone.
func asked(err error) time.Duration {
	if p := (interface{ Pause() time.Duration })(nil); errors.As(err, &p) {
		return p.Pause()
	}
	return 0
}

// rest waits, at most until the context ends.
func rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

func (l *link) set(c *client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.client = c
	close(l.changed)
	l.changed = make(chan struct{})
}

// now is the connection, nil where there is none, and what is closed when it is
// another.
func (l *link) now() (*client, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.client, l.changed
}

// ask asks over the connection that there is.
func (l *link) ask(ctx context.Context, do string, with any) error {
	c, _ := l.now()
	if c == nil {
		return class.ErrLost
	}
	return c.ask(ctx, do, with, nil)
}

// follow brings a stream of pictures over all connections until the context ends or
// told returns an error. While there is no connection it calls lost.
func follow[T any](ctx context.Context, l *link, do string, told func(T) error, lost func() error) error {
	for {
		c, changed := l.now()
		err := lost
		if c != nil {
			err = func() error { return followOn(ctx, c, do, told) }
		}
		if err := err(); err != nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// followOn does so over one connection, and is nil once that has ended. A server
// that ends the stream by itself has nothing more to say on it.
func followOn[T any](ctx context.Context, c *client, do string, told func(T) error) error {
	var refused error
	err := see(ctx, c, do, nil, func(v T) error {
		refused = told(v)
		return refused
	})
	if refused != nil {
		return refused
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	c.end(errors.Join(errors.New("the server tells no more of the class"), err))
	return nil
}

// see brings a stream of pictures, of which a slow reader gets the newest, until it
// ends or told returns an error.
func see[T any](ctx context.Context, c *client, do string, with any, told func(T) error) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	pictures, done := newLatest[T](), make(chan struct{})
	go func() {
		defer close(done)
		err = c.ask(ctx, do, with, keepNewest(pictures))
	}()
	for {
		select {
		case v := <-pictures:
			if refused := told(v); refused != nil {
				cancel()
				<-done
				return refused
			}
		case <-done:
			cancel()
			return last(pictures, told, err)
		}
	}
}

// keepNewest reads pictures and puts them where the newest is kept.
func keepNewest[T any](pictures latest[T]) func(json.RawMessage) error {
	return func(is json.RawMessage) error {
		v, err := parse[T](is)
		if err == nil {
			pictures.put(v)
		}
		return err
	}
}

// last tells of a picture that came right before the end.
func last[T any](pictures latest[T], told func(T) error, err error) error {
	select {
	case v := <-pictures:
		return cmp.Or(told(v), err)
	default:
		return err
	}
}
