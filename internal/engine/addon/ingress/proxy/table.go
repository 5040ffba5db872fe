package proxy

import (
	"crypto/tls"
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"kubetutor/internal/engine/addon/ingress/model"
)

// table is a configuration, ready to be asked.
type table struct {
	*model.Configuration
	names        map[string]*server // exact names and aliases
	expressions  []expression       // names with wildcards, in the order of nginx.conf
	fallback     *server
	redirects    map[string]string // from-to-www-redirect
	certificates map[string]*tls.Certificate
	balancers    map[string]*balancer
	access       template
	trusted      []netip.Prefix // whose X-Forwarded-For is believed
	blocked      []netip.Prefix
	agents       []matcher
	referers     []matcher
	silent       []matcher // addresses that are not logged
}

// expression is a server's name that is a pattern.
type expression struct {
	*regexp.Regexp
	server *server
}

// server is a server with its locations arranged for looking up.
type server struct {
	*model.Server
	roots     []string // app-root
	ordered   []*location
	exact     map[string]*location
	regex     bool
	clientTLS *clientTLS
}

// compile checks a configuration as nginx -t does, and arranges it.
func (p *Proxy) compile(c *model.Configuration) (*table, error) {
	s := c.Settings
	t := &table{Configuration: c, names: map[string]*server{}, redirects: map[string]string{}, certificates: map[string]*tls.Certificate{},
		balancers: map[string]*balancer{}, access: newTemplate(s.LogFormatUpstream), trusted: prefixes(s.ProxyRealIPCIDR), blocked: prefixes(s.BlockCIDRs)}
	var err error
	for into, list := range map[*[]matcher][]string{&t.agents: s.BlockUserAgents, &t.referers: s.BlockReferers, &t.silent: s.SkipAccessLogURLs} {
		if *into, err = matchers(list); err != nil {
			return nil, err
		}
	}
	for _, m := range c.Servers {
		if err := p.addServer(t, m); err != nil {
			return nil, err
		}
	}
	for _, r := range c.Redirects {
		t.redirects[r.From] = r.To
		t.certify(r.From, r.Certificate)
	}
	for name, u := range c.Upstreams {
		t.balancers[name] = p.balancer(u)
	}
	return t, nil
}

func (t *table) certify(name string, c *model.Certificate) {
	if c != nil {
		t.certificates[strings.ToLower(name)] = c.TLS
	}
}

func (p *Proxy) addServer(t *table, m *model.Server) error {
	s := &server{Server: m, exact: map[string]*location{}, regex: m.Regex()}
	for _, l := range m.Locations {
		compiled, err := p.compileLocation(t, s, l)
		if err != nil {
			return err
		}
		if err := s.add(compiled); err != nil {
			return err
		}
	}
	var err error
	if s.clientTLS, err = newClientTLS(m.ClientCertificate); err != nil {
		return err
	}
	t.certify(m.Name, m.Certificate)
	if m.Name == model.DefaultServer {
		t.fallback = s
		return nil
	}
	return t.nameServer(s)
}

// add puts a location to the others; one that is there already is a mistake that
// nginx finds.
func (s *server) add(l *location) error {
	if root := l.Config.Rewrite.AppRoot; root != "" {
		s.roots = append(s.roots, root)
	}
	if s.regex {
		s.ordered = append(s.ordered, l)
		return nil
	}
	if l.Type == networkingv1.PathTypeExact {
		if s.exact[l.Path] != nil {
			return fmt.Errorf("duplicate location %q", l.Path)
		}
		s.exact[l.Path] = l
		return nil
	}
	for _, other := range s.ordered {
		if other.Path == l.Path {
			return fmt.Errorf("duplicate location %q", l.Path)
		}
	}
	s.ordered = append(s.ordered, l)
	return nil
}

// nameServer makes a server known by its name and its aliases.
func (t *table) nameServer(s *server) error {
	if suffix, ok := strings.CutPrefix(s.Name, "*."); ok {
		t.expressions = append(t.expressions, expression{regexp.MustCompile(`^[\w-]+\.` + regexp.QuoteMeta(suffix) + `$`), s})
	} else {
		t.names[s.Name] = s
	}
	for _, alias := range s.Aliases {
		t.certifyAlias(alias, s.Certificate)
		pattern, isExpression := strings.CutPrefix(alias, "~")
		suffix, isWildcard := strings.CutPrefix(alias, "*.")
		if isWildcard { // of server_name's own: any number of labels
			pattern = `\.` + regexp.QuoteMeta(suffix) + `$`
		}
		if !isExpression && !isWildcard {
			t.names[alias] = s
			continue
		}
		re, err := regexp.Compile("(?i)" + pattern)
		if err != nil {
			return badExpression(err, pattern)
		}
		t.expressions = append(t.expressions, expression{re, s})
	}
	return nil
}

// certifyAlias gives an alias the server's certificate, if that is for it.
func (t *table) certifyAlias(alias string, c *model.Certificate) {
	if c != nil && c.Leaf != nil && c.Leaf.VerifyHostname(alias) == nil {
		t.certify(alias, c)
	}
}

// badExpression is what nginx says of a regular expression that it cannot read.
func badExpression(err error, expression string) error {
	return fmt.Errorf("pcre2_compile() failed: %s in %q", strings.TrimPrefix(err.Error(), "error parsing regexp: "), expression)
}

// serverFor is the server of a host name without port.
func (t *table) serverFor(host string) *server {
	if s := t.names[host]; s != nil {
		return s
	}
	for _, e := range t.expressions {
		if e.MatchString(host) {
			return e.server
		}
	}
	return t.fallback
}

// certificate is the certificate of a name, of its wildcard, or nil.
func (t *table) certificate(name string) *tls.Certificate {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if c := t.certificates[name]; c != nil {
		return c
	}
	if _, rest, ok := strings.Cut(name, "."); ok {
		return t.certificates["*."+rest]
	}
	return nil
}

// locationFor is the location of a path. The second result is where to send the
// client instead: the path with the slash that it lacks.
func (s *server) locationFor(path string) (*location, string) {
	if s.regex {
		for _, l := range s.ordered {
			if l.expression.MatchString(path) {
				return l, ""
			}
		}
		return nil, ""
	}
	if l := s.exact[path]; l != nil {
		return l, ""
	}
	for _, l := range s.ordered { // longest first
		if strings.HasPrefix(path, l.Path) {
			return l, ""
		}
		if l.Path == path+"/" && l.Config.Denied == "" {
			return nil, l.Path
		}
	}
	return nil, ""
}

// matcher is a value of a map block: a text, or an expression after ~ or ~*.
type matcher struct {
	text string
	re   *regexp.Regexp
}

func matchers(list []string) ([]matcher, error) {
	var all []matcher
	for _, text := range list {
		pattern, ok := strings.CutPrefix(text, "~")
		if !ok {
			all = append(all, matcher{text: text})
			continue
		}
		if folded, ok := strings.CutPrefix(pattern, "*"); ok {
			pattern = "(?i)" + folded
		}
		re, err := regexp.Compile(pattern)
		if err != nil {
			return nil, badExpression(err, pattern)
		}
		all = append(all, matcher{re: re})
	}
	return all, nil
}

func anyMatches(list []matcher, value string) bool {
	for _, m := range list {
		if m.re != nil && m.re.MatchString(value) || m.re == nil && strings.EqualFold(m.text, value) {
			return true
		}
	}
	return false
}

// prefixes reads networks and addresses; what is neither is left out.
func prefixes(list []string) (all []netip.Prefix) {
	for _, text := range list {
		if prefix, err := netip.ParsePrefix(text); err == nil {
			all = append(all, prefix.Masked())
		} else if address, err := netip.ParseAddr(text); err == nil {
			all = append(all, netip.PrefixFrom(address, address.BitLen()))
		}
	}
	return all
}

func contains(list []netip.Prefix, address string) bool {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	for _, prefix := range list {
		if prefix.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}

// listed says whether a path begins as one of a list with commas does.
func listed(path, list string) bool {
	for prefix := range strings.SplitSeq(list, ",") {
		if prefix = strings.TrimSpace(prefix); prefix != "" && strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}
