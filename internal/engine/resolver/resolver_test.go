package resolver_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/engine/resolver"
)

func TestParseConfig(t *testing.T) {
	t.Parallel()
	local := []netip.Addr{netip.MustParseAddr("127.0.0.1")}
	for _, test := range []struct {
		text string
		want resolver.Config
	}{
		{"", resolver.Config{Servers: local, Ndots: 1, Timeout: 5 * time.Second, Attempts: 2}},
		{"search default.svc.cluster.local svc.cluster.local. cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n", resolver.Config{
			Servers: addrs("10.96.0.10"), Search: []string{"default.svc.cluster.local", "svc.cluster.local", "cluster.local"}, Ndots: 5, Timeout: 5 * time.Second, Attempts: 2}},
		{"# nameserver 1.1.1.1\n; x\n nameserver 2.2.2.2\nnameserver\nnameserver x\nnameserver 1.0.0.1\nnameserver\t1.0.0.2\nnameserver 1.0.0.3 # third\nnameserver 1.0.0.4\n",
			resolver.Config{Servers: addrs("1.0.0.1", "1.0.0.2", "1.0.0.3"), Ndots: 1, Timeout: 5 * time.Second, Attempts: 2}},
		{"domain one.test two.test\n", resolver.Config{Servers: local, Search: []string{"one.test"}, Ndots: 1, Timeout: 5 * time.Second, Attempts: 2}},
		{"domain one.test\nsearch two.test three.test # four.test\n", resolver.Config{Servers: local, Search: []string{"two.test", "three.test"}, Ndots: 1, Timeout: 5 * time.Second, Attempts: 2}},
		{"search one.test\nsearch\t.\n", resolver.Config{Servers: local, Search: []string{"."}, Ndots: 1, Timeout: 5 * time.Second, Attempts: 2}},
		{"options ndots:99 timeout:0 attempts:9\noptions rotate use-vc single-request-reopen edns0 trust-ad no-aaaa nonsense ndots: attempts\n", resolver.Config{
			Servers: local, Ndots: 15, Timeout: time.Second, Attempts: 5, Rotate: true, UseTCP: true, SingleRequest: true, EDNS0: true, TrustAD: true, NoAAAA: true}},
	} {
		if got := resolver.ParseConfig([]byte(test.text)); fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("%q:\ngot  %+v\nwant %+v", test.text, got, test.want)
		}
	}
}

func addrs(list ...string) (all []netip.Addr) {
	for _, one := range list {
		all = append(all, netip.MustParseAddr(one))
	}
	return all
}

func TestCandidates(t *testing.T) {
	t.Parallel()
	c := resolver.Config{Search: []string{"a.test", "b.test"}, Ndots: 2}
	for name, want := range map[string]string{
		"web": "web.a.test web.b.test web", "web.shop": "web.shop.a.test web.shop.b.test web.shop", "web.shop.svc": "web.shop.svc web.shop.svc.a.test web.shop.svc.b.test",
		"web.": "web", "web.shop.svc.": "web.shop.svc",
	} {
		if got := strings.Join(c.Candidates(name), " "); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestParseHosts(t *testing.T) {
	t.Parallel()
	h := resolver.ParseHosts([]byte("127.0.0.1\tlocalhost # comment\n# 10.0.0.9 no\n10.0.0.1 Web.test web\n10.0.0.2 web\nnonsense web\n10.0.0.3\n::1 localhost"))
	if name, list := h.Addrs("WEB"); name != "Web.test" || !slices.Equal(list, addrs("10.0.0.1", "10.0.0.2")) {
		t.Errorf("web is %s at %v", name, list)
	}
	if _, list := h.Addrs("localhost."); len(list) != 2 {
		t.Errorf("localhost is at %v", list)
	}
	if names := h.Names(netip.MustParseAddr("10.0.0.1")); !slices.Equal(names, []string{"Web.test", "web"}) {
		t.Errorf("10.0.0.1 is %v", names)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("search a.test .\nnameserver 10.96.0.10\noptions ndots:5 timeout:1\n")
	f.Add("10.0.0.1 web web.test # x\n::1\tlocalhost\r\n")
	f.Add("options ndots:-1 attempts:99999999999999999999\nnameserver fe80::1%eth0\n\x00")
	f.Fuzz(func(t *testing.T, text string) {
		c := resolver.ParseConfig([]byte(text))
		if len(c.Servers) < 1 || len(c.Servers) > 3 || c.Ndots < 0 || c.Ndots > 15 || c.Attempts < 1 || c.Attempts > 5 || c.Timeout < time.Second || c.Timeout > 30*time.Second {
			t.Errorf("%q makes %+v", text, c)
		}
		if n := len(c.Candidates("web")); n != len(c.Search)+1 {
			t.Errorf("%q makes %d candidates of %d domains", text, n, len(c.Search))
		}
		for _, host := range resolver.ParseHosts([]byte(text)) {
			if !host.Addr.IsValid() || len(host.Names) == 0 {
				t.Errorf("%q makes %+v", text, host)
			}
		}
	})
}

// server answers by a table, and remembers what it was asked.
type server struct {
	mu    sync.Mutex
	asked []string
	does  map[string]func(m *dns.Msg, w dns.ResponseWriter) // by name; nil: silence
}

func (s *server) ServeDNS(w dns.ResponseWriter, r *dns.Msg) {
	q := r.Question[0]
	s.mu.Lock()
	s.asked = append(s.asked, dns.TypeToString[q.Qtype]+" "+strings.TrimSuffix(q.Name, "."))
	do, known := s.does[strings.TrimSuffix(q.Name, ".")]
	s.mu.Unlock()
	m := new(dns.Msg).SetReply(r)
	switch {
	case known && do == nil:
		return
	case known:
		do(m, w)
	default:
		m.Rcode = dns.RcodeNameError
	}
	_ = w.WriteMsg(m)
}

// sorted is what was asked, for two questions come at the same time.
func (s *server) sorted() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := 0; i+1 < len(s.asked); i += 2 {
		slices.Sort(s.asked[i : i+2])
	}
	return strings.Join(s.asked, ", ")
}

func rr(text string) func(*dns.Msg, dns.ResponseWriter) {
	return func(m *dns.Msg, _ dns.ResponseWriter) {
		for line := range strings.SplitSeq(text, "; ") {
			if one, _ := dns.NewRR(line); one.Header().Rrtype == m.Question[0].Qtype || one.Header().Rrtype == dns.TypeCNAME {
				m.Answer = append(m.Answer, one)
			}
		}
	}
}

func rcode(code int) func(*dns.Msg, dns.ResponseWriter) {
	return func(m *dns.Msg, _ dns.ResponseWriter) { m.Rcode = code }
}

// truncated does not fit into a datagram.
func truncated(m *dns.Msg, w dns.ResponseWriter) {
	if w.RemoteAddr().Network() == "udp" {
		m.Truncated = true
		return
	}
	rr("big.test. 1 IN A 10.0.0.9")(m, w)
}

// world is a container with a resolv.conf, and servers at addresses.
func world(t *testing.T, config string, servers map[string]*server) resolver.Resolver {
	t.Helper()
	f := fabric.New()
	for ip, s := range servers {
		at, err := f.Attach(ip, netip.MustParseAddr(ip))
		if err != nil {
			t.Fatal(err)
		}
		udp, err := at.ListenPacket("udp", ":53")
		if err != nil {
			t.Fatal(err)
		}
		tcp, err := at.Listen("tcp", ":53")
		if err != nil {
			t.Fatal(err)
		}
		go func() { _ = (&dns.Server{PacketConn: udp, Handler: s}).ActivateAndServe() }()
		go func() { _ = (&dns.Server{Listener: tcp, Handler: s}).ActivateAndServe() }()
		t.Cleanup(func() { at.Close() })
	}
	pod, err := f.Attach("pod", netip.MustParseAddr("10.244.1.2"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pod.Close() })
	return resolver.Resolver{Dial: pod.Dial, ReadFile: func(name string) ([]byte, error) {
		switch name {
		case resolver.ConfigFile:
			return []byte(config), nil
		case resolver.HostsFile:
			return []byte("10.9.9.9 inhosts\n"), nil
		}
		return nil, os.ErrNotExist
	}}
}

const inCluster = "search shop.svc cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"

func TestLookup(t *testing.T) {
	t.Parallel()
	table := map[string]func(*dns.Msg, dns.ResponseWriter){
		"web.shop.svc":         rr("web.shop.svc. 1 IN A 10.0.0.1"),
		"ext.shop.svc":         rr("ext.shop.svc. 1 IN CNAME web.shop.svc.; web.shop.svc. 1 IN A 10.0.0.1"),
		"example.test":         rr("example.test. 1 IN A 192.0.2.1"),
		"empty.shop.svc":       rcode(dns.RcodeSuccess),
		"empty.cluster.local":  rr("empty.cluster.local. 1 IN A 10.0.0.3"),
		"broken.shop.svc":      rcode(dns.RcodeServerFailure),
		"broken.cluster.local": rr("broken.cluster.local. 1 IN A 10.0.0.4"),
		"failing":              rcode(dns.RcodeServerFailure),
		"refused":              rcode(dns.RcodeRefused),
		"big.test":             truncated,
	}
	for _, test := range []struct {
		name  string
		musl  bool
		want  string
		why   resolver.Failure
		asked string
	}{
		{"web", false, "web.shop.svc 10.0.0.1", 0, "A web.shop.svc, AAAA web.shop.svc"},
		{"web", true, "web.shop.svc 10.0.0.1", 0, "A web.shop.svc, AAAA web.shop.svc"},
		{"ext", false, "web.shop.svc 10.0.0.1", 0, "A ext.shop.svc, AAAA ext.shop.svc"},
		{"example.test.", false, "example.test 192.0.2.1", 0, "A example.test, AAAA example.test"},
		{"example.test", false, "example.test 192.0.2.1", 0,
			"A example.test.shop.svc, AAAA example.test.shop.svc, A example.test.cluster.local, AAAA example.test.cluster.local, A example.test, AAAA example.test"},
		{"inhosts", false, "inhosts 10.9.9.9", 0, ""},
		{"10.1.1.1", false, "10.1.1.1 10.1.1.1", 0, ""},
		{"localhost", false, "localhost 127.0.0.1", 0, ""},
		{"nothing", false, "", resolver.NotFound, "A nothing.shop.svc, AAAA nothing.shop.svc, A nothing.cluster.local, AAAA nothing.cluster.local, A nothing, AAAA nothing"},
		{"empty", false, "empty.cluster.local 10.0.0.3", 0, "A empty.shop.svc, AAAA empty.shop.svc, A empty.cluster.local, AAAA empty.cluster.local"},
		{"empty", true, "", resolver.NoData, "A empty.shop.svc, AAAA empty.shop.svc"},
		{"broken", false, "broken.cluster.local 10.0.0.4", 0, "A broken.shop.svc, AAAA broken.shop.svc, A broken.cluster.local, AAAA broken.cluster.local"},
		{"broken", true, "", resolver.Again, "A broken.shop.svc, AAAA broken.shop.svc"},
		{"failing.", false, "", resolver.Again, "A failing, AAAA failing"},
		{"refused.", false, "", resolver.Fatal, "A refused, AAAA refused"},
		{"a.b.c.d.e.f", true, "", resolver.NotFound, "A a.b.c.d.e.f, AAAA a.b.c.d.e.f"},
		{"big.test.", false, "big.test 10.0.0.9", 0, "A big.test, AAAA big.test, A big.test, AAAA big.test"},
		{"..", false, "", resolver.NotFound, ""},
		{"", false, "", resolver.NotFound, ""},
	} {
		s := &server{does: table}
		r := world(t, inCluster, map[string]*server{"10.96.0.10": s})
		r.Musl = test.musl
		found, err := r.Lookup(t.Context(), test.name)
		got := ""
		if err == nil {
			got = fmt.Sprintf("%s %s", found.Canonical, found.Addrs[0])
		}
		if got != test.want || resolver.Why(err) != test.why || s.sorted() != test.asked {
			t.Errorf("%q (musl: %v): %s, %v, asked %s\nwant %s, %v, asked %s", test.name, test.musl, got, err, s.sorted(), test.want, test.why, test.asked)
		}
	}
}

// TestServers: who is asked when, and what the end of all attempts looks like.
func TestServers(t *testing.T) {
	t.Parallel()
	good := func() *server {
		return &server{does: map[string]func(*dns.Msg, dns.ResponseWriter){"web": rr("web. 1 IN A 10.0.0.1")}}
	}
	silent := &server{does: map[string]func(*dns.Msg, dns.ResponseWriter){"web": nil}}
	failing := &server{does: map[string]func(*dns.Msg, dns.ResponseWriter){"web": rcode(dns.RcodeServerFailure)}}
	for _, test := range []struct {
		what, config string
		servers      map[string]*server
		want         string // a part of the error
	}{
		{"the next after a failure", "nameserver 10.0.1.1\nnameserver 10.0.1.2\n", map[string]*server{"10.0.1.1": failing, "10.0.1.2": good()}, ""},
		{"the next after silence", "nameserver 10.0.1.1\nnameserver 10.0.1.2\noptions timeout:1\n", map[string]*server{"10.0.1.1": silent, "10.0.1.2": good()}, ""},
		{"silence", "nameserver 10.0.1.1\noptions timeout:1 attempts:1\n", map[string]*server{"10.0.1.1": silent}, "lookup web on 10.0.1.1:53: read udp 10.244.1.2:32768->10.0.1.1:53: i/o timeout"},
		{"failures", "nameserver 10.0.1.1\n", map[string]*server{"10.0.1.1": failing}, "lookup web on 10.0.1.1:53: server misbehaving"},
		{"over TCP", "nameserver 10.0.1.1\noptions use-vc\n", map[string]*server{"10.0.1.1": good()}, ""},
		{"one by one", "nameserver 10.0.1.1\noptions single-request rotate edns0 trust-ad\n", map[string]*server{"10.0.1.1": good()}, ""},
		{"nobody", "", nil, "connection refused"},
	} {
		r := world(t, test.config, test.servers)
		found, err := r.Lookup(t.Context(), "web")
		switch {
		case test.want == "" && (err != nil || found.Addrs[0] != netip.MustParseAddr("10.0.0.1")):
			t.Errorf("%s: %v, %v", test.what, found, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || resolver.Why(err) != resolver.Again):
			t.Errorf("%s: %v, want %s", test.what, err, test.want)
		}
	}
	r := world(t, "nameserver 10.0.1.1\n", map[string]*server{"10.0.1.1": silent})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	var asDNS *net.DNSError
	if _, err := r.Lookup(ctx, "web"); !errors.As(err, &asDNS) || !asDNS.IsTimeout {
		t.Errorf("cut short: %v", err)
	}
	if _, err := (resolver.Resolver{ReadFile: r.ReadFile}).Lookup(t.Context(), "web"); resolver.Why(err) != resolver.Again {
		t.Errorf("without a network: %v", err)
	}
}

// TestSite: the name server of the nodes' network tells what cannot exist from what
// it cannot know.
func TestSite(t *testing.T) {
	t.Parallel()
	f := fabric.New()
	at, err := f.Attach("site", netip.MustParseAddr("172.30.0.3"))
	if err != nil {
		t.Fatal(err)
	}
	site := &resolver.Site{}
	site.SetHosts(map[string]netip.Addr{"node1": netip.MustParseAddr("172.30.0.11")})
	if err := site.Serve(at); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"node1. A": "NOERROR 1", "NODE1. A": "NOERROR 1", "node1. AAAA": "NOERROR 0", "11.0.30.172.in-addr.arpa. PTR": "NOERROR 1", "12.0.30.172.in-addr.arpa. PTR": "NXDOMAIN 0",
		"node2. A": "NXDOMAIN 0", "web.shopp. A": "NXDOMAIN 0", "web.svc.cluster.local. A": "NXDOMAIN 0", "example.com. A": "SERVFAIL 0", "com. A": "SERVFAIL 0", ". NS": "SERVFAIL 0",
		"7.1.244.10.in-addr.arpa. PTR": "NXDOMAIN 0", "8.8.8.8.in-addr.arpa. PTR": "SERVFAIL 0", "10.in-addr.arpa. SOA": "NXDOMAIN 0", "x.y.10.in-addr.arpa. PTR": "SERVFAIL 0",
	} {
		domain, kind, _ := strings.Cut(name, " ")
		m, err := resolver.Ask(t.Context(), at.Dial, "udp", netip.MustParseAddrPort("172.30.0.3:53"), new(dns.Msg).SetQuestion(domain, dns.StringToType[kind]), time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%s %d", dns.RcodeToString[m.Rcode], len(m.Answer)); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	f := fabric.New()
	at, _ := f.Attach("site", netip.MustParseAddr("172.30.0.3"))
	site := &resolver.Site{}
	site.SetHosts(map[string]netip.Addr{"node1": netip.MustParseAddr("172.30.0.11")})
	if err := site.Serve(at); err != nil {
		b.Fatal(err)
	}
	pod, _ := f.Attach("pod", netip.MustParseAddr("10.244.1.2"))
	r := resolver.Resolver{Dial: pod.Dial, ReadFile: func(string) ([]byte, error) { return []byte("nameserver 172.30.0.3\n"), nil }}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Lookup(b.Context(), "node1"); err != nil {
			b.Fatal(err)
		}
	}
}
