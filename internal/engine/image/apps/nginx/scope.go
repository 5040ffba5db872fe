package nginx

import (
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"kubetutor/internal/engine/image/apps/service"
)

// child is the scope of a block inside s: it inherits all but what belongs to
// one place.
func (s *scope) child() *scope {
	c := *s
	c.own = map[string]bool{}
	c.rewrites, c.locations, c.proxy = nil, nil, nil
	c.internal, c.stub = false, false
	c.alias, c.aliased = "", nil
	c.tryFiles = nil
	return &c
}

// first reports whether a directive comes for the first time on this level: a
// list then replaces what was inherited.
func (s *scope) first(name string) bool {
	if s.own[name] {
		return false
	}
	s.own[name] = true
	return true
}

// once refuses a directive that may stand only once on a level.
func (s *scope) once(d *directive) error {
	if !s.first(d.name) {
		return d.wrong("%q directive is duplicate", d.name)
	}
	return nil
}

// apply puts one directive into a scope.
func (b *builder) apply(s *scope, d *directive) error {
	if set, ok := b.sets[d.name]; ok {
		return set(s, d)
	}
	return nil // tuning, or declared elsewhere
}

// applyAll puts a block's directives into a scope: first what inner blocks
// inherit wherever it stands, then the steps of the rewrite module in their order,
// then the locations.
func (b *builder) applyAll(s *scope, block []*directive) error {
	step := func(d *directive) int {
		switch d.name {
		case "set", "rewrite", "return", "break", "if":
			return 1
		case "location":
			return 2
		}
		return 0
	}
	for wanted := range 3 {
		for _, d := range block {
			if step(d) != wanted {
				continue
			}
			if err := b.apply(s, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// setters are the directives with an effect on a scope.
func (b *builder) setters() map[string]func(*scope, *directive) error {
	return map[string]func(*scope, *directive) error{
		"root": func(s *scope, d *directive) error {
			s.root = strings.TrimSuffix(absolute(d.args[0]), "/")
			return s.once(d)
		},
		"alias":       func(s *scope, d *directive) error { s.alias = absolute(d.args[0]); return s.once(d) },
		"index":       setList(func(s *scope) *[]string { return &s.index }),
		"try_files":   func(s *scope, d *directive) error { s.tryFiles = d.args; return s.once(d) },
		"error_page":  b.errorPage,
		"access_log":  b.accessLog,
		"error_log":   func(s *scope, d *directive) (err error) { s.errorLog, err = parseErrorLog(d); return err },
		"add_header":  b.addHeader,
		"expires":     func(s *scope, d *directive) error { s.expires = strings.Join(d.args, " "); return nil },
		"autoindex":   func(s *scope, d *directive) error { return onOff(d, &s.autoindex) },
		"internal":    func(s *scope, _ *directive) error { s.internal = true; return nil },
		"stub_status": func(s *scope, _ *directive) error { s.stub = true; return nil },
		"server_tokens": func(s *scope, d *directive) error {
			return onOff(d, &s.tokens)
		},
		"default_type":         func(s *scope, d *directive) error { s.defaultType = d.args[0]; return s.once(d) },
		"types":                types,
		"client_max_body_size": maxBody,
		"auth_basic":           func(s *scope, d *directive) error { s.realm = strings.TrimSuffix(d.args[0], "off"); return s.once(d) },
		"auth_basic_user_file": func(s *scope, d *directive) error { s.passwords = absolute(d.args[0]); return s.once(d) },
		"allow":                allowDeny,
		"deny":                 allowDeny,
		"return":               addRewrite,
		"rewrite":              addRewrite,
		"set":                  addRewrite,
		"break":                addRewrite,
		"if":                   b.condition,
		"proxy_pass":           b.proxyPass,
		"proxy_set_header":     proxyHeader,
		"proxy_hide_header":    setList(func(s *scope) *[]string { return &s.hidden }),
		"proxy_connect_timeout": func(s *scope, d *directive) error {
			return setTime(d, &s.connect)
		},
		"proxy_read_timeout":     func(s *scope, d *directive) error { return setTime(d, &s.read) },
		"proxy_intercept_errors": func(s *scope, d *directive) error { return onOff(d, &s.intercept) },
		"location":               b.location,
	}
}

func setList(list func(*scope) *[]string) func(*scope, *directive) error {
	return func(s *scope, d *directive) error {
		to := list(s)
		if s.first(d.name) {
			*to = nil
		}
		*to = append(*to, d.args...)
		return nil
	}
}

// onOff reads "on" or "off" into to, if that is not nil.
func onOff(d *directive, to *bool) error {
	value, ok := map[string]bool{"on": true, "off": false, "build": true}[d.args[0]]
	if !ok {
		return d.wrong(`invalid value %q in %q directive, it must be "on" or "off"`, d.args[0], d.name)
	}
	if to != nil {
		*to = value
	}
	return nil
}

func setTime(d *directive, to *time.Duration) error {
	text := d.args[0]
	if text != "" && text[len(text)-1] >= '0' && text[len(text)-1] <= '9' {
		text += "s"
	}
	value, err := time.ParseDuration(text)
	if err != nil {
		return d.wrong("%q directive invalid value", d.name)
	}
	*to = value
	return nil
}

func maxBody(s *scope, d *directive) error {
	text := strings.ToLower(d.args[0])
	number := strings.TrimRight(text, "kmg")
	n, err := strconv.ParseInt(number, 10, 64)
	shift, ok := map[string]int{"": 0, "k": 10, "m": 20, "g": 30}[text[len(number):]]
	if err != nil || !ok || n < 0 {
		return d.wrong("%q directive invalid value", d.name)
	}
	s.maxBody = n << shift
	return s.once(d)
}

func types(s *scope, d *directive) error {
	if s.first(d.name) {
		s.types = map[string]string{}
	} else {
		s.types = maps.Clone(s.types)
	}
	for _, line := range d.block {
		for _, extension := range line.args {
			s.types[strings.ToLower(extension)] = line.name
		}
	}
	return nil
}

func allowDeny(s *scope, d *directive) error {
	if s.first("allow") {
		s.access = nil
	}
	rule := access{allow: d.name == "allow"}
	if text := d.args[0]; text != "all" {
		if !strings.Contains(text, "/") {
			text += map[bool]string{true: "/128", false: "/32"}[strings.Contains(text, ":")]
		}
		_, block, err := net.ParseCIDR(text)
		if err != nil {
			return d.wrong("invalid parameter %q", d.args[0])
		}
		rule.net = block
	}
	s.access = append(slices.Clip(s.access), rule)
	return nil
}

func (b *builder) errorPage(s *scope, d *directive) error {
	if s.first(d.name) {
		s.errorPages = nil
	}
	page := errorPage{uri: d.args[len(d.args)-1]}
	for _, word := range d.args[:len(d.args)-1] {
		if answer, ok := strings.CutPrefix(word, "="); ok {
			page.code = -1
			if answer != "" {
				code, err := strconv.Atoi(answer)
				if err != nil {
					return d.wrong("invalid value %q", word)
				}
				page.code = code
			}
			continue
		}
		code, err := strconv.Atoi(word)
		if err != nil {
			return d.wrong("invalid value %q", word)
		}
		if code < 300 || code > 599 {
			return d.wrong("value %q must be between 300 and 599", word)
		}
		page.codes = append(page.codes, code)
	}
	if err := b.variables(d, page.uri); err != nil {
		return err
	}
	s.errorPages = append(slices.Clip(s.errorPages), page)
	return nil
}

func (b *builder) accessLog(s *scope, d *directive) error {
	if s.first(d.name) {
		s.accessLogs = nil
	}
	if d.args[0] == "off" {
		return nil
	}
	log := accessLog{absolute(d.args[0]), "combined"}
	if len(d.args) > 1 && !strings.Contains(d.args[1], "=") {
		log.format = d.args[1]
	}
	format, ok := b.config.formats[log.format]
	if !ok {
		return d.wrong("unknown log format %q", log.format)
	}
	if err := b.variables(d, format); err != nil {
		return err
	}
	s.accessLogs = append(slices.Clip(s.accessLogs), log)
	return nil
}

func (b *builder) addHeader(s *scope, d *directive) error {
	if s.first(d.name) {
		s.headers = nil
	}
	if err := b.variables(d, d.args[1]); err != nil {
		return err
	}
	s.headers = append(slices.Clip(s.headers), header{d.args[0], d.args[1], len(d.args) == 3 && d.args[2] == "always"})
	return nil
}

func proxyHeader(s *scope, d *directive) error {
	if s.first(d.name) {
		s.proxyHeaders = nil
	}
	s.proxyHeaders = append(slices.Clip(s.proxyHeaders), header{name: d.args[0], value: d.args[1]})
	return nil
}

// server reads a server block.
func (b *builder) server(d *directive) error {
	v := &server{scope: b.http.child(), where: d}
	v.scope.server = v
	var cert, key *directive
	for _, inner := range d.block {
		var err error
		switch inner.name {
		case "listen":
			err = v.listen(inner)
		case "server_name":
			v.names = append(v.names, inner.args...)
		case "ssl_certificate":
			cert = inner
		case "ssl_certificate_key":
			key = inner
		}
		if err != nil {
			return err
		}
	}
	if err := b.applyAll(v.scope, d.block); err != nil {
		return err
	}
	if len(v.listens) == 0 {
		v.listens = []listenArgs{{address: "0.0.0.0:80"}}
	}
	b.all = append(b.all, v)
	return b.certificate(v, cert, key)
}

func (v *server) listen(d *directive) error {
	l := listenArgs{}
	text := d.args[0]
	switch {
	case strings.HasPrefix(text, "unix:"):
		return d.wrong("%q: this simulated nginx has no unix sockets", text)
	case strings.Trim(text, "0123456789") == "":
		l.address = "0.0.0.0:" + text
	case !strings.Contains(text, ":"):
		l.address = text + ":80"
	default:
		l.address = strings.Replace(text, "*:", "0.0.0.0:", 1)
	}
	host, port, err := net.SplitHostPort(l.address)
	if err != nil || !isPort(port) {
		return d.wrong("invalid port in %q of the %q directive", text, d.name)
	}
	if host != "localhost" && net.ParseIP(host) == nil {
		return d.wrong("host not found in %q of the %q directive", text, d.name)
	}
	l.address = strings.Replace(l.address, "localhost:", "127.0.0.1:", 1)
	for _, option := range d.args[1:] {
		name, _, _ := strings.Cut(option, "=")
		switch name {
		case "ssl":
			l.secure = true
		case "http2":
			l.http2 = true
		case "default_server", "default":
			l.defaultHere = true
		case "ipv6only", "backlog", "reuseport", "deferred", "so_keepalive", "rcvbuf", "sndbuf", "fastopen", "bind":
		default:
			return d.wrong("invalid parameter %q", option)
		}
	}
	v.listens = append(v.listens, l)
	return nil
}

func isPort(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n > 0 && n < 65536
}

// certificate loads the key pair of a server that wants TLS.
func (b *builder) certificate(v *server, cert, key *directive) error {
	if !slices.ContainsFunc(v.listens, func(l listenArgs) bool { return l.secure }) {
		return nil
	}
	if cert == nil {
		return v.where.wrong(`no "ssl_certificate" is defined for the "listen ... ssl" directive`)
	}
	if key == nil {
		return v.where.wrong(`no "ssl_certificate_key" is defined for certificate %q`, cert.args[0])
	}
	certFile, keyFile := absolute(cert.args[0]), absolute(key.args[0])
	if _, err := b.p.FS().ReadFile(certFile); err != nil {
		return &emerg{"cannot load certificate \"" + certFile + "\": BIO_new_file() failed (SSL: error:80000002:system library::No such file or directory:calling fopen(" + certFile + ", r) error:10000080:BIO routines::no such file)"}
	}
	if _, err := b.p.FS().ReadFile(keyFile); err != nil {
		return &emerg{"cannot load certificate key \"" + keyFile + "\": BIO_new_file() failed (SSL: error:80000002:system library::No such file or directory:calling fopen(" + keyFile + ", r) error:10000080:BIO routines::no such file)"}
	}
	pair, err := service.Certificate(b.p, certFile, keyFile)
	if err != nil {
		return &emerg{"cannot load certificate \"" + certFile + "\": " + err.Error()}
	}
	v.secure = pair
	return nil
}

// sockets gathers the servers by the sockets that they listen on.
func (b *builder) sockets() error {
	byAddress := map[string]*listen{}
	for _, v := range b.all {
		for _, args := range v.listens {
			address := b.shared(args.address)
			l := byAddress[address]
			if l == nil {
				l = &listen{address: address}
				byAddress[address] = l
				b.config.listens = append(b.config.listens, l)
			}
			if slices.Contains(l.servers, v) {
				if address == args.address {
					return v.where.wrong("a duplicate listen %s", strings.TrimPrefix(address, "0.0.0.0:"))
				}
				continue
			}
			l.secure, l.http2 = l.secure || args.secure, l.http2 || args.http2
			b.config.warnConflict(l, v)
			if args.defaultHere {
				l.servers = slices.Insert(l.servers, 0, v)
			} else {
				l.servers = append(l.servers, v)
			}
		}
	}
	return nil
}

// shared is the socket for an address: where there is no IPv6, "[::]:80" is
// that of "0.0.0.0:80".
func (b *builder) shared(address string) string {
	return strings.Replace(address, "[::]:", "0.0.0.0:", 1)
}

// warnConflict says what nginx says about two servers of one name.
func (c *config) warnConflict(l *listen, v *server) {
	for _, other := range l.servers {
		for _, name := range v.names {
			if slices.Contains(other.names, name) {
				c.notes = append(c.notes, "conflicting server name \""+name+"\" on "+l.address+", ignored")
			}
		}
	}
}

// location reads a location block.
func (b *builder) location(s *scope, d *directive) error {
	l := &location{scope: s.child()}
	switch pattern := d.args[len(d.args)-1]; {
	case len(d.args) == 2:
		kinds := map[string]kind{"=": byExact, "^~": byPrefixOnly, "~": byRegexp, "~*": byRegexp}
		k, ok := kinds[d.args[0]]
		if !ok {
			return d.wrong("invalid location modifier %q", d.args[0])
		}
		l.kind, l.pattern = k, pattern
		if k == byRegexp {
			if d.args[0] == "~*" {
				pattern = "(?i)" + pattern
			}
			re, err := compile(d, pattern)
			if err != nil {
				return err
			}
			l.regexp = re
		}
	case strings.HasPrefix(pattern, "@"):
		l.kind, l.pattern = byName, pattern
	default:
		l.pattern = pattern
	}
	for _, other := range s.locations {
		if other.kind == l.kind && other.pattern == l.pattern && l.kind != byRegexp {
			return d.wrong("duplicate location %q", l.pattern)
		}
	}
	l.scope.aliased = l
	s.locations = append(s.locations, l)
	return b.applyAll(l.scope, d.block)
}
