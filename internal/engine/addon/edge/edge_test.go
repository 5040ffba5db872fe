package edge

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kubetutor/internal/engine/fabric"
)

// world is a network with an edge in it, backends, and a client.
type world struct {
	t      *testing.T
	net    *fabric.Fabric
	edge   *Server
	client *fabric.Namespace
	last   byte
}

const edgeIP = "10.244.1.1"

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, net: fabric.New(), last: 1}
	own := w.attach()
	w.edge = NewServer(Options{Net: own, Seed: 1, Linger: 5 * time.Second})
	t.Cleanup(w.edge.Close)
	w.client = w.attach()
	return w
}

func (w *world) attach() *fabric.Namespace {
	w.t.Helper()
	ip := netip.AddrFrom4([4]byte{10, 244, 1, w.last})
	w.last++
	n, err := w.net.Attach("", ip)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { n.Close() })
	return n
}

// serve runs an HTTP server, with TLS if config is one, and returns its address.
func (w *world) serve(handler http.Handler, config *tls.Config) netip.AddrPort {
	w.t.Helper()
	n := w.attach()
	l, err := n.Listen("tcp", ":80")
	if err != nil {
		w.t.Fatal(err)
	}
	s := &http.Server{Handler: handler, Protocols: new(http.Protocols), TLSConfig: config}
	s.Protocols.SetHTTP1(true)
	s.Protocols.SetHTTP2(true)
	s.Protocols.SetUnencryptedHTTP2(true)
	w.t.Cleanup(func() { s.Close() })
	if config != nil {
		go s.ServeTLS(l, "", "")
	} else {
		go s.Serve(l)
	}
	return netip.AddrPortFrom(n.IP(), 80)
}

// echo answers with what it was asked.
func echo(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Backend", name)
		fmt.Fprintf(w, "%s %s %s %s host=%s xff=%s xfh=%s xfp=%s agent=%q body=%s", name, r.Proto, r.Method, r.RequestURI, r.Host,
			r.Header.Get("X-Forwarded-For"), r.Header.Get("X-Forwarded-Host"), r.Header.Get("X-Forwarded-Proto"), r.Header.Get("User-Agent"), body)
	})
}

func (w *world) set(listeners ...Listener) {
	w.t.Helper()
	if err := w.edge.Set(Config{Listeners: listeners}); err != nil {
		w.t.Fatal(err)
	}
}

// to forwards everything to the backends.
func (w *world) to(f Forward, backends ...Backend) http.Handler {
	pool := w.edge.NewPool("pool", backends...)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		f := f
		f.Backend, _ = pool.Next()
		w.edge.Forward(rw, r, f)
	})
}

func one(a netip.AddrPort) Backend {
	return Backend{Name: a.String(), Weight: 1, Addresses: []netip.AddrPort{a}}
}

// http is a client that keeps connections, and speaks HTTP/2 if asked to.
func (w *world) http(config *tls.Config, two bool) *http.Client {
	t := &http.Transport{DialContext: w.client.Dial, TLSClientConfig: config, Protocols: new(http.Protocols)}
	t.Protocols.SetHTTP1(!two)
	t.Protocols.SetHTTP2(two && config != nil)
	t.Protocols.SetUnencryptedHTTP2(two && config == nil)
	w.t.Cleanup(t.CloseIdleConnections)
	return &http.Client{Transport: t, Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func get(t *testing.T, c *http.Client, url string) (int, string) {
	t.Helper()
	resp, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestForward(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(Listener{Port: 80, Protocol: HTTP, Handler: w.to(Forward{}, one(w.serve(echo("a"), nil)))})
	req, _ := http.NewRequest(http.MethodPost, "http://"+edgeIP+"/x%2Fy/?q=1", strings.NewReader("hello"))
	req.Host = "shop.example.com"
	req.Header.Set("User-Agent", "")
	req.Header.Set("X-Forwarded-For", "192.0.2.9")
	resp, err := w.http(nil, false).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	want := `a HTTP/1.1 POST /x%2Fy/?q=1 host=shop.example.com xff=192.0.2.9, 10.244.1.2 xfh=shop.example.com xfp=http agent="" body=hello`
	if string(body) != want {
		t.Errorf("the backend saw\n%s, not\n%s", body, want)
	}
}

func TestProtocolsOfBackends(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ca := newAuthority(t)
	plain, secure := w.serve(echo("plain"), nil), w.serve(echo("secure"), ca.server("backend.example.com"))
	for _, c := range []struct {
		name   string
		change func(*Backend)
		at     netip.AddrPort
		status int
		want   string
	}{
		{"HTTP/1.1", func(*Backend) {}, plain, 200, "plain HTTP/1.1"},
		{"h2c", func(b *Backend) { b.Speech = HTTP2 }, plain, 200, "plain HTTP/2.0"},
		{"TLS", func(b *Backend) { b.TLS = &ClientTLS{ServerName: "backend.example.com", CA: ca.pem} }, secure, 200, "secure HTTP/2.0"},
		{"TLS by another name", func(b *Backend) {
			b.TLS = &ClientTLS{ServerName: "sni.example.com", Names: []string{"backend.example.com"}, CA: ca.pem}
		}, secure, 200, "secure HTTP/2.0"},
		{"TLS by a wrong name", func(b *Backend) { b.TLS = &ClientTLS{ServerName: "other.example.com", CA: ca.pem} }, secure, 502, "Bad Gateway"},
		{"TLS by wrong names", func(b *Backend) {
			b.TLS = &ClientTLS{ServerName: "backend.example.com", Names: []string{"other"}, CA: ca.pem}
		}, secure, 502, "Bad Gateway"},
		{"TLS of a stranger", func(b *Backend) { b.TLS = &ClientTLS{ServerName: "backend.example.com", CA: newAuthority(t).pem} }, secure, 502, "Bad Gateway"},
		{"TLS, whoever it is", func(b *Backend) { b.TLS = &ClientTLS{Insecure: true} }, secure, 200, "secure HTTP/2.0"},
		{"no TLS", func(*Backend) {}, secure, 400, "Client sent an HTTP request to an HTTPS server"},
		{"nobody", func(b *Backend) { b.Addresses = nil }, plain, 503, "Service Unavailable"},
		{"nobody listens", func(b *Backend) { b.Addresses = []netip.AddrPort{netip.AddrPortFrom(plain.Addr(), 81)} }, plain, 502, "Bad Gateway"},
	} {
		b := one(c.at)
		c.change(&b)
		w.set(Listener{Port: 80, Protocol: HTTP, Handler: w.to(Forward{}, b)})
		if status, body := get(t, w.http(nil, false), "http://"+edgeIP); status != c.status || !strings.HasPrefix(body, c.want) {
			t.Errorf("%s: %d %q, want %d %q", c.name, status, body, c.status, c.want)
		}
	}
}

func TestClientsSpeak(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ca := newAuthority(t)
	backend := one(w.serve(echo("a"), nil))
	w.set(Listener{Port: 80, Protocol: HTTP, Handler: w.to(Forward{}, backend)},
		Listener{Port: 443, Protocol: TLS, Handler: w.to(Forward{}, backend), Hosts: []Host{{TLS: ca.server("shop.example.com")}}})
	trust := &tls.Config{RootCAs: ca.pool, ServerName: "shop.example.com"}
	for _, c := range []struct {
		url, want string
		config    *tls.Config
		two       bool
	}{
		{"http://" + edgeIP, "xfp=http ", nil, false},
		{"http://" + edgeIP, "xfp=http ", nil, true},
		{"https://" + edgeIP, "xfp=https ", trust.Clone(), false},
		{"https://" + edgeIP, "xfp=https ", trust.Clone(), true},
	} {
		if status, body := get(t, w.http(c.config, c.two), c.url); status != 200 || !strings.Contains(body, c.want) {
			t.Errorf("%s with HTTP/2 %v: %d %q", c.url, c.two, status, body)
		}
	}
}

func (w *world) dial(network string, port int) net.Conn {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 5*time.Second)
	defer cancel()
	c, err := w.client.Dial(ctx, network, fmt.Sprintf("%s:%d", edgeIP, port))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(5 * time.Second))
	return c
}

// An upgraded connection carries bytes both ways.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	backend := w.serve(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		c, rest, _ := rw.(http.Hijacker).Hijack()
		defer c.Close()
		fmt.Fprintf(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n", r.Header.Get("Upgrade"))
		line, _ := rest.ReadString('\n')
		fmt.Fprintf(c, "you said %s", line)
	}), nil)
	w.set(Listener{Port: 80, Protocol: HTTP, Handler: w.to(Forward{Try: time.Second, Timeout: 4 * time.Second}, one(backend))})
	c := w.dial("tcp", 80)
	fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n")
	r := bufio.NewReader(c)
	resp, err := http.ReadResponse(r, nil)
	if err != nil || resp.StatusCode != 101 || resp.Header.Get("Upgrade") != "chat" {
		t.Fatalf("upgrading: %v, %v", resp, err)
	}
	fmt.Fprintln(c, "hello")
	if line, err := r.ReadString('\n'); line != "you said hello\n" {
		t.Errorf("after the upgrade: %q, %v", line, err)
	}
}

// Trailers, by which gRPC tells how a call ended, arrive.
func TestTrailers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	backend := one(w.serve(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Trailer", "Grpc-Status")
		io.Copy(rw, r.Body)
		rw.Header().Set("Grpc-Status", "7")
	}), nil))
	backend.Speech = HTTP2
	w.set(Listener{Port: 80, Protocol: HTTP, Handler: w.to(Forward{}, backend)})
	resp, err := w.http(nil, true).Post("http://"+edgeIP, "application/grpc", strings.NewReader("message"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); string(body) != "message" || resp.Trailer.Get("Grpc-Status") != "7" {
		t.Errorf("%q with the trailers %v", body, resp.Trailer)
	}
}

func TestTimeouts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	slow := one(w.serve(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), nil))
	for name, f := range map[string]Forward{"of the request": {Timeout: 50 * time.Millisecond}, "of a try": {Try: 50 * time.Millisecond},
		"of two tries": {Try: 20 * time.Millisecond, Retry: Retry{Attempts: 1}}} {
		w.set(Listener{Port: 80, Protocol: HTTP, Handler: w.to(f, slow)})
		if status, _ := get(t, w.http(nil, false), "http://"+edgeIP); status != http.StatusGatewayTimeout {
			t.Errorf("a time-out %s is answered by %d", name, status)
		}
	}
}

func TestRetries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var asked atomic.Int32
	flaky := one(w.serve(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch asked.Add(1) {
		case 1:
			rw.WriteHeader(503)
		case 2:
			c, _, _ := rw.(http.Hijacker).Hijack()
			c.Close()
		default:
			fmt.Fprintf(rw, "got %s", body)
		}
	}), nil))
	for _, c := range []struct {
		attempts, status int
		body, want       string
		tries            int32
	}{
		{0, 503, "x", "", 1}, {1, 502, "x", "Bad Gateway\n", 2}, {2, 200, "x", "got x", 3}, {5, 200, "", "got ", 3},
		{2, 503, strings.Repeat("x", kept+1), "", 1}, // too long to be kept
	} {
		asked.Store(0)
		w.set(Listener{Port: 80, Protocol: HTTP, Handler: w.to(Forward{Retry: Retry{Attempts: c.attempts, Codes: []int{503}, Backoff: time.Millisecond}}, flaky)})
		resp, err := w.http(nil, false).Post("http://"+edgeIP, "text/plain", strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != c.status || string(got) != c.want || asked.Load() != c.tries {
			t.Errorf("with %d attempts and %d bytes: %d %.20q after %d tries, want %d %q after %d", c.attempts, len(c.body), resp.StatusCode, got, asked.Load(), c.status, c.want, c.tries)
		}
	}
}

// Copies arrive with the body, and do not hold the request up.
func TestMirror(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	copies := make(chan string, 2)
	shadow := w.serve(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		copies <- r.Host + " " + r.Header.Get("X-Copy") + " " + string(body)
		<-r.Context().Done()
	}), nil)
	b, _ := w.edge.NewPool("m", one(shadow)).Next()
	next := w.to(Forward{}, one(w.serve(echo("a"), nil)))
	w.set(Listener{Port: 80, Protocol: HTTP, Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(rw, w.edge.Mirror(r, func(out *http.Request) { out.Header.Set("X-Copy", "yes") }, b, b))
	})})
	resp, err := w.http(nil, false).Post("http://"+edgeIP, "text/plain", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if !strings.HasSuffix(string(body), "body=hello") {
		t.Errorf("the request itself came as %q", body)
	}
	for range 2 {
		select {
		case got := <-copies:
			if got != edgeIP+" yes hello" {
				t.Errorf("a copy came as %q", got)
			}
		case <-time.After(5 * time.Second):
			t.Fatal("a copy did not come")
		}
	}
}

// No request is lost while the configuration changes all the time.
func TestSetDropsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := one(w.serve(echo("a"), nil)), one(w.serve(echo("b"), nil))
	w.set(Listener{Port: 80, Protocol: HTTP, Handler: w.to(Forward{}, a)})
	stop := make(chan struct{})
	var clients sync.WaitGroup
	var done atomic.Int64
	for i := range 4 {
		c := w.http(nil, i%2 == 0)
		clients.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				resp, err := c.Get("http://" + edgeIP)
				if err != nil || resp.StatusCode != 200 {
					t.Errorf("a request while the configuration changed: %v, %v", resp, err)
					return
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				done.Add(1)
			}
		})
	}
	for i := range 300 {
		backend := a
		if i%2 == 0 {
			backend = b
		}
		listeners := []Listener{{Port: 80, Protocol: HTTP, Handler: w.to(Forward{}, backend)}}
		if i%3 == 0 {
			listeners = append(listeners, Listener{Port: 81, Protocol: TCP}) // a port that comes and goes
		}
		w.set(listeners...)
		for before := done.Load(); done.Load() == before && !t.Failed(); { // a request at least for each
			time.Sleep(100 * time.Microsecond)
		}
	}
	close(stop)
	clients.Wait()
	t.Logf("%d requests over 300 configurations", done.Load())
}

// A port that goes refuses, and what is under way on it ends in its own time.
func TestPortGoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	began, proceed := make(chan struct{}), make(chan struct{})
	slow := http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		close(began)
		<-proceed
		io.WriteString(rw, "done")
	})
	w.set(Listener{Port: 80, Protocol: HTTP, Handler: slow})
	answered := make(chan string)
	go func() {
		_, body := get(t, w.http(nil, false), "http://"+edgeIP)
		answered <- body
	}()
	<-began
	w.set()
	refused := func() bool {
		c, err := w.client.Dial(t.Context(), "tcp", edgeIP+":80")
		if err == nil {
			c.Close()
		}
		return err != nil
	}
	for deadline := time.Now().Add(5 * time.Second); !refused(); {
		if time.Now().After(deadline) {
			t.Fatal("a port that is gone takes connections")
		}
		time.Sleep(time.Millisecond)
	}
	close(proceed)
	if body := <-answered; body != "done" {
		t.Errorf("the request under way was answered %q", body)
	}
}

func TestPortTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	err := w.edge.Set(Config{Listeners: []Listener{{Port: 80, Protocol: HTTP}, {Port: 80, Protocol: TCP}, {Port: 80, Protocol: UDP}}})
	if err == nil || err.Error() != "opening port 80/tcp: it is configured twice" {
		t.Errorf("a port that is there twice: %v", err)
	}
	if status, _ := get(t, w.http(nil, false), "http://"+edgeIP); status != http.StatusNotFound {
		t.Errorf("the first of them answers %d", status)
	}
	if _, err := w.attachTo(edgeIP).Listen("tcp", ":80"); err == nil {
		t.Error("the port is not taken")
	}
}

// attachTo is the edge's own namespace.
func (w *world) attachTo(string) Network { return w.edge.options.Net }

func TestRewrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := Forward{Rewrite: func(pr *httputil.ProxyRequest) {
		pr.Out.Host = "inside"
		pr.Out.URL.Path = "/new"
		pr.Out.Header.Del("X-Forwarded-Proto")
	}, Modify: func(resp *http.Response) error {
		resp.Header.Set("X-Modified", resp.Header.Get("X-Backend"))
		return nil
	}}
	w.set(Listener{Port: 80, Protocol: HTTP, Handler: w.to(f, one(w.serve(echo("a"), nil)))})
	resp, err := w.http(nil, false).Get("http://" + edgeIP + "/old?q")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.Header.Get("X-Modified") != "a" || !strings.Contains(string(body), "GET /new?q host=inside") || !strings.Contains(string(body), "xfp= ") {
		t.Errorf("%v %s", resp.Header, body)
	}
}
