package proxy_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	discoveryv1 "k8s.io/api/discovery/v1"
)

// share counts which Services answer requests.
func (w *world) share(n int, url string, headers ...string) map[string]int {
	w.t.Helper()
	count := map[string]int{}
	for range n {
		service, _, _ := strings.Cut(w.get(url, headers...).echo.Pod, "-")
		count[service]++
	}
	return count
}

func TestCanaryWeight(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		weight, total string
		of200         int
	}{{"0", "", 0}, {"10", "", 20}, {"50", "", 100}, {"90", "", 180}, {"100", "", 200}, {"100", "1000", 20}, {"5", "10", 10}} { // a total below 100 does not count
		t.Run(c.weight+" of "+c.total, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.serve("v1", 2)
			w.serve("v2", 1)
			w.ingress("shop", nil, "shop.example.com/ v1")
			annotations := map[string]string{"canary": "true", "canary-weight": c.weight}
			if c.total != "" {
				annotations["canary-weight-total"] = c.total
			}
			w.ingress("canary", annotations, "shop.example.com/ v2")
			w.apply()
			if got := w.share(200, "http://shop.example.com/")["v2"]; got < c.of200-2 || got > c.of200+2 {
				t.Errorf("the canary got %d of 200, want %d", got, c.of200)
			}
		})
	}
}

func TestCanaryRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for host, annotations := range map[string]map[string]string{
		"header":  {"canary-by-header": "X-Tester"},
		"value":   {"canary-by-header": "X-Tester", "canary-by-header-value": "yes"},
		"pattern": {"canary-by-header": "X-Tester", "canary-by-header-pattern": "(vip|VIP)_.*"},
		"both":    {"canary-by-header": "X-Tester", "canary-by-header-value": "yes", "canary-by-header-pattern": ".*"},
		"cookie":  {"canary-by-cookie": "beta"},
		"all":     {"canary-by-header": "X-Tester", "canary-by-cookie": "beta", "canary-weight": "100"},
		"alone":   {"canary-by-header-value": "yes"},
	} {
		w.serve(host+"v1", 1) // an upstream has one canary, so each host has Services of its own
		w.serve(host+"v2", 1)
		w.ingress(host, nil, host+".example.com/ "+host+"v1")
		annotations["canary"] = "true"
		w.ingress(host+"-canary", annotations, host+".example.com/ "+host+"v2")
	}
	w.serve("orphan", 1)
	w.ingress("orphan", map[string]string{"canary": "true", "canary-weight": "100"}, "orphan.example.com/ orphan")
	w.apply()
	for _, c := range []struct{ host, header, want string }{
		{"header", "X-Tester: always", "v2"}, {"header", "x-tester: always", "v2"}, {"header", "X-Tester: Always", "v1"}, {"header", "X-Tester: never",
			"v1"}, {"header", "X-Other: always", "v1"},
		{"value", "X-Tester: yes", "v2"}, {"value", "X-Tester: no", "v1"}, {"value", "X-Tester: always", "v1"},
		{"pattern", "X-Tester: vip_anna", "v2"}, {"pattern", "X-Tester: VIP_1", "v2"}, {"pattern", "X-Tester: Vip_anna", "v1"}, {"pattern", "X-Tester: guest", "v1"},
		{"both", "X-Tester: other", "v1"}, {"both", "X-Tester: yes", "v2"},
		{"cookie", "Cookie: beta=always", "v2"}, {"cookie", "Cookie: beta=never", "v1"}, {"cookie", "Cookie: beta=1", "v1"},
		{"all", "X-Tester: never", "v1"}, {"all", "X-Tester: maybe", "v2"}, {"all", "Cookie: beta=never", "v1"}, {"all", "X-None: x", "v2"},
		{"alone", "X-Tester: yes", "v1"},
	} {
		if got := w.share(3, "http://"+c.host+".example.com/", c.header); got[c.host+c.want] != 3 {
			t.Errorf("%s, %s: %v, want %s", c.host, c.header, got, c.want)
		}
	}
	w.check(ask{"http://orphan.example.com/", "404"})
	if !strings.Contains(w.access.String(), "[shop-headerv1-80] [shop-headerv2-80]") {
		t.Error("access.log does not say which requests went to the canary")
	}
}

func TestAffinity(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"balanced", "persistent"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.serve("web", 4)
			w.ingress("sticky", map[string]string{"affinity": "cookie", "affinity-mode": mode, "session-cookie-max-age": "60",
				"session-cookie-samesite": "Lax"}, "sticky.example.com/app web")
			w.apply()
			first := w.get("http://sticky.example.com/app")
			cookie := first.Cookies()[0]
			if cookie.Name != "INGRESSCOOKIE" || cookie.Path != "/app" || cookie.MaxAge != 60 || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Secure {
				t.Errorf("the cookie is %v", first.Header["Set-Cookie"])
			}
			for range 10 {
				again := w.get("http://sticky.example.com/app", "Cookie: "+cookie.Name+"="+cookie.Value)
				if again.echo.Pod != first.echo.Pod || len(again.Cookies()) > 0 {
					t.Fatalf("%s after %s, cookies %v", again.echo.Pod, first.echo.Pod, again.Cookies())
				}
			}
			pods := map[string]bool{}
			for range 12 {
				pods[w.get("http://sticky.example.com/app").echo.Pod] = true
			}
			if len(pods) != 4 {
				t.Errorf("new clients go to %v only", pods)
			}
		})
	}
}

func TestHash(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serve("web", 4)
	w.ingress("hash", map[string]string{"upstream-hash-by": "$arg_user"}, "hash.example.com/ web")
	w.apply()
	pods := map[string]bool{}
	for user := range 40 {
		url := fmt.Sprintf("http://hash.example.com/?user=u%d", user)
		one := w.get(url).echo.Pod
		if other := w.get(url).echo.Pod; other != one {
			t.Errorf("u%d went to %s and %s", user, one, other)
		}
		pods[one] = true
	}
	if len(pods) != 4 {
		t.Errorf("40 users went to %v only", pods)
	}
}

func TestPodsInTurn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serve("web", 3)
	w.ingress("web", nil, "web.example.com/ web")
	w.apply()
	count := map[string]int{}
	for range 30 {
		count[w.get("http://web.example.com/").echo.Pod]++
	}
	for pod, n := range count {
		if n != 10 {
			t.Errorf("%s got %d of 30", pod, n)
		}
	}
	ready := false
	w.slices["shop/web"][0].Endpoints[0].Conditions = discoveryv1.EndpointConditions{Ready: &ready}
	w.apply()
	for range 10 {
		if pod := w.get("http://web.example.com/").echo.Pod; pod == "web-0" {
			t.Error("a pod that is not ready was asked")
		}
	}
}

func TestOtherBackends(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pair := certificate(t, "backend")
	answer := func(pod string) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Trailer", "Grpc-Status")
			fmt.Fprintf(rw, "%s %s tls=%v", pod, r.Proto, r.TLS != nil)
			rw.Header().Set("Grpc-Status", "0")
		})
	}
	w.serveTLS("secure", 1, &tls.Config{Certificates: []tls.Certificate{*pair.TLS}}, answer)
	w.serveBy("grpc", 1, answer)
	w.ingress("https", map[string]string{"backend-protocol": "HTTPS"}, "https.example.com/ secure")
	w.ingress("wrong", map[string]string{"backend-protocol": "HTTPS"}, "wrong.example.com/ grpc")
	w.ingress("grpc", map[string]string{"backend-protocol": "GRPC"}, "grpc.example.com/ grpc")
	w.serve("external-real", 1)
	external := w.services["shop/external-real"].DeepCopy()
	external.Spec.Type, external.Spec.ExternalName = "ExternalName", "elsewhere.example.net"
	external.Spec.Ports[0].Port = 8080
	w.services["shop/external"] = external
	w.ingress("external", nil, "external.example.com/ external").Spec.Rules[0].HTTP.Paths[0].Backend.Service.Port.Number = 8080
	w.apply()
	if a := w.get("http://https.example.com/"); a.text != "secure-0 HTTP/1.1 tls=true" {
		t.Errorf("%d %q\n%s", a.StatusCode, a.text, w.errors.String())
	}
	if a := w.get("https://grpc.example.com/"); a.text != "grpc-0 HTTP/2.0 tls=false" || a.Trailer.Get("Grpc-Status") != "0" {
		t.Errorf("%d %q %v\n%s", a.StatusCode, a.text, a.Trailer, w.errors.String())
	}
	w.check(ask{"http://wrong.example.com/", "502"}, ask{"http://external.example.com/", "503"})
	if !strings.Contains(w.errors.String(), "SSL_do_handshake() failed") {
		t.Errorf("error.log:\n%s", w.errors.String())
	}
	w.names["elsewhere.example.net"] = netip.MustParseAddr(w.slices["shop/external-real"][0].Endpoints[0].Addresses[0])
	w.check(ask{"http://external.example.com/x", "external /x"})
}

func TestWebSocket(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serveBy("ws", 1, func(string) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			conn, buffered, err := http.NewResponseController(rw).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n", r.Header.Get("Upgrade"))
			_, _ = io.Copy(conn, buffered)
		})
	})
	w.ingress("ws", nil, "ws.example.com/ ws")
	w.apply()
	conn, err := w.client.Dial(t.Context(), "tcp", netip.AddrPortFrom(w.address, 80).String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: ws.example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	reader := bufio.NewReader(conn)
	resp, err := http.ReadResponse(reader, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%v %v", resp, err)
	}
	fmt.Fprint(conn, "hello\n")
	if line, err := reader.ReadString('\n'); line != "hello\n" {
		t.Errorf("%q %v", line, err)
	}
}

func TestMirror(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serve("web", 1)
	copies := make(chan string, 1)
	w.serveBy("mirror", 1, func(string) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			copies <- r.Method + " " + r.Host + r.RequestURI + " " + string(body)
		})
	})
	target := w.slices["shop/mirror"][0].Endpoints[0].Addresses[0] + ":8080"
	w.ingress("web", map[string]string{"mirror-target": "http://" + target + "$request_uri"}, "web.example.com/ web")
	w.apply()
	if a := w.do(http.MethodPost, "http://web.example.com/x?y=1", strings.NewReader("body")); a.echo.Body != "body" {
		t.Errorf("the backend got %+v", a.echo)
	}
	host, _, _ := strings.Cut(target, ":")
	if got := <-copies; got != "POST "+host+"/x?y=1 body" {
		t.Errorf("the mirror got %q", got)
	}
}

func TestNextUpstream(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serve("web", 1)
	dead := w.namespace("shop/dead") // nobody listens there
	slice := w.slices["shop/web"][0]
	slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{Addresses: []string{dead.IP().String()}})
	w.ingress("web", nil, "web.example.com/ web")
	w.apply()
	for _, method := range []string{http.MethodGet, http.MethodPost} { // nothing has been sent when a connection is refused
		for range 6 {
			if a := w.do(method, "http://web.example.com/", strings.NewReader("body")); a.StatusCode != http.StatusOK || a.echo.Body != "body" {
				t.Errorf("%s: %d %+v", method, a.StatusCode, a.echo)
			}
		}
	}
}

// TestSwap holds that a new configuration drops nothing that is under way.
func TestSwap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serve("web", 2)
	w.ingress("web", nil, "web.example.com/ web")
	w.apply()
	ctx, cancel := context.WithCancel(t.Context())
	var failed, asked atomic.Int64
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			transport := w.transport(nil)
			defer transport.CloseIdleConnections()
			for ctx.Err() == nil {
				r, _ := http.NewRequest(http.MethodGet, "http://web.example.com/", nil)
				resp, err := transport.RoundTrip(r)
				asked.Add(1)
				if err != nil || resp.StatusCode != http.StatusOK {
					failed.Add(1)
					continue
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		})
	}
	for i := range 50 {
		w.ingress(fmt.Sprintf("more-%d", i), nil, fmt.Sprintf("more-%d.example.com/ web", i))
		w.apply()
	}
	cancel()
	clients.Wait()
	if failed.Load() > 0 || asked.Load() == 0 {
		t.Errorf("%d of %d requests failed", failed.Load(), asked.Load())
	}
}

func BenchmarkRequests(b *testing.B) {
	w := newWorld(b)
	w.serveBy("web", 2, func(string) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, "hello") })
	})
	w.ingress("web", nil, "web.example.com/ web")
	w.apply()
	b.RunParallel(func(pb *testing.PB) {
		transport := w.transport(nil)
		defer transport.CloseIdleConnections()
		r, _ := http.NewRequest(http.MethodGet, "http://web.example.com/", nil)
		for pb.Next() {
			resp, err := transport.RoundTrip(r)
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
	})
}
