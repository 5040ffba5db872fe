package nginx

import (
	"crypto/tls"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"kubetutor/internal/engine/kernel"
)

// config is a configuration that has been checked and can be served.
type config struct {
	sources   []source
	user      string
	pid       string
	workers   int
	errorLog  errorLog
	listens   []*listen
	upstreams map[string]*upstream
	formats   map[string]string
	maps      map[string]*mapping
	notes     []string // warnings for the error log
	values    map[string]func(*request) string
}

// errorLog is where errors go and from which level on.
type errorLog struct {
	file  string
	level level
}

// listen is a socket with the servers that share it.
type listen struct {
	address string // "0.0.0.0:80"
	secure  bool
	http2   bool
	servers []*server // the first is the default
}

// server is a server block.
type server struct {
	names   []string
	scope   *scope
	secure  *tls.Certificate
	listens []listenArgs
	where   *directive
}

type listenArgs struct {
	address                    string
	secure, http2, defaultHere bool
}

// kind of a location.
type kind int

const (
	byPrefix kind = iota
	byExact
	byPrefixOnly // ^~
	byRegexp
	byName // @name
)

// location is a location block.
type location struct {
	kind    kind
	pattern string
	regexp  *regexp.Regexp
	scope   *scope
}

// scope holds what servers and locations inherit. A nil list means inherited.
type scope struct {
	root, alias   string
	aliased       *location // of alias: what it replaces
	index         []string
	errorPages    []errorPage
	accessLogs    []accessLog
	headers       []header
	expires       string
	defaultType   string
	types         map[string]string
	autoindex     bool
	tokens        bool
	internal      bool
	stub          bool
	maxBody       int64
	realm         string
	passwords     string
	access        []access
	tryFiles      []string
	rewrites      []rewrite // own ones only
	proxy         *proxy
	proxyHeaders  []header
	hidden        []string
	connect, read time.Duration
	intercept     bool
	locations     []*location
	errorLog      errorLog
	server        *server
	own           map[string]bool // directives that were set on this level
}

type errorPage struct {
	codes []int
	code  int // to answer with; 0: keep, -1: whatever the target answers
	uri   string
}

type accessLog struct{ file, format string }

type header struct {
	name, value string
	always      bool
}

type access struct {
	allow bool
	net   *net.IPNet // nil: all
}

// upstream is a group of servers, used in turn.
type upstream struct {
	name  string
	peers []*peer
	next  func() int
}

type peer struct {
	address string
	weight  int
	backup  bool
}

// mapping is a map block.
type mapping struct {
	source   string
	values   map[string]string
	patterns []pattern
	fallback string
}

type pattern struct {
	regexp *regexp.Regexp
	value  string
}

// builder turns directives into a config.
type builder struct {
	p      *kernel.Process
	config *config
	http   *scope
	all    []*server
	named  map[string]bool // variables that the configuration defines
	sets   map[string]func(*scope, *directive) error
}

// defaults of nginx.
const (
	defaultMaxBody = 1 << 20
	defaultTimeout = 60 * time.Second
	mainFormat     = `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"`
)

// read parses and checks the configuration in file, with directives given on the
// command line.
func read(p *kernel.Process, file, extra string) (*config, error) {
	parse := &parser{fs: p.FS(), rules: rules()}
	var list []*directive
	if extra != "" {
		l := &lexer{text: extra, file: "command line", line: 0}
		more, err := parse.block(l, inMain, 0, false)
		if err != nil {
			return nil, err
		}
		list = more
	}
	more, err := parse.file(file, inMain, 0)
	if err != nil {
		return nil, err
	}
	list = append(list, more...)
	b := &builder{p: p, config: &config{
		sources: parse.seen, pid: "/run/nginx.pid", workers: 1, errorLog: errorLog{"/var/log/nginx/error.log", levelError},
		upstreams: map[string]*upstream{}, formats: map[string]string{"combined": mainFormat}, maps: map[string]*mapping{}, values: values(),
	}, named: map[string]bool{}}
	b.sets = b.setters()
	b.collect(list)
	if err := b.main(list, file); err != nil {
		return nil, err
	}
	return b.config, nil
}

func (b *builder) main(list []*directive, file string) error {
	if !slices.ContainsFunc(list, func(d *directive) bool { return d.name == "events" }) {
		return &emerg{`no "events" section in configuration`}
	}
	seen := map[string]bool{}
	for _, d := range list {
		if d.name != "error_log" && d.name != "env" && d.name != "load_module" {
			if seen[d.name] && (d.file == file || d.file == "command line") {
				return d.wrong("%q directive is duplicate", d.name)
			}
			seen[d.name] = true
		}
		if err := b.global(d); err != nil {
			return err
		}
	}
	return b.sockets()
}

func (b *builder) global(d *directive) error {
	switch d.name {
	case "user":
		b.config.user = d.args[0]
	case "pid":
		b.config.pid = absolute(d.args[0])
	case "worker_processes":
		if d.args[0] == "auto" {
			b.config.workers = autoWorkers
			return nil
		}
		n, err := strconv.Atoi(d.args[0])
		if err != nil || n < 1 {
			return d.wrong("invalid value %q in %q directive", d.args[0], d.name)
		}
		b.config.workers = n
	case "error_log":
		var err error
		b.config.errorLog, err = parseErrorLog(d)
		return err
	case "daemon", "master_process":
		return onOff(d, nil)
	case "http":
		return b.section(d)
	}
	return nil
}

// autoWorkers is how many workers "auto" makes.
const autoWorkers = 2

func parseErrorLog(d *directive) (errorLog, error) {
	log := errorLog{absolute(d.args[0]), levelError}
	if d.args[0] == "stderr" {
		log.file = "stderr"
	}
	if len(d.args) == 2 {
		l, ok := levels()[d.args[1]]
		if !ok {
			return log, d.wrong("invalid log level %q", d.args[1])
		}
		log.level = l
	}
	return log, nil
}

// section reads the http block.
func (b *builder) section(d *directive) error {
	b.http = &scope{
		root: prefix + "/html", index: []string{"index.html"}, defaultType: "text/plain", tokens: true, maxBody: defaultMaxBody,
		connect: defaultTimeout, read: defaultTimeout, errorLog: b.config.errorLog,
		types:      map[string]string{"html": "text/html", "gif": "image/gif", "jpg": "image/jpeg"},
		accessLogs: []accessLog{{"/var/log/nginx/access.log", "combined"}}, own: map[string]bool{},
	}
	// Formats, maps and upstreams may stand below what names them.
	for _, inner := range d.block {
		if err := b.declare(inner); err != nil {
			return err
		}
	}
	var servers []*directive
	for _, inner := range d.block {
		if inner.name == "server" {
			servers = append(servers, inner)
			continue
		}
		if err := b.apply(b.http, inner); err != nil {
			return err
		}
	}
	for _, inner := range servers {
		if err := b.server(inner); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) declare(d *directive) error {
	switch d.name {
	case "log_format":
		return b.format(d)
	case "map":
		return b.mapping(d)
	case "upstream":
		return b.upstream(d)
	}
	return nil
}

func (b *builder) format(d *directive) error {
	words := d.args[1:]
	if strings.HasPrefix(words[0], "escape=") {
		words = words[1:]
	}
	if _, ok := b.config.formats[d.args[0]]; ok {
		return d.wrong(`duplicate "log_format" name %q`, d.args[0])
	}
	b.config.formats[d.args[0]] = strings.Join(words, "")
	return nil
}

func (b *builder) mapping(d *directive) error {
	m := &mapping{source: d.args[0], values: map[string]string{}}
	name, ok := strings.CutPrefix(d.args[1], "$")
	if !ok {
		return d.wrong("invalid variable name %q", d.args[1])
	}
	for _, line := range d.block {
		key := line.name
		value := ""
		if len(line.args) > 0 {
			value = line.args[0]
		}
		switch {
		case key == "default":
			m.fallback = value
		case key == "hostnames" || key == "volatile":
		case strings.HasPrefix(key, "~"):
			expression := strings.TrimPrefix(key, "~")
			if rest, ok := strings.CutPrefix(expression, "*"); ok {
				expression = "(?i)" + rest
			}
			compiled, err := compile(line, expression)
			if err != nil {
				return err
			}
			m.patterns = append(m.patterns, pattern{compiled, value})
		default:
			m.values[strings.ToLower(strings.TrimPrefix(key, `\`))] = value
		}
	}
	b.config.maps[name] = m
	return nil
}

func (b *builder) upstream(d *directive) error {
	u := &upstream{name: d.args[0]}
	for _, line := range d.block {
		if line.name != "server" {
			continue
		}
		p := &peer{address: withPort(line.args[0], "80"), weight: 1}
		for _, option := range line.args[1:] {
			name, value, _ := strings.Cut(option, "=")
			switch name {
			case "weight":
				n, err := strconv.Atoi(value)
				if err != nil || n < 1 {
					return line.wrong("invalid parameter %q", option)
				}
				p.weight = n
			case "backup":
				p.backup = true
			case "down":
				p.weight = 0
			case "max_fails", "fail_timeout", "max_conns", "resolve", "slow_start":
			default:
				return line.wrong("invalid parameter %q", option)
			}
		}
		u.peers = append(u.peers, p)
	}
	if len(u.peers) == 0 {
		return d.wrong("no servers are inside upstream")
	}
	u.next = u.rotation()
	b.config.upstreams[u.name] = u
	return nil
}

func withPort(address, port string) string {
	if _, _, err := net.SplitHostPort(address); err == nil {
		return address
	}
	return net.JoinHostPort(strings.Trim(address, "[]"), port)
}

// compile makes a regular expression. PCRE knows more than RE2: lookarounds and
// back references are refused with a word about it.
func compile(d *directive, expression string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(strings.ReplaceAll(expression, "(?<", "(?P<"))
	if err != nil {
		return nil, d.wrong("pcre2_compile() failed: %v in %q", err, expression)
	}
	return re, nil
}
