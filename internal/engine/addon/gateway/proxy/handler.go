package proxy

import (
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"

	"kubetutor/internal/engine/addon/edge"
)

// port answers the requests that come to a port.
type port struct {
	server    *edge.Server
	number    int
	listeners []listener
}

// listener and entry are those of the configuration, ready to be asked.
type listener struct {
	hostname string
	entries  []entry
}

type entry struct {
	hostname string
	match    *matcher
	rule     *rule
}

type rule struct {
	*Rule
	pool    *edge.Pool
	mirrors []mirror
	// perBackend are the mirrors of each backend's own filters.
	perBackend [][]mirror
}

type mirror struct {
	backend *edge.Backend
	turn    *edge.Turn
	of      *Mirror
}

// ServeHTTP finds the rule for a request, and does what that says.
func (p *port) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host := edge.Hostname(r.Host)
	l := p.listenerFor(host)
	switch {
	case l == nil:
		http.NotFound(w, r)
		return
	case r.TLS != nil && l != p.listenerFor(strings.ToLower(r.TLS.ServerName)):
		// The connection was made for another listener (RFC 9110, section 15.5.20).
		http.Error(w, http.StatusText(http.StatusMisdirectedRequest), http.StatusMisdirectedRequest)
		return
	}
	query := sync.OnceValue(r.URL.Query)
	for i := range l.entries {
		if e := &l.entries[i]; e.takes(r, host, query) {
			p.follow(w, r, e)
			return
		}
	}
	http.NotFound(w, r)
}

func (e *entry) takes(r *http.Request, host string, query func() url.Values) bool {
	return edge.Covers(e.hostname, host) && e.match.matches(r, query)
}

func (p *port) listenerFor(host string) *listener {
	var best *listener
	for i := range p.listeners {
		l := &p.listeners[i]
		if edge.Covers(l.hostname, host) && (best == nil || edge.MoreSpecific(l.hostname, best.hostname)) {
			best = l
		}
	}
	return best
}

// follow does what a rule says with a request.
func (p *port) follow(w http.ResponseWriter, r *http.Request, e *entry) {
	rule := e.rule
	if rule.Filters.CORS != nil && rule.Filters.CORS.Preflight(w, r) {
		return
	}
	backend, chosen := rule.pool.Next()
	filters := []*Filters{&rule.Filters}
	mirrors := rule.mirrors
	if backend != nil {
		filters = append(filters, &rule.Backends[chosen].Filters)
		mirrors = append(mirrors[:len(mirrors):len(mirrors)], rule.perBackend[chosen]...)
	}
	r = p.copies(r, mirrors, filters[:1])
	if d := redirectOf(filters); d != nil {
		d.Answer(w, r, e.match.prefix, p.number)
		return
	}
	if backend == nil || rule.Backends[chosen].Invalid {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	p.server.Forward(w, r, edge.Forward{
		Backend: backend, Timeout: rule.Timeout, Try: rule.Try,
		Retry:   edge.Retry{Attempts: rule.Attempts, Codes: rule.Codes, Backoff: rule.Backoff},
		Rewrite: func(pr *httputil.ProxyRequest) { rewrite(pr.Out, filters, e.match.prefix) },
		Modify: func(resp *http.Response) error {
			modify(resp, r, filters)
			return nil
		},
	})
}

// copies sends a request to mirrors whose turn it is.
func (p *port) copies(r *http.Request, mirrors []mirror, filters []*Filters) *http.Request {
	var to []*edge.Backend
	for _, m := range mirrors {
		if m.turn.Next(m.of.Denominator) < m.of.Numerator {
			to = append(to, m.backend)
		}
	}
	return p.server.Mirror(r, func(out *http.Request) {
		for _, f := range filters {
			applyRequest(f, out)
		}
	}, to...)
}

func redirectOf(filters []*Filters) *edge.Redirect {
	for _, f := range filters {
		if f.Redirect != nil {
			return f.Redirect
		}
	}
	return nil
}

// rewrite changes the request that goes out.
func rewrite(out *http.Request, filters []*Filters, prefix string) {
	for _, f := range filters {
		applyRequest(f, out)
		if f.Rewrite == nil {
			continue
		}
		if f.Rewrite.Hostname != "" {
			out.Host = f.Rewrite.Hostname
		}
		if f.Rewrite.Path != nil {
			out.URL.Path, out.URL.RawPath = f.Rewrite.Path.Apply(out.URL.Path, prefix), ""
		}
	}
}

func applyRequest(f *Filters, out *http.Request) {
	for i := range f.Request {
		f.Request[i].ApplyToRequest(out)
	}
}

// modify changes an answer to a request.
func modify(resp *http.Response, r *http.Request, filters []*Filters) {
	for _, f := range filters {
		if f.CORS != nil {
			f.CORS.Allow(resp.Header, r)
		}
		for i := range f.Response {
			f.Response[i].Apply(resp.Header)
		}
	}
}
