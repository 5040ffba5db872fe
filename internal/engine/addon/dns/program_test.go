package dns_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	mdns "github.com/miekg/dns"

	"kubetutor/internal/engine/kernel"
	"kubetutor/internal/engine/resolver"
)

// page fetches a page of the program.
func (c *coredns) page(port uint16, path string) (string, int) {
	client := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return c.w.client.Dial(ctx, "tcp", netip.AddrPortFrom(c.net.IP(), port).String())
	}}}
	resp, err := client.Get("http://coredns" + path)
	if err != nil {
		return err.Error(), 0
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return string(text), resp.StatusCode
}

func TestWrongCorefile(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ corefile, want string }{
		{".:53 {\n    errors\n    forwar . 1.1.1.1\n}\n", "/etc/coredns/Corefile:3 - Error during parsing: Unknown directive 'forwar'\n"},
		{".:53 {\n    errors\n", "/etc/coredns/Corefile:2 - Syntax error: Unexpected token 'errors', expecting '}'\n"},
		{".:53 {\n    forward . /etc/nothing\n}\n", "plugin/forward: not an IP address, file, or valid domain: \"/etc/nothing\"\n"},
		{".:53 {\n    forward .\n}\n", "plugin/forward: /etc/coredns/Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after '.'\n"},
		{".:53 {\n    cache -1\n}\n", "plugin/cache: cache TTL can not be zero or negative: -1\n"},
		{".:53 {\n    kubernetes cluster.local {\n        pods sometimes\n    }\n}\n", "plugin/kubernetes: wrong value for pods: sometimes,  must be one of: disabled, verified, insecure\n"},
		{".:53 {\n    kubernetes cluster.local {\n        nonsense\n    }\n}\n", "plugin/kubernetes: /etc/coredns/Corefile:3 - Error during parsing: unknown property 'nonsense'\n"},
		{".:53 {\n    health {\n        lameduck long\n    }\n}\n", "plugin/health: /etc/coredns/Corefile:3 - Error during parsing: unable to parse lameduck duration value: 'long' : time: invalid duration \"long\"\n"},
		{".:53 {\n    reload 1s\n}\n", "plugin/reload: interval value must be greater or equal to 2s\n"},
		{".:53 {\n    whoami\n}\n.:53 {\n    whoami\n}\n", "cannot serve dns://.:53 - it is already defined\n"},
		{".:53 {\n    import nowhere\n}\n", "/etc/coredns/Corefile:2 - Error during parsing: File to import not found: /etc/coredns/nowhere\n"},
	} {
		w := newWorld(t)
		c := w.run("10.244.1.10", test.corefile)
		if code := c.ends(); code != 1 || c.out.String() != test.want {
			t.Errorf("%s\nended with %d and\n%swant\n%s", test.corefile, code, c.out.String(), test.want)
		}
	}
}

// TestPages: health, ready and prometheus, and what they say of one of two programs
// in the same process.
func TestPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, shop()...)
	c, other := w.run("10.244.1.10", shipped(t)).up(), w.run("10.244.1.11", shipped(t)).up()
	if text, code := c.page(8080, "/health"); text != "OK" || code != 200 {
		t.Errorf("/health: %d %s", code, text)
	}
	if text, code := c.page(8181, "/ready"); text != "OK" || code != 200 {
		t.Errorf("/ready: %d %s", code, text)
	}
	for range 3 {
		c.ask("web.shop.svc.cluster.local", mdns.TypeA)
	}
	other.ask("web.shop.svc.cluster.local", mdns.TypeA)
	c.page(9153, "/metrics")
	text, _ := c.page(9153, "/metrics") // looking changes nothing
	for _, want := range []string{
		`coredns_dns_requests_total{family="1",proto="udp",server="dns://:53",type="A",view="",zone="."} 3`,
		`rcode="NOERROR",server="dns://:53",view="",zone="."} 3`,
		`coredns_build_info{goversion="`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	for _, bad := range []string{"process_", "go_", "10.244.1.11", "id-"} {
		if strings.Contains(text, bad) {
			t.Errorf("%s in\n%s", bad, text)
		}
	}
}

// TestReload: a changed Corefile takes effect, a wrong one does not, and both are
// told. Queries are answered all the while.
func TestReload(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	corefile := func(more string) string {
		return ".:53 {\n    errors\n    reload 2s\n    template IN A example.org {\n        answer \"{{ .Name }} 60 IN A 192.0.2.1\"\n    }\n" + more + "}\n"
	}
	c := w.run("10.244.1.10", corefile("")).up()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	failed := make(chan error, 1)
	go func() {
		for ctx.Err() == nil {
			if m, err := c.query("udp", "example.org", mdns.TypeA); ctx.Err() == nil && (err != nil || m.Rcode != mdns.RcodeSuccess) {
				failed <- err
				return
			}
		}
	}()
	c.write(corefile("    nonsense\n"))
	c.says("[ERROR] plugin/reload: Corefile changed but reload failed: starting with listener file descriptors: /etc/coredns/Corefile:7 - Error during parsing: Unknown directive 'nonsense'\n")
	c.write(corefile("    log\n    hosts {\n        192.0.2.7 new.test\n        fallthrough\n    }\n"))
	c.says("[INFO] Reloading complete\n")
	if got := answers(c.ask("new.test", mdns.TypeA)); got != "NOERROR new.test. 0 IN A 192.0.2.7" {
		t.Errorf("after the change: %s", got)
	}
	c.says(`"A IN new.test. udp 26 false 512" NOERROR qr,aa,rd`)
	select {
	case err := <-failed:
		t.Errorf("a query was not answered: %v", err)
	default:
	}
	if n := strings.Count(c.out.String(), "Running configuration SHA512"); n != 2 {
		t.Errorf("%d configurations were running:\n%s", n, c.out.String())
	}
}

// TestEnd: SIGTERM ends it after the lame duck's time, during which it answers.
func TestEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, shop()...)
	c := w.run("10.244.1.10", strings.Replace(shipped(t), "lameduck 5s", "lameduck 300ms", 1)).up()
	if err := c.main.Signal(kernel.SIGTERM); err != nil {
		t.Fatal(err)
	}
	c.says("[INFO] SIGTERM: Shutting down servers then terminating\n")
	c.says("[INFO] plugin/health: Going into lameduck mode for 300ms\n")
	if got := c.ask("web.shop.svc.cluster.local", mdns.TypeA); got.Rcode != mdns.RcodeSuccess {
		t.Errorf("a lame duck answers %v", got)
	}
	if _, code := c.page(8181, "/ready"); code != 0 {
		t.Errorf("it is ready with %d", code)
	}
	if code := c.ends(); code != 0 {
		t.Errorf("it ends with %d", code)
	}
	again := w.run("10.244.1.12", shipped(t)).up()
	if err := again.main.Signal(kernel.SIGKILL); err != nil {
		t.Fatal(err)
	}
	again.eventually("its sockets are closed", func() bool { return len(again.net.Listeners()) == 0 })
}

// TestLoop: queries that come back end the program.
func TestLoop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.run("10.244.1.10", ".:53 {\n    errors\n    loop\n    forward . 10.244.1.10\n}\n")
	if code := c.ends(); code != 1 || !strings.Contains(c.out.String(), `-> :53) detected for zone ".", see https://coredns.io/plugins/loop#troubleshooting. Query: "HINFO `) {
		t.Errorf("%d\n%s", code, c.out.String())
	}
	straight := w.run("10.244.1.11", ".:53 {\n    loop\n    whoami\n}\n").up()
	straight.ask("example.org", mdns.TypeA)
}

// TestForward: a stub domain, a server that is not there, and what is outside.
func TestForward(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run("10.244.1.20", "corp.test:53 {\n    hosts {\n        192.0.2.5 db.corp.test\n    }\n}\n").up()
	c := w.run("10.244.1.10", "corp.test:53 {\n    errors\n    log\n    forward . 10.244.1.20 {\n        policy sequential\n    }\n    cache 30\n}\n"+
		".:53 {\n    errors\n    rewrite name old.test db.corp.test\n    forward . /etc/resolv.conf\n}\n", "/etc/resolv.conf", "nameserver 10.244.1.21\n").up()
	if got := answers(c.ask("db.corp.test", mdns.TypeA)); got != "NOERROR db.corp.test. 0 IN A 192.0.2.5" {
		t.Errorf("a stub domain: %s", got)
	}
	if got := answers(c.ask("nothing.example", mdns.TypeA)); got != "SERVFAIL " {
		t.Errorf("outside: %s", got)
	}
	c.says("[ERROR] plugin/errors: 2 nothing.example. A: ")
	tcp, err := c.query("tcp", "db.corp.test", mdns.TypeA)
	if err != nil || len(tcp.Answer) != 1 {
		t.Errorf("over TCP: %v, %v", tcp, err)
	}
}

// TestOutside: names outside of the cluster are asked for at the nodes' name server,
// and what it denies is remembered.
func TestOutside(t *testing.T) {
	t.Parallel()
	w := newWorld(t, shop()...)
	at, err := w.fabric.Attach("site", netip.MustParseAddr("172.30.0.3"))
	if err != nil {
		t.Fatal(err)
	}
	site := &resolver.Site{}
	site.SetHosts(map[string]netip.Addr{"node1": netip.MustParseAddr("172.30.0.11")})
	if err := site.Serve(at); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { at.Close() })
	c := w.run("10.244.1.10", shipped(t), "/etc/resolv.conf", "nameserver 172.30.0.3\n").up()
	for range 2 {
		for name, want := range map[string]string{"node1": "NOERROR node1. 0 IN A 172.30.0.11", "webb": "NXDOMAIN ", "example.com": "SERVFAIL "} {
			if got := answers(c.ask(name, mdns.TypeA)); got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
	}
	text, _ := c.page(9153, "/metrics")
	if want := `coredns_cache_hits_total{server="dns://:53",type="denial"`; !strings.Contains(text, want) {
		t.Errorf("no %s in\n%s", want, text)
	}
}

// TestFiles: zones, hosts and imports come from the container.
func TestFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	soa := "@ 60 IN SOA ns hostmaster 1 60 60 60 60\n"
	c := w.run("10.244.1.10", "(shared) {\n    errors\n}\nlab.test:53 {\n    import shared\n    file /zones/lab.db\n}\nimport custom/*.server\n{$ZONE}:53 {\n    hosts /zones/hosts\n}\n",
		"/zones/lab.db", "$ORIGIN lab.test.\n"+soa+"www 60 IN A 192.0.2.1\n$INCLUDE /zones/more.db\n", "/zones/more.db", "more 60 IN CNAME www\n",
		"/zones/hosts", "192.0.2.9 a.from.env\n", "/etc/coredns/custom/one.server", "one.test {\n    template IN A {\n        answer \"{{ .Name }} 60 IN A 192.0.2.2\"\n    }\n}\n").up()
	for name, want := range map[string]string{
		"www.lab.test":  "NOERROR www.lab.test. 0 IN A 192.0.2.1",
		"more.lab.test": "NOERROR more.lab.test. 0 IN CNAME www.lab.test.; www.lab.test. 0 IN A 192.0.2.1",
		"no.lab.test":   "NXDOMAIN ",
		"x.one.test":    "NOERROR x.one.test. 0 IN A 192.0.2.2",
		"a.from.env":    "NOERROR a.from.env. 0 IN A 192.0.2.9",
		"elsewhere":     "REFUSED ",
	} {
		if got := answers(c.ask(name, mdns.TypeA)); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if !strings.HasPrefix(c.out.String(), "from.env.:53\nlab.test.:53\none.test.:53\n") {
		t.Errorf("it says\n%s", c.out.String())
	}
}

// TestRefusedByAPI: an API server that refuses does not keep it from serving, but
// from being ready, and it says why.
func TestRefusedByAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api.refuse = true
	c := w.run("10.244.1.10", strings.Replace(shipped(t), "ttl 30", "startup_timeout 700ms", 1)).up()
	c.says("[INFO] plugin/kubernetes: waiting for Kubernetes API before starting server\n")
	c.says("[WARNING] plugin/kubernetes: starting server with unsynced Kubernetes API\n")
	c.says("[ERROR] plugin/kubernetes: Failed to watch: failed to list /api/v1/services: services is forbidden: User \"system:serviceaccount:kube-system:coredns\" cannot list resource \"services\"\n")
	if text, code := c.page(8181, "/ready"); text != "kubernetes" || code != 503 {
		t.Errorf("/ready: %d %s", code, text)
	}
	c.says("[INFO] plugin/ready: Plugins not ready: \"kubernetes\"\n")
}
