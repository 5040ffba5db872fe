package nginx

import (
	"crypto/tls"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// reference finds $name and ${name}.
func reference() *regexp.Regexp { return regexp.MustCompile(`\$(\{[A-Za-z0-9_]+\}|[A-Za-z0-9_]+)`) }

// values are the variables that every request has.
func values() map[string]func(*request) string {
	return map[string]func(*request) string{
		"args": func(r *request) string { return r.args }, "query_string": func(r *request) string { return r.args },
		"is_args":             func(r *request) string { return strings.Repeat("?", min(1, len(r.args))) },
		"uri":                 func(r *request) string { return r.uri },
		"document_uri":        func(r *request) string { return r.uri },
		"request_uri":         func(r *request) string { return r.asked },
		"host":                func(r *request) string { return r.host() },
		"hostname":            func(r *request) string { return r.n.p.Hostname() },
		"http2":               func(*request) string { return "" },
		"https":               func(r *request) string { return strings.Repeat("on", len(r.scheme())-4) },
		"scheme":              func(r *request) string { return r.scheme() },
		"nginx_version":       func(r *request) string { return r.n.version },
		"pid":                 func(r *request) string { return strconv.Itoa(r.n.workerPID()) },
		"msec":                func(*request) string { return fmt.Sprintf("%.3f", float64(time.Now().UnixMilli())/1000) },
		"remote_addr":         func(r *request) string { return r.client() },
		"remote_port":         func(r *request) string { _, port, _ := net.SplitHostPort(r.req.RemoteAddr); return port },
		"remote_user":         func(r *request) string { return r.user },
		"realip_remote_addr":  func(r *request) string { return r.client() },
		"binary_remote_addr":  func(r *request) string { return string(net.ParseIP(r.client()).To4()) },
		"request":             func(r *request) string { return r.req.Method + " " + r.asked + " " + r.req.Proto },
		"request_body":        func(*request) string { return "" },
		"request_completion":  func(*request) string { return "OK" },
		"request_filename":    func(r *request) string { return r.file(r.uri) },
		"request_id":          func(r *request) string { return fmt.Sprintf("%016x%016x", r.start.UnixNano(), r.number) },
		"request_length":      func(r *request) string { return strconv.Itoa(r.length()) },
		"request_method":      func(r *request) string { return r.req.Method },
		"request_time":        func(r *request) string { return fmt.Sprintf("%.3f", time.Since(r.start).Seconds()) },
		"document_root":       func(r *request) string { return r.expand(r.scope.root) },
		"realpath_root":       func(r *request) string { return path.Clean(r.expand(r.scope.root)) },
		"server_addr":         func(r *request) string { return r.local().IP.String() },
		"server_name":         func(r *request) string { return r.serverName() },
		"server_port":         func(r *request) string { return strconv.Itoa(r.local().Port) },
		"server_protocol":     func(r *request) string { return r.req.Proto },
		"status":              func(r *request) string { return strconv.Itoa(r.w.status) },
		"body_bytes_sent":     func(r *request) string { return strconv.FormatInt(r.w.bytes, 10) },
		"bytes_sent":          func(r *request) string { return strconv.FormatInt(r.w.bytes+headerSize(r.w.Header()), 10) },
		"connection":          func(r *request) string { return strconv.FormatInt(r.number, 10) },
		"connection_requests": func(*request) string { return "1" },
		"content_length":      func(r *request) string { return r.req.Header.Get("Content-Length") },
		"content_type":        func(r *request) string { return r.req.Header.Get("Content-Type") },
		"time_local":          func(*request) string { return time.Now().Format("02/Jan/2006:15:04:05 -0700") },
		"time_iso8601":        func(*request) string { return time.Now().Format("2006-01-02T15:04:05-07:00") },
		"proxy_host":          func(r *request) string { return r.proxyHost() },
		"proxy_port":          func(*request) string { return "80" },
		"proxy_add_x_forwarded_for": func(r *request) string {
			if before := r.req.Header.Get("X-Forwarded-For"); before != "" {
				return before + ", " + r.client()
			}
			return r.client()
		},
		"upstream_addr":          func(r *request) string { return r.upstream.address },
		"upstream_status":        func(r *request) string { return r.upstream.status },
		"upstream_response_time": func(r *request) string { return r.upstream.time },
		"upstream_connect_time":  func(r *request) string { return r.upstream.time },
		"upstream_header_time":   func(r *request) string { return r.upstream.time },
		"upstream_cache_status":  func(*request) string { return "" },
		"gzip_ratio":             func(*request) string { return "" },
		"limit_rate":             func(*request) string { return "0" },
		"pipe":                   func(*request) string { return "." },
		"ssl_protocol": func(r *request) string {
			return r.ssl(func(s *tls.ConnectionState) string {
				return strings.Replace(tls.VersionName(s.Version), "TLS 1", "TLSv1", 1)
			})
		},
		"ssl_cipher": func(r *request) string {
			return r.ssl(func(s *tls.ConnectionState) string { return tls.CipherSuiteName(s.CipherSuite) })
		},
		"ssl_server_name": func(r *request) string { return r.ssl(func(s *tls.ConnectionState) string { return s.ServerName }) },
	}
}

// prefixes begin the names of variables that stand for any header, argument or cookie.
func prefixes() []string { return []string{"arg_", "http_", "sent_http_", "cookie_", "upstream_http_"} }

// variables refuses a text that uses a variable which is not there.
func (b *builder) variables(d *directive, text string) error {
	for _, found := range reference().FindAllString(text, -1) {
		name := strings.Trim(found, "${}")
		if b.variable(name) {
			continue
		}
		return &emerg{fmt.Sprintf("unknown %q variable", name)}
	}
	return nil
}

func (b *builder) variable(name string) bool {
	if _, ok := b.config.values[name]; ok || b.config.maps[name] != nil || b.named[name] || (len(name) == 1 && name[0] >= '0' && name[0] <= '9') {
		return true
	}
	for _, prefix := range prefixes() {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// collect finds the variables that set directives and captures define.
func (b *builder) collect(list []*directive) {
	group := regexp.MustCompile(`\(\?P?<([A-Za-z0-9_]+)>`)
	for _, d := range list {
		if d.name == "set" && len(d.args) > 0 {
			b.named[strings.TrimPrefix(d.args[0], "$")] = true
		}
		for _, arg := range d.args {
			for _, found := range group.FindAllStringSubmatch(arg, -1) {
				b.named[found[1]] = true
			}
		}
		b.collect(d.block)
	}
}

// expand fills variables in.
func (r *request) expand(text string) string {
	if !strings.Contains(text, "$") {
		return text
	}
	return r.n.reference.ReplaceAllStringFunc(text, func(found string) string {
		return r.value(strings.Trim(found, "${}"))
	})
}

func (r *request) value(name string) string {
	if value, ok := r.set[name]; ok {
		return value
	}
	if value, ok := r.captures[name]; ok {
		return value
	}
	config := r.n.config.Load()
	if m := config.maps[name]; m != nil {
		return m.value(r)
	}
	if value, ok := config.values[name]; ok {
		return value(r)
	}
	return r.prefixed(name)
}

func (r *request) prefixed(name string) string {
	headerName := func(s string) string { return strings.ReplaceAll(s, "_", "-") }
	switch {
	case name == "http_host":
		return r.req.Host
	case strings.HasPrefix(name, "http_"):
		return strings.Join(r.req.Header.Values(headerName(name[5:])), ", ")
	case strings.HasPrefix(name, "sent_http_"):
		return r.w.Header().Get(headerName(name[10:]))
	case strings.HasPrefix(name, "arg_"):
		for _, pair := range strings.Split(r.args, "&") {
			if key, value, _ := strings.Cut(pair, "="); strings.EqualFold(key, name[4:]) {
				return value
			}
		}
	case strings.HasPrefix(name, "cookie_"):
		if cookie, err := r.req.Cookie(name[7:]); err == nil {
			return cookie.Value
		}
	}
	return ""
}

// value looks a map's source up.
func (m *mapping) value(r *request) string {
	source := r.expand(m.source)
	if value, ok := m.values[strings.ToLower(source)]; ok {
		return r.expand(value)
	}
	for _, p := range m.patterns {
		if r.match(p.regexp, source) {
			return r.expand(p.value)
		}
	}
	return r.expand(m.fallback)
}

func (r *request) host() string {
	if r.req.Host == "" {
		return r.serverName()
	}
	return hostOnly(r.req.Host)
}

func (r *request) serverName() string {
	if len(r.server.names) == 0 {
		return ""
	}
	return r.server.names[0]
}

func (r *request) proxyHost() string {
	if r.scope.proxy == nil {
		return ""
	}
	return r.scope.proxy.host
}

func (r *request) local() *net.TCPAddr {
	if local, ok := r.req.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr); ok {
		return local
	}
	return &net.TCPAddr{}
}

func (r *request) ssl(of func(*tls.ConnectionState) string) string {
	if r.req.TLS == nil {
		return ""
	}
	return of(r.req.TLS)
}

func (r *request) length() int {
	return len(r.req.Method) + len(r.asked) + len(r.req.Proto) + 4 + int(headerSize(r.req.Header)) + int(max(r.req.ContentLength, 0))
}

func headerSize(h http.Header) int64 {
	size := int64(2)
	for name, values := range maps.All(h) {
		for _, value := range values {
			size += int64(len(name) + len(value) + 4)
		}
	}
	return size
}

// urlPath is a URI with its arguments, escaped for a request line.
type urlPath struct{ path, args string }

func (u *urlPath) String() string {
	escaped := (&url.URL{Path: u.path}).EscapedPath()
	if u.args == "" {
		return escaped
	}
	return escaped + "?" + u.args
}

func insecure() *tls.Config {
	return &tls.Config{InsecureSkipVerify: true} // proxy_ssl_verify is off by default
}
