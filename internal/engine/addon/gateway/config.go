package gateway

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	gw "sigs.k8s.io/gateway-api/apis/v1"

	"kubetutor/internal/engine/addon/edge"
	"kubetutor/internal/engine/addon/gateway/proxy"
)

// config is what the proxies of a Gateway do.
func (g *gateway) config() proxy.Config {
	c := builder{gateway: g, rules: map[string]int{}}
	for _, l := range g.listeners {
		if l.served() {
			c.add(l)
		}
	}
	slices.SortFunc(c.out.Ports, func(a, b proxy.Port) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), strings.Compare(string(a.Protocol), string(b.Protocol)))
	})
	return c.out
}

// builder puts a configuration together.
type builder struct {
	gateway *gateway
	out     proxy.Config
	rules   map[string]int // index by name
}

// add adds a listener to its port.
func (c *builder) add(l *listener) {
	switch l.spec.Protocol {
	case gw.HTTPProtocolType:
		p := c.port(l, edge.HTTP)
		p.Listeners = append(p.Listeners, c.listener(l))
	case gw.HTTPSProtocolType:
		p := c.port(l, edge.TLS)
		p.Listeners = append(p.Listeners, c.listener(l))
		p.TLS = append(p.TLS, proxy.TLSHost{Hostname: l.hostname(), Certificates: l.pairs, ClientCA: l.clientCA, AskClient: l.askClients, HTTP: true})
	case gw.TLSProtocolType:
		p := c.port(l, edge.TLS)
		p.TLS = append(p.TLS, c.hosts(l)...)
	case gw.TCPProtocolType:
		c.port(l, edge.TCP).Backends = c.bound(l)
	case gw.UDPProtocolType:
		c.port(l, edge.UDP).Backends = c.bound(l)
	}
}

// port is the port of a listener.
func (c *builder) port(l *listener, protocol edge.Protocol) *proxy.Port {
	for i := range c.out.Ports {
		if p := &c.out.Ports[i]; p.Number == uint16(l.spec.Port) && (p.Protocol == edge.UDP) == (protocol == edge.UDP) {
			return p
		}
	}
	c.out.Ports = append(c.out.Ports, proxy.Port{Number: uint16(l.spec.Port), Protocol: protocol})
	return &c.out.Ports[len(c.out.Ports)-1]
}

// bound are the backends of the oldest route at a port: of those whose traffic
// cannot be told apart, only that one counts.
func (c *builder) bound(l *listener) []proxy.Backend {
	if len(l.streams) == 0 {
		return nil
	}
	return l.streams[0].route.built[c.gateway].streams
}

// hosts are the server names of a listener of TLS.
func (c *builder) hosts(l *listener) []proxy.TLSHost {
	var out []proxy.TLSHost
	taken := map[string]bool{}
	for _, a := range l.streams {
		for _, host := range a.hosts {
			if !taken[host] {
				taken[host] = true
				out = append(out, proxy.TLSHost{Hostname: host, Certificates: l.pairs, Backends: a.route.built[c.gateway].streams})
			}
		}
	}
	if !taken[l.hostname()] { // names of the listener that no route has are not another listener's
		out = append(out, proxy.TLSHost{Hostname: l.hostname(), Certificates: l.pairs})
	}
	return out
}

// ranked is an entry with all that decides its place among others.
type ranked struct {
	entry proxy.Entry
	rank  [6]int
	route int // by age
	rule  int
}

// listener translates a listener of HTTP with its routes.
func (c *builder) listener(l *listener) proxy.Listener {
	var all []ranked
	for age, a := range l.http {
		for i, r := range a.route.built[c.gateway].http {
			index := c.rule(r.rule)
			for _, host := range a.hosts {
				for _, m := range r.matches {
					all = append(all, ranked{proxy.Entry{Hostname: host, Match: m.match, Rule: index}, m.rank, age, i})
				}
			}
		}
	}
	slices.SortStableFunc(all, compareRanked)
	out := proxy.Listener{Hostname: l.hostname()}
	for _, r := range all {
		out.Entries = append(out.Entries, r.entry)
	}
	return out
}

// compareRanked puts entries in the order in which they are tried: the more
// specific host name, the more specific match, the older route, the earlier rule.
func compareRanked(a, b ranked) int {
	switch {
	case edge.MoreSpecific(a.entry.Hostname, b.entry.Hostname):
		return -1
	case edge.MoreSpecific(b.entry.Hostname, a.entry.Hostname):
		return 1
	}
	return cmp.Or(slices.Compare(b.rank[:], a.rank[:]), cmp.Compare(a.route, b.route), cmp.Compare(a.rule, b.rule))
}

// rule adds a rule, once.
func (c *builder) rule(r proxy.Rule) int {
	i, known := c.rules[r.Name]
	if !known {
		i = len(c.out.Rules)
		c.rules[r.Name] = i
		c.out.Rules = append(c.out.Rules, r)
	}
	return i
}

// portName is the name of a Service's port.
func portName(p proxy.Port) string {
	return fmt.Sprintf("%s-%d", strings.ToLower(string(p.Protocol)), p.Number)
}
