package model

import (
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"kubetutor/internal/engine/addon/ingress/annotation"
)

// makeServers makes a server of every host, with a location for what no path of
// it claims.
func (b *builder) makeServers() {
	b.servers[DefaultServer] = &Server{Name: DefaultServer, Certificate: b.Default, Locations: []*Location{{
		Path: "/", Type: networkingv1.PathTypePrefix, Default: true, Upstream: DefaultUpstream, DefaultUpstream: DefaultUpstream, Config: b.plain()}}}
	for _, ing := range b.Ingresses {
		if ing.Config.Canary.Enabled {
			continue
		}
		upstream := b.fallback(ing)
		for _, rule := range ing.Spec.Rules {
			if host := hostOf(rule.Host); b.servers[host] == nil {
				b.servers[host] = &Server{Name: host, Passthrough: ing.Config.SSLPassthrough, Locations: []*Location{{
					Path: "/", Type: networkingv1.PathTypePrefix, Default: true, Upstream: upstream, DefaultUpstream: DefaultUpstream, Ingress: ing, Config: ing.Config}}}
			}
		}
	}
	for _, ing := range b.Ingresses {
		if !ing.Config.Canary.Enabled {
			for _, rule := range ing.Spec.Rules {
				b.configure(b.servers[hostOf(rule.Host)], ing)
			}
		}
	}
	b.settleAliases()
}

// plain is how the controller's own location passes requests on.
func (b *builder) plain() *annotation.Config {
	s := b.Settings
	return &annotation.Config{BackendProtocol: "HTTP", AccessLog: s.EnableAccessLogForDefaultBackend, Proxy: annotation.Proxy{
		BodySize: s.ProxyBodySize, ConnectTimeout: s.ProxyConnectTimeout, SendTimeout: s.ProxySendTimeout, ReadTimeout: s.ProxyReadTimeout,
		BuffersNumber: s.ProxyBuffersNumber, BufferSize: s.ProxyBufferSize, CookieDomain: s.ProxyCookieDomain, CookiePath: s.ProxyCookiePath,
		NextUpstream: s.ProxyNextUpstream, NextUpstreamTimeout: s.ProxyNextUpstreamTimeout, NextUpstreamTries: s.ProxyNextUpstreamTries,
		RequestBuffering: s.ProxyRequestBuffering, RedirectFrom: s.ProxyRedirectFrom, RedirectTo: s.ProxyRedirectTo, Buffering: s.ProxyBuffering,
		HTTPVersion: s.ProxyHTTPVersion, MaxTempFileSize: s.ProxyMaxTempFileSize}}
}

// fallback is the upstream of hosts of an Ingress for paths that it does not
// name. An Ingress with a default backend and no rules has the default server.
func (b *builder) fallback(ing *Ingress) string {
	backend := ing.Spec.DefaultBackend
	if backend == nil || backend.Service == nil {
		return DefaultUpstream
	}
	name := upstreamName(ing.Namespace, backend.Service)
	location := b.servers[DefaultServer].Locations[0]
	if location.Default && len(ing.Spec.Rules) == 0 {
		config := *ing.Config
		config.Redirect, config.Rewrite = location.Config.Redirect, location.Config.Rewrite
		location.Default, location.Upstream, location.Ingress, location.Config = false, name, ing, &config
		location.name(backend.Service)
	}
	return name
}

// name notes the Service of a location.
func (l *Location) name(backend *networkingv1.IngressServiceBackend) {
	l.ServiceName, l.ServicePort = serviceOf(backend)
}

// configure gives a server what is said of it as a whole: of several Ingresses,
// the first that says something is heard.
func (b *builder) configure(s *Server, ing *Ingress) {
	c := ing.Config
	switch {
	case len(s.Aliases) == 0:
		s.Aliases = slices.Clone(c.Aliases)
	case len(c.Aliases) > 0:
		b.Warn("Aliases already configured for server %q, skipping (Ingress %q)", s.Name, ing.key())
	}
	s.Passthrough = s.Passthrough || c.SSLPassthrough
	if s.Ciphers == "" {
		s.Ciphers = c.SSLCiphers
	}
	if s.PreferCiphers == "" {
		s.PreferCiphers = c.PreferServerCiphers
	}
	if s.Certificate == nil && len(ing.Spec.TLS) > 0 {
		s.Certificate = b.certificateFor(s.Name, ing)
	}
}

// settleAliases takes away aliases that are servers themselves.
func (b *builder) settleAliases() {
	for _, s := range b.servers {
		s.Aliases = slices.DeleteFunc(s.Aliases, func(alias string) bool { return alias == s.Name || b.servers[alias] != nil })
	}
}

// fillServers gives the servers the paths of the Ingresses, oldest first.
func (b *builder) fillServers() {
	for _, ing := range b.Ingresses {
		for _, rule := range ing.Spec.Rules {
			server := b.servers[hostOf(rule.Host)]
			if server == nil {
				server = b.servers[DefaultServer]
			}
			if rule.HTTP == nil {
				continue
			}
			if server.ClientCertificate == nil || server.ClientCertificate.Unavailable != "" {
				server.ClientCertificate = firstCertificate(server.ClientCertificate, ing.Config.ClientCertificate)
			}
			if server.ProxySSL == nil {
				server.ProxySSL = ing.Config.ProxySSL
			}
			for i := range rule.HTTP.Paths {
				if path := &rule.HTTP.Paths[i]; path.Backend.Service != nil {
					b.fill(server, hostOf(rule.Host), ing, path)
				}
			}
		}
	}
}

func firstCertificate(have, other *annotation.ClientCertificate) *annotation.ClientCertificate {
	if other != nil {
		return other
	}
	return have
}

// fill gives a server a path, unless an older Ingress has given it the same.
func (b *builder) fill(s *Server, host string, ing *Ingress, path *networkingv1.HTTPIngressPath) {
	u := b.upstreams[upstreamName(ing.Namespace, path.Backend.Service)]
	if u.Canary {
		return
	}
	if l := s.claim(pathOf(path), typeOf(path)); l != nil {
		l.Default, l.Upstream, l.Ingress, l.Config = false, u.Name, ing, ing.Config
		l.DefaultUpstream = DefaultUpstream
		l.name(path.Backend.Service)
		s.RedirectWWW = s.RedirectWWW || ing.Config.Redirect.FromToWWW
	}
	b.affinity(u, s, host, ing, path.Path)
}

func pathOf(path *networkingv1.HTTPIngressPath) string {
	if path.Path == "" {
		return "/"
	}
	return path.Path
}

// typeOf is Exact or Prefix: nginx knows no third, and what is specific to the
// implementation is a prefix, or a regular expression where the annotations say so.
func typeOf(path *networkingv1.HTTPIngressPath) networkingv1.PathType {
	if path.PathType != nil && *path.PathType == networkingv1.PathTypeExact {
		return networkingv1.PathTypeExact
	}
	return networkingv1.PathTypePrefix
}

// claim is the location for a path, new or one that no Ingress had; nil if an
// Ingress has it.
func (s *Server) claim(path string, kind networkingv1.PathType) *Location {
	for _, l := range s.Locations {
		if l.Path != path {
			continue
		}
		if l.Type != kind {
			break // the same path in another way is a location of its own
		}
		if l.Default {
			return l
		}
		return nil
	}
	l := &Location{Path: path, Type: kind}
	s.Locations = append(s.Locations, l)
	return l
}

// affinity notes the cookie by which an upstream knows its clients again.
func (b *builder) affinity(u *Upstream, s *Server, host string, ing *Ingress, path string) {
	a := ing.Config.Affinity
	if u.Affinity.Type == "" {
		u.Affinity.Type = a.Type
	}
	if u.Affinity.Mode == "" {
		u.Affinity.Mode = a.Mode
	}
	if a.Type != "cookie" {
		return
	}
	if ing.Config.Rewrite.UseRegex && a.Cookie.Path == "" {
		b.Warn("session-cookie-path should be set when use-regex is true")
	}
	u.Affinity.Cookie = a.Cookie
	for _, name := range append([]string{host}, s.Aliases...) {
		u.AffinityPaths[name] = append(u.AffinityPaths[name], path)
	}
}

// order puts the locations into the order of nginx.conf, longest first, and adds
// what makes prefixes match whole elements: "/app" becomes "/app/" and exactly "/app".
func (s *Server) order() {
	slices.SortStableFunc(s.Locations, func(a, b *Location) int {
		if d := len(b.Path) - len(a.Path); d != 0 {
			return d
		}
		return strings.Compare(b.Path, a.Path)
	})
	exact := map[string]bool{}
	for _, l := range s.Locations {
		exact[l.Path] = exact[l.Path] || l.Type == networkingv1.PathTypeExact
	}
	var all []*Location
	for _, l := range s.Locations {
		all = append(all, l.split(exact[l.Path])...)
	}
	s.Locations = all
}

// split is the location as nginx needs it: a prefix by elements is two.
func (l *Location) split(exactExists bool) []*Location {
	if l.Path == "/" {
		return []*Location{l}
	}
	l.IngressPath = l.Path
	if l.Type != networkingv1.PathTypePrefix || l.regex() {
		return []*Location{l}
	}
	alone := *l
	alone.Type = networkingv1.PathTypeExact
	if !strings.HasSuffix(l.Path, "/") {
		l.Path += "/"
	}
	if exactExists {
		return []*Location{l}
	}
	return []*Location{l, &alone}
}
