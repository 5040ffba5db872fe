package proxy

import (
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
)

// forward sends the request to an upstream, and its answer to the client.
func (x *exchange) forward(b *balancer) {
	l := x.location
	to := l.speech
	to.tls = to.tls || to.auto && x.scheme == "https"
	x.limitBody()
	chosen := b.choose(x)
	proxy := httputil.ReverseProxy{
		Rewrite:        func(pr *httputil.ProxyRequest) { x.outgoing(pr, to) },
		Transport:      &tries{x: x, speech: to, choice: chosen},
		ModifyResponse: func(resp *http.Response) error { return x.incoming(resp, chosen) },
		ErrorHandler:   func(_ http.ResponseWriter, _ *http.Request, err error) { x.failed(err) },
		FlushInterval:  -1,
		ErrorLog:       x.proxy.discard,
		BufferPool:     x.proxy.buffers,
	}
	proxy.ServeHTTP(x.out, x.in)
}

// outgoing is the request as the backend gets it.
func (x *exchange) outgoing(pr *httputil.ProxyRequest, to speech) {
	out := pr.Out
	out.URL = x.backendURL(to)
	out.Host = x.bestHost
	if l := x.location; len(l.vhost) > 0 {
		out.Host = l.vhost.of(x, nil, nil)
	}
	x.setHeaders(out.Header)
	if _, ok := out.Header["User-Agent"]; !ok {
		out.Header["User-Agent"] = nil // so that Go does not name itself
	}
}

// backendURL is the target: as the client sent it, or as a rewrite made it.
func (x *exchange) backendURL(to speech) *url.URL {
	u := &url.URL{Scheme: "http", Host: "upstream_balancer", Opaque: x.target}
	if to.tls {
		u.Scheme = "https"
	}
	if x.custom {
		u.Opaque = "/"
		return u
	}
	if l := x.location; l.rewrite != nil && x.captures != nil {
		u.Opaque = escape(x.rewrittenPath()) + x.query()
	}
	if !strings.HasPrefix(u.Opaque, "/") || strings.HasPrefix(u.Opaque, "//") { // Opaque would mean something else
		u.Path, u.RawPath, u.RawQuery, u.Opaque = x.in.URL.Path, x.in.URL.RawPath, x.in.URL.RawQuery, ""
	}
	return u
}

func (x *exchange) rewrittenPath() string {
	path := x.location.target.of(x, x.captures, nil)
	if !strings.HasPrefix(path, "/") {
		return "/" + path
	}
	return path
}

// setHeaders sets the headers that nginx's configuration sets.
func (x *exchange) setHeaders(h http.Header) {
	set, l := x.table.Settings, x.location
	original := strings.Join(x.in.Header.Values(set.ForwardedForHeader), ", ")
	h.Set("X-Request-Id", x.requestID)
	h.Set("X-Real-Ip", x.client)
	h.Set("X-Forwarded-For", x.client)
	if set.UseForwardedHeaders && set.ComputeFullForwardedFor {
		h.Set("X-Forwarded-For", strings.TrimPrefix(original+", "+x.peer, ", "))
	}
	h.Set("X-Forwarded-Host", x.bestHost)
	h.Set("X-Forwarded-Port", x.passPort)
	h.Set("X-Forwarded-Proto", x.passScheme)
	h.Set("X-Forwarded-Scheme", x.passScheme)
	h.Set("X-Scheme", x.passScheme)
	if set.ProxyAddOriginalURIHeader {
		h.Set("X-Original-Uri", x.target)
	}
	setOrDrop(h, "X-Original-Forwarded-For", original)
	setOrDrop(h, "X-Original-Forwarded-Host", x.in.Header.Get(set.ForwardedHostHeader))
	h.Del("Proxy") // https://httpoxy.org
	if l.Config.Auth != nil && !l.noAuth {
		h.Del("Authorization")
	}
	if len(l.prefix) > 0 && l.rewrite != nil {
		h.Set("X-Forwarded-Prefix", l.prefix.of(x, x.captures, nil))
	}
	x.setFurtherHeaders(h)
}

// setFurtherHeaders sets those of authorities, certificates, the ConfigMap and of
// backends for errors.
func (x *exchange) setFurtherHeaders(h http.Header) {
	for name, values := range x.authHeaders {
		setOrDrop(h, name, strings.Join(values, ", "))
	}
	if c := x.server.clientTLS; c != nil && x.in.TLS != nil {
		h.Set("Ssl-Client-Verify", x.clientVerified)
		if peers := x.in.TLS.PeerCertificates; len(peers) > 0 {
			h.Set("Ssl-Client-Subject-Dn", peers[0].Subject.String())
			h.Set("Ssl-Client-Issuer-Dn", peers[0].Issuer.String())
		}
	}
	for name, value := range x.table.SetHeaders {
		setOrDrop(h, name, newTemplate(value).of(x, nil, nil))
	}
	if strings.HasPrefix(x.location.Upstream, "custom-default-backend-") && !x.custom {
		x.describeError(h, http.StatusServiceUnavailable)
	}
}

func setOrDrop(h http.Header, name, value string) {
	if value == "" {
		h.Del(name)
		return
	}
	h.Set(name, value)
}

// incoming is the answer as it goes to the client.
func (x *exchange) incoming(resp *http.Response, chosen *choice) error {
	l := x.location
	if l.intercept && l.errors[resp.StatusCode] && !x.custom {
		resp.Body.Close()
		return &interceptedError{resp.StatusCode}
	}
	l.hide(resp.Header)
	l.rewritten(x, resp.Header)
	if chosen.cookie != "" {
		resp.Header.Add("Set-Cookie", chosen.affinityCookie())
	}
	return nil
}

// interceptedError is an answer of the upstream in whose place another is given.
type interceptedError struct{ status int }

func (e *interceptedError) Error() string { return "intercepted " + strconv.Itoa(e.status) }

// failed answers for an upstream that did not.
func (x *exchange) failed(err error) {
	var intercepted *interceptedError
	switch {
	case errors.As(err, &intercepted):
		x.customError(intercepted.status)
	case x.tooLarge.Load():
		x.errorLog("client intended to send too large chunked body: %d+%d bytes", x.location.bodyLimit, x.received.Load()-x.location.bodyLimit)
		x.fail(http.StatusRequestEntityTooLarge)
	case x.in.Context().Err() != nil:
		x.out.WriteHeader(statusClosed)
	case errors.Is(err, errTimeout):
		x.fail(http.StatusGatewayTimeout)
	case errors.Is(err, errNoName):
		x.fail(http.StatusServiceUnavailable)
	default:
		x.fail(http.StatusBadGateway)
	}
}

// customError lets the backend that is there for errors answer, and tells it what
// was asked.
func (x *exchange) customError(status int) {
	x.custom = true
	b := x.table.balancers[x.location.DefaultUpstream]
	if b == nil || !b.available() {
		write(x.out, status)
		return
	}
	x.upstreamName = b.Name
	x.in.Body, x.in.ContentLength = http.NoBody, 0
	chosen := b.choose(x)
	proxy := httputil.ReverseProxy{
		Rewrite: func(pr *httputil.ProxyRequest) {
			pr.Out.URL, pr.Out.Host = x.backendURL(speech{}), x.bestHost
			pr.Out.Header.Set("X-Original-Uri", x.target)
			pr.Out.Header.Set("X-Forwarded-For", x.client)
			x.describeError(pr.Out.Header, status)
		},
		Transport:      &tries{x: x, choice: chosen},
		ModifyResponse: func(resp *http.Response) error { return x.incoming(resp, chosen) },
		ErrorHandler:   func(_ http.ResponseWriter, _ *http.Request, err error) { x.failed(err) },
		ErrorLog:       x.proxy.discard,
		BufferPool:     x.proxy.buffers,
	}
	proxy.ServeHTTP(x.out, x.in)
}

// describeError says in headers which error a backend is to answer.
func (x *exchange) describeError(h http.Header, status int) {
	h.Set("X-Code", strconv.Itoa(status))
	setOrDrop(h, "X-Format", x.in.Header.Get("Accept"))
	h.Set("X-Request-Id", x.requestID)
	if l := x.location; l.Ingress != nil {
		h.Set("X-Namespace", l.Ingress.Namespace)
		h.Set("X-Ingress-Name", l.Ingress.Name)
		setOrDrop(h, "X-Service-Name", l.ServiceName)
		setOrDrop(h, "X-Service-Port", l.ServicePort)
	}
}

// limitBody counts the request's body, and ends it where it grows too large.
func (x *exchange) limitBody() {
	if x.in.Body != nil && x.in.Body != http.NoBody {
		x.in.Body = &countedBody{ReadCloser: x.in.Body, x: x}
	}
}

type countedBody struct {
	io.ReadCloser
	x *exchange
}

var errTooLarge = errors.New("the request's body is too large")

func (b *countedBody) Read(into []byte) (int, error) {
	n, err := b.ReadCloser.Read(into)
	if total := b.x.received.Add(int64(n)); b.x.location.bodyLimit > 0 && total > b.x.location.bodyLimit {
		b.x.tooLarge.Store(true)
		return 0, errTooLarge
	}
	return n, err
}

// buffers lend the memory through which bodies pass.
type buffers struct{ pool sync.Pool }

const bufferSize = 32 << 10

// Get is for [httputil.BufferPool].
func (b *buffers) Get() []byte {
	if buffer, ok := b.pool.Get().(*[bufferSize]byte); ok {
		return buffer[:]
	}
	return new([bufferSize]byte)[:]
}

// Put is for [httputil.BufferPool].
func (b *buffers) Put(buffer []byte) { b.pool.Put((*[bufferSize]byte)(buffer)) }
