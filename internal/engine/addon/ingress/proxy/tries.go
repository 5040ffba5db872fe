package proxy

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"kubetutor/internal/engine/addon/ingress/annotation"
)

// retry says which failures are tried again at another endpoint (proxy_next_upstream).
type retry struct {
	most          int // tries; 0: no limit
	within        time.Duration
	errors        bool
	timeouts      bool
	statuses      map[int]bool
	nonIdempotent bool
}

// mostTries bounds the tries of a request whose annotations set no limit.
const mostTries = 20

func newRetry(p annotation.Proxy, nonIdempotent bool) retry {
	r := retry{most: p.NextUpstreamTries, within: time.Duration(p.NextUpstreamTimeout) * time.Second, nonIdempotent: nonIdempotent, statuses: map[int]bool{}}
	if r.most <= 0 {
		r.most = mostTries
	}
	for word := range strings.FieldsSeq(p.NextUpstream) {
		switch code, isStatus := strings.CutPrefix(word, "http_"); {
		case isStatus:
			n, _ := strconv.Atoi(code)
			r.statuses[n] = true
		case word == "error":
			r.errors = true
		case word == "timeout":
			r.timeouts = true
		case word == "non_idempotent":
			r.nonIdempotent = true
		case word == "off":
			return retry{most: 1}
		}
	}
	return r
}

// wants says whether a try that ended so is to be followed by another.
func (r *retry) wants(t *try, method string, err error) bool {
	if t.sent && !r.nonIdempotent && (method == http.MethodPost || method == http.MethodPatch || method == "LOCK") {
		return false
	}
	switch {
	case err == nil:
		return r.statuses[t.status]
	case errors.Is(err, errTimeout):
		return r.timeouts
	case errors.Is(err, errNoName):
		return false
	}
	return r.errors
}

// try is one attempt at one endpoint.
type try struct {
	address, url string
	began        time.Time
	took         time.Duration
	status       int
	length       atomic.Int64 // bytes of the answer's body
	connected    bool
	sent         bool // something of the request
}

// tries sends a request to endpoints until one answers.
type tries struct {
	x      *exchange
	speech speech
	choice *choice
}

// errTimeout says that an endpoint took too long: to be connected with, or between
// two reads or writes.
var errTimeout = errors.New("upstream timed out")

// RoundTrip makes it the transport of a proxy.
func (t *tries) RoundTrip(r *http.Request) (*http.Response, error) {
	retry := &t.x.location.retry
	body, err := newReplay(r)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	for left := retry.most - 1; ; left-- {
		attempt, resp, err := t.once(r)
		late := retry.within > 0 && time.Since(began) > retry.within
		if left <= 0 || late || r.Context().Err() != nil || !retry.wants(attempt, r.Method, err) || !body.rewind(r) {
			return resp, err
		}
		if resp != nil {
			resp.Body.Close()
		}
	}
}

// once sends the request to the next endpoint.
func (t *tries) once(r *http.Request) (*try, *http.Response, error) {
	e := t.choice.next()
	attempt := &try{began: time.Now(), status: http.StatusBadGateway}
	t.x.tries = append(t.x.tries, attempt)
	address, err := t.x.proxy.names.resolve(r.Context(), e, t.choice.ExternalName)
	attempt.address = address
	attempt.url = r.URL.Scheme + "://" + address + r.URL.RequestURI()
	if err != nil {
		return attempt, nil, err
	}
	resp, err := t.send(r, attempt)
	attempt.took = time.Since(attempt.began)
	if err == nil {
		attempt.status = resp.StatusCode
		return attempt, resp, nil
	}
	t.choice.failed = append(t.choice.failed, e)
	if errors.Is(err, errTimeout) {
		attempt.status = http.StatusGatewayTimeout
	}
	if r.Context().Err() == nil && !t.x.tooLarge.Load() {
		t.x.errorLog("%s", attempt.describe(err))
	}
	return attempt, nil, err
}

// send sends the request to one address, under the eyes of a watch.
func (t *tries) send(r *http.Request, attempt *try) (*http.Response, error) {
	l := t.x.location
	ctx, cancel := context.WithCancelCause(r.Context())
	w := newWatch(l.connect+l.read, cancel)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:      func(httptrace.GotConnInfo) { attempt.connected = true; w.reset(l.read) },
		WroteHeaders: func() { attempt.sent = true },
		WroteRequest: func(httptrace.WroteRequestInfo) { w.reset(l.read) },
	})
	out := r.WithContext(ctx)
	u := *r.URL
	u.Host = attempt.address
	out.URL = &u
	if out.Body != nil && out.Body != http.NoBody {
		out.Body = &watchedBody{ReadCloser: out.Body, watch: w, limit: l.send}
	}
	resp, err := t.x.proxy.transports.of(t.speech, l.connect).RoundTrip(out)
	if err != nil {
		w.stop()
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		cancel(nil)
		return nil, err
	}
	w.reset(l.read)
	resp.Body = watched(resp.Body, w, l.read, attempt)
	return resp, nil
}

// watch ends a try in which nothing moves for too long.
type watch struct {
	timer  *time.Timer
	cancel context.CancelCauseFunc
}

func newWatch(d time.Duration, cancel context.CancelCauseFunc) *watch {
	return &watch{timer: time.AfterFunc(d, func() { cancel(errTimeout) }), cancel: cancel}
}

func (w *watch) reset(d time.Duration) {
	if w.timer.Stop() {
		w.timer.Reset(d)
	}
}

func (w *watch) stop() { w.timer.Stop() }

// watchedBody is a body that moves; the end of an answer's is the end of its try.
type watchedBody struct {
	io.ReadCloser
	watch *watch
	limit time.Duration
	try   *try // of an answer; nil: of a request
}

func (b *watchedBody) Read(into []byte) (int, error) {
	n, err := b.ReadCloser.Read(into)
	b.watch.reset(b.limit)
	if b.try != nil {
		b.try.length.Add(int64(n))
	}
	return n, err
}

func (b *watchedBody) Close() error {
	if b.try != nil {
		b.try.took = time.Since(b.try.began)
		b.watch.stop()
		defer b.watch.cancel(nil)
	}
	return b.ReadCloser.Close()
}

// watchedStream is the body of an upgraded connection, which is written to as well.
type watchedStream struct {
	watchedBody
	io.Writer
}

func (s *watchedStream) Write(b []byte) (int, error) {
	s.watch.reset(s.limit)
	return s.Writer.Write(b)
}

func watched(body io.ReadCloser, w *watch, limit time.Duration, t *try) io.ReadCloser {
	b := watchedBody{ReadCloser: body, watch: w, limit: limit, try: t}
	if stream, ok := body.(io.ReadWriteCloser); ok {
		return &watchedStream{watchedBody: b, Writer: stream}
	}
	return &b
}

// replayLimit is how much of a request's body is kept for further tries and for
// copies, in bytes.
const replayLimit = 64 << 10

// replay is a request's body that may be sent again.
type replay struct {
	content []byte
	source  *countedReader // of one that is too long to be kept; nil: there is none
}

type countedReader struct {
	io.ReadCloser
	begun atomic.Bool
}

func (c *countedReader) Read(into []byte) (int, error) {
	c.begun.Store(true)
	return c.ReadCloser.Read(into)
}

// Close leaves the body open for the next try; the server closes it.
func (c *countedReader) Close() error { return nil }

func newReplay(r *http.Request) (*replay, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return &replay{}, nil
	}
	if r.ContentLength < 0 || r.ContentLength > replayLimit {
		source := &countedReader{ReadCloser: r.Body}
		r.Body = source
		return &replay{source: source}, nil
	}
	content, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(content))
	return &replay{content: content}, err
}

// rewind prepares the next try; false if the body has gone already.
func (b *replay) rewind(r *http.Request) bool {
	switch {
	case b.source != nil:
		return !b.source.begun.Load()
	case b.content != nil:
		r.Body = io.NopCloser(bytes.NewReader(b.content))
	}
	return true
}

// describe is what nginx says of a try that failed.
func (t *try) describe(err error) string {
	phase := "connecting to upstream"
	if t.connected {
		phase = "reading response header from upstream"
	}
	var record tls.RecordHeaderError
	var unverified *tls.CertificateVerificationError
	switch {
	case errors.Is(err, errTimeout):
		return "upstream timed out (110: Operation timed out) while " + phase
	case errors.As(err, &record):
		return "SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL handshaking to upstream"
	case errors.As(err, &unverified):
		return fmt.Sprintf("upstream SSL certificate verify error: (%v) while SSL handshaking to upstream", unverified.Err)
	case t.connected && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)):
		return "upstream prematurely closed connection while " + phase
	case t.connected && errors.Is(err, syscall.ECONNRESET):
		return "recv() failed (104: Connection reset by peer) while " + phase
	case t.connected:
		return "upstream sent invalid header while " + phase
	}
	return fmt.Sprintf("connect() failed (%s) while %s", reason(err), phase)
}

// reason is an error of a connection in the words of nginx's C library.
func reason(err error) string {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return dns.Name + " could not be resolved (3: Host not found)"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "111: Connection refused"
	case errors.Is(err, syscall.EHOSTUNREACH):
		return "113: Host is unreachable"
	case errors.Is(err, syscall.ENETUNREACH):
		return "101: Network unreachable"
	case errors.Is(err, context.DeadlineExceeded) || errors.Is(err, syscall.ETIMEDOUT) || errors.Is(err, errTimeout):
		return "110: Operation timed out"
	}
	return err.Error()
}
