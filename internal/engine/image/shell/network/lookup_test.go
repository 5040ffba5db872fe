package network_test

import (
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"kubetutor/internal/engine/image/imagetest"
)

// zone is what the name server of these tests knows.
const zone = `
web.shop.svc.cluster.local. 30 IN A 10.96.3.4
out.shop.svc.cluster.local. 30 IN CNAME web.shop.svc.cluster.local.
_http._tcp.web.shop.svc.cluster.local. 30 IN SRV 0 100 80 web.shop.svc.cluster.local.
kube-dns.kube-system.svc.cluster.local. 30 IN A 10.96.0.10
10.0.96.10.in-addr.arpa. 30 IN PTR kube-dns.kube-system.svc.cluster.local.
4.3.96.10.in-addr.arpa. 30 IN PTR web.shop.svc.cluster.local.
`

// names is a name server: of what it does not know it says NXDOMAIN, or SERVFAIL
// outside of the cluster.
type names map[string][]dns.RR

func (n names) ServeDNS(w dns.ResponseWriter, r *dns.Msg) {
	m := new(dns.Msg).SetReply(r)
	name := dns.CanonicalName(r.Question[0].Name)
	m.Authoritative = !strings.HasSuffix(name, ".org.")
	rrs, known := n[name]
	switch {
	case !known && !m.Authoritative:
		m.Rcode = dns.RcodeServerFailure
	case !known:
		m.Rcode = dns.RcodeNameError
	}
	for _, rr := range rrs {
		if rr.Header().Rrtype == r.Question[0].Qtype || rr.Header().Rrtype == dns.TypeCNAME {
			m.Answer = append(m.Answer, rr)
		}
		if alias, ok := rr.(*dns.CNAME); ok && r.Question[0].Qtype == dns.TypeA {
			m.Answer = append(m.Answer, n[alias.Target]...)
		}
	}
	if opt := r.IsEdns0(); opt != nil {
		m.SetEdns0(opt.UDPSize(), false)
		m.IsEdns0().Option = opt.Option
	}
	_ = w.WriteMsg(m)
}

// named is a world with a name server at 10.96.0.10.
func named(t *testing.T) *imagetest.World {
	t.Helper()
	w := imagetest.NewWorld(t)
	known := names{}
	parser := dns.NewZoneParser(strings.NewReader(zone), ".", "")
	for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
		known[rr.Header().Name] = append(known[rr.Header().Name], rr)
	}
	if err := parser.Err(); err != nil {
		t.Fatal(err)
	}
	at, err := w.Fabric.Attach("dns", netip.MustParseAddr("10.96.0.10"))
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
	go func() { _ = (&dns.Server{PacketConn: udp, Handler: known}).ActivateAndServe() }()
	go func() { _ = (&dns.Server{Listener: tcp, Handler: known}).ActivateAndServe() }()
	t.Cleanup(func() { at.Close() })
	return w
}

// inPod is what the kubelet gives a pod.
func inPod() imagetest.Options {
	return imagetest.Options{
		Command: []string{"sleep", "1000"},
		Files:   map[string]string{"/etc/hosts": "127.0.0.1\tlocalhost\n10.1.2.3\talias.test\talias\n", "/etc/resolv.conf": "search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"},
	}
}

// changing is what differs from run to run in the output of dig.
var changing = regexp.MustCompile(`id: \d+|COOKIE: [0-9a-f]+|(?m)WHEN: .*$|time: \d+ msec|rcvd: \d+`)

// TestTools holds the tools to what the real ones print.
func TestTools(t *testing.T) {
	t.Parallel()
	w := named(t)
	for _, test := range []struct {
		image, command string
		code           int
		want           string
	}{
		{"busybox:1.36", "nslookup web.shop.svc.cluster.local", 0,
			"Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\nName:\tweb.shop.svc.cluster.local\nAddress: 10.96.3.4\n\n\n"},
		{"busybox:1.36", "nslookup web.shop", 1,
			"Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n** server can't find web.shop: NXDOMAIN\n\n** server can't find web.shop: NXDOMAIN\n\n"},
		{"busybox:1.36", "nslookup -type=A web", 1,
			"Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\nName:\tweb.shop.svc.cluster.local\nAddress: 10.96.3.4\n\n** server can't find web.svc.cluster.local: NXDOMAIN\n\n** server can't find web.cluster.local: NXDOMAIN\n\n"},
		{"busybox:1.36", "nslookup -type=srv _http._tcp.web.shop.svc.cluster.local 10.96.0.10", 0,
			"Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n_http._tcp.web.shop.svc.cluster.local\tservice = 0 100 80 web.shop.svc.cluster.local\n\n"},
		{"busybox:1.36", "nslookup 10.96.3.4", 0,
			"Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n4.3.96.10.in-addr.arpa\tname = web.shop.svc.cluster.local\n\n"},
		{"busybox:1.36", "nslookup -type=nonsense web", 1, "nslookup: invalid query type \"nonsense\"\n"},
		{"busybox:1.28", "nslookup web", 0,
			"Server:    10.96.0.10\nAddress 1: 10.96.0.10 kube-dns.kube-system.svc.cluster.local\n\nName:      web\nAddress 1: 10.96.3.4 web.shop.svc.cluster.local\n"},
		{"busybox:1.28", "nslookup nothing", 1,
			"Server:    10.96.0.10\nAddress 1: 10.96.0.10 kube-dns.kube-system.svc.cluster.local\n\nnslookup: can't resolve 'nothing'\n"},
		{"nicolaka/netshoot", "nslookup web", 0, "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\nName:\tweb.shop.svc.cluster.local\nAddress: 10.96.3.4\n\n"},
		{"nicolaka/netshoot", "nslookup out", 0,
			"Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\nout.shop.svc.cluster.local\tcanonical name = web.shop.svc.cluster.local.\nName:\tweb.shop.svc.cluster.local\nAddress: 10.96.3.4\n\n"},
		{"nicolaka/netshoot", "nslookup nothing", 1, "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\n** server can't find nothing: NXDOMAIN\n\n"},
		{"nicolaka/netshoot", "nslookup example.org", 1, "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\n** server can't find example.org: SERVFAIL\n\n"},
		{"nicolaka/netshoot", "nslookup 10.96.3.4", 0, "4.3.96.10.in-addr.arpa\tname = web.shop.svc.cluster.local.\n\n"},
		{"nicolaka/netshoot", "nslookup -type=MX web", 1, "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\n*** Can't find web.shop.svc.cluster.local: No answer\n\n"},
		{"nicolaka/netshoot", "host web", 0, "web.shop.svc.cluster.local has address 10.96.3.4\n"},
		{"nicolaka/netshoot", "host out", 0, "out.shop.svc.cluster.local is an alias for web.shop.svc.cluster.local.\nweb.shop.svc.cluster.local has address 10.96.3.4\n"},
		{"nicolaka/netshoot", "host 10.96.3.4", 0, "4.3.96.10.in-addr.arpa domain name pointer web.shop.svc.cluster.local.\n"},
		{"nicolaka/netshoot", "host nothing", 1, "Host nothing not found: 3(NXDOMAIN)\n"},
		{"nicolaka/netshoot", "host -t AAAA web", 1, "web.shop.svc.cluster.local has no AAAA record\n"},
		{"nicolaka/netshoot", "host -t SRV _http._tcp.web", 0, "_http._tcp.web.shop.svc.cluster.local has SRV record 0 100 80 web.shop.svc.cluster.local.\n"},
		{"nicolaka/netshoot", "host web 10.96.0.10", 0,
			"Using domain server:\nName: 10.96.0.10\nAddress: 10.96.0.10#53\nAliases: \n\nweb.shop.svc.cluster.local has address 10.96.3.4\n"},
		{"nicolaka/netshoot", "dig +short web.shop.svc.cluster.local", 0, "10.96.3.4\n"},
		{"nicolaka/netshoot", "dig +short web", 0, ""},
		{"nicolaka/netshoot", "dig +short +search web", 0, "10.96.3.4\n"},
		{"nicolaka/netshoot", "dig +short +tcp out.shop.svc.cluster.local", 0, "web.shop.svc.cluster.local.\n10.96.3.4\n"},
		{"nicolaka/netshoot", "dig +short -t SRV _http._tcp.web.shop.svc.cluster.local", 0, "0 100 80 web.shop.svc.cluster.local.\n"},
		{"nicolaka/netshoot", "dig +short -x 10.96.3.4", 0, "web.shop.svc.cluster.local.\n"},
		{"nicolaka/netshoot", "dig +noall +answer web.shop.svc.cluster.local @10.96.0.10", 0, "web.shop.svc.cluster.local. 30\tIN\tA\t10.96.3.4\n"},
		{"nicolaka/netshoot", "dig @10.96.0.10 -p 53 web.shop.svc.cluster.local", 0, `
; <<>> DiG 9.20.15 <<>> @10.96.0.10 -p 53 web.shop.svc.cluster.local
; (1 server found)
;; global options: +cmd
;; Got answer:
;; WARNING: .local is reserved for Multicast DNS
;; You are currently testing what happens when an mDNS query is leaked to DNS
;; ->>HEADER<<- opcode: QUERY, status: NOERROR, #
;; flags: qr aa rd; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 1
;; WARNING: recursion requested but not available

;; OPT PSEUDOSECTION:
; EDNS: version: 0, flags:; udp: 1232
; # (echoed)
;; QUESTION SECTION:
;web.shop.svc.cluster.local.	IN	A

;; ANSWER SECTION:
web.shop.svc.cluster.local. 30	IN	A	10.96.3.4

;; Query #
;; SERVER: 10.96.0.10#53(10.96.0.10) (UDP)
;; #
;; MSG SIZE  #

`},
		{"nicolaka/netshoot", "dig +noedns +nostats nothing.test", 0, `
; <<>> DiG 9.20.15 <<>> +noedns +nostats nothing.test
;; global options: +cmd
;; Got answer:
;; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, #
;; flags: qr aa rd; QUERY: 1, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 0
;; WARNING: recursion requested but not available

;; QUESTION SECTION:
;nothing.test.			IN	A

`},
		{"nicolaka/netshoot", "dig +tries=1 @127.0.0.1 web", 9,
			";; communications error to 127.0.0.1#53: connection refused\n\n; <<>> DiG 9.20.15 <<>> +tries=1 @127.0.0.1 web\n; (1 server found)\n;; global options: +cmd\n;; no servers could be reached\n"},
		{"nicolaka/netshoot", "getent hosts web", 0, "10.96.3.4         web.shop.svc.cluster.local  web.shop.svc.cluster.local web\n"},
		{"debian:12", "getent hosts 10.9.9.9", 2, ""},
		{"debian:12", "getent hosts web", 0, "10.96.3.4       web.shop.svc.cluster.local\n"},
		{"debian:12", "getent hosts 10.96.3.4", 0, "10.96.3.4       web.shop.svc.cluster.local\n"},
		{"debian:12", "getent hosts nothing", 2, ""},
		{"debian:12", "getent hosts alias", 0, "10.1.2.3        alias.test alias\n"},
		{"debian:12", "getent ahosts web", 0, "10.96.3.4       STREAM web.shop.svc.cluster.local\n10.96.3.4       DGRAM  \n10.96.3.4       RAW    \n"},
	} {
		t.Run(test.image+" "+test.command, func(t *testing.T) {
			c := w.Run(test.image, inPod())
			got, code := c.Exec(strings.Fields(test.command)...)
			if got = changing.ReplaceAllString(got, "#"); got != test.want || code != test.code {
				t.Errorf("status %d, want %d\ngot:\n%s\nwant:\n%s", code, test.code, got, test.want)
			}
		})
	}
}
