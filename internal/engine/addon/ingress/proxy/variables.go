package proxy

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// variable is the variable of a name; one that is always empty if there is none.
func variable(name string) value {
	for prefix, of := range families() {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			return of(rest)
		}
	}
	for _, known := range []func(string) value{requestVariable, connectionVariable, answerVariable, upstreamVariable, ingressVariable} {
		if v := known(name); v != nil {
			return v
		}
	}
	return func(*exchange) string { return "" }
}

// families are variables whose names say more than a prefix.
func families() map[string]func(rest string) value {
	dashes := func(name string) string { return strings.ReplaceAll(name, "_", "-") }
	return map[string]func(string) value{
		"http_": func(name string) value {
			if name == "host" {
				return func(x *exchange) string { return x.in.Host }
			}
			return func(x *exchange) string { return strings.Join(x.in.Header.Values(dashes(name)), ", ") }
		},
		"sent_http_": func(name string) value { return func(x *exchange) string { return x.out.Header().Get(dashes(name)) } },
		"arg_":       func(name string) value { return func(x *exchange) string { return x.argument(name) } },
		"cookie_":    func(name string) value { return func(x *exchange) string { return x.cookie(name) } },
	}
}

func requestVariable(name string) value {
	switch name {
	case "request":
		return func(x *exchange) string { return x.in.Method + " " + x.target + " " + x.in.Proto }
	case "request_method":
		return func(x *exchange) string { return x.in.Method }
	case "request_uri":
		return func(x *exchange) string { return x.target }
	case "escaped_request_uri":
		return func(x *exchange) string { return url.QueryEscape(x.target) }
	case "uri", "document_uri":
		return func(x *exchange) string { return x.path }
	case "args", "query_string":
		return func(x *exchange) string { return x.args }
	case "is_args":
		return func(x *exchange) string { return map[bool]string{true: "?"}[x.args != ""] }
	case "server_protocol":
		return func(x *exchange) string { return x.in.Proto }
	case "host":
		return func(x *exchange) string { return x.host }
	case "best_http_host":
		return func(x *exchange) string { return x.bestHost }
	case "content_length", "content_type":
		header := strings.ReplaceAll(name, "_", "-")
		return func(x *exchange) string { return x.in.Header.Get(header) }
	case "remote_user":
		return func(x *exchange) string { user, _, _ := x.in.BasicAuth(); return user }
	case "req_id", "request_id":
		return func(x *exchange) string { return x.requestID }
	case "request_length":
		return func(x *exchange) string { return strconv.FormatInt(x.length(), 10) }
	}
	return nil
}

func connectionVariable(name string) value {
	switch name {
	case "remote_addr", "binary_remote_addr":
		return func(x *exchange) string { return x.client }
	case "realip_remote_addr":
		return func(x *exchange) string { return x.peer }
	case "remote_port":
		return func(x *exchange) string { _, port, _ := net.SplitHostPort(x.in.RemoteAddr); return port }
	case "scheme":
		return func(x *exchange) string { return x.scheme }
	case "pass_access_scheme":
		return func(x *exchange) string { return x.passScheme }
	case "https":
		return func(x *exchange) string { return map[bool]string{true: "on"}[x.scheme == "https"] }
	case "server_port":
		return func(x *exchange) string { return x.port }
	case "pass_port", "pass_server_port":
		return func(x *exchange) string { return x.passPort }
	case "ssl_protocol":
		return func(x *exchange) string { return x.tlsVersion() }
	case "ssl_server_name":
		return func(x *exchange) string { return x.tlsName() }
	}
	return nil
}

func answerVariable(name string) value {
	switch name {
	case "status":
		return func(x *exchange) string { return fmt.Sprintf("%03d", x.out.status) }
	case "body_bytes_sent", "bytes_sent":
		return func(x *exchange) string { return strconv.FormatInt(x.out.written, 10) }
	case "request_time":
		return func(x *exchange) string { return seconds(time.Since(x.began)) }
	case "time_local":
		return func(*exchange) string { return time.Now().Format("02/Jan/2006:15:04:05 -0700") }
	case "time_iso8601":
		return func(*exchange) string { return time.Now().Format("2006-01-02T15:04:05-07:00") }
	case "msec":
		return func(*exchange) string { return seconds(time.Duration(time.Now().UnixMilli()) * time.Millisecond) }
	}
	return nil
}

func upstreamVariable(name string) value {
	switch name {
	case "proxy_upstream_name", "proxy_host":
		return func(x *exchange) string { return x.upstreamName }
	case "proxy_alternative_upstream_name":
		return func(x *exchange) string { return x.alternative }
	case "upstream_addr":
		return func(x *exchange) string { return x.tried(func(t *try) string { return t.address }) }
	case "upstream_status":
		return func(x *exchange) string { return x.tried(func(t *try) string { return fmt.Sprintf("%03d", t.status) }) }
	case "upstream_response_time":
		return func(x *exchange) string { return x.tried(func(t *try) string { return seconds(t.took) }) }
	case "upstream_response_length":
		return func(x *exchange) string {
			return x.tried(func(t *try) string { return strconv.FormatInt(t.length.Load(), 10) })
		}
	}
	return nil
}

func ingressVariable(name string) value {
	var of func(*location) string
	switch name {
	case "namespace":
		of = func(l *location) string { return l.Ingress.Namespace }
	case "ingress_name":
		of = func(l *location) string { return l.Ingress.Name }
	case "service_name":
		of = func(l *location) string { return l.ServiceName }
	case "service_port":
		of = func(l *location) string { return l.ServicePort }
	case "location_path":
		return (*exchange).locationPath
	case "server_name":
		return func(x *exchange) string { return x.server.Name }
	default:
		return nil
	}
	return func(x *exchange) string {
		if x.location == nil || x.location.Ingress == nil {
			return ""
		}
		return of(x.location)
	}
}

// seconds is a time as nginx's logs have it.
func seconds(d time.Duration) string {
	return fmt.Sprintf("%d.%03d", d/time.Second, d%time.Second/time.Millisecond)
}

// tried joins a value of each try of an upstream; empty if there was none.
func (x *exchange) tried(of func(*try) string) string {
	values := make([]string, len(x.tries))
	for i, t := range x.tries {
		values[i] = of(t)
	}
	return strings.Join(values, ", ")
}

// length is about how many bytes the request had.
func (x *exchange) length() int64 {
	n := len(x.in.Method) + len(x.target) + len(x.in.Proto) + len(x.in.Host) + len("  \r\nHost: \r\n\r\n")
	for name, values := range x.in.Header {
		for _, value := range values {
			n += len(name) + len(value) + len(": \r\n")
		}
	}
	return int64(n) + x.received.Load()
}

func (x *exchange) argument(name string) string {
	for pair := range strings.SplitSeq(x.args, "&") {
		if key, value, _ := strings.Cut(pair, "="); strings.EqualFold(key, name) {
			return value
		}
	}
	return ""
}

func (x *exchange) cookie(name string) string {
	c, err := x.in.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

func (x *exchange) locationPath() string {
	if x.location == nil || x.location.IngressPath == "" {
		return "/"
	}
	return x.location.IngressPath
}

func (x *exchange) tlsVersion() string {
	if x.in.TLS == nil {
		return ""
	}
	return map[uint16]string{0x0303: "TLSv1.2", 0x0304: "TLSv1.3"}[x.in.TLS.Version]
}

func (x *exchange) tlsName() string {
	if x.in.TLS == nil {
		return ""
	}
	return x.in.TLS.ServerName
}
