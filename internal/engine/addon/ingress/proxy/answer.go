package proxy

import (
	"bufio"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// answerWriter writes the answer to the client, with the headers that go with every
// answer, and counts.
type answerWriter struct {
	http.ResponseWriter
	x       *exchange
	cors    http.Header
	status  int // 0: nothing has been written
	written int64
}

// WriteHeader completes the headers, as nginx's header filters do.
func (w *answerWriter) WriteHeader(status int) {
	if status < http.StatusOK && status != http.StatusSwitchingProtocols {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	if w.status != 0 {
		return
	}
	w.status = status
	h := w.Header()
	maps.Copy(h, w.cors)
	w.add(h)
	if h.Get("Date") == "" {
		h.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	}
	if w.x.in.ProtoMajor == 1 && !w.x.in.Close && status != http.StatusSwitchingProtocols {
		h.Set("Connection", "keep-alive") // nginx says so
	}
	if status == statusClosed { // nobody reads it
		return
	}
	w.ResponseWriter.WriteHeader(status)
}

// add sets the headers of the ConfigMap and the annotations.
func (w *answerWriter) add(h http.Header) {
	t, l := w.x.table, w.x.location
	for name, value := range t.AddHeaders {
		h.Set(name, newTemplate(value).of(w.x, nil, nil))
	}
	if l == nil {
		return
	}
	for name, value := range l.Config.ResponseHeaders {
		h.Set(name, value)
	}
	if cookies := w.x.authCookies; len(cookies) > 0 && (l.auth.AlwaysSetCookie || w.status < http.StatusBadRequest) {
		h["Set-Cookie"] = append(h["Set-Cookie"], cookies...)
	}
	if set := t.Settings; set.HSTS && w.x.scheme == "https" {
		h.Set("Strict-Transport-Security", hsts(set.HSTSMaxAge, set.HSTSIncludeSubdomains, set.HSTSPreload))
	}
}

func hsts(age string, subdomains, preload bool) string {
	text := "max-age=" + age
	if subdomains {
		text += "; includeSubDomains"
	}
	if preload {
		text += "; preload"
	}
	return text
}

// Write counts the bytes of the body.
func (w *answerWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	n, err := w.ResponseWriter.Write(b)
	w.written += int64(n)
	return n, err
}

// Flush sends what has been written.
func (w *answerWriter) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

// Hijack hands the connection over, for an upgrade.
func (w *answerWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// Unwrap is for [http.ResponseController].
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// log writes the request's line to access.log.
func (x *exchange) log() {
	set := x.table.Settings
	if x.quiet || set.DisableAccessLog {
		return
	}
	change := escapeLog
	switch {
	case set.LogFormatEscapeNone:
		change = func(text string) string { return text }
	case set.LogFormatEscapeJSON:
		change = escapeJSON
	}
	line := x.table.access.of(x, nil, change) + "\n"
	x.proxy.logs.Lock()
	defer x.proxy.logs.Unlock()
	_, _ = x.proxy.options.Access.Write([]byte(line))
}

// escapeLog writes a value as nginx does by default: a dash for an empty one.
func escapeLog(text string) string {
	if text == "" {
		return "-"
	}
	if !strings.ContainsFunc(text, func(r rune) bool { return r == '"' || r == '\\' || r < ' ' || r > '~' }) {
		return text
	}
	var out strings.Builder
	for _, c := range []byte(text) {
		if c == '"' || c == '\\' || c < ' ' || c > '~' {
			fmt.Fprintf(&out, `\x%02X`, c)
		} else {
			out.WriteByte(c)
		}
	}
	return out.String()
}

// escapeJSON writes a value as the inner part of a string in JSON.
func escapeJSON(text string) string {
	quoted := strconv.Quote(text)
	return quoted[1 : len(quoted)-1]
}

// errorLog writes a line to error.log, with what nginx says of a request.
func (x *exchange) errorLog(format string, args ...any) {
	line := fmt.Sprintf("*%d ", x.number) + fmt.Sprintf(format, args...) + fmt.Sprintf(", client: %s, server: %s, request: \"%s %s %s\"",
		x.client, x.server.Name, x.in.Method, x.target, x.in.Proto)
	if n := len(x.tries); n > 0 && x.tries[n-1].status >= http.StatusBadGateway {
		line += fmt.Sprintf(", upstream: %q", x.tries[n-1].url)
	}
	if x.in.Host != "" {
		line += fmt.Sprintf(", host: %q", x.in.Host)
	}
	x.proxy.errorLine("error", line)
}

// hide takes away headers of the upstream's answer that clients do not see.
func (l *location) hide(h http.Header) {
	for _, name := range l.hidden {
		h.Del(name)
	}
}

// rewritten are the headers of an answer that name addresses of the backend:
// proxy_redirect and proxy_cookie_domain, proxy_cookie_path.
func (l *location) rewritten(x *exchange, h http.Header) {
	p := l.Config.Proxy
	if from, to := p.RedirectFrom, p.RedirectTo; from != "off" && from != "default" && to != "off" {
		to = newTemplate(to).of(x, nil, nil)
		if rest, ok := strings.CutPrefix(h.Get("Location"), from); ok {
			h.Set("Location", to+rest)
		}
	}
	for attribute, change := range map[string]string{"domain": p.CookieDomain, "path": p.CookiePath} {
		if from, to, ok := strings.Cut(change, " "); ok {
			changeCookies(h["Set-Cookie"], attribute, from, strings.TrimSpace(to))
		}
	}
}

// changeCookies replaces the beginning of an attribute of cookies.
func changeCookies(cookies []string, attribute, from, to string) {
	for i, cookie := range cookies {
		parts := strings.Split(cookie, ";")
		for j, part := range parts {
			name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			if rest, ok := strings.CutPrefix(value, from); ok && j > 0 && strings.EqualFold(name, attribute) {
				parts[j] = " " + name + "=" + to + rest
			}
		}
		cookies[i] = strings.Join(parts, ";")
	}
}

// affinityCookie is the cookie by which a client comes back to its endpoint.
func (c *choice) affinityCookie() string {
	a := c.Affinity.Cookie
	path := a.Path
	if path == "" {
		path = c.x.locationPath()
	}
	parts := []string{c.cookieName() + "=" + c.cookie}
	if n, err := strconv.Atoi(a.Expires); err == nil {
		parts = append(parts, "Expires="+time.Now().Add(time.Duration(n)*time.Second).UTC().Format(http.TimeFormat))
	}
	if a.MaxAge != "" {
		parts = append(parts, "Max-Age="+a.MaxAge)
	}
	if a.Domain != "" {
		parts = append(parts, "Domain="+a.Domain)
	}
	parts = append(parts, "Path="+path)
	if a.Secure || c.x.scheme == "https" {
		parts = append(parts, "Secure")
	}
	parts = append(parts, "HttpOnly")
	if a.SameSite != "" && !(a.ConditionalNone && strings.EqualFold(a.SameSite, "none") && !noneCompatible(c.x.in.UserAgent())) {
		parts = append(parts, "SameSite="+a.SameSite)
	}
	return strings.Join(parts, "; ")
}

// noneCompatible says whether a browser knows SameSite=None
// (https://www.chromium.org/updates/same-site/incompatible-clients).
func noneCompatible(agent string) bool {
	old := []string{"Chrome/4", "Chrome/5", "Chrome/6", "CPU iPhone OS 12", "iPad; CPU OS 12"}
	if slices.ContainsFunc(old, func(mark string) bool { return strings.Contains(agent, mark) }) {
		return false
	}
	return !(strings.Contains(agent, "Intel Mac OS X 10_14") && strings.Contains(agent, "Safari") && !strings.Contains(agent, "Chrome"))
}
