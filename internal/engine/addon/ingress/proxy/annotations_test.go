package proxy_test

import (
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	networkingv1 "k8s.io/api/networking/v1"
)

func TestRedirects(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serve("web", 1)
	w.certificates["shop/tls"] = certificate(t, "tls.example.com", "off.example.com", "port.example.com", "example.com", "www.example.com")
	for _, ing := range []*networkingv1.Ingress{
		w.ingress("tls", nil, "tls.example.com/ web"),
		w.ingress("off", map[string]string{"ssl-redirect": "false"}, "off.example.com/ web"),
		w.ingress("port", map[string]string{"use-port-in-redirects": "true", "preserve-trailing-slash": "true"}, "port.example.com/ web"),
		w.ingress("apex", map[string]string{"from-to-www-redirect": "true", "ssl-redirect": "false"}, "example.com/ web"),
	} {
		ing.Spec.TLS = []networkingv1.IngressTLS{{Hosts: []string{ing.Spec.Rules[0].Host}, SecretName: "tls"}}
	}
	missing := w.ingress("missing", nil, "missing.example.com/ web")
	missing.Spec.TLS = []networkingv1.IngressTLS{{Hosts: []string{"missing.example.com"}, SecretName: "none"}}
	w.ingress("force", map[string]string{"force-ssl-redirect": "true"}, "force.example.com/ web")
	w.ingress("root", map[string]string{"app-root": "/index"}, "root.example.com/ web")
	w.ingress("perm", map[string]string{"permanent-redirect": "https://new.example.com/a"}, "perm.example.com/ web")
	w.ingress("perm8", map[string]string{"permanent-redirect": "https://new.example.com/a", "permanent-redirect-code": "308"}, "perm8.example.com/ web")
	w.ingress("temp", map[string]string{"temporal-redirect": "https://new.example.com/b"}, "temp.example.com/ web")
	w.apply()
	w.check(
		ask{"http://tls.example.com/cart/?a=1", "308 https://tls.example.com/cart/?a=1"}, ask{"http://tls.example.com/cart/", "308 https://tls.example.com/cart"},
		ask{"https://tls.example.com/cart/", "web /cart/"}, ask{"http://tls.example.com/.well-known/acme-challenge/x",
			"308 https://tls.example.com/.well-known/acme-challenge/x"},
		ask{"http://off.example.com/", "web /"}, ask{"http://port.example.com/x/", "308 https://port.example.com:443/x/"},
		ask{"http://missing.example.com/", "308 https://missing.example.com"},
		ask{"http://www.example.com/x/", "308 http://example.com:80/x"}, ask{"http://example.com/x", "web /x"},
		ask{"http://force.example.com/x", "308 https://force.example.com/x"},
		ask{"http://root.example.com/", "302 http://root.example.com/index"}, ask{"http://root.example.com/x", "web /x"},
		ask{"http://perm.example.com/x", "301 https://new.example.com/a"}, ask{"http://perm8.example.com/x", "308 https://new.example.com/a"},
		ask{"http://temp.example.com/x", "302 https://new.example.com/b"},
	)
	if a := w.get("https://tls.example.com/"); a.Header.Get("Strict-Transport-Security") != "max-age=31536000; includeSubDomains" || a.ProtoMajor != 2 {
		t.Errorf("HSTS %q, %s", a.Header.Get("Strict-Transport-Security"), a.Proto)
	}
	if !strings.Contains(strings.Join(w.warnings, "\n"),
		`Error getting SSL certificate "shop/none": local SSL certificate shop/none was not found. Using default certificate`) {
		t.Errorf("warnings: %q", w.warnings)
	}
	w.settings["ssl-redirect"], w.settings["hsts-max-age"], w.settings["http-redirect-code"] = "false", "60", "301"
	w.apply()
	w.check(ask{"http://tls.example.com/", "web /"}, ask{"http://force.example.com/x", "301 https://force.example.com/x"})
	if a := w.get("https://tls.example.com/"); a.Header.Get("Strict-Transport-Security") != "max-age=60; includeSubDomains" {
		t.Errorf("HSTS %q", a.Header.Get("Strict-Transport-Security"))
	}
}

// shown is the common name of the certificate that a name gets.
func (w *world) shown(name string) string {
	w.t.Helper()
	conn, err := w.client.Dial(w.t.Context(), "tcp", netip.AddrPortFrom(w.address, 443).String())
	if err != nil {
		w.t.Fatal(err)
	}
	defer conn.Close()
	client := tls.Client(conn, &tls.Config{ServerName: name, InsecureSkipVerify: true})
	if err := client.HandshakeContext(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	return client.ConnectionState().PeerCertificates[0].Subject.CommonName
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serve("web", 1)
	w.certificates["shop/one"], w.certificates["shop/star"], w.certificates["shop/other"] = certificate(t, "one.example.com"), certificate(t,
		"*.star.example.com"), certificate(t, "elsewhere.example.com")
	for host, secret := range map[string]string{"one.example.com": "one", "*.star.example.com": "star", "wrong.example.com": "other", "missing.example.com": "none"} {
		ing := w.ingress(secret, nil, host+"/ web")
		ing.Spec.TLS = []networkingv1.IngressTLS{{Hosts: []string{host}, SecretName: secret}}
	}
	w.apply()
	fake := "Kubernetes Ingress Controller Fake Certificate"
	for name, want := range map[string]string{"one.example.com": "one.example.com", "ONE.example.com": "one.example.com", "a.star.example.com": "*.star.example.com",
		"a.b.star.example.com": fake, "wrong.example.com": fake, "missing.example.com": fake, "nobody.example.com": fake, "": fake} {
		if got := w.shown(name); got != want {
			t.Errorf("%q is shown %q, want %q", name, got, want)
		}
	}
	w.certificates["shop/one"] = certificate(t, "renewed.example.com", "one.example.com")
	w.apply()
	if got := w.shown("one.example.com"); got != "renewed.example.com" {
		t.Errorf("after the renewal: %q", got)
	}
}

func TestAccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serve("web", 1)
	client := w.client.IP().String()
	w.secrets["shop/users"] = &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "users"},
		Data: map[string][]byte{"auth": []byte("anna:$apr1$Q1EvBnZX$nVsB.2kvxkJTA7vAp6mRm1\nsha:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n")}}
	w.ingress("in", map[string]string{"whitelist-source-range": client + "/32,192.0.2.0/24"}, "in.example.com/ web")
	w.ingress("out", map[string]string{"allowlist-source-range": "192.0.2.0/24"}, "out.example.com/ web")
	w.ingress("deny", map[string]string{"denylist-source-range": client}, "deny.example.com/ web")
	w.ingress("bad", map[string]string{"auth-type": "basic", "auth-secret": "none"}, "bad.example.com/ web")
	w.ingress("auth", map[string]string{"auth-type": "basic", "auth-secret": "users", "auth-realm": "Staff only"}, "auth.example.com/ web")
	w.ingress("any", map[string]string{"auth-type": "basic", "auth-secret": "users", "satisfy": "any", "whitelist-source-range": client}, "any.example.com/ web")
	w.apply()
	w.check(ask{"http://in.example.com/", "web /"}, ask{"http://out.example.com/", "403"}, ask{"http://deny.example.com/", "403"},
		ask{"http://bad.example.com/", "503"}, ask{"http://auth.example.com/", "401"}, ask{"http://any.example.com/", "web /"})
	if !strings.Contains(w.errors.String(), "access forbidden by rule, client: "+client+`, server: out.example.com, request: "GET / HTTP/1.1", host: "out.example.com"`) {
		t.Errorf("error.log:\n%s", w.errors.String())
	}
	basic := func(user, password string) string {
		return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	}
	if a := w.get("http://auth.example.com/"); a.Header.Get("WWW-Authenticate") != `Basic realm="Staff only"` {
		t.Errorf("challenge %q", a.Header.Get("WWW-Authenticate"))
	}
	for password, want := range map[string]int{"secret": 200, "wrong": 401} {
		if a := w.get("http://auth.example.com/", basic("sha", password)); a.StatusCode != want {
			t.Errorf("the password %s: %d", password, a.StatusCode)
		}
	}
	if a := w.get("http://auth.example.com/", basic("sha", "secret")); a.echo.Header.Get("Authorization") != "" {
		t.Errorf("the backend gets the password")
	}
}

func TestExternalAuth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serve("web", 1)
	w.serveBy("auth", 1, func(string) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("X-User", r.Header.Get("X-Token")+" of "+r.Header.Get("X-Original-URL"))
			switch r.Header.Get("X-Token") {
			case "anna":
			case "banned":
				rw.WriteHeader(http.StatusForbidden)
			case "broken":
				rw.WriteHeader(http.StatusTeapot)
			default:
				rw.WriteHeader(http.StatusUnauthorized)
			}
		})
	})
	target := "http://" + w.slices["shop/auth"][0].Endpoints[0].Addresses[0] + ":8080/check"
	w.ingress("plain", map[string]string{"auth-url": target, "auth-response-headers": "X-User"}, "plain.example.com/ web")
	w.ingress("login", map[string]string{"auth-url": target, "auth-signin": "https://login.example.com/start"}, "login.example.com/ web")
	w.apply()
	for token, want := range map[string]int{"anna": 200, "banned": 403, "broken": 500, "": 401} {
		a := w.get("http://plain.example.com/x?y=1", "X-Token: "+token)
		if a.StatusCode != want {
			t.Errorf("%q: %d, want %d", token, a.StatusCode, want)
		}
		if want == 200 && a.echo.Header.Get("X-User") != "anna of http://plain.example.com/x?y=1" {
			t.Errorf("the backend gets %q", a.echo.Header.Get("X-User"))
		}
	}
	w.check(ask{"http://login.example.com/x?y=1", "302 https://login.example.com/start?rd=http://login.example.com%2Fx%3Fy%3D1"})
}

func TestLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serve("web", 1)
	release, arrived := make(chan struct{}), make(chan struct{}, 1)
	w.serveBy("slow", 1, func(string) http.Handler {
		return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived <- struct{}{}; <-release })
	})
	w.ingress("rps", map[string]string{"limit-rps": "1", "limit-burst-multiplier": "3"}, "rps.example.com/ web")
	w.ingress("free", map[string]string{"limit-rps": "1", "limit-whitelist": w.client.IP().String()}, "free.example.com/ web")
	w.ingress("conn", map[string]string{"limit-connections": "1"}, "conn.example.com/ slow")
	w.ingress("size", map[string]string{"proxy-body-size": "1k"}, "size.example.com/ web")
	w.ingress("sized", nil, "sized.example.com/ web")
	w.apply()
	passed := 0
	for range 10 {
		if w.get("http://rps.example.com/").StatusCode == http.StatusOK {
			passed++
		}
		if got := w.get("http://free.example.com/").StatusCode; got != http.StatusOK {
			t.Errorf("a client that is exempt gets %d", got)
		}
	}
	if passed != 4 { // one, and a burst of three
		t.Errorf("%d of 10 requests passed", passed)
	}
	if !strings.Contains(w.errors.String(), `limiting requests, excess: 3.9`) {
		t.Errorf("error.log:\n%s", w.errors.String())
	}
	var first sync.WaitGroup
	first.Go(func() { w.get("http://conn.example.com/") })
	<-arrived
	if got := w.get("http://conn.example.com/").StatusCode; got != http.StatusServiceUnavailable {
		t.Errorf("a second connection gets %d", got)
	}
	close(release)
	first.Wait()
	for bytes, want := range map[int]int{1024: 200, 1025: 413} {
		for _, body := range []io.Reader{strings.NewReader(strings.Repeat("x", bytes)), io.MultiReader(strings.NewReader(strings.Repeat("x",
			bytes)))} { // the second without a length
			if a := w.do(http.MethodPost, "http://size.example.com/", body); a.StatusCode != want {
				t.Errorf("%d bytes: %d, want %d", bytes, a.StatusCode, want)
			}
		}
	}
	if a := w.do(http.MethodPost, "http://sized.example.com/", strings.NewReader(strings.Repeat("x", 1<<20+1))); a.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("more than 1m: %d", a.StatusCode)
	}
}

func TestTimeouts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	done := make(chan struct{})
	t.Cleanup(func() { close(done) })
	w.serveBy("slow", 1, func(string) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/steady": // longer than the time-out in all, with shorter pauses
				for range 6 {
					fmt.Fprint(rw, "x")
					_ = http.NewResponseController(rw).Flush()
					time.Sleep(300 * time.Millisecond)
				}
			default:
				<-done
			}
		})
	})
	w.ingress("slow", map[string]string{"proxy-read-timeout": "1", "proxy-next-upstream-tries": "1"}, "slow.example.com/ slow")
	w.apply()
	if a := w.get("http://slow.example.com/steady"); a.StatusCode != 200 || a.text != "xxxxxx" {
		t.Errorf("a slow but steady answer: %d %q", a.StatusCode, a.text)
	}
	w.check(ask{"http://slow.example.com/", "504"})
	if !strings.Contains(w.errors.String(), "upstream timed out (110: Operation timed out) while reading response header from upstream") {
		t.Errorf("error.log:\n%s", w.errors.String())
	}
}

func TestCORS(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serve("web", 1)
	w.ingress("all", map[string]string{"enable-cors": "true"}, "all.example.com/ web")
	w.ingress("some", map[string]string{"enable-cors": "true", "cors-allow-origin": "https://*.example.org, https://one.example.net", "cors-allow-credentials": "false",
		"cors-allow-methods": "GET", "cors-max-age": "600", "cors-expose-headers": "X-One"}, "some.example.com/ web")
	w.apply()
	a := w.do(http.MethodOptions, "http://all.example.com/", nil, "Origin: https://x.example")
	if a.StatusCode != 204 || a.Header.Get("Access-Control-Allow-Origin") != "*" || a.Header.Get("Access-Control-Allow-Methods") != "GET, PUT, POST, DELETE, PATCH, OPTIONS" ||
		a.Header.Get("Access-Control-Allow-Credentials") != "true" || a.Header.Get("Access-Control-Max-Age") != "1728000" {
		t.Errorf("preflight: %d %v", a.StatusCode, a.Header)
	}
	a = w.get("http://some.example.com/", "Origin: https://a.example.org")
	if a.StatusCode != 200 || a.Header.Get("Access-Control-Allow-Origin") != "https://a.example.org" || a.Header.Get("Access-Control-Expose-Headers") != "X-One" ||
		a.Header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("an allowed origin: %v", a.Header)
	}
	if a = w.do(http.MethodOptions, "http://some.example.com/", nil,
		"Origin: https://evil.example"); a.StatusCode != 200 || a.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("another origin: %d %v", a.StatusCode, a.Header)
	}
}

func TestErrorsOfOneself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serveBy("web", 1, func(string) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { http.Error(rw, "own page", 404) })
	})
	w.serve("pages", 1)
	w.service("empty")
	w.ingress("own", map[string]string{"custom-http-errors": "404,503", "default-backend": "pages"}, "own.example.com/ web")
	w.ingress("none", map[string]string{"default-backend": "pages"}, "none.example.com/ empty")
	w.ingress("let", map[string]string{"custom-http-errors": "404", "default-backend": "pages", "disable-proxy-intercept-errors": "true"}, "let.example.com/ web")
	w.apply()
	a := w.get("http://own.example.com/x", "Accept: text/html")
	if h := a.echo.Header; a.StatusCode != 200 || a.echo.Pod != "pages-0" || a.echo.Path != "/" || h.Get("X-Code") != "404" || h.Get("X-Original-Uri") != "/x" ||
		h.Get("X-Format") != "text/html" || h.Get("X-Namespace") != "shop" || h.Get("X-Ingress-Name") != "own" || h.Get("X-Service-Name") != "web" || h.Get("X-Service-Port") != "80" {
		t.Errorf("%d %+v", a.StatusCode, a.echo)
	}
	if a = w.get("http://none.example.com/x"); a.echo.Pod != "pages-0" || a.echo.Path != "/x" || a.echo.Header.Get("X-Code") != "503" {
		t.Errorf("in place of no endpoints: %+v", a.echo)
	}
	if a = w.get("http://let.example.com/x"); a.StatusCode != 404 || !strings.Contains(a.text, "own page") {
		t.Errorf("without interception: %d %q", a.StatusCode, a.text)
	}
	w.settings["custom-http-errors"] = "503"
	w.ingress("global", nil, "global.example.com/ empty")
	w.apply()
	w.check(ask{"http://global.example.com/", "404"}) // the default backend has nothing else to say
}

func TestDefaultBackends(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serve("web", 1)
	w.serve("rest", 1)
	w.ingress("rules", nil, "shop.example.com/app web").Spec.DefaultBackend = ptr(backend("rest"))
	w.apply()
	w.check(ask{"http://shop.example.com/app", "web /app"}, ask{"http://shop.example.com/x", "rest /x"}, ask{"http://nobody.example.com/", "404"})
	w.ingress("all", nil).Spec.DefaultBackend = ptr(backend("rest"))
	w.apply()
	w.check(ask{"http://nobody.example.com/x", "rest /x"})
	w.ingresses, w.options.DefaultService = nil, "shop/web"
	w.apply()
	w.check(ask{"http://nobody.example.com/x", "web /x"})
}

func ptr[T any](v T) *T { return &v }
