package edge

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"
)

// kept is how much of a body is kept for further tries and for copies, in bytes.
const kept = 64 << 10

// tries sends a request to the addresses of a backend until one answers.
type tries struct {
	server  *Server
	forward *Forward
}

// RoundTrip makes it the transport of a proxy.
func (t *tries) RoundTrip(r *http.Request) (*http.Response, error) {
	transport, err := t.server.clients.of(t.forward.Backend)
	if err != nil {
		return nil, err
	}
	retry := &t.forward.Retry
	body := &replay{}
	if retry.Attempts > 0 {
		body = newReplay(r)
	}
	for left := retry.Attempts; ; left-- {
		resp, err := t.once(r, transport)
		if left <= 0 || !retry.again(resp, err) || !body.rewind(r) {
			return resp, err
		}
		discard(resp)
		if !pause(r.Context(), retry.Backoff) {
			return nil, context.Cause(r.Context())
		}
	}
}

// once sends a request to the next address.
func (t *tries) once(r *http.Request, transport *http.Transport) (*http.Response, error) {
	address, ok := t.forward.next()
	if !ok {
		return nil, ErrNoEndpoints
	}
	if t.forward.Try <= 0 {
		return transport.RoundTrip(to(r.WithContext(r.Context()), address.String()))
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	timer := time.AfterFunc(t.forward.Try, func() { cancel(context.DeadlineExceeded) })
	resp, err := transport.RoundTrip(to(r.WithContext(ctx), address.String()))
	switch {
	case err != nil:
		timer.Stop()
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		cancel(nil)
	case resp.StatusCode == http.StatusSwitchingProtocols:
		timer.Stop() // the connection lasts as long as the request's own context
	default:
		resp.Body = &timedBody{ReadCloser: resp.Body, end: func() { timer.Stop(); cancel(nil) }}
	}
	return resp, err
}

// to addresses a shallow copy of a request.
func to(r *http.Request, host string) *http.Request {
	u := *r.URL
	u.Host = host
	r.URL = &u
	return r
}

// timedBody ends the time of a try when its answer has been read.
type timedBody struct {
	io.ReadCloser
	end func()
}

func (b *timedBody) Close() error {
	b.end()
	return b.ReadCloser.Close()
}

// discard makes a connection free for the next try.
func discard(resp *http.Response) {
	if resp == nil {
		return
	}
	_, _ = io.CopyN(io.Discard, resp.Body, kept)
	resp.Body.Close()
}

// pause waits; false if ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// replay is a body that may be sent again.
type replay struct {
	content []byte
	whole   bool // content is all of it
}

// newReplay reads the beginning of a request's body, and lets the request send
// it. A body that is longer than what is kept, or grows while it is sent, as a
// stream's, is sent once.
func newReplay(r *http.Request) *replay {
	if r.Body == nil || r.Body == http.NoBody {
		return &replay{whole: true}
	}
	if r.ContentLength < 0 || r.ContentLength > kept {
		return &replay{}
	}
	content, err := io.ReadAll(io.LimitReader(r.Body, r.ContentLength))
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(content), r.Body), r.Body}
	return &replay{content: content, whole: err == nil}
}

// rewind prepares the next try; false if there can be none.
func (b *replay) rewind(r *http.Request) bool {
	if b.whole && b.content != nil {
		r.Body = io.NopCloser(bytes.NewReader(b.content))
	}
	return b.whole && r.Context().Err() == nil
}
