package check

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// fakeNetwork has servers at addresses, and a DNS.
type fakeNetwork struct {
	t *testing.T

	mu      sync.Mutex
	dials   map[string]func(ctx context.Context) (net.Conn, error) // by "ADDRESS:PORT"
	records map[string]string                                      // by "NAME. TYPE", in the form of a zone file
	dns     func(ctx context.Context) error                        // instead of an answer; nil: none
	cut     bool                                                   // answers in datagrams are cut
	from    []string                                               // where dials came from
	asked   []string                                               // names that were asked for
}

func newNetwork(t *testing.T) *fakeNetwork {
	t.Helper()
	return &fakeNetwork{t: t, dials: map[string]func(context.Context) (net.Conn, error){}, records: map[string]string{}}
}

// on puts something at an address.
func (f *fakeNetwork) on(at string, dial func(context.Context) (net.Conn, error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dials[at] = dial
}

// serve puts a web server at an address.
func (f *fakeNetwork) serve(at string, handler http.HandlerFunc) {
	f.lead(at, httptest.NewServer(handler))
}

func (f *fakeNetwork) lead(at string, server *httptest.Server) {
	f.t.Cleanup(server.Close)
	f.on(at, func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", server.Listener.Addr().String())
	})
}

// fails is a dial that ends as a kernel has it.
func fails(err error) func(context.Context) (net.Conn, error) {
	return func(context.Context) (net.Conn, error) { return nil, &net.OpError{Op: "dial", Net: "tcp", Err: err} }
}

// silent is an address that drops everything.
func silent(ctx context.Context) (net.Conn, error) {
	<-ctx.Done()
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
}

func (f *fakeNetwork) Dial(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	f.mu.Lock()
	dial := f.dials[to.String()]
	f.from = append(f.from, from.String())
	f.mu.Unlock()
	if dial == nil {
		dial = fails(syscall.EHOSTUNREACH)
	}
	return dial(ctx)
}

func (f *fakeNetwork) Exchange(ctx context.Context, _ netip.Addr, to netip.AddrPort, datagram []byte) ([]byte, error) {
	f.mu.Lock()
	fail, cut := f.dns, f.cut
	f.mu.Unlock()
	switch {
	case to.String() != clusterDNS+":53":
		return nil, &net.OpError{Op: "read", Net: "udp", Err: syscall.ECONNREFUSED}
	case fail != nil:
		return nil, fail(ctx)
	}
	answer := f.answer(datagram)
	if cut {
		answer.Answer, answer.Truncated = nil, true
	}
	return answer.Pack()
}

// answer is what the DNS knows.
func (f *fakeNetwork) answer(datagram []byte) *dns.Msg {
	question, answer := new(dns.Msg), new(dns.Msg)
	if err := question.Unpack(datagram); err != nil {
		f.t.Errorf("no question: %v", err)
	}
	asked := question.Question[0]
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, asked.Name)
	answer.SetRcode(question, dns.RcodeNameError)
	for key, record := range f.records {
		name, kind, _ := strings.Cut(key, " ")
		if name != asked.Name {
			continue
		}
		answer.Rcode = dns.RcodeSuccess
		if kind == dns.TypeToString[asked.Qtype] {
			rr, err := dns.NewRR(name + " 5 IN " + kind + " " + record)
			if err != nil {
				f.t.Error(err)
			}
			answer.Answer = append(answer.Answer, rr)
		}
	}
	return answer
}

func (f *fakeNetwork) Locate(_ context.Context, target course.Target, _ string) (netip.AddrPort, error) {
	if target.Name != "web" {
		return netip.AddrPort{}, &Obstacle{course.Same("no " + target.String())}
	}
	return netip.MustParseAddrPort("172.30.200.1:80"), nil
}

// sender is a Pod that has an address.
func sender(name string, version int) *unstructured.Unstructured {
	o := pod(name, "Running", runs, version)
	if err := unstructured.SetNestedField(o.Object, "10.244.1.5", "status", "podIP"); err != nil {
		panic(err)
	}
	return o
}

// ask judges a check at once, from a Pod that is there.
func ask(t *testing.T, f *fakeNetwork, check course.Check) protocol.Verdict {
	t.Helper()
	c := newCluster(t, Options{Network: f}, sender("client", 1))
	return firstOn(t, c.follow(&course.Lab{ID: "l", Namespace: "shop", Checks: []course.Check{check, unpassed()}}, false))
}

// firstOn is the first verdict on the first check that says something; on a machine
// that is out of breath the very first says that there is no answer yet.
func firstOn(t *testing.T, verdicts <-chan []protocol.Verdict) protocol.Verdict {
	t.Helper()
	for limit := time.After(deadline); ; {
		select {
		case v := <-verdicts:
			if v[0].Result != protocol.Unjudged {
				return v[0]
			}
		case <-limit:
			t.Fatal("no verdict")
		}
	}
}

// unpassed is a check that keeps a lab from being passed, which would be told later.
func unpassed() course.Check {
	return course.Check{ID: "never", Object: &course.ObjectRef{APIVersion: "v1", Kind: "ConfigMap", Name: "none"}}
}

func fromClient(url string) *course.RequestRef {
	return &course.RequestRef{From: course.FromRef{Pod: "client"}, URL: url, Timeout: "8s"}
}

func TestRequests(t *testing.T) {
	t.Parallel()
	f := newNetwork(t)
	f.records["web.shop.svc.cluster.local. A"] = "10.96.1.1"
	f.serve("10.96.1.1:80", func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/json", http.StatusFound)
		case "/json":
			fmt.Fprint(w, `{"version": "v2", "replicas": 3}`)
		case "/broken":
			w.WriteHeader(http.StatusInternalServerError)
		case "/long":
			fmt.Fprint(w, strings.Repeat("x", 2*maxBody))
		default:
			w.Header().Add("X-Seen", r.Header.Get("X-Sent"))
			fmt.Fprintf(w, "%s %s %s\n", r.Method, r.Host, r.URL.Path)
		}
	})
	f.on("10.96.1.2:80", fails(syscall.ECONNREFUSED))
	f.on("10.96.1.3:80", silent)
	f.on("10.96.1.4:80", hangsUp)
	f.on("10.96.1.5:80", speaks("SSH-2.0-OpenSSH\r\n"))
	for name, tc := range map[string]struct {
		url, expect string
		result      protocol.Result
		want, have  string
		path        string
		change      func(*course.RequestRef)
	}{
		"an answer":         {url: "http://web/", result: pass},
		"a status":          {url: "http://web.shop:80/", expect: "response.status == 200", result: pass},
		"another":           {url: "http://web/broken", expect: "response.status == 200", result: protocol.Waiting, want: "200", have: "500", path: "response.status"},
		"a complaint":       {url: "http://web/broken", result: protocol.Waiting, want: "an answer", have: "status 500"},
		"a body":            {url: "http://web.shop.svc/a", expect: `response.body == "GET web.shop.svc /a"`, result: pass},
		"a header":          {url: "http://web/", expect: `response.headers["x-seen"] == "yes"`, result: pass, change: func(r *course.RequestRef) { r.Headers = map[string]string{"X-Sent": "yes"} }},
		"method and host":   {url: "http://10.96.1.1/", expect: `response.body == "POST shop.example /"`, result: pass, change: func(r *course.RequestRef) { r.Method, r.Host = "POST", "shop.example" }},
		"json":              {url: "http://web/json", expect: `response.json.version == "v2" && response.json.replicas == 3`, result: pass},
		"no redirect":       {url: "http://web/moved", expect: "response.status == 302", result: pass},
		"a redirect":        {url: "http://web/moved", expect: `response.json.version == "v2"`, result: pass, change: func(r *course.RequestRef) { r.Redirects = true }},
		"a long body":       {url: "http://web/long", expect: fmt.Sprintf("size(response.body) == %d", maxBody), result: pass},
		"refused":           {url: "http://10.96.1.2/", expect: `response.error == "refused"`, result: pass},
		"not refused":       {url: "http://10.96.1.2/", expect: `response.error == "timeout"`, result: protocol.Waiting, want: `"timeout"`, have: `"refused"`, path: "response.error"},
		"no status":         {url: "http://10.96.1.2/", expect: "response.status == 200", result: protocol.Waiting, want: "200", have: "no answer: connection refused", path: "response.status"},
		"silence":           {url: "http://10.96.1.3/", expect: `response.error == "timeout" && response.took >= 100`, result: pass, change: briefly},
		"no answer at all":  {url: "http://10.96.1.3/", result: protocol.Waiting, want: "an answer", have: "no answer: timed out", change: briefly},
		"nobody":            {url: "http://10.96.1.9/", expect: `response.error == "unreachable"`, result: pass},
		"closed":            {url: "http://10.96.1.4/", expect: `response.error == "closed"`, result: pass},
		"not HTTP":          {url: "http://10.96.1.5/", expect: `response.error == "invalid"`, result: pass},
		"no name":           {url: "http://wbe/", expect: `response.error == "dns"`, result: pass},
		"no name, no body":  {url: "http://wbe/", expect: `response.body == ""`, result: protocol.Waiting, want: `""`, have: "no answer: lookup wbe on 10.96.0.10:53: no such host", path: "response.body"},
		"elsewhere":         {url: "http://wbe/", expect: `response.status == 200`, result: protocol.Waiting, have: "no answer: no route to the host", want: "200", path: "response.status", change: func(r *course.RequestRef) { r.To = "svc/web" }},
		"nothing elsewhere": {url: "http://wbe/", expect: `response.status == 200`, result: protocol.Waiting, have: "no svc/other", want: "200", path: "response.status", change: func(r *course.RequestRef) { r.To = "svc/other" }},
		"outside":           {url: "http://10.96.1.1/", result: pass, change: func(r *course.RequestRef) { r.From = course.FromRef{Outside: true} }},
		"no names outside":  {url: "http://web/", expect: `response.error == "dns"`, result: pass, change: func(r *course.RequestRef) { r.From = course.FromRef{Outside: true} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ref := fromClient(tc.url)
			if tc.change != nil {
				tc.change(ref)
			}
			v := ask(t, f, course.Check{ID: "c", Request: ref, Expect: tc.expect})
			if v.Result != tc.result || v.Want.EN != tc.want || v.Have.EN != tc.have || v.Path != tc.path {
				t.Errorf("got %+v", v)
			}
		})
	}
}

// briefly has a request wait for as long as a test can.
func briefly(r *course.RequestRef) { r.Timeout = "100ms" }

// hangsUp is a server that reads a request and leaves.
func hangsUp(context.Context) (net.Conn, error) {
	a, b := net.Pipe()
	go func() {
		_, _ = b.Read(make([]byte, 4096))
		b.Close()
	}()
	return a, nil
}

// speaks is a server of something else.
func speaks(greeting string) func(context.Context) (net.Conn, error) {
	return func(context.Context) (net.Conn, error) {
		a, b := net.Pipe()
		go func() {
			defer b.Close()
			_, _ = b.Read(make([]byte, 4096))
			_, _ = b.Write([]byte(greeting))
		}()
		return a, nil
	}
}

func TestWhereRequestsComeFrom(t *testing.T) {
	t.Parallel()
	f := newNetwork(t)
	f.serve("10.96.1.1:80", func(http.ResponseWriter, *http.Request) {})
	ask(t, f, course.Check{ID: "c", Request: fromClient("http://10.96.1.1")})
	outside := fromClient("http://10.96.1.1")
	outside.From = course.FromRef{Outside: true}
	ask(t, f, course.Check{ID: "c", Request: outside})
	f.mu.Lock()
	defer f.mu.Unlock()
	if first, last := f.from[0], f.from[len(f.from)-1]; first != "10.244.1.5" || last != "invalid IP" {
		t.Errorf("they came from %s and %s", first, last)
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	f := newNetwork(t)
	names := make(chan string, 100)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.TLS = &tls.Config{GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		names <- h.ServerName
		return nil, nil
	}}
	server.StartTLS()
	f.lead("10.96.1.1:443", server)
	f.serve("10.96.1.2:443", func(http.ResponseWriter, *http.Request) {})
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	for name, tc := range map[string]struct {
		trust  *course.TLSRef
		to     string
		expect string
	}{
		"nobody trusted": {nil, "10.96.1.1", `response.error == "tls"`},
		"all trusted":    {&course.TLSRef{Insecure: true}, "10.96.1.1", `response.error == "" && "example.com" in response.names`},
		"an authority":   {&course.TLSRef{Secret: "ca"}, "10.96.1.1", `response.status == 200`},
		"no TLS":         {&course.TLSRef{Insecure: true}, "10.96.1.2", `response.error == "tls"`},
	} {
		ref := fromClient("https://" + tc.to)
		ref.TLS, ref.Host = tc.trust, "example.com"
		c := newCluster(t, Options{Network: f}, sender("client", 1), secret("ca", "tls.crt", authority))
		v := firstOn(t, c.follow(&course.Lab{ID: "l", Namespace: "shop", Checks: []course.Check{{ID: "c", Request: ref, Expect: tc.expect}, unpassed()}}, false))
		if v.Result != pass {
			t.Errorf("%s: %+v", name, v)
		}
	}
	if name := <-names; name != "example.com" {
		t.Errorf("the server was asked for %q", name)
	}
	ref := fromClient("https://10.96.1.1")
	ref.TLS = &course.TLSRef{Secret: "ca"}
	c := newCluster(t, Options{Network: f}, sender("client", 1), secret("ca", "other", authority))
	if v := firstOn(t, c.follow(&course.Lab{ID: "l", Namespace: "shop", Checks: []course.Check{{ID: "c", Request: ref}, unpassed()}}, false)); v.Have != textNoAuthority("ca") {
		t.Errorf("a Secret without an authority: %+v", v)
	}
}

func secret(name, key string, value []byte) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": name, "namespace": "shop"},
		"data": map[string]any{key: base64.StdEncoding.EncodeToString(value)},
	}}
}

func TestShares(t *testing.T) {
	t.Parallel()
	f := newNetwork(t)
	var mu sync.Mutex
	n, most, open := 0, 0, 0
	f.serve("10.96.1.1:80", func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		n++
		fmt.Fprint(w, map[bool]string{true: "v2", false: "v1"}[n%10 == 0])
	})
	count := func(conn net.Conn, state http.ConnState) {
		mu.Lock()
		defer mu.Unlock()
		switch state {
		case http.StateNew:
			open++
			most = max(most, open)
		case http.StateClosed:
			open--
		}
	}
	counted := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	counted.Config.ConnState = count
	counted.Start()
	f.lead("10.96.1.2:80", counted)
	f.on("10.96.1.3:80", fails(syscall.ECONNREFUSED))
	for expect, tc := range map[string]struct {
		to         string
		result     protocol.Result
		want, have string
	}{
		`shares["v2"] >= 5 && shares["v2"] <= 15`:      {"10.96.1.1", pass, "", ""},
		`shares["v3"] == 0`:                            {"10.96.1.1", pass, "", ""},
		`shares["v1"] <= 60`:                           {"10.96.1.1", protocol.Waiting, "<= 60", ""},
		`shares["v2"] >= 5`:                            {"10.96.1.3", protocol.Waiting, ">= 5", "0 (refused: 100)"},
		`shares["refused"] == 100`:                     {"10.96.1.3", pass, "", ""},
		`responses.all(r, r.status == 200)`:            {"10.96.1.2", pass, "", ""},
		`size(responses.filter(r, r.error == "")) > 0`: {"10.96.1.3", protocol.Waiting, "> 0", "0"},
	} {
		ref := fromClient("http://" + tc.to)
		ref.Times, ref.By = 100, "response.body"
		mu.Lock()
		n = 0
		mu.Unlock()
		v := ask(t, f, course.Check{ID: "c", Request: ref, Expect: expect})
		if v.Result != tc.result || v.Want.EN != tc.want || tc.have != "" && v.Have.EN != tc.have {
			t.Errorf("%s: %+v", expect, v)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if most > 2*requestsAtOnce { // looks may follow each other, and the server sees ends late
		t.Errorf("%d connections at once", most)
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	f := newNetwork(t)
	for key, record := range map[string]string{
		"web.shop.svc.cluster.local. A":              "10.96.1.1",
		"web.other.svc.cluster.local. A":             "10.96.1.2",
		"_http._tcp.web.shop.svc.cluster.local. SRV": "0 100 80 web.shop.svc.cluster.local.",
		"1.1.96.10.in-addr.arpa. PTR":                "web.shop.svc.cluster.local.",
		"alias.shop.svc.cluster.local. CNAME":        "shop.example.",
		"dns-version.cluster.local. TXT":             `"1.1.0"`,
		"empty.shop.svc.cluster.local. AAAA":         "fd00::1",
	} {
		f.records[key] = record
	}
	for _, tc := range []struct {
		name, kind, expect string
		result             protocol.Result
		have               string
	}{
		{"web", "", `answers == ["10.96.1.1"]`, pass, ""},
		{"web.other", "A", `"10.96.1.2" in answers && rcode == "NOERROR" && error == ""`, pass, ""},
		{"web", "", "", pass, ""},
		{"web.", "", "", protocol.Waiting, "the DNS says NXDOMAIN"},
		{"web.", "", `"10.96.1.1" in answers`, protocol.Waiting, "the DNS says NXDOMAIN"},
		{"web.", "", `rcode == "NXDOMAIN" && answers == []`, pass, ""},
		{"empty", "", `size(answers) > 0`, protocol.Waiting, "the name has no such record"},
		{"_http._tcp.web", "SRV", `answers == ["0 100 80 web.shop.svc.cluster.local"]`, pass, ""},
		{"10.96.1.1", "PTR", `answers == ["web.shop.svc.cluster.local"]`, pass, ""},
		{"alias", "CNAME", `answers == ["shop.example"]`, pass, ""},
		{"dns-version", "TXT", `answers[0].startsWith("1.1")`, pass, ""},
		{"web", "A", `answers == ["10.96.1.9"]`, protocol.Waiting, `["10.96.1.1"]`},
	} {
		ref := &course.ResolveRef{From: course.FromRef{Pod: "client"}, Name: tc.name, Type: tc.kind}
		v := ask(t, f, course.Check{ID: "c", Resolve: ref, Expect: tc.expect})
		if v.Result != tc.result || v.Have.EN != tc.have {
			t.Errorf("%s %s %s: %+v", tc.name, tc.kind, tc.expect, v)
		}
	}
}

func TestResolveWithoutDNS(t *testing.T) {
	t.Parallel()
	f := newNetwork(t)
	ref := &course.ResolveRef{From: course.FromRef{Pod: "client"}, Name: "web."}
	f.dns = func(context.Context) error { return &net.OpError{Op: "read", Net: "udp", Err: syscall.ECONNREFUSED} }
	if v := ask(t, f, course.Check{ID: "c", Resolve: ref}); v.Have.EN != "no answer: connection refused" {
		t.Errorf("refused: %+v", v)
	}
	web := fromClient("http://web")
	briefly(web)
	if v := ask(t, f, course.Check{ID: "c", Request: web, Expect: `response.error == "dns"`}); v.Result != pass {
		t.Errorf("a request: %+v", v)
	}
	f.mu.Lock()
	f.dns = func(ctx context.Context) error {
		<-ctx.Done()
		return &net.OpError{Op: "read", Net: "udp", Err: os.ErrDeadlineExceeded}
	}
	f.mu.Unlock()
	if v := ask(t, f, course.Check{ID: "c", Resolve: ref, Expect: `error == "timeout"`}); v.Result != pass {
		t.Errorf("silent: %+v", v)
	}
	if v := ask(t, f, course.Check{ID: "c", Request: web, Expect: `response.error == "timeout"`}); v.Have.EN != `"dns"` {
		t.Errorf("a request whose time is up before its name is known: %+v", v)
	}
}

func TestLongAnswersComeByConnection(t *testing.T) {
	t.Parallel()
	f := newNetwork(t)
	f.cut = true
	f.records["web.shop.svc.cluster.local. A"] = "10.96.1.1"
	f.on(clusterDNS+":53", func(context.Context) (net.Conn, error) {
		a, b := net.Pipe()
		go func() {
			defer b.Close()
			conn := &dns.Conn{Conn: b}
			raw, err := conn.ReadMsgHeader(nil)
			if err != nil {
				return
			}
			_ = conn.WriteMsg(f.answer(raw))
		}()
		return a, nil
	})
	ref := &course.ResolveRef{From: course.FromRef{Pod: "client"}, Name: "web.shop.svc.cluster.local."}
	if v := ask(t, f, course.Check{ID: "c", Resolve: ref, Expect: `answers == ["10.96.1.1"]`}); v.Result != pass {
		t.Errorf("got %+v", v)
	}
}

func TestNamesOfPods(t *testing.T) {
	t.Parallel()
	ndots := "2"
	config := &corev1.PodDNSConfig{
		Nameservers: []string{"1.1.1.1", clusterDNS}, Searches: []string{"shop.example.", "cluster.local"},
		Options: []corev1.PodDNSConfigOption{{Name: "ndots", Value: &ndots}, {Name: "debug"}},
	}
	cluster := "shop.svc.cluster.local svc.cluster.local cluster.local"
	for name, tc := range map[string]struct {
		spec            corev1.PodSpec
		servers, search string
		ndots           int
	}{
		"unset":               {corev1.PodSpec{}, "10.96.0.10", cluster, 5},
		"cluster":             {corev1.PodSpec{DNSPolicy: corev1.DNSClusterFirst}, "10.96.0.10", cluster, 5},
		"host network":        {corev1.PodSpec{DNSPolicy: corev1.DNSClusterFirst, HostNetwork: true}, "172.30.0.1", "", 1},
		"cluster on the host": {corev1.PodSpec{DNSPolicy: corev1.DNSClusterFirstWithHostNet, HostNetwork: true}, "10.96.0.10", cluster, 5},
		"the node's":          {corev1.PodSpec{DNSPolicy: corev1.DNSDefault}, "172.30.0.1", "", 1},
		"its own":             {corev1.PodSpec{DNSPolicy: corev1.DNSNone, DNSConfig: config}, "1.1.1.1 10.96.0.10", "shop.example cluster.local", 2},
		"both":                {corev1.PodSpec{DNSConfig: config}, "10.96.0.10 1.1.1.1", cluster + " shop.example", 2},
	} {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "client"}, Spec: tc.spec}
		c := names{pod, &asker{}}.stub().Config()
		servers := strings.Trim(fmt.Sprint(c.Servers), "[]")
		if search := strings.Join(c.Search, " "); servers != tc.servers || search != tc.search || c.Ndots != tc.ndots {
			t.Errorf("%s: %s, %s, ndots %d", name, servers, search, c.Ndots)
		}
	}
}

func TestHostAliases(t *testing.T) {
	t.Parallel()
	n := names{&corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "client"}, Status: corev1.PodStatus{PodIP: "10.244.1.5"},
		Spec: corev1.PodSpec{HostAliases: []corev1.HostAlias{{IP: "10.1.1.1", Hostnames: []string{"Db"}}}},
	}, &asker{}}
	for host, want := range map[string]string{"db": "10.1.1.1", "client": "10.244.1.5", "localhost": "127.0.0.1", "10.2.2.2": "10.2.2.2"} {
		got, err := n.lookUp(t.Context(), host)
		if err != nil || len(got) != 1 || got[0].String() != want {
			t.Errorf("%s: %v %v", host, got, err)
		}
	}
}

// TestNetworkIsFollowed: what fails is tried again, and what holds is doubted
// after an event of something that it may depend on.
func TestNetworkIsFollowed(t *testing.T) {
	t.Parallel()
	f := newNetwork(t)
	c := newCluster(t, Options{Network: f}, sender("client", 1))
	c.kinds.define(schema.GroupVersionKind{Group: "networking.k8s.io", Version: "v1", Kind: "NetworkPolicy"})
	f.on("10.96.1.1:80", silent)
	ref := fromClient("http://10.96.1.1")
	briefly(ref)
	verdicts := c.follow(&course.Lab{ID: "l", Namespace: "shop", Checks: []course.Check{{ID: "c", Request: ref}, unpassed()}}, false)
	if v := until(t, verdicts, protocol.Waiting, fail); v[0].Reason != textFollows() {
		t.Errorf("at first: %+v", v[0])
	}
	if v := until(t, verdicts, fail, fail); v[0].Have.EN != "no answer: timed out" {
		t.Errorf("once the network is known not to change: %+v", v[0])
	}
	f.serve("10.96.1.1:80", func(http.ResponseWriter, *http.Request) {})
	until(t, verdicts, pass, fail)
	f.on("10.96.1.1:80", fails(syscall.ECONNREFUSED))
	policies := schema.GroupVersionResource{Group: "networking.k8s.io", Version: "v1", Resource: "networkpolicies"}
	policy := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": map[string]any{"name": "deny", "namespace": "shop"},
	}}
	c.create(policies, policy)
	if v := until(t, verdicts, protocol.Waiting, fail); v[0].Have.EN != "no answer: connection refused" {
		t.Errorf("after an event: %+v", v[0])
	}
}

// TestALookThatIsOvertaken does not have to time out before what has changed shows.
func TestALookThatIsOvertaken(t *testing.T) {
	t.Parallel()
	f := newNetwork(t)
	c := newCluster(t, Options{Network: f}, sender("client", 1))
	f.on("10.96.1.1:80", silent)
	slow := fromClient("http://10.96.1.1")
	slow.Timeout = "9s"
	verdicts := c.follow(&course.Lab{ID: "l", Namespace: "shop", Checks: []course.Check{{ID: "c", Request: slow}, unpassed()}}, false)
	waitFor(t, func() bool { f.mu.Lock(); defer f.mu.Unlock(); return len(f.from) > 0 })
	f.serve("10.96.1.1:80", func(http.ResponseWriter, *http.Request) {})
	began := time.Now()
	c.create(pods(), sender("other", 2))
	until(t, verdicts, pass, fail)
	if took := time.Since(began); took > 7*time.Second {
		t.Errorf("it took %v", took)
	}
}

func waitFor(t *testing.T, holds func() bool) {
	t.Helper()
	for limit := time.Now().Add(deadline); !holds(); {
		if time.Now().After(limit) {
			t.Fatal("it does not come about")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestWithoutANetwork(t *testing.T) {
	t.Parallel()
	for name, network := range map[string]Network{"none": nil, "gone": &noNetwork{ErrNoNetwork}} {
		c := newCluster(t, Options{Network: network}, sender("client", 1))
		verdicts := c.follow(&course.Lab{ID: "l", Namespace: "shop", Checks: []course.Check{
			{ID: "a", Request: fromClient("http://web")}, {ID: "b", Resolve: &course.ResolveRef{From: course.FromRef{Pod: "client"}, Name: "web"}},
		}}, false)
		if v := until(t, verdicts, protocol.Unjudged, protocol.Unjudged); v[0].Reason != textNoNetwork() {
			t.Errorf("%s: %+v", name, v)
		}
	}
	v := notMade(fmt.Errorf("%w: %w", errBeyond, errors.New("no such socket")))
	if !strings.Contains(v.unjudged.EN, "no such socket") {
		t.Errorf("a runtime that is away: %+v", v)
	}
}

// noNetwork is one that cannot be entered.
type noNetwork struct{ err error }

func (n *noNetwork) Dial(context.Context, netip.Addr, netip.AddrPort) (net.Conn, error) {
	return nil, n.err
}

func (n *noNetwork) Exchange(context.Context, netip.Addr, netip.AddrPort, []byte) ([]byte, error) {
	return nil, n.err
}

func (n *noNetwork) Locate(context.Context, course.Target, string) (netip.AddrPort, error) {
	return netip.AddrPort{}, n.err
}

func TestPodsThatCannotSend(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		pod     *unstructured.Unstructured
		waiting bool
	}{
		"starting": {pod("client", "Pending", waits, 1), true},
		"over":     {pod("client", "Succeeded", hasQuit, 1), false},
	} {
		c := newCluster(t, Options{Network: newNetwork(t)}, tc.pod)
		v := <-c.follow(&course.Lab{ID: "l", Namespace: "shop", Checks: []course.Check{{ID: "c", Request: fromClient("http://web"), Expect: `response.error == "timeout"`}, unpassed()}}, false)
		if v[0].Result == pass || v[0].Have != textPodNotRunning("client") {
			t.Errorf("%s: %+v", name, v[0])
		}
	}
}

func TestNoPodToAskFrom(t *testing.T) {
	t.Parallel()
	c := newCluster(t, Options{Network: newNetwork(t)})
	v := <-c.follow(&course.Lab{ID: "l", Namespace: "shop", Checks: []course.Check{{ID: "c", Request: fromClient("http://web"), Expect: `response.error != ""`}, unpassed()}}, false)
	if v[0].Result != fail || v[0].Have != textNoPod() {
		t.Errorf("got %+v", v[0])
	}
}

func TestFaultsOfNetworkChecks(t *testing.T) {
	t.Parallel()
	many := func(expect string) course.Check {
		ref := fromClient("http://web")
		ref.Times, ref.By = 100, "response.body"
		return course.Check{ID: "c", Request: ref, Expect: expect}
	}
	plainMany := many(`shares["a"] > 3`)
	plainMany.Request.By = ""
	broken := many("")
	broken.Request.By = "response."
	for name, tc := range map[string]struct {
		check course.Check
		want  string
	}{
		"room enough":      {many(`shares["v2"] >= 5 && shares["v2"] <= 15`), ""},
		"none, all":        {many(`shares["v2"] == 0 && shares["v1"] == 100`), ""},
		"one side":         {many(`shares["v2"] > 40`), ""},
		"too narrow":       {many(`shares["v2"] >= 9 && shares["v2"] <= 11`), `shares["v2"] may be from 9 to 11: leave room for 6 at least`},
		"exact":            {many(`shares["v2"] == 10`), `shares["v2"] may be from 10 to 10`},
		"impossible":       {many(`shares["v2"] > 10 && shares["v2"] < 9`), `no number of answers is right for shares["v2"]`},
		"nothing to count": {plainMany, "shares needs `by:`"},
		"a broken count":   {broken, "by: "},
		"one answer":       {course.Check{ID: "c", Request: fromClient("http://web"), Expect: `responses.size() == 1`}, "undeclared reference"},
		"always":           {course.Check{ID: "c", Request: fromClient("http://web"), Always: `response.status == 200`}, "looked at now and then"},
		"no Pod":           {course.Check{ID: "c", Request: &course.RequestRef{URL: "http://web"}}, "either a pod or a labelSelector"},
		"outside":          {course.Check{ID: "c", Resolve: &course.ResolveRef{Name: "web", From: course.FromRef{Outside: true}}}, "no DNS outside"},
		"a record":         {course.Check{ID: "c", Resolve: &course.ResolveRef{Name: "web", From: course.FromRef{Pod: "a"}, Type: "MX"}}, `no type of record "MX"`},
		"a variable":       {course.Check{ID: "c", Request: fromClient("http://@{name}.shop"), Expect: `response.body == vars.name`}, ""},
	} {
		faults := Compile([]course.Check{tc.check}, []string{"name"})
		switch {
		case tc.want == "" && len(faults) > 0:
			t.Errorf("%s: %+v", name, faults)
		case tc.want != "" && (len(faults) != 1 || !strings.Contains(faults[0].Reason.EN, tc.want)):
			t.Errorf("%s: %+v", name, cmp.Or(fmt.Sprint(faults), "no fault"))
		}
	}
}
