package proxy

import (
	"crypto/rand"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"kubetutor/internal/engine/addon/ingress/model"
)

// exchange is one request with its answer.
type exchange struct {
	proxy    *Proxy
	table    *table
	in       *http.Request
	out      *answerWriter
	began    time.Time
	number   int64 // for error.log
	server   *server
	location *location
	captures []string // of the location's rewrite

	peer, client         string // addresses: of the connection, and of whom it is for
	target, path, args   string // as sent; as matched
	host, scheme, port   string
	bestHost             string
	passScheme, passPort string
	requestID            string
	upstreamName         string
	alternative          string
	tries                []*try
	received             atomic.Int64 // bytes of the body
	tooLarge             atomic.Bool
	authHeaders          http.Header // what an authority adds to the request
	authCookies          []string
	clientVerified       string // of the client's certificate
	quiet                bool   // nothing in access.log
	custom               bool   // an error is being answered by another backend
}

// on handles the requests of a port.
func (p *Proxy) on(port int) http.Handler {
	text := strconv.Itoa(port)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.serve(w, r, text) })
}

func (p *Proxy) serve(w http.ResponseWriter, r *http.Request, port string) {
	x := &exchange{proxy: p, table: p.table.Load(), in: r, began: time.Now(), number: p.connections.Add(1), port: port, target: r.RequestURI, upstreamName: "-", scheme: "http"}
	x.out = &answerWriter{ResponseWriter: w, x: x}
	x.peer, _, _ = net.SplitHostPort(r.RemoteAddr)
	if r.TLS != nil {
		x.scheme = "https"
	}
	defer x.log()
	x.server = x.table.fallback
	x.identify()
	x.run()
}

// identify settles who asks, for which host, and by which scheme.
func (x *exchange) identify() {
	set := x.table.Settings
	dropInvalid(x.in.Header)
	x.client = x.realIP()
	x.requestID = x.in.Header.Get("X-Request-Id")
	if x.requestID == "" && set.GenerateRequestID {
		x.requestID = newID()
	}
	x.host = hostname(x.in.Host)
	x.bestHost, x.passScheme, x.passPort = x.in.Host, x.scheme, x.port
	if set.UseForwardedHeaders {
		h := x.in.Header
		first(&x.passScheme, h.Get("X-Forwarded-Proto"))
		first(&x.passPort, h.Get("X-Forwarded-Port"))
		forwarded, _, _ := strings.Cut(h.Get("X-Forwarded-Host"), ",")
		first(&x.bestHost, forwarded)
	}
	if x.passPort == strconv.Itoa(x.table.Options.HTTPSPort) {
		x.passPort = "443"
	}
}

func first(into *string, value string) {
	if value != "" {
		*into = value
	}
}

// hostname is a Host header without its port, in lower case.
func hostname(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// dropInvalid takes away headers whose names nginx does not take: those with an
// underscore most of all.
func dropInvalid(h http.Header) {
	for name := range h {
		if strings.ContainsFunc(name, func(r rune) bool { return r != '-' && (r > 0x7f || !isAlphanumeric(byte(r))) }) {
			delete(h, name)
		}
	}
}

// run goes through the phases of a request.
func (x *exchange) run() {
	if to, ok := x.table.redirects[x.host]; ok {
		x.redirectWWW(to)
		return
	}
	x.server = x.table.serverFor(x.host)
	if !x.parse() || !x.serverPhase() {
		return
	}
	if x.server.Name == model.DefaultServer && x.internal() {
		return
	}
	l, slash := x.server.locationFor(x.path)
	switch {
	case slash != "":
		x.redirect(http.StatusMovedPermanently, x.scheme+"://"+x.in.Host+escape(slash)+x.query())
	case l == nil:
		x.fail(http.StatusNotFound)
	default:
		x.enter(l)
	}
}

func (x *exchange) parse() bool {
	var err error
	if x.path, x.args, err = normalize(x.target); err != nil {
		x.fail(http.StatusBadRequest)
		return false
	}
	return true
}

// query is the request's query with its question mark.
func (x *exchange) query() string {
	if x.args == "" {
		return ""
	}
	return "?" + x.args
}

// serverPhase is what counts for a server whatever the path; false if the request
// has its answer.
func (x *exchange) serverPhase() bool {
	t := x.table
	switch {
	case contains(t.blocked, x.client) || anyMatches(t.agents, x.in.UserAgent()) || anyMatches(t.referers, x.in.Referer()):
		x.fail(http.StatusForbidden)
		return false
	case x.server.clientTLS != nil && !x.checkClient(x.server.clientTLS):
		return false
	case x.path == "/" && len(x.server.roots) > 0:
		x.redirect(http.StatusFound, x.scheme+"://"+x.in.Host+x.server.roots[0])
		return false
	}
	return true
}

// internal answers what the default server has for itself.
func (x *exchange) internal() bool {
	switch {
	case strings.HasPrefix(x.path, x.table.Options.HealthPath):
		x.quiet = true
		x.out.WriteHeader(http.StatusOK)
	case strings.HasPrefix(x.path, "/nginx_status"):
		if x.client == "127.0.0.1" {
			x.quiet = true
			x.status()
			break
		}
		x.forbid("access forbidden by rule")
	default:
		return false
	}
	return true
}

func (x *exchange) status() {
	x.out.Header().Set("Content-Type", "text/plain")
	n := x.proxy.connections.Load()
	_, _ = io.WriteString(x.out, "Active connections: 1 \nserver accepts handled requests\n "+strings.Repeat(strconv.FormatInt(n, 10)+" ", 3)+"\nReading: 0 Writing: 1 Waiting: 0 \n")
}

// enter goes through the phases of a location.
func (x *exchange) enter(l *location) {
	x.location = l
	x.upstreamName = l.Upstream
	x.quiet = !l.Config.AccessLog || anyMatches(x.table.silent, x.target)
	if l.bodyLimit > 0 && x.in.ContentLength > l.bodyLimit {
		x.errorLog("client intended to send too large body: %d bytes", x.in.ContentLength)
		x.fail(http.StatusRequestEntityTooLarge)
		return
	}
	if !x.rewritePhase() {
		return
	}
	b, alternative := x.table.route(l.Upstream, x.in)
	if x.alternative = alternative; b == nil {
		x.fail(http.StatusServiceUnavailable)
		return
	}
	release, ok := x.withinLimits()
	defer release()
	if !ok || !x.accessPhase() {
		return
	}
	x.mirror()
	x.forward(b)
}

// rewritePhase answers what needs no backend; false if the request has its answer.
func (x *exchange) rewritePhase() bool {
	l := x.location
	switch {
	case l.Config.Denied != "":
		x.fail(http.StatusServiceUnavailable)
	case l.Config.CORS.Enabled && x.preflight():
	case l.Config.Redirect.URL != "":
		x.redirect(l.Config.Redirect.Code, l.redirect.of(x, nil, nil))
	case x.needsTLS():
		x.redirect(x.table.Settings.HTTPRedirectCode, x.httpsURL())
	default:
		return x.rewrite()
	}
	return false
}

// rewrite changes the path; a target that is an address is a redirect.
func (x *exchange) rewrite() bool {
	l := x.location
	if l.rewrite == nil {
		return true
	}
	x.captures = l.rewrite.FindStringSubmatch(x.path)
	if target := l.Config.Rewrite.Target; strings.HasPrefix(target, "http://") || strings.HasPrefix(target, "https://") || strings.HasPrefix(target, "$scheme") {
		x.redirect(http.StatusFound, l.target.of(x, x.captures, nil))
		return false
	}
	return true
}

// needsTLS says whether the client is sent to https: if that is forced, or if the
// host has a certificate.
func (x *exchange) needsTLS() bool {
	r := x.location.Config.Rewrite
	if x.location.noTLS || x.passScheme != "http" {
		return false
	}
	return r.ForceSSLRedirect || r.SSLRedirect && x.table.certificate(x.host) != nil
}

func (x *exchange) httpsURL() string {
	host, _, _ := strings.Cut(x.bestHost, ":")
	target := x.target
	if !x.location.Config.Rewrite.PreserveTrailingSlash {
		target = strings.TrimSuffix(target, "/")
	}
	if x.location.Config.PortInRedirects {
		host += ":" + strconv.Itoa(x.table.Options.HTTPSPort)
	}
	return "https://" + host + target
}

// redirectWWW sends a client to the host with or without www.
func (x *exchange) redirectWWW(to string) {
	x.redirect(x.table.Settings.HTTPRedirectCode, x.passScheme+"://"+to+":"+x.passPort+strings.TrimSuffix(x.target, "/"))
}

// redirect answers with another address.
func (x *exchange) redirect(status int, target string) {
	if l := x.location; l != nil && (l.Config.Redirect.Relative || x.table.Settings.RelativeRedirects) {
		target = strings.TrimPrefix(target, x.scheme+"://"+x.in.Host)
	}
	x.out.Header().Set("Location", target)
	write(x.out, status)
}

// fail answers with a status: by nginx's page, or by the backend that is there for it.
func (x *exchange) fail(status int) {
	if l := x.location; l != nil && l.errors[status] && !x.custom {
		x.customError(status)
		return
	}
	write(x.out, status)
}

func (x *exchange) forbid(why string) {
	x.errorLog("%s", why)
	x.fail(http.StatusForbidden)
}

func (x *exchange) since() time.Duration {
	return time.Duration(x.began.UnixMilli()) * time.Millisecond
}

// realIP is whom a request is for: the connection's other end, or whom proxies
// before it name, if they are believed.
func (x *exchange) realIP() string {
	set := x.table.Settings
	if !set.UseForwardedHeaders && !set.EnableRealIP || !contains(x.table.trusted, x.peer) {
		return x.peer
	}
	client := x.peer
	addresses := strings.Split(strings.Join(x.in.Header.Values(set.ForwardedForHeader), ","), ",")
	for i := len(addresses) - 1; i >= 0; i-- {
		address := strings.TrimSpace(addresses[i])
		if net.ParseIP(address) == nil {
			break
		}
		client = address
		if !contains(x.table.trusted, address) {
			break
		}
	}
	return client
}
