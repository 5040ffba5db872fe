package edge

import (
	"context"
	"errors"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Forward is how a request goes to a backend.
type Forward struct {
	Backend *Backend
	// Address is where each try goes; nil: the backend's next. False: nowhere.
	Address func() (netip.AddrPort, bool)
	// Rewrite changes the request that goes out, after Host and X-Forwarded-For,
	// -Host and -Proto are set: the first is kept, the others have the client's
	// values and what this hop adds.
	Rewrite func(*httputil.ProxyRequest)
	// Modify changes the answer. An error makes the request fail.
	Modify func(*http.Response) error
	// Fail answers when no backend did; nil: with the status of StatusOf and its text.
	Fail func(w http.ResponseWriter, r *http.Request, err error)
	// Timeout bounds the request with its answer, Try one try of it, from the
	// backend's connection to the end of the answer; 0: not bounded.
	Timeout, Try time.Duration
	Retry        Retry
}

// Retry says which failures are tried again.
type Retry struct {
	Attempts int   // further tries
	Codes    []int // of answers that are failures
	// Failures of the connection, and time-outs of a try, are tried again too if
	// Attempts is set, as long as the request's body can be sent again: 64 KiB of
	// it are kept.
	Backoff time.Duration // before each further try
}

// ErrNoEndpoints means that a backend has no address.
var ErrNoEndpoints = errors.New("the backend has no endpoints")

// StatusOf is the status of an answer that says why a request failed: 504 for a
// time-out, 503 where there is nothing to send it to, else 502.
func StatusOf(err error) int {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout
	case errors.Is(err, ErrNoEndpoints):
		return http.StatusServiceUnavailable
	}
	return http.StatusBadGateway
}

// statusClosed is what logs say of a client that went before the answer came.
const statusClosed = 499

// Forward sends a request to a backend and its answer to the client. Bodies pass
// as they come, in both directions; upgrades and trailers too.
func (s *Server) Forward(w http.ResponseWriter, r *http.Request, f Forward) {
	if f.Timeout > 0 {
		ctx, cancel := context.WithTimeout(r.Context(), f.Timeout)
		defer cancel()
		r = r.WithContext(ctx)
	}
	proxy := httputil.ReverseProxy{
		Rewrite:        func(pr *httputil.ProxyRequest) { f.rewrite(pr) },
		Transport:      &tries{server: s, forward: &f},
		ModifyResponse: f.Modify,
		ErrorHandler:   f.fail,
		FlushInterval:  -1,
		ErrorLog:       s.quiet,
		BufferPool:     s.buffers,
	}
	proxy.ServeHTTP(w, r)
}

func (f *Forward) rewrite(pr *httputil.ProxyRequest) {
	pr.Out.Host = pr.In.Host
	pr.Out.Header["X-Forwarded-For"] = pr.In.Header["X-Forwarded-For"]
	pr.SetXForwarded()
	keepUserAgent(pr)
	if f.Rewrite != nil {
		f.Rewrite(pr)
	}
	// Tries fill in the host; scheme and something to fill in must be there.
	pr.Out.URL.Scheme, pr.Out.URL.Host = "http", "backend"
	if f.Backend.TLS != nil {
		pr.Out.URL.Scheme = "https"
	}
}

// keepUserAgent keeps Go from naming itself where a client names nobody.
func keepUserAgent(pr *httputil.ProxyRequest) {
	if _, ok := pr.Out.Header["User-Agent"]; !ok {
		pr.Out.Header["User-Agent"] = nil
	}
}

func (f *Forward) fail(w http.ResponseWriter, r *http.Request, err error) {
	if cause := context.Cause(r.Context()); cause != nil {
		err = cause
	}
	switch {
	case errors.Is(err, context.Canceled):
		w.WriteHeader(statusClosed)
	case f.Fail != nil:
		f.Fail(w, r, err)
	default:
		http.Error(w, http.StatusText(StatusOf(err)), StatusOf(err))
	}
}

func (f *Forward) next() (netip.AddrPort, bool) {
	if f.Address != nil {
		return f.Address()
	}
	return f.Backend.Next()
}

// again says whether a try that ended so is to be followed by another.
func (r *Retry) again(resp *http.Response, err error) bool {
	if err != nil {
		return !errors.Is(err, ErrNoEndpoints) && !errors.Is(err, context.Canceled)
	}
	return slices.Contains(r.Codes, resp.StatusCode)
}

// buffers lend the memory through which bodies pass.
type buffers struct{ pool sync.Pool }

const bufferSize = 32 << 10

func (b *buffers) Get() []byte {
	if buffer, ok := b.pool.Get().(*[bufferSize]byte); ok {
		return buffer[:]
	}
	return new([bufferSize]byte)[:]
}

func (b *buffers) Put(buffer []byte) { b.pool.Put((*[bufferSize]byte)(buffer)) }
