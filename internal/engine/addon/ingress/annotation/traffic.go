package annotation

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func aliases(r *reader, c *Config) error {
	value, err := r.text("server-alias")
	if err != nil {
		return err
	}
	for name := range strings.SplitSeq(value, ",") {
		if name = strings.TrimSpace(name); name != "" {
			c.Aliases = append(c.Aliases, name)
		}
	}
	slices.Sort(c.Aliases)
	c.Aliases = slices.Compact(c.Aliases)
	return nil
}

func backendProtocol(r *reader, c *Config) error {
	value, err := r.text("backend-protocol")
	if errors.Is(err, ErrRefused) {
		r.Warn("validation error %v. Using HTTP as protocol", err)
	}
	if err != nil {
		value = "HTTP"
	}
	c.BackendProtocol = strings.ToUpper(value)
	return nil
}

func canary(r *reader, c *Config) error {
	canary := Canary{
		Enabled:    corrected(r, r.boolean, "canary", false),
		Weight:     corrected(r, r.integer, "canary-weight", 0),
		Total:      corrected(r, r.integer, "canary-weight-total", 100),
		Header:     corrected(r, r.text, "canary-by-header", ""),
		Value:      corrected(r, r.text, "canary-by-header-value", ""),
		Pattern:    corrected(r, r.text, "canary-by-header-pattern", ""),
		CookieName: corrected(r, r.text, "canary-by-cookie", ""),
	}
	if canary.Enabled {
		c.Canary = canary
	}
	return nil
}

func clientBodyBufferSize(r *reader, c *Config) (err error) {
	c.ClientBodyBufferSize, err = r.text("client-body-buffer-size")
	return err
}

func configurationSnippet(r *reader, c *Config) (err error) {
	c.ConfigurationSnippet, err = r.text("configuration-snippet")
	return err
}

func serverSnippet(r *reader, c *Config) (err error) {
	c.ServerSnippet, err = r.text("server-snippet")
	return err
}

func connection(r *reader, c *Config) (err error) {
	c.ConnectionHeader, err = r.text("connection-proxy-header")
	return err
}

var corsOrigin = regexp.MustCompile(`^([a-z]+://(\*\.)?[A-Za-z0-9\-.]*(:\d+)?|\*|null)?$`)

// What is allowed where the annotations name nothing.
const (
	corsMaxAge     = 1728000 // seconds: 20 days
	corsAllMethods = "GET, PUT, POST, DELETE, PATCH, OPTIONS"
	corsAllHeaders = "DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization"
)

func cors(r *reader, c *Config) error {
	c.CORS = CORS{
		Enabled:     r.boolOr("enable-cors", false),
		Origins:     r.origins(),
		Headers:     r.textOr("cors-allow-headers", corsAllHeaders),
		Methods:     r.textOr("cors-allow-methods", corsAllMethods),
		Show:        r.textOr("cors-expose-headers", ""),
		Credentials: r.boolOr("cors-allow-credentials", true),
		MaxAge:      r.intOr("cors-max-age", corsMaxAge),
	}
	return nil
}

func (r *reader) origins() (list []string) {
	value, err := r.text("cors-allow-origin")
	if err != nil {
		return []string{"*"}
	}
	for origin := range strings.SplitSeq(value, ",") {
		origin = strings.TrimSpace(origin)
		switch {
		case origin == "":
		case origin == "*":
			return []string{"*"}
		case !corsOrigin.MatchString(origin):
			r.Warn("Error parsing cors-allow-origin parameters. Supplied incorrect origin: %s. Skipping.", origin)
		default:
			list = append(list, origin)
		}
	}
	return list
}

func customHTTPErrors(r *reader, c *Config) error {
	value, err := r.text("custom-http-errors")
	if err != nil {
		return err
	}
	var codes []int
	for part := range strings.SplitSeq(value, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		code, err := strconv.Atoi(part)
		if err != nil {
			return fmt.Errorf("invalid HTTP status code %q: %w", part, err)
		}
		codes = append(codes, code)
	}
	c.CustomHTTPErrors = codes
	return nil
}

// headerValue is what a header of a ConfigMap may say.
var headerValue = regexp.MustCompile(`^[a-zA-Z\d_ :;.,\\/"'?!(){}\[\]@<>=\-+*#$&\x60|~^%]+$`)

func customHeaders(r *reader, c *Config) error {
	name := r.textOr("custom-headers", "")
	if name == "" {
		return nil
	}
	cm, err := r.Objects.ConfigMap(name)
	if err != nil {
		return denied("location denied, reason: unable to find configMap %q", name)
	}
	for name, value := range cm.Data {
		switch {
		case !header.MatchString(name):
			return denied("location denied, reason: invalid header name in configmap")
		case !headerValue.MatchString(value):
			return denied("location denied, reason: invalid header value in configmap")
		case !slices.Contains(r.settings.AllowedResponseHeaders, name):
			return denied("location denied, reason: header %s is not allowed, defined allowed headers inside global-allowed-response-headers %v",
				name, r.settings.AllowedResponseHeaders)
		}
	}
	c.ResponseHeaders = cm.Data
	return nil
}

func defaultBackend(r *reader, c *Config) error {
	name, err := r.text("default-backend")
	if err != nil {
		return err
	}
	key := r.ing.Namespace + "/" + name
	if _, err := r.Objects.Service(key); err != nil {
		return fmt.Errorf("unexpected error reading service %s: %w", key, err)
	}
	c.DefaultBackend = key
	return nil
}

func noIntercept(r *reader, c *Config) error {
	c.NoIntercept = r.boolOr("disable-proxy-intercept-errors", false)
	return nil
}

func http2Push(r *reader, _ *Config) error {
	_, err := r.boolean("http2-push-preload")
	return err
}

func loadBalancing(r *reader, c *Config) (err error) {
	c.LoadBalancing, err = r.text("load-balance")
	return err
}

func logs(r *reader, c *Config) error {
	c.AccessLog, c.RewriteLog = r.boolOr("enable-access-log", true), r.boolOr("enable-rewrite-log", false)
	return nil
}

func mirror(r *reader, c *Config) error {
	target, err := r.text("mirror-target")
	if err != nil {
		return nil
	}
	m := Mirror{Source: fmt.Sprintf("/_mirror-%s", r.ing.UID), Target: target, Body: r.textOr("mirror-request-body", "on") != "off"}
	m.Host, err = r.text("mirror-host")
	if err != nil {
		fixed, _, _ := strings.Cut(target, "$")
		if parsed, err := parseURL(fixed); err == nil {
			m.Host = parsed.Hostname()
		}
	}
	c.Mirror = m
	return nil
}

func openTelemetry(r *reader, _ *Config) error {
	if enabled := r.boolOr("enable-opentelemetry", false); !enabled {
		return nil
	}
	_, err := unlessRefused(r.text("opentelemetry-operation-name"))
	return err
}

func proxy(r *reader, c *Config) error {
	s := r.settings
	c.Proxy = Proxy{
		ConnectTimeout:      r.intOr("proxy-connect-timeout", s.ProxyConnectTimeout),
		SendTimeout:         r.intOr("proxy-send-timeout", s.ProxySendTimeout),
		ReadTimeout:         r.intOr("proxy-read-timeout", s.ProxyReadTimeout),
		BuffersNumber:       r.intOr("proxy-buffers-number", s.ProxyBuffersNumber),
		BufferSize:          r.textOr("proxy-buffer-size", s.ProxyBufferSize),
		BusyBuffersSize:     r.textOr("proxy-busy-buffers-size", ""),
		CookiePath:          r.textOr("proxy-cookie-path", s.ProxyCookiePath),
		CookieDomain:        r.textOr("proxy-cookie-domain", s.ProxyCookieDomain),
		BodySize:            r.textOr("proxy-body-size", s.ProxyBodySize),
		NextUpstream:        r.textOr("proxy-next-upstream", s.ProxyNextUpstream),
		NextUpstreamTimeout: r.intOr("proxy-next-upstream-timeout", s.ProxyNextUpstreamTimeout),
		NextUpstreamTries:   r.intOr("proxy-next-upstream-tries", s.ProxyNextUpstreamTries),
		RequestBuffering:    r.textOr("proxy-request-buffering", s.ProxyRequestBuffering),
		Buffering:           r.textOr("proxy-buffering", s.ProxyBuffering),
		RedirectFrom:        r.textOr("proxy-redirect-from", s.ProxyRedirectFrom),
		RedirectTo:          r.textOr("proxy-redirect-to", s.ProxyRedirectTo),
		HTTPVersion:         r.textOr("proxy-http-version", s.ProxyHTTPVersion),
		MaxTempFileSize:     r.textOr("proxy-max-temp-file-size", s.ProxyMaxTempFileSize),
	}
	return nil
}

func proxySSL(r *reader, c *Config) error {
	secret, err := r.text("proxy-ssl-secret")
	if err != nil {
		return err
	}
	ssl := &ProxySSL{Secret: secret}
	if ssl.CA, err = r.authority(secret); err != nil {
		return err
	}
	ssl.Ciphers = r.textOr("proxy-ssl-ciphers", "DEFAULT")
	ssl.Protocols = r.textOr("proxy-ssl-protocols", "TLSv1.2")
	ssl.Name = r.textOr("proxy-ssl-name", "")
	ssl.Verify, ssl.ServerName = r.textOr("proxy-ssl-verify", "off"), r.textOr("proxy-ssl-server-name", "off")
	if ssl.VerifyDepth = r.intOr("proxy-ssl-verify-depth", 1); ssl.VerifyDepth == 0 {
		ssl.VerifyDepth = 1
	}
	c.ProxySSL = ssl
	return nil
}

func rateLimit(r *reader, c *Config) error {
	limit := RateLimit{BytesPerSecond: r.intOr("limit-rate", r.settings.LimitRate), AfterBytes: r.intOr("limit-rate-after", r.settings.LimitRateAfter)}
	values := [3]int{}
	for i, name := range []string{"limit-connections", "limit-rps", "limit-rpm"} {
		value, err := unlessRefused(r.integer(name))
		if err != nil {
			return err
		}
		values[i] = value
	}
	exempt, err := unlessRefused(r.text("limit-allowlist"))
	if err != nil {
		return err
	}
	c.RateLimit = limit
	if values == [3]int{} {
		return nil
	}
	if exempt != "" {
		if c.RateLimit.Exempt, err = Networks(exempt); err != nil {
			return err
		}
	}
	r.zones(&c.RateLimit, values)
	return nil
}

// zones names the limits of an Ingress: connections, requests a second and a minute.
func (r *reader) zones(limit *RateLimit, values [3]int) {
	name := fmt.Sprintf("%s_%s_%s", r.ing.Namespace, r.ing.Name, r.ing.UID)
	burst := r.intOr("limit-burst-multiplier", 5)
	limit.ID = strings.TrimRight(base64.URLEncoding.EncodeToString([]byte(name)), "=")
	for i, zone := range []*Zone{&limit.Connections, &limit.PerSecond, &limit.PerMinute} {
		*zone = Zone{Name: name + [...]string{"_conn", "_rps", "_rpm"}[i], Limit: values[i], Burst: values[i] * burst}
	}
}

func redirect(r *reader, c *Config) error {
	www, err := ifSet(r.boolean("from-to-www-redirect"))
	if err != nil {
		return err
	}
	relative, err := ifSet(r.boolean("relative-redirects"))
	if err != nil {
		return err
	}
	to := Redirect{FromToWWW: www, Relative: relative}
	if to.URL, to.Code, err = r.redirection("temporal-redirect", http.StatusFound, http.StatusTemporaryRedirect); err != nil {
		return err
	}
	if to.URL != "" {
		if err := checkRedirect(to.URL); err != nil {
			return err
		}
		c.Redirect = to
		return nil
	}
	if to.URL, to.Code, err = r.redirection("permanent-redirect", http.StatusMovedPermanently, http.StatusPermanentRedirect); err != nil {
		return err
	}
	c.Redirect = to
	return nil
}

// redirection is where an annotation redirects to, with a status from 300 to most.
func (r *reader) redirection(name string, usual, most int) (target string, code int, err error) {
	if target, err = ifSet(r.text(name)); err != nil || target == "" {
		return "", usual, err
	}
	if code, err = ifSet(r.integer(name + "-code")); err != nil {
		return "", 0, err
	}
	if code < http.StatusMultipleChoices || code > most {
		code = usual
	}
	return target, code, nil
}

func checkRedirect(target string) error {
	parsed, err := url.Parse(target)
	if err != nil {
		return fmt.Errorf("reading the target of a redirect: %w", err)
	}
	if !strings.HasPrefix(parsed.Scheme, "http") {
		return fmt.Errorf("only http and https are valid protocols (%v)", parsed.Scheme)
	}
	return nil
}

func rewrite(r *reader, c *Config) error {
	s := r.settings
	c.Rewrite = Rewrite{
		Target:                corrected(r, r.text, "rewrite-target", ""),
		SSLRedirect:           corrected(r, r.boolean, "ssl-redirect", s.SSLRedirect),
		PreserveTrailingSlash: corrected(r, r.boolean, "preserve-trailing-slash", s.PreserveTrailingSlash),
		ForceSSLRedirect:      corrected(r, r.boolean, "force-ssl-redirect", s.ForceSSLRedirect),
		UseRegex:              corrected(r, r.boolean, "use-regex", false),
	}
	root := corrected(r, r.text, "app-root", "")
	if root == "" {
		return nil
	}
	parsed, err := url.ParseRequestURI(root)
	switch {
	case err != nil:
		r.Warn("Annotation app-root contains an invalid value: %v", err)
	case parsed.IsAbs():
		r.Warn("Annotation app-root only allows absolute paths (%v)", root)
	default:
		c.Rewrite.AppRoot = root
	}
	return nil
}

func sslCipher(r *reader, c *Config) error {
	if prefer, err := r.boolean("ssl-prefer-server-ciphers"); err == nil {
		c.PreferServerCiphers = map[bool]string{true: "on", false: "off"}[prefer]
	}
	ciphers, err := unlessRefused(r.text("ssl-ciphers"))
	c.SSLCiphers = ciphers
	return err
}

func sslPassthrough(r *reader, c *Config) (err error) {
	c.SSLPassthrough, err = r.boolean("ssl-passthrough")
	return err
}

func serviceUpstream(r *reader, c *Config) error {
	value, err := r.boolean("service-upstream")
	c.ServiceUpstream = value
	if errors.Is(err, errMissing) {
		c.ServiceUpstream = r.settings.ServiceUpstream
	}
	return nil
}

func affinity(r *reader, c *Config) error {
	c.Affinity = Affinity{Type: r.textOr("affinity", ""), Mode: r.textOr("affinity-mode", ""), CanaryBehavior: r.textOr("affinity-canary-behavior", "")}
	if c.Affinity.Type != "cookie" {
		return nil
	}
	c.Affinity.Cookie = Cookie{
		Name:            r.textOr("session-cookie-name", "INGRESSCOOKIE"),
		Path:            r.textOr("session-cookie-path", ""),
		Domain:          r.textOr("session-cookie-domain", ""),
		SameSite:        r.textOr("session-cookie-samesite", ""),
		Expires:         r.textOr("session-cookie-expires", ""),
		MaxAge:          r.textOr("session-cookie-max-age", ""),
		Secure:          r.boolOr("session-cookie-secure", false),
		ConditionalNone: r.boolOr("session-cookie-conditional-samesite-none", false),
		ChangeOnFailure: r.boolOr("session-cookie-change-on-failure", false),
	}
	return nil
}

func hashBy(r *reader, c *Config) error {
	value, err := ifSet(r.text("upstream-hash-by"))
	if err != nil {
		return err
	}
	subset, err := ifSet(r.boolean("upstream-hash-by-subset"))
	if err != nil {
		return err
	}
	size, err := ifSet(r.integer("upstream-hash-by-subset-size"))
	if err != nil {
		return err
	}
	if size <= 0 {
		size = 3
	}
	c.HashBy = HashBy{Value: value, Subset: subset, Size: size}
	return nil
}

func upstreamVhost(r *reader, c *Config) (err error) {
	c.UpstreamVhost, err = r.text("upstream-vhost")
	return err
}

func portInRedirects(r *reader, c *Config) error {
	c.PortInRedirects = r.boolOr("use-port-in-redirects", r.settings.UsePortInRedirects)
	return nil
}

func forwardedPrefix(r *reader, c *Config) (err error) {
	c.ForwardedPrefix, err = r.text("x-forwarded-prefix")
	return err
}
