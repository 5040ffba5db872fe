package annotation

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// header is the name of an HTTP header.
var header = regexp.MustCompile(`^[a-zA-Z\d\-_]+$`)

func allow(r *reader, c *Config) (err error) {
	c.Allow, err = r.networks("allowlist-source-range", r.settings.WhitelistSourceRange)
	return err
}

func deny(r *reader, c *Config) (err error) {
	c.Deny, err = r.networks("denylist-source-range", r.settings.DenylistSourceRange)
	return err
}

// networks is a list of networks; one that is wrong denies the locations.
func (r *reader) networks(name string, otherwise []string) ([]string, error) {
	otherwise = slices.Sorted(slices.Values(otherwise))
	value, err := r.text(name)
	if errors.Is(err, errMissing) {
		return otherwise, nil
	}
	if err != nil {
		return otherwise, denied("%v", err)
	}
	list, err := Networks(value)
	if err != nil {
		return otherwise, denied("the annotation does not contain a valid IP address or network: %v", err)
	}
	return list, nil
}

func basicAuth(r *reader, c *Config) error {
	kind, err := r.text("auth-type")
	if err != nil {
		return err
	}
	secretType, err := r.text("auth-secret-type")
	if errors.Is(err, ErrRefused) {
		return err
	}
	if err != nil {
		secretType = "auth-file"
	}
	users, file, err := r.users(secretType == "auth-map")
	if err != nil {
		return err
	}
	realm, err := unlessRefused(r.text("auth-realm"))
	if err != nil {
		return err
	}
	c.Auth = &BasicAuth{Type: kind, Realm: realm, File: file, Users: users}
	return nil
}

// users are the lines of htpasswd in the Secret that auth-secret names, and the
// file that the real controller writes them to.
func (r *reader) users(asMap bool) (lines []byte, file string, err error) {
	name, err := r.text("auth-secret")
	if err != nil {
		return nil, "", denied("error reading secret name from annotation: %v", err)
	}
	key, ok := r.own(name)
	if !ok {
		return nil, "", denied("cross namespace usage of secrets is not allowed")
	}
	secret, err := r.Objects.Secret(key)
	if err != nil {
		return nil, "", denied("unexpected error reading secret %s: %v", key, err)
	}
	file = fmt.Sprintf("/etc/ingress-controller/auth/%s-%s-%s.passwd", r.ing.Namespace, r.ing.UID, secret.UID)
	if asMap {
		for _, user := range slices.Sorted(maps.Keys(secret.Data)) {
			lines = fmt.Appendf(lines, "%s:%s\n", user, secret.Data[user])
		}
		return lines, file, nil
	}
	lines, ok = secret.Data["auth"]
	if !ok {
		return nil, "", denied("the secret %s does not contain a key with value auth", secret.Name)
	}
	return lines, file, nil
}

// own is the key of an object that must be in the Ingress's namespace, unless
// the ConfigMap allows others.
func (r *reader) own(name string) (key string, ok bool) {
	namespace, _, qualified := strings.Cut(name, "/")
	if !qualified {
		return r.ing.Namespace + "/" + name, true
	}
	return name, namespace == r.ing.Namespace || r.settings.AllowCrossNamespaceResources
}

func clientCertificate(r *reader, c *Config) error {
	secret, err := r.text("auth-tls-secret")
	if err != nil {
		return err
	}
	auth := &ClientCertificate{Secret: secret}
	if auth.CA, err = r.authority(secret); err != nil {
		auth.Unavailable = err.Error()
		c.ClientCertificate = auth
		return err
	}
	auth.Verify = r.textOr("auth-tls-verify-client", "on")
	if auth.Depth = r.intOr("auth-tls-verify-depth", 1); auth.Depth == 0 {
		auth.Depth = 1
	}
	if auth.ErrorPage, err = unlessRefused(r.text("auth-tls-error-page")); err != nil {
		return err
	}
	if auth.Pass, err = unlessRefused(r.boolean("auth-tls-pass-certificate-to-upstream")); err != nil {
		return err
	}
	if auth.CommonName, err = unlessRefused(r.text("auth-tls-match-cn")); err != nil {
		return err
	}
	c.ClientCertificate = auth
	return nil
}

// authority is the certificate authority in a Secret of the Ingress's namespace.
func (r *reader) authority(secret string) ([]byte, error) {
	if strings.Count(secret, "/") != 1 {
		return nil, denied("location denied, reason: invalid format (namespace/name) found in '%s'", secret)
	}
	if _, ok := r.own(secret); !ok {
		return nil, denied("location denied, reason: cross namespace secrets are not supported")
	}
	pem, err := r.Objects.CA(secret)
	if err != nil {
		return nil, denied("error obtaining certificate: %v", err)
	}
	return pem, nil
}

func externalAuth(r *reader, c *Config) error {
	target, err := r.text("auth-url")
	if err != nil {
		return err
	}
	parsed, err := parseURL(target)
	if err != nil {
		return denied("could not parse auth-url annotation: %v", err)
	}
	auth := &ExternalAuth{URL: target, Host: parsed.Hostname()}
	if auth.Method, err = r.text("auth-method"); errors.Is(err, ErrRefused) {
		return denied("location denied, reason: invalid HTTP method")
	}
	auth.Signin, auth.SigninParam = r.textOr("auth-signin", ""), r.textOr("auth-signin-redirect-param", "")
	auth.CacheKey = r.textOr("auth-cache-key", "")
	auth.KeepaliveConnections = max(0, r.intOr("auth-keepalive", 0))
	auth.RequestRedirect = r.textOr("auth-request-redirect", "")
	auth.AlwaysSetCookie = r.boolOr("auth-always-set-cookie", false)
	if auth.CacheDurations, err = cacheDurations(r.textOr("auth-cache-duration", "")); err != nil {
		return err
	}
	if auth.ResponseHeaders, err = r.headerNames("auth-response-headers"); err != nil {
		return err
	}
	if auth.RequestHeaders, err = r.requestHeaders(); err != nil {
		return err
	}
	c.ExternalAuth = auth
	return nil
}

func parseURL(text string) (*url.URL, error) {
	parsed, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%v is not a valid URL: %w", text, err)
	case parsed.Scheme == "":
		return nil, errors.New("url scheme is empty")
	case parsed.Host == "":
		return nil, errors.New("url host is empty")
	case strings.Contains(parsed.Host, ".."):
		return nil, errors.New("invalid url host")
	}
	return parsed, nil
}

func (r *reader) headerNames(annotation string) (names []string, err error) {
	value, err := r.text(annotation)
	if errors.Is(err, ErrRefused) {
		return nil, denied("location denied, reason: validation error")
	}
	for name := range strings.SplitSeq(value, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if !header.MatchString(name) {
			return nil, denied("location denied, reason: invalid headers list")
		}
		names = append(names, name)
	}
	return names, nil
}

// requestHeaders are those that the question to the service carries.
func (r *reader) requestHeaders() (map[string]string, error) {
	name := r.textOr("auth-proxy-set-headers", "")
	if name == "" {
		return nil, nil
	}
	key, ok := r.own(name)
	if !ok {
		return nil, denied("cross namespace usage of secrets is not allowed")
	}
	cm, err := r.Objects.ConfigMap(key)
	if err != nil {
		return nil, denied("location denied, reason: unable to find configMap %q", name)
	}
	for name := range cm.Data {
		if !header.MatchString(name) {
			return nil, denied("location denied, reason: invalid proxy-set-headers in configmap")
		}
	}
	return cm.Data, nil
}

var (
	cacheStatus = regexp.MustCompile(`^\d{3}$`)
	cacheTime   = regexp.MustCompile(`^\d+(ms|s|m|h|d|w|M|y)$`)
)

// cacheDurations reads how long answers of a service are good: "200 202 30m, 401 5m".
func cacheDurations(text string) (list []string, err error) {
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		if !isCacheDuration(part) {
			return nil, denied("location denied, reason: invalid cache duration: %s", part)
		}
		list = append(list, part)
	}
	if len(list) == 0 {
		list = []string{"200 202 401 5m"}
	}
	return list, nil
}

func isCacheDuration(text string) bool {
	timed := false
	for word := range strings.FieldsSeq(text) {
		switch {
		case cacheStatus.MatchString(word):
			if timed {
				return false
			}
		case cacheTime.MatchString(word):
			timed = true
		}
	}
	return timed
}

func globalAuth(r *reader, c *Config) error {
	c.GlobalAuth = r.boolOr("enable-global-auth", true)
	return nil
}

func satisfy(r *reader, c *Config) error {
	c.Satisfy = r.textOr("satisfy", "")
	return nil
}
