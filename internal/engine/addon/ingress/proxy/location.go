package proxy

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"kubetutor/internal/engine/addon/ingress/annotation"
	"kubetutor/internal/engine/addon/ingress/model"
)

// location is a location whose texts have been read.
type location struct {
	*model.Location
	expression  *regexp.Regexp // of a server whose locations are regular expressions
	rewrite     *regexp.Regexp
	target      template
	prefix      template // x-forwarded-prefix
	redirect    template
	vhost       template
	bodyLimit   int64 // bytes; 0: none
	allow, deny []netip.Prefix
	origins     *regexp.Regexp // of CORS; nil: any
	limits      []*limit
	exempt      []netip.Prefix // of limits
	retry       retry
	speech      speech
	connect     time.Duration
	send, read  time.Duration
	errors      map[int]bool // statuses that another backend answers
	intercept   bool         // those of the upstream too
	hidden      []string     // headers of answers that clients do not see
	noTLS       bool         // never redirected to https
	noAuth      bool
	auth        *annotation.ExternalAuth
	authURL     template
	signin      template
	mirror      template
	plain       bool // to the controller's own backend
}

// compileLocation reads what a location says.
func (p *Proxy) compileLocation(t *table, s *server, m *model.Location) (*location, error) {
	c, set := m.Config, t.Settings
	l := &location{Location: m, allow: prefixes(c.Allow), deny: prefixes(c.Deny), exempt: prefixes(c.RateLimit.Exempt),
		bodyLimit: size(c.Proxy.BodySize), retry: newRetry(c.Proxy, set.RetryNonIdempotent),
		connect: time.Duration(c.Proxy.ConnectTimeout) * time.Second, send: time.Duration(c.Proxy.SendTimeout) * time.Second,
		read: time.Duration(c.Proxy.ReadTimeout) * time.Second, noTLS: listed(m.Path, set.NoTLSRedirectLocations), noAuth: listed(m.Path, set.NoAuthLocations),
		plain: m.Upstream == model.DefaultUpstream}
	l.speech = l.speaks(s)
	if err := l.compileExpressions(s.regex); err != nil {
		return nil, err
	}
	l.redirect, l.prefix, l.vhost = newTemplate(c.Redirect.URL), newTemplate(c.ForwardedPrefix), newTemplate(c.UpstreamVhost)
	l.mirror = newTemplate(c.Mirror.Target)
	l.limits = p.limits(c.RateLimit)
	l.compileErrors(set.CustomHTTPErrors, set.DisableProxyInterceptErrors)
	l.compileAuth(t)
	l.hidden = append([]string{"Date", "X-Pad", "X-Accel-Expires", "X-Accel-Redirect", "X-Accel-Limit-Rate", "X-Accel-Buffering", "X-Accel-Charset"}, set.HideHeaders...)
	if !set.AllowBackendServerHeader {
		l.hidden = append(l.hidden, "Server")
	}
	if c.CORS.Enabled && !slices.Equal(c.CORS.Origins, []string{"*"}) {
		l.origins = originExpression(c.CORS.Origins)
	}
	return l, nil
}

// compileExpressions compiles the path where it is a regular expression. nginx
// matches those without regard to case, from the beginning on.
func (l *location) compileExpressions(enforced bool) (err error) {
	if enforced {
		if l.expression, err = regexp.Compile("(?i)^" + l.Path); err != nil {
			return badExpression(err, "^"+l.Path)
		}
	}
	if l.Config.Rewrite.Target == "" || !l.Rewrites() {
		return nil
	}
	if l.rewrite, err = regexp.Compile("(?i)" + l.Path); err != nil {
		return badExpression(err, "(?i)"+l.Path)
	}
	l.target = newTemplate(l.Config.Rewrite.Target)
	return nil
}

// compileErrors says which statuses another backend answers.
func (l *location) compileErrors(global []int, noneOfUpstreams bool) {
	codes := l.Config.CustomHTTPErrors
	l.intercept = len(codes) > 0 && !l.Config.NoIntercept
	if len(codes) == 0 {
		codes, l.intercept = global, len(global) > 0 && !noneOfUpstreams
	}
	l.errors = make(map[int]bool, len(codes))
	for _, code := range codes {
		l.errors[code] = true
	}
}

// compileAuth says which service is asked about requests: the location's own, or
// the one of the ConfigMap.
func (l *location) compileAuth(t *table) {
	l.auth = l.Config.ExternalAuth
	if set := t.Settings; l.auth == nil && set.GlobalAuthURL != "" && l.Config.GlobalAuth {
		l.auth = &annotation.ExternalAuth{URL: set.GlobalAuthURL, Method: set.GlobalAuthMethod, Signin: set.GlobalAuthSignin}
	}
	if l.auth == nil || l.noAuth {
		l.auth = nil
		return
	}
	l.authURL = newTemplate(l.auth.URL)
	if l.auth.Signin != "" {
		l.signin = newTemplate(signinURL(l.auth.Signin, l.auth.SigninParam))
	}
}

// signinURL adds to the address of a login where to come back to.
func signinURL(address, parameter string) string {
	if parameter == "" {
		parameter = "rd"
	}
	back := parameter + "=$pass_access_scheme://$http_host$escaped_request_uri"
	_, query, asked := strings.Cut(address, "?")
	switch {
	case !asked:
		return address + "?" + back
	case strings.HasPrefix(query, parameter+"=") || strings.Contains(query, "&"+parameter+"="):
		return address
	}
	return address + "&" + back
}

// speaks is how the upstream is spoken to.
func (l *location) speaks(s *server) speech {
	to := speech{ssl: s.ProxySSL}
	if l.Config.ProxySSL != nil {
		to.ssl = l.Config.ProxySSL
	}
	if l.Upstream == model.DefaultUpstream {
		return speech{}
	}
	switch l.Config.BackendProtocol {
	case "HTTPS":
		to.tls = true
	case "GRPC":
		to.http2 = true
	case "GRPCS":
		to.tls, to.http2 = true, true
	case "AUTO_HTTP":
		to.auto = true
	}
	return to
}

// size reads a number of bytes with a unit, as nginx does; what it cannot read is
// no limit.
func size(text string) int64 {
	text = strings.ToLower(strings.TrimSpace(text))
	unit := int64(1)
	for suffix, factor := range map[string]int64{"k": 1 << 10, "m": 1 << 20, "g": 1 << 30} {
		if number, ok := strings.CutSuffix(text, suffix); ok {
			text, unit = number, factor
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > (1<<62)/unit {
		return 0
	}
	return n * unit
}

// originExpression matches origins whose host may begin with a star for one label.
func originExpression(origins []string) *regexp.Regexp {
	var list []string
	for _, origin := range origins {
		list = append(list, "("+strings.Replace(regexp.QuoteMeta(origin), `\*`, `[A-Za-z0-9\-]+`, 1)+")")
	}
	return regexp.MustCompile("(?i)(" + strings.Join(list, "|") + ")$")
}
