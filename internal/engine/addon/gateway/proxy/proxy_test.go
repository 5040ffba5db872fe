package proxy

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kubetutor/internal/engine/addon/edge"
	"kubetutor/internal/engine/fabric"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	path := func(by Comparison, value string) Match { return Match{Path: &Path{by, value}} }
	field := func(by Comparison, value string) []Field { return []Field{{"x-Team", by, value}} }
	for _, c := range []struct {
		name    string
		match   Match
		request string // method and target, then headers
		want    bool
	}{
		{"anything", Match{}, "GET /", true},
		{"method", Match{Method: "POST"}, "GET /", false},
		{"exact", path(Exact, "/a"), "GET /a?q", true},
		{"exact, slash", path(Exact, "/a"), "GET /a/", false},
		{"exact, case", path(Exact, "/a"), "GET /A", false},
		{"prefix", path(Prefix, "/a"), "GET /a/b", true},
		{"prefix itself", path(Prefix, "/a"), "GET /a", true},
		{"prefix with slash", path(Prefix, "/a/"), "GET /a", true},
		{"prefix, half a segment", path(Prefix, "/a"), "GET /ab", false},
		{"prefix of all", path(Prefix, "/"), "GET /x", true},
		{"expression", path(Regex, "/[a-c]+"), "GET /abc", true},
		{"expression, whole", path(Regex, "/[a-c]+"), "GET /abc/d", false},
		{"expression, alternatives", path(Regex, "/a|/b"), "GET /b", true},
		{"header", Match{Headers: field(Exact, "red")}, "GET / X-Team:red", true},
		{"header, other", Match{Headers: field(Exact, "red")}, "GET / X-Team:blue", false},
		{"header, none", Match{Headers: field(Exact, "red")}, "GET /", false},
		{"headers, joined", Match{Headers: field(Exact, "red,blue")}, "GET / X-Team:red X-Team:blue", true},
		{"header expression", Match{Headers: field(Regex, "r.*")}, "GET / X-Team:red", true},
		{"parameter", Match{Query: field(Exact, "red")}, "GET /?x-Team=red", true},
		{"parameter, case", Match{Query: field(Exact, "red")}, "GET /?X-Team=red", false},
		{"parameter, first", Match{Query: field(Exact, "red")}, "GET /?x-Team=blue&x-Team=red", false},
	} {
		m, err := newMatcher(&c.match)
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Fields(c.request)
		r := httptest.NewRequest(parts[0], parts[1], nil)
		for _, h := range parts[2:] {
			name, value, _ := strings.Cut(h, ":")
			r.Header.Add(name, value)
		}
		if got := m.matches(r, func() url.Values { return r.URL.Query() }); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if _, err := newMatcher(&Match{Path: &Path{Regex, "a)(b"}}); err == nil {
		t.Error("half of an expression is one")
	}
}

// An expression that is accepted matches whole values only, and never panics.
func FuzzRegex(f *testing.F) {
	for _, s := range []string{"/a", "a|b", "a)(b", "(?i)x", "^/x$", "(?:", "\\Q"} {
		f.Add(s, "/a")
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		re, err := CompileRegex(text)
		if err != nil {
			return
		}
		if at := re.FindStringIndex(value); at != nil && (at[0] != 0 || at[1] != len(value)) {
			t.Errorf("%q matches %v of %q", text, at, value)
		}
	})
}

// bench is a proxy in a network with two backends that say what they were asked.
type bench struct {
	t      testing.TB
	server *edge.Server
	client *http.Client
	a, b   Backend
	quiet  bool // nothing is noted

	mu   sync.Mutex
	seen []string // what backends were asked
}

func newBench(t testing.TB) *bench {
	t.Helper()
	f := fabric.New()
	attach := func(ip string) *fabric.Namespace {
		n, err := f.Attach("", netip.MustParseAddr(ip))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { n.Close() })
		return n
	}
	p := &bench{t: t, server: edge.NewServer(edge.Options{Net: attach("10.0.0.1")})}
	t.Cleanup(p.server.Close)
	backend := func(name, ip string) Backend {
		l, err := attach(ip).Listen("tcp", ":80")
		if err != nil {
			t.Fatal(err)
		}
		s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-From", name)
			if p.quiet {
				return
			}
			p.mu.Lock()
			p.seen = append(p.seen, fmt.Sprintf("%s %s %s X-Own=%s", name, r.Host, r.RequestURI, r.Header.Get("X-Own")))
			p.mu.Unlock()
		})}
		go s.Serve(l)
		t.Cleanup(func() { s.Close() })
		return Backend{Name: name, Weight: 1, Addresses: []netip.AddrPort{netip.AddrPortFrom(netip.MustParseAddr(ip), 80)}}
	}
	p.a, p.b = backend("a", "10.0.0.2"), backend("b", "10.0.0.3")
	p.client = &http.Client{Transport: &http.Transport{DialContext: attach("10.0.0.4").Dial, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return p
}

// set serves rules on port 80, each for the path of its name.
func (p *bench) set(rules ...Rule) {
	p.t.Helper()
	l := Listener{}
	for i, r := range rules {
		l.Entries = append(l.Entries, Entry{Match: Match{Path: &Path{Prefix, r.Name}}, Rule: i})
	}
	c := Config{Ports: []Port{{Number: 80, Protocol: edge.HTTP, Listeners: []Listener{l}}}, Rules: rules}
	compiled, err := Compile(&c, p.server)
	if err == nil {
		err = p.server.Set(compiled)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *bench) do(method, target string, headers ...string) *http.Response {
	p.t.Helper()
	r, err := http.NewRequest(method, "http://10.0.0.1"+target, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Host = "shop.example.com"
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	return resp
}

func TestRules(t *testing.T) {
	t.Parallel()
	p := newBench(t)
	own := edge.Headers{Set: []edge.Header{{Name: "X-Own", Value: "1"}}}
	more := edge.Headers{Set: []edge.Header{{Name: "X-Own", Value: "2"}}}
	path, invalid, empty, ownA := "/new", p.a, p.a, p.a
	invalid.Invalid, empty.Addresses = true, nil
	ownA.Filters = Filters{Request: []edge.Headers{more}, Response: []edge.Headers{{Set: []edge.Header{{Name: "X-Back", Value: "a"}}}}}
	p.set(
		Rule{Name: "/plain", Backends: []Backend{p.a}},
		Rule{Name: "/none"},
		Rule{Name: "/invalid", Backends: []Backend{invalid}},
		Rule{Name: "/empty", Backends: []Backend{empty}},
		Rule{Name: "/headers", Backends: []Backend{p.a}, Filters: Filters{Request: []edge.Headers{own}, Response: []edge.Headers{{Remove: []string{"X-From"}}}}},
		Rule{Name: "/backend", Backends: []Backend{ownA}, Filters: Filters{Request: []edge.Headers{own}}},
		Rule{Name: "/rewrite", Backends: []Backend{p.a}, Filters: Filters{Rewrite: &Rewrite{Hostname: "in.example.com", Path: &edge.PathChange{Prefix: &path}}}},
		Rule{Name: "/redirect", Filters: Filters{Redirect: &edge.Redirect{Scheme: "https", Status: 301, Path: &edge.PathChange{Prefix: &path}}}},
		Rule{Name: "/cors", Backends: []Backend{p.a}, Filters: Filters{CORS: &edge.CORS{Origins: []string{"https://*.example.com"}, Methods: []string{"PUT"}}}},
	)
	for _, c := range []struct {
		target string
		status int
		seen   string // by the backend; empty: nothing
		header string // of the answer, "name=value"
	}{
		{"/plain/x?y", 200, "a shop.example.com /plain/x?y X-Own=", "X-From=a"},
		{"/nowhere", 404, "", ""},
		{"/none", 500, "", ""},
		{"/invalid", 500, "", ""},
		{"/empty", 503, "", ""},
		{"/headers", 200, "a shop.example.com /headers X-Own=1", "X-From="},
		{"/backend", 200, "a shop.example.com /backend X-Own=2", "X-Back=a"},
		{"/rewrite/x?y", 200, "a in.example.com /new/x?y X-Own=", ""},
		{"/redirect/x?y", 301, "", "Location=https://shop.example.com/new/x?y"},
		{"/cors", 200, "a shop.example.com /cors X-Own=", "Access-Control-Allow-Origin=https://a.example.com"},
	} {
		p.seen = nil
		resp := p.do(http.MethodGet, c.target, "Origin", "https://a.example.com")
		seen := strings.Join(p.seen, "; ")
		name, value, _ := strings.Cut(c.header, "=")
		if resp.StatusCode != c.status || seen != c.seen || resp.Header.Get(name) != value {
			t.Errorf("%s: %d, the backend saw %q, %v", c.target, resp.StatusCode, seen, resp.Header)
		}
	}
	p.seen = nil
	resp := p.do(http.MethodOptions, "/cors", "Origin", "https://a.example.com", "Access-Control-Request-Method", "PUT")
	if resp.StatusCode != 204 || len(p.seen) > 0 || resp.Header.Get("Access-Control-Allow-Methods") != "PUT" {
		t.Errorf("a browser's question: %d %v, the backend saw %v", resp.StatusCode, resp.Header, p.seen)
	}
}

// Half of the requests are copied, and the answers are the first backend's.
func TestMirrors(t *testing.T) {
	t.Parallel()
	p := newBench(t)
	p.set(Rule{Name: "/", Backends: []Backend{p.a}, Filters: Filters{Mirrors: []Mirror{{Backend: p.b, Numerator: 1, Denominator: 2}}}})
	for range 20 {
		if from := p.do(http.MethodGet, "/").Header.Get("X-From"); from != "a" {
			t.Errorf("%q answers", from)
		}
	}
	copies := 0
	for deadline := time.Now().Add(5 * time.Second); copies < 9 && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		p.mu.Lock()
		copies = len(slices.DeleteFunc(slices.Clone(p.seen), func(s string) bool { return !strings.HasPrefix(s, "b ") }))
		p.mu.Unlock()
	}
	if copies < 9 || copies > 11 {
		t.Errorf("of 20 requests %d were copied", copies)
	}
}

// Listeners of one port do not share routes: the host name decides which it is.
func TestListenersAreApart(t *testing.T) {
	t.Parallel()
	p := newBench(t)
	c := Config{Rules: []Rule{{Name: "a", Backends: []Backend{p.a}}, {Name: "b", Backends: []Backend{p.b}}}, Ports: []Port{{Number: 80, Protocol: edge.HTTP, Listeners: []Listener{
		{Hostname: "*.example.com", Entries: []Entry{{Rule: 0}}},
		{Hostname: "shop.example.com", Entries: []Entry{{Match: Match{Path: &Path{Exact, "/b"}}, Rule: 1}}},
	}}}}
	compiled, err := Compile(&c, p.server)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.server.Set(compiled); err != nil {
		t.Fatal(err)
	}
	if resp := p.do(http.MethodGet, "/b"); resp.Header.Get("X-From") != "b" {
		t.Errorf("/b is answered %d by %q", resp.StatusCode, resp.Header.Get("X-From"))
	}
	if resp := p.do(http.MethodGet, "/a"); resp.StatusCode != 404 {
		t.Errorf("/a of the listener that has none is answered %d", resp.StatusCode)
	}
}

func TestCompileRefuses(t *testing.T) {
	t.Parallel()
	server := edge.NewServer(edge.Options{})
	for name, p := range map[string]Port{
		"no such rule":      {Protocol: edge.HTTP, Listeners: []Listener{{Entries: []Entry{{Rule: 1}}}}},
		"no expression":     {Protocol: edge.HTTP, Listeners: []Listener{{Entries: []Entry{{Match: Match{Path: &Path{Regex, "("}}}}}}},
		"no comparison":     {Protocol: edge.HTTP, Listeners: []Listener{{Entries: []Entry{{Match: Match{Path: &Path{"x", "y"}}}}}}},
		"a bad certificate": {Protocol: edge.TLS, TLS: []TLSHost{{Certificates: []KeyPair{{}}}}},
	} {
		if _, err := Compile(&Config{Ports: []Port{p}, Rules: []Rule{{Name: "r"}}}, server); err == nil {
			t.Errorf("%s: compiled", name)
		}
	}
}
