package proxy_test

import (
	"net/http"
	"strings"
	"testing"
)

// ask is a request and what must come of it: the status, and of an answer of a
// backend the Service with the path that it saw: "web /app", or where a redirect
// leads to.
type ask struct {
	url  string
	want string
}

func (w *world) check(asks ...ask) {
	w.t.Helper()
	for _, a := range asks {
		got := w.get(a.url)
		text := got.Status[:3]
		switch {
		case got.echo.Pod != "":
			service, _, _ := strings.Cut(got.echo.Pod, "-")
			text = service + " " + got.echo.Path
		case got.Header.Get("Location") != "":
			text += " " + got.Header.Get("Location")
		}
		if text != a.want {
			w.t.Errorf("%s: %s, want %s\n%s", a.url, text, a.want, w.errors.String())
		}
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range []string{"web", "api", "probe"} {
		w.serve(name, 1)
	}
	w.ingress("match", nil, "=match.example.com/health probe", "match.example.com/api api", "match.example.com/ web")
	w.ingress("exact", nil, "=exact.example.com/ web", "=exact.example.com/App api")
	w.ingress("slash", nil, "slash.example.com/app/ web", "=slash.example.com/both api", "slash.example.com/both web")
	w.ingress("wild", nil, "*.wild.example.com/ web", "named.wild.example.com/ api")
	w.ingress("any", nil, "/only web")
	w.apply()
	w.check(
		ask{"http://match.example.com/health", "probe /health"}, ask{"http://match.example.com/health/x", "web /health/x"},
		ask{"http://match.example.com/api", "api /api"}, ask{"http://match.example.com/api/v1?q=a%20b", "api /api/v1?q=a%20b"},
		ask{"http://match.example.com/apix", "web /apix"},
		ask{"http://match.example.com//api", "api //api"}, ask{"http://match.example.com/x/../api/y", "api /x/../api/y"}, ask{"http://match.example.com/%61pi", "api /%61pi"},
		ask{"http://MATCH.example.com:80/API", "web /API"},
		ask{"http://exact.example.com/", "web /"}, ask{"http://exact.example.com/hostname", "404"}, ask{"http://exact.example.com/App", "api /App"},
		ask{"http://exact.example.com/app", "404"}, ask{"http://exact.example.com/App/", "404"},
		ask{"http://slash.example.com/app", "301 http://slash.example.com/app/"}, ask{"http://slash.example.com/app/x", "web /app/x"},
		ask{"http://slash.example.com/both", "api /both"}, ask{"http://slash.example.com/both/x", "web /both/x"},
		ask{"http://a.wild.example.com/x", "web /x"}, ask{"http://named.wild.example.com/x", "api /x"}, ask{"http://a.b.wild.example.com/x", "404"},
		ask{"http://wild.example.com/x", "404"},
		ask{"http://nobody.example.com/only/x", "web /only/x"}, ask{"http://nobody.example.com/", "404"}, ask{"http://nobody.example.com/healthz", "200"},
	)
}

func TestRegularExpressions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range []string{"v1", "v2", "web"} {
		w.serve(name, 1)
	}
	w.ingress("strip", map[string]string{"rewrite-target": "/$2"}, "~re.example.com/v1(/|$)(.*) v1", "~re.example.com/v2(/|$)(.*) v2")
	w.ingress("plain", nil, "=re.example.com/admin web") // of another team, and an expression for all that
	w.ingress("root", map[string]string{"rewrite-target": "/"}, "root.example.com/v1 v1")
	w.ingress("use", map[string]string{"use-regex": "true"}, "~use.example.com/item/[0-9]+$ v1", "~use.example.com/item v2")
	w.ingress("away", map[string]string{"rewrite-target": "https://elsewhere.example.com/$1"}, "~away.example.com/(.*) v1")
	w.apply()
	w.check(
		ask{"http://re.example.com/v1", "v1 /"}, ask{"http://re.example.com/v1/", "v1 /"}, ask{"http://re.example.com/v1/hostname?x=1", "v1 /hostname?x=1"},
		ask{"http://re.example.com/V2/a%20b", "v2 /a%20b"}, ask{"http://re.example.com/v10", "404"}, ask{"http://re.example.com/api/v1", "404"},
		ask{"http://re.example.com/ADMIN/x", "web /ADMIN/x"},
		ask{"http://root.example.com/v1/hostname", "v1 /"}, ask{"http://root.example.com/v1", "v1 /"},
		ask{"http://use.example.com/item/42", "v1 /item/42"}, ask{"http://use.example.com/item/x", "v2 /item/x"},
		ask{"http://away.example.com/here", "302 https://elsewhere.example.com/here"},
	)
}

func TestBackendsThatDoNotAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serve("web", 1)
	w.service("empty")
	refusing := w.service("refusing")
	refusing.Endpoints = w.slices["shop/web"][0].Endpoints
	port := int32(9)
	refusing.Ports[0].Port = &port
	w.ingress("all", nil, "empty.example.com/ empty", "missing.example.com/ missing", "refusing.example.com/ refusing")
	w.apply()
	w.check(ask{"http://empty.example.com/", "503"}, ask{"http://missing.example.com/", "503"}, ask{"http://refusing.example.com/", "502"})
	if a := w.get("http://empty.example.com/"); !strings.Contains(a.text, "<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n<hr><center>nginx</center>") {
		t.Errorf("the page is %q", a.text)
	}
	if errors := w.errors.String(); strings.Count(errors, "connect() failed (111: Connection refused) while connecting to upstream, client: "+w.client.IP().String()) != 3 {
		t.Errorf("error.log:\n%s", errors)
	}
	if !strings.Contains(w.access.String(), "502 150 \"-\" \"Go-http-client/1.1\"") || !strings.Contains(w.access.String(), " 502, 502, 502 ") {
		t.Errorf("access.log:\n%s", w.access.String())
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serve("web", 1)
	w.ingress("plain", nil, "plain.example.com/ web")
	w.ingress("host", map[string]string{"upstream-vhost": "inside.local", "x-forwarded-prefix": "/pre", "rewrite-target": "/x"}, "host.example.com/ web")
	w.apply()
	a := w.get("http://plain.example.com/p", "X-Forwarded-For: 1.2.3.4", "X-Forwarded-Host: evil", "X_Under: dropped", "Proxy: evil", "X-Request-ID: abc")
	client := w.client.IP().String()
	for name, want := range map[string]string{"X-Real-Ip": client, "X-Forwarded-For": client, "X-Forwarded-Host": "plain.example.com", "X-Forwarded-Port": "80",
		"X-Forwarded-Proto": "http", "X-Forwarded-Scheme": "http", "X-Scheme": "http", "X-Request-Id": "abc", "X-Original-Forwarded-For": "1.2.3.4",
		"X-Original-Forwarded-Host": "evil", "Proxy": "", "X_under": "", "X_Under": ""} {
		if got := a.echo.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if a.echo.Host != "plain.example.com" || a.Header.Get("Server") != "" {
		t.Errorf("Host %q, Server %q", a.echo.Host, a.Header.Get("Server"))
	}
	if a = w.get("http://plain.example.com/"); len(a.echo.Header.Get("X-Request-Id")) != 32 {
		t.Errorf("a request has the id %q", a.echo.Header.Get("X-Request-Id"))
	}
	if a = w.get("http://host.example.com/"); a.echo.Host != "inside.local" || a.echo.Header.Get("X-Forwarded-Prefix") != "/pre" {
		t.Errorf("Host %q, prefix %q", a.echo.Host, a.echo.Header.Get("X-Forwarded-Prefix"))
	}
	w.settings["use-forwarded-headers"] = "true"
	w.apply()
	a = w.get("http://plain.example.com/", "X-Forwarded-For: 1.2.3.4, 5.6.7.8", "X-Forwarded-Proto: https", "X-Forwarded-Host: outside.example.com")
	if h := a.echo.Header; h.Get("X-Real-Ip") != "1.2.3.4" || h.Get("X-Forwarded-Proto") != "https" || a.echo.Host != "outside.example.com" {
		t.Errorf("with use-forwarded-headers: %v, Host %q", h, a.echo.Host)
	}
	if a.StatusCode != http.StatusOK {
		t.Errorf("status %d", a.StatusCode)
	}
}
