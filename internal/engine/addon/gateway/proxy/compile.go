package proxy

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"

	"kubetutor/internal/engine/addon/edge"
)

// Compile makes a configuration ready to be set. An error means that the
// configuration is not one that the controller writes.
func Compile(c *Config, server *edge.Server) (edge.Config, error) {
	rules := make([]*rule, len(c.Rules))
	for i := range c.Rules {
		rules[i] = newRule(&c.Rules[i], server)
	}
	out := edge.Config{Listeners: make([]edge.Listener, len(c.Ports))}
	for i := range c.Ports {
		l, err := newListener(&c.Ports[i], rules, server)
		if err != nil {
			return edge.Config{}, fmt.Errorf("port %d: %w", c.Ports[i].Number, err)
		}
		out.Listeners[i] = l
	}
	return out, nil
}

func newRule(r *Rule, server *edge.Server) *rule {
	out := &rule{Rule: r, pool: newPool(r.Name, r.Backends, server), perBackend: make([][]mirror, len(r.Backends))}
	out.mirrors = newMirrors(r.Name, r.Filters.Mirrors, server)
	for i := range r.Backends {
		out.perBackend[i] = newMirrors(fmt.Sprintf("%s backend %d", r.Name, i), r.Backends[i].Filters.Mirrors, server)
	}
	return out
}

func newPool(name string, backends []Backend, server *edge.Server) *edge.Pool {
	list := make([]edge.Backend, len(backends))
	for i := range backends {
		b := &backends[i]
		list[i] = edge.Backend{Name: fmt.Sprintf("%d %s", i, b.Name), Weight: b.Weight, Addresses: b.Addresses, TLS: b.TLS}
		if b.HTTP2 {
			list[i].Speech = edge.HTTP2
		}
	}
	return server.NewPool(name, list...)
}

func newMirrors(name string, mirrors []Mirror, server *edge.Server) []mirror {
	out := make([]mirror, len(mirrors))
	for i := range mirrors {
		m := &mirrors[i]
		own := fmt.Sprintf("%s mirror %d", name, i)
		only := m.Backend
		only.Weight = 1
		b, _ := newPool(own, []Backend{only}, server).Next()
		out[i] = mirror{backend: b, turn: server.Turn(own + " share"), of: m}
	}
	return out
}

func newListener(p *Port, rules []*rule, server *edge.Server) (edge.Listener, error) {
	out := edge.Listener{Port: p.Number, Protocol: p.Protocol}
	name := fmt.Sprintf("port %d/%s", p.Number, p.Protocol)
	switch p.Protocol {
	case edge.TCP, edge.UDP:
		out.Forward = newPool(name, p.Backends, server)
		return out, nil
	}
	handler := &port{server: server, number: int(p.Number), listeners: make([]listener, len(p.Listeners))}
	for i := range p.Listeners {
		l, err := compileListener(&p.Listeners[i], rules)
		if err != nil {
			return out, err
		}
		handler.listeners[i] = l
	}
	out.Handler = handler
	for i := range p.TLS {
		host, err := newHost(&p.TLS[i], name, server)
		if err != nil {
			return out, fmt.Errorf("server name %q: %w", p.TLS[i].Hostname, err)
		}
		out.Hosts = append(out.Hosts, host)
	}
	return out, nil
}

func compileListener(l *Listener, rules []*rule) (listener, error) {
	out := listener{hostname: l.Hostname, entries: make([]entry, len(l.Entries))}
	for i := range l.Entries {
		e := &l.Entries[i]
		if e.Rule < 0 || e.Rule >= len(rules) {
			return out, fmt.Errorf("there is no rule %d", e.Rule)
		}
		m, err := newMatcher(&e.Match)
		if err != nil {
			return out, err
		}
		out.entries[i] = entry{hostname: e.Hostname, match: m, rule: rules[e.Rule]}
	}
	return out, nil
}

func newHost(h *TLSHost, port string, server *edge.Server) (edge.Host, error) {
	out := edge.Host{Name: h.Hostname}
	if !h.HTTP {
		out.Forward = newPool(port+" "+h.Hostname, h.Backends, server)
	}
	if len(h.Certificates) == 0 {
		return out, nil
	}
	config, err := h.config()
	out.TLS = config
	return out, err
}

// config is how TLS ends here.
func (h *TLSHost) config() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	for _, pair := range h.Certificates {
		certificate, err := tls.X509KeyPair(pair.Certificate, pair.Key)
		if err != nil {
			return nil, err
		}
		c.Certificates = append(c.Certificates, certificate)
	}
	switch {
	case h.AskClient:
		c.ClientAuth = tls.RequestClientCert
	case len(h.ClientCA) > 0:
		c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
		if !c.ClientCAs.AppendCertsFromPEM(h.ClientCA) {
			return nil, errors.New("the clients' authorities are no certificates")
		}
	}
	return c, nil
}
