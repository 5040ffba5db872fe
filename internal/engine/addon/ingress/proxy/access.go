package proxy

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"kubetutor/internal/engine/addon/ingress/annotation"
	"kubetutor/internal/engine/image/apps/htpasswd"
)

// withinLimits counts the request; release ends what it holds.
func (x *exchange) withinLimits() (release func(), ok bool) {
	var held []func()
	release = func() {
		for _, done := range held {
			done()
		}
	}
	if contains(x.location.exempt, x.client) {
		return release, true
	}
	for _, l := range x.location.limits {
		done, refusal := l.take(x.client, time.Now())
		if refusal == "" {
			held = append(held, done)
			continue
		}
		x.errorLog("%s", refusal)
		status := x.table.Settings.LimitReqStatusCode
		if l.every == 0 {
			status = x.table.Settings.LimitConnStatusCode
		}
		x.fail(status)
		return release, false
	}
	return release, true
}

// refusal is why a request may not pass: the status, what the log says, and how
// the client is told.
type refusal struct {
	status int
	why    string
	header http.Header
}

// accessPhase asks all that a location asks; with satisfy any, one is enough.
func (x *exchange) accessPhase() bool {
	checks := []func() *refusal{x.checkAddress}
	if x.location.Config.Auth != nil && !x.location.noAuth {
		checks = append(checks, x.checkPassword)
	}
	if x.location.auth != nil {
		checks = append(checks, x.checkAuthority)
	}
	limited := len(x.location.allow) > 0 || len(x.location.deny) > 0
	if x.location.Config.Satisfy == "any" && len(checks) > 1 {
		if !limited {
			checks = checks[1:]
		}
		return x.satisfyAny(checks)
	}
	for _, check := range checks {
		if r := check(); r != nil {
			x.refuse(r)
			return false
		}
	}
	return true
}

func (x *exchange) satisfyAny(checks []func() *refusal) bool {
	var last *refusal
	for _, check := range checks {
		if last = check(); last == nil {
			return true
		}
	}
	x.refuse(last)
	return false
}

func (x *exchange) refuse(r *refusal) {
	if r.why != "" {
		x.errorLog("%s", r.why)
	}
	for name, values := range r.header {
		x.out.Header()[name] = values
	}
	if r.status == http.StatusUnauthorized && x.location.auth != nil && x.location.auth.Signin != "" {
		x.redirect(http.StatusFound, x.location.signin.of(x, nil, nil))
		return
	}
	x.fail(r.status)
}

// checkAddress holds the client's address against the lists of networks.
func (x *exchange) checkAddress() *refusal {
	l := x.location
	if contains(l.deny, x.client) || len(l.allow) > 0 && !contains(l.allow, x.client) {
		return &refusal{status: http.StatusForbidden, why: "access forbidden by rule"}
	}
	return nil
}

// checkPassword asks for a name and a password.
func (x *exchange) checkPassword() *refusal {
	auth := x.location.Config.Auth
	challenge := http.Header{"Www-Authenticate": {fmt.Sprintf("Basic realm=%q", auth.Realm)}}
	user, password, ok := x.in.BasicAuth()
	if !ok {
		return &refusal{http.StatusUnauthorized, "no user/password was provided for basic authentication", challenge}
	}
	hash, ok := htpasswd.Find(auth.Users, user)
	switch {
	case !ok:
		return &refusal{http.StatusUnauthorized, fmt.Sprintf("user %q was not found in %q", user, auth.File), challenge}
	case !htpasswd.Matches(hash, password):
		return &refusal{http.StatusUnauthorized, fmt.Sprintf("user %q: password mismatch", user), challenge}
	}
	return nil
}

// checkAuthority asks another service.
func (x *exchange) checkAuthority() *refusal {
	auth := x.location.auth
	resp, err := x.ask(auth)
	if err != nil {
		x.errorLog("%v while sending to client, upstream: %q", err, auth.URL)
		return &refusal{status: http.StatusInternalServerError}
	}
	x.authCookies = resp.Header.Values("Set-Cookie")
	switch {
	case resp.StatusCode < http.StatusMultipleChoices:
		x.authHeaders = http.Header{}
		for _, name := range auth.ResponseHeaders {
			x.authHeaders[http.CanonicalHeaderKey(name)] = resp.Header.Values(name)
		}
		return nil
	case resp.StatusCode == http.StatusUnauthorized:
		challenge := http.Header{}
		if values := resp.Header.Values("Www-Authenticate"); len(values) > 0 {
			challenge["Www-Authenticate"] = values
		}
		return &refusal{status: resp.StatusCode, header: challenge}
	case resp.StatusCode == http.StatusForbidden:
		return &refusal{status: resp.StatusCode}
	}
	return &refusal{status: http.StatusInternalServerError, why: fmt.Sprintf("auth request unexpected status: %d while sending to client", resp.StatusCode)}
}

// answerLimit is how much of an authority's answer is read, in bytes.
const answerLimit = 64 << 10

// ask sends an authority the request's headers.
func (x *exchange) ask(auth *annotation.ExternalAuth) (*http.Response, error) {
	target := x.location.authURL.of(x, nil, nil)
	parsed, err := url.Parse(target)
	if err != nil {
		return nil, fmt.Errorf("invalid URL %q", target)
	}
	method := auth.Method
	if method == "" {
		method = http.MethodGet
	}
	ctx, cancel := context.WithTimeout(x.in.Context(), x.location.connect+x.location.read)
	defer cancel()
	out, err := http.NewRequestWithContext(ctx, method, target, nil)
	if err != nil {
		return nil, err
	}
	out.Header = x.authorityHeaders(auth)
	out.Host = parsed.Host
	resp, err := x.proxy.transports.of(speech{tls: parsed.Scheme == "https"}, x.location.connect).RoundTrip(out)
	if err != nil {
		return nil, fmt.Errorf("%s", reason(err))
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, answerLimit))
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, err
}

func (x *exchange) authorityHeaders(auth *annotation.ExternalAuth) http.Header {
	h := x.in.Header.Clone()
	for _, name := range []string{"Content-Length", "Connection", "Upgrade", "Transfer-Encoding", "Te", "X-Forwarded-Proto"} {
		h.Del(name)
	}
	h.Set("X-Request-Id", x.requestID)
	h.Set("X-Original-Url", x.scheme+"://"+x.in.Host+x.target)
	h.Set("X-Original-Method", x.in.Method)
	h.Set("X-Sent-From", "nginx-ingress-controller")
	h.Set("X-Real-Ip", x.client)
	h.Set("X-Forwarded-For", x.client)
	if auth.Method != "" {
		h.Set("X-Original-Uri", x.target)
		h.Set("X-Scheme", x.passScheme)
	}
	h.Set("X-Auth-Request-Redirect", x.target)
	if auth.RequestRedirect != "" {
		h.Set("X-Auth-Request-Redirect", auth.RequestRedirect)
	}
	for name, value := range auth.RequestHeaders {
		h.Set(name, value)
	}
	return h
}

// preflight answers a browser's question about a request from another origin, and
// notes what the answer to any other must say.
func (x *exchange) preflight() bool {
	c := x.location.Config.CORS
	origin := x.in.Header.Get("Origin")
	if x.location.origins == nil {
		origin = "*"
	} else if !x.location.origins.MatchString(origin) {
		return false
	}
	x.out.cors = corsHeaders(c, origin)
	if x.in.Method != http.MethodOptions {
		return false
	}
	h := x.out.Header()
	h.Set("Content-Type", "text/plain charset=UTF-8")
	h.Set("Content-Length", "0")
	x.out.WriteHeader(http.StatusNoContent)
	return true
}

func corsHeaders(c annotation.CORS, origin string) http.Header {
	h := http.Header{}
	h.Set("Access-Control-Allow-Origin", origin)
	if c.Credentials {
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	h.Set("Access-Control-Allow-Methods", c.Methods)
	h.Set("Access-Control-Allow-Headers", c.Headers)
	if c.Show != "" {
		h.Set("Access-Control-Expose-Headers", c.Show)
	}
	h.Set("Access-Control-Max-Age", fmt.Sprint(c.MaxAge))
	return h
}

// mirror sends a copy of the request to another address, without waiting.
func (x *exchange) mirror() {
	m := x.location.Config.Mirror
	if m.Target == "" || m.Host == "" {
		return
	}
	var body []byte
	if m.Body && x.in.ContentLength > 0 && x.in.ContentLength <= replayLimit {
		var err error
		if body, err = io.ReadAll(x.in.Body); err != nil {
			return
		}
		x.in.Body = io.NopCloser(bytes.NewReader(body))
	}
	out, err := http.NewRequestWithContext(context.WithoutCancel(x.in.Context()), x.in.Method, x.location.mirror.of(x, nil, nil), bytes.NewReader(body))
	if err != nil {
		return
	}
	out.Host, out.Header = m.Host, x.in.Header.Clone()
	for _, name := range []string{"Connection", "Upgrade", "Content-Length"} {
		out.Header.Del(name)
	}
	x.proxy.copyTo(out, x.location.connect, x.location.read)
}

// copyTo sends a request whose answer nobody waits for; too many at once are dropped.
func (p *Proxy) copyTo(out *http.Request, connect, read time.Duration) {
	select {
	case p.mirrors <- struct{}{}:
	default:
		return
	}
	go func() {
		defer func() { <-p.mirrors }()
		ctx, cancel := context.WithTimeout(out.Context(), connect+read)
		defer cancel()
		resp, err := p.transports.of(speech{tls: strings.HasPrefix(out.URL.Scheme, "https")}, connect).RoundTrip(out.WithContext(ctx))
		if err == nil {
			_, _ = io.CopyN(io.Discard, resp.Body, answerLimit)
			resp.Body.Close()
		}
	}()
}
