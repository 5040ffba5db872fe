package nginx

import (
	"fmt"
	"net"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"kubetutor/internal/engine/kernel"
)

// request is one request on its way through the configuration.
type request struct {
	n        *instance
	req      *http.Request
	w        *recorder
	listen   *listen
	server   *server
	scope    *scope
	number   int64 // of the connection, for the error log
	start    time.Time
	uri      string // decoded and normalised
	args     string
	asked    string // the URI as it was sent
	set      map[string]string
	captures map[string]string
	user     string
	status   int  // forced by error_page; 0: none
	internal bool // redirected inside
	failed   bool // inside an error page
	moved    bool // by a rewrite without a flag
	answered bool
	upstream upstreamState
}

// recorder counts what is sent.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *recorder) WriteHeader(code int) {
	if w.status == 0 {
		w.status = code
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// redirects is how often a request may change its URI inside.
const redirects = 10

// handle serves a request that came in over a socket.
func (n *instance) handle(l *listen, w http.ResponseWriter, req *http.Request) {
	r := &request{
		n: n, req: req, w: &recorder{ResponseWriter: w}, listen: l, start: time.Now(), number: n.requests.Add(1),
		args: req.URL.RawQuery, asked: req.RequestURI, set: map[string]string{}, captures: map[string]string{},
	}
	r.server = l.server(hostOnly(req.Host))
	r.scope = r.server.scope
	w.Header()["Server"] = []string{n.banner(r.scope)}
	r.uri = normal(req.URL.Path)
	if r.uri == "" {
		r.uri = "/"
	}
	r.process()
	r.log()
}

func hostOnly(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return strings.ToLower(name)
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

// normal resolves dots and double slashes.
func normal(uri string) string {
	clean := path.Clean("/" + uri)
	if clean != "/" && (strings.HasSuffix(uri, "/") || strings.HasSuffix(uri, "/.")) {
		clean += "/"
	}
	return clean
}

// server chooses a server block by the host that was asked for.
func (l *listen) server(host string) *server {
	var best *server
	rank := 0
	for _, v := range l.servers {
		for _, name := range v.names {
			if found := nameRank(name, host); found > rank {
				best, rank = v, found
			}
		}
	}
	if best != nil {
		return best
	}
	return l.servers[0]
}

// nameRank is how well a server_name fits: exact names, then wildcards in front
// (the longest first), wildcards at the end, regular expressions.
func nameRank(name, host string) int {
	name = strings.ToLower(name)
	switch {
	case name == host:
		return 1 << 20
	case strings.HasPrefix(name, ".") && (host == name[1:] || strings.HasSuffix(host, name)):
		return 1<<16 + len(name)
	case strings.HasPrefix(name, "*.") && strings.HasSuffix(host, name[1:]):
		return 1<<16 + len(name)
	case strings.HasSuffix(name, ".*") && strings.HasPrefix(host, name[:len(name)-1]):
		return 1<<8 + len(name)
	case strings.HasPrefix(name, "~"):
		if re, err := regexp.Compile(name[1:]); err == nil && re.MatchString(host) {
			return 1
		}
	}
	return 0
}

// process runs the phases of a request.
func (r *request) process() {
	switch r.rewritten(r.server.scope.rewrites) {
	case finished:
		return
	}
	for range redirects {
		if !r.locate() {
			return
		}
		r.moved = false
		switch r.rewritten(r.scope.rewrites) {
		case finished:
			return
		case again:
			continue
		}
		if r.moved {
			continue
		}
		r.content()
		return
	}
	r.errorLog(levelError, "rewrite or internal redirection cycle while processing %q", r.uri)
	r.page(http.StatusInternalServerError)
}

// locate finds the location of the URI; it reports whether there is more to do.
func (r *request) locate() bool {
	r.scope = r.server.scope
	l := r.find(r.server.scope.locations, r.uri)
	if l == nil {
		return true
	}
	r.scope = l.scope
	if l.scope.internal && !r.internal {
		r.fail(http.StatusNotFound, "")
		return false
	}
	return true
}

// find follows nginx's order: exact, longest prefix, then regular expressions
// unless the prefix forbids them.
func (r *request) find(all []*location, uri string) *location {
	var longest *location
	for _, l := range all {
		switch l.kind {
		case byExact:
			if l.pattern == uri {
				return l
			}
		case byPrefix, byPrefixOnly:
			if strings.HasPrefix(uri, l.pattern) && (longest == nil || len(l.pattern) > len(longest.pattern)) {
				longest = l
			}
		}
	}
	if longest != nil {
		if inner := r.find(longest.scope.locations, uri); inner != nil {
			return inner
		}
		if longest.kind == byPrefixOnly {
			return longest
		}
	}
	for _, l := range all {
		if l.kind == byRegexp && r.match(l.regexp, uri) {
			if inner := r.find(l.scope.locations, uri); inner != nil {
				return inner
			}
			return l
		}
	}
	return longest
}

// match matches and keeps the captures.
func (r *request) match(re *regexp.Regexp, text string) bool {
	found := re.FindStringSubmatch(text)
	if found == nil {
		return false
	}
	for i, name := range re.SubexpNames() {
		r.captures[strconv.Itoa(i)] = found[i]
		if name != "" {
			r.captures[name] = found[i]
		}
	}
	return true
}

// content checks access and makes the answer.
func (r *request) content() {
	s := r.scope
	switch {
	case !r.allowed():
		r.errorLog(levelError, "access forbidden by rule")
		r.fail(http.StatusForbidden, "")
	case !r.known():
	case s.maxBody > 0 && r.req.ContentLength > s.maxBody:
		r.errorLog(levelError, "client intended to send too large body: %d bytes", r.req.ContentLength)
		r.fail(http.StatusRequestEntityTooLarge, "")
	case s.stub:
		r.stub()
	case len(s.tryFiles) > 0:
		r.tryFiles()
	case s.proxy != nil:
		r.forward()
	default:
		r.static()
	}
}

// allowed applies allow and deny.
func (r *request) allowed() bool {
	ip := net.ParseIP(r.client())
	for _, a := range r.scope.access {
		if a.net == nil || a.net.Contains(ip) {
			return a.allow
		}
	}
	return true
}

func (r *request) client() string {
	host, _, err := net.SplitHostPort(r.req.RemoteAddr)
	if err != nil {
		return r.req.RemoteAddr
	}
	return host
}

// goTo is an internal redirect.
func (r *request) goTo(target string) {
	r.internal = true
	if strings.HasPrefix(target, "@") {
		for _, l := range r.server.scope.locations {
			if l.kind == byName && l.pattern == target {
				r.scope = l.scope
				if r.rewritten(l.scope.rewrites) == goOn {
					r.content()
				}
				return
			}
		}
		r.errorLog(levelError, "could not find named location %q", target)
		r.page(http.StatusInternalServerError)
		return
	}
	uri, args, has := strings.Cut(target, "?")
	r.uri = normal(uri)
	if has {
		r.args = args
	}
	r.again()
}

// again looks for a location once more after an internal redirect.
func (r *request) again() {
	if r.set["\x00depth"] += "x"; len(r.set["\x00depth"]) > redirects {
		r.errorLog(levelError, "rewrite or internal redirection cycle while internally redirecting to %q", r.uri)
		r.failed = true
		r.page(http.StatusInternalServerError)
		return
	}
	for range redirects {
		if !r.locate() {
			return
		}
		r.moved = false
		switch o := r.rewritten(r.scope.rewrites); {
		case o == finished:
			return
		case o == again || r.moved:
			continue
		}
		r.content()
		return
	}
	r.page(http.StatusInternalServerError)
}

// files is the file system as a worker sees it.
func (r *request) files() *kernel.FS { return r.n.files }

// header applies what the configuration adds to an answer with this status.
func (r *request) header(code int) {
	h := r.w.Header()
	for _, add := range r.scope.headers {
		if add.always || strings.Contains(" 200 201 204 206 301 302 303 304 307 308 ", fmt.Sprintf(" %d ", code)) {
			if value := r.expand(add.value); value != "" {
				h[http.CanonicalHeaderKey(add.name)] = append(h[http.CanonicalHeaderKey(add.name)], value)
			}
		}
	}
	if r.scope.expires != "" && code < 400 {
		expire(h, r.scope.expires)
	}
}

func expire(h http.Header, value string) {
	switch value {
	case "off":
		return
	case "-1", "epoch":
		h.Set("Cache-Control", "no-cache")
		return
	case "max":
		h.Set("Expires", "Thu, 31 Dec 2037 23:55:55 GMT")
		h.Set("Cache-Control", "max-age=315360000")
		return
	}
	text := strings.Replace(value, "d", "", 1)
	unit := time.Second
	if text != value {
		unit = 24 * time.Hour
	} else if d, err := time.ParseDuration(value); err == nil {
		text, unit = strconv.Itoa(int(d.Seconds())), time.Second
	}
	if n, err := strconv.Atoi(text); err == nil {
		d := time.Duration(n) * unit
		h.Set("Expires", time.Now().Add(d).UTC().Format(http.TimeFormat))
		h.Set("Cache-Control", fmt.Sprintf("max-age=%d", int(d.Seconds())))
	}
}
