package nginx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"kubetutor/internal/engine/image/apps/service"
)

// proxy is a proxy_pass.
type proxy struct {
	scheme, host string // host may be an upstream's name, or hold variables
	uri          string // what takes the place of the location's prefix
	replaces     bool   // there is such a URI
	location     *location
}

// upstreamState is what the log says about the upstream of a request.
type upstreamState struct {
	address, status, time string
}

func (b *builder) proxyPass(s *scope, d *directive) error {
	if err := b.variables(d, d.args[0]); err != nil {
		return err
	}
	scheme, rest, ok := strings.Cut(d.args[0], "://")
	if !ok && strings.HasPrefix(d.args[0], "$") {
		scheme, rest = "$", d.args[0]
	} else if !ok || (scheme != "http" && scheme != "https") {
		return d.wrong("invalid URL prefix")
	}
	px := &proxy{scheme: scheme, location: s.aliased}
	slash := strings.IndexByte(rest, '/')
	px.host = rest
	if slash >= 0 {
		px.host, px.uri, px.replaces = rest[:slash], rest[slash:], true
	}
	if px.replaces && px.location != nil && (px.location.kind == byRegexp || px.location.kind == byName) && !strings.Contains(px.uri, "$") {
		return d.wrong(`"proxy_pass" cannot have URI part in location given by regular expression, or inside named location, or inside "if" statement, or inside "limit_except" block`)
	}
	s.proxy = px
	return b.resolve(d, px)
}

// resolve looks the host of a proxy_pass up, as nginx does at its start.
func (b *builder) resolve(d *directive, px *proxy) error {
	if px.host == "" {
		return d.wrong("no host in upstream %q", px.host)
	}
	if strings.Contains(px.host, "$") || px.scheme == "$" || b.config.upstreams[px.host] != nil {
		return nil
	}
	host, _, err := net.SplitHostPort(px.host)
	if err != nil {
		host = px.host
	}
	if net.ParseIP(strings.Trim(host, "[]")) != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(b.p.Context(), lookupPatience)
	defer cancel()
	if _, err := b.p.Lookup(ctx, host); err != nil {
		return d.wrong("host not found in upstream %q", host)
	}
	return nil
}

const lookupPatience = 5 * time.Second

// rotation returns the smooth weighted round robin of nginx
// (ngx_http_upstream_get_peer).
func (u *upstream) rotation() func() int {
	var mu sync.Mutex
	current := make([]int, len(u.peers))
	return func() int {
		mu.Lock()
		defer mu.Unlock()
		best, total := -1, 0
		for i, p := range u.peers {
			if p.weight == 0 || p.backup {
				continue
			}
			current[i] += p.weight
			total += p.weight
			if best < 0 || current[i] > current[best] {
				best = i
			}
		}
		if best >= 0 {
			current[best] -= total
		}
		return best
	}
}

// targets lists the addresses to try, in order.
func (r *request) targets(px *proxy) []string {
	host := r.expand(px.host)
	u := r.n.config.Load().upstreams[host]
	if u == nil {
		return []string{withPort(host, map[string]string{"https": "443"}[px.scheme]+map[string]string{"http": "80"}[px.scheme])}
	}
	var list, backups []string
	if first := u.next(); first >= 0 {
		for i := range u.peers {
			p := u.peers[(first+i)%len(u.peers)]
			switch {
			case p.backup:
				backups = append(backups, p.address)
			case p.weight > 0:
				list = append(list, p.address)
			}
		}
	}
	return append(list, backups...)
}

// forward passes a request to an upstream and its answer back.
func (r *request) forward() {
	px := r.scope.proxy
	if px.scheme == "$" {
		px = r.expanded(px)
	}
	code := http.StatusBadGateway
	targets := r.targets(px)
	for i, target := range targets {
		resp, err := r.ask(px, target)
		if err == nil {
			r.relay(resp)
			return
		}
		code = r.upstreamFailed(px, target, err)
		if r.req.Body != nil && r.req.ContentLength != 0 && i+1 < len(targets) {
			break // the body is gone
		}
	}
	if len(targets) == 0 {
		r.errorLog(levelError, "no live upstreams while connecting to upstream, upstream: \"%s://%s%s\"", px.scheme, px.host, r.asked)
	}
	r.upstream.status = fmt.Sprint(code)
	r.fail(code, "")
}

// expanded is a proxy_pass that is a variable as a whole.
func (r *request) expanded(px *proxy) *proxy {
	scheme, rest, _ := strings.Cut(r.expand(px.host)+px.uri, "://")
	made := &proxy{scheme: scheme, host: rest, location: px.location}
	if slash := strings.IndexByte(rest, '/'); slash >= 0 {
		made.host, made.uri, made.replaces = rest[:slash], rest[slash:], true
	}
	return made
}

func (r *request) upstreamFailed(px *proxy, target string, err error) int {
	upstreamURL := fmt.Sprintf("%s://%s%s", px.scheme, target, r.target(px))
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		r.errorLog(levelError, "connect() failed (111: Connection refused) while connecting to upstream, upstream: %q", upstreamURL)
	case errors.Is(err, syscall.EHOSTUNREACH):
		r.errorLog(levelError, "connect() failed (113: Host is unreachable) while connecting to upstream, upstream: %q", upstreamURL)
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		r.errorLog(levelError, "upstream timed out (110: Operation timed out) while connecting to upstream, upstream: %q", upstreamURL)
		return http.StatusGatewayTimeout
	case strings.Contains(err.Error(), "no such host"), strings.Contains(err.Error(), "lookup"):
		r.errorLog(levelError, "%s could not be resolved (3: Host not found)", strings.Split(target, ":")[0])
	default:
		r.errorLog(levelError, "upstream prematurely closed connection while reading response header from upstream, upstream: %q", upstreamURL)
	}
	return http.StatusBadGateway
}

func isTimeout(err error) bool {
	var timed net.Error
	return errors.As(err, &timed) && timed.Timeout()
}

// target is the request line's URI for the upstream.
func (r *request) target(px *proxy) string {
	uri := r.asked
	if r.internal || r.uri != normal(r.req.URL.Path) {
		uri = (&urlPath{r.uri, r.args}).String()
	}
	if !px.replaces {
		return uri
	}
	if strings.Contains(px.uri, "$") {
		return r.expand(px.uri)
	}
	pattern := ""
	if px.location != nil {
		pattern = px.location.pattern
	}
	return (&urlPath{px.uri + strings.TrimPrefix(r.uri, pattern), r.args}).String()
}

// ask sends the request to one upstream server.
func (r *request) ask(px *proxy, target string) (*http.Response, error) {
	start := time.Now()
	defer func() { r.upstream.time = fmt.Sprintf("%.3f", time.Since(start).Seconds()) }()
	r.upstream.address = target
	ctx, cancel := context.WithCancel(r.req.Context())
	stop := time.AfterFunc(r.scope.connect+r.scope.read, cancel)
	req, err := http.NewRequestWithContext(ctx, r.req.Method, px.scheme+"://"+target+r.target(px), r.req.Body)
	if err != nil {
		cancel()
		return nil, err
	}
	req.ContentLength = r.req.ContentLength
	r.upstreamHeaders(req, px)
	transport := service.Transport(r.n.p, insecure())
	transport.ResponseHeaderTimeout = r.scope.read
	resp, err := transport.RoundTrip(req)
	if err != nil {
		stop.Stop()
		cancel()
		return nil, err
	}
	resp.Body = &closing{resp.Body, func() { stop.Stop(); cancel() }}
	return resp, nil
}

// closing runs then when a body is closed.
type closing struct {
	io.ReadCloser
	then func()
}

func (c *closing) Close() error {
	defer c.then()
	return c.ReadCloser.Close()
}

func (r *request) upstreamHeaders(req *http.Request, px *proxy) {
	for name, values := range r.req.Header {
		if name != "Connection" && name != "Keep-Alive" && name != "Upgrade" && name != "Te" {
			req.Header[name] = values
		}
	}
	if _, ok := req.Header["User-Agent"]; !ok {
		req.Header["User-Agent"] = nil // Go would add its own
	}
	req.Host = r.expand(px.host)
	for _, h := range r.scope.proxyHeaders {
		value := r.expand(h.value)
		switch {
		case strings.EqualFold(h.name, "Host"):
			req.Host = value
		case value == "":
			req.Header.Del(h.name)
		default:
			req.Header.Set(h.name, value)
		}
	}
}

// relay passes an upstream's answer on.
func (r *request) relay(resp *http.Response) {
	defer resp.Body.Close()
	r.upstream.status = fmt.Sprint(resp.StatusCode)
	if r.scope.intercept && resp.StatusCode >= 300 && !r.failed {
		for _, page := range r.scope.errorPages {
			for _, code := range page.codes {
				if code == resp.StatusCode {
					r.errorPage(page, code)
					return
				}
			}
		}
	}
	h := r.w.Header()
	for name, values := range resp.Header {
		switch name {
		case "Server", "Date", "Connection", "Keep-Alive", "Transfer-Encoding", "X-Accel-Redirect":
		default:
			h[name] = values
		}
	}
	for _, name := range r.scope.hidden {
		h.Del(name)
	}
	code := resp.StatusCode
	if r.status != 0 {
		code = r.status
	}
	r.answered = true
	r.header(code)
	r.w.WriteHeader(code)
	copyFlushing(r.w, resp.Body)
}

// copyFlushing copies a body and sends each piece on as it comes.
func copyFlushing(w *recorder, body io.Reader) {
	control := http.NewResponseController(w)
	buffer := make([]byte, 32<<10)
	for {
		n, err := body.Read(buffer)
		if n > 0 {
			if _, err := w.Write(buffer[:n]); err != nil {
				return
			}
			control.Flush()
		}
		if err != nil {
			return
		}
	}
}
