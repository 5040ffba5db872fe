package resolver

import (
	"net"
	"net/netip"
	"strings"
	"sync/atomic"

	"github.com/miekg/dns"
	"golang.org/x/net/publicsuffix"
)

// Site is the name server of the machines' own network, as a data centre has one: it
// knows the machines, and the names at the top of the Internet, but has no way to
// the servers below. So of a name that cannot exist anywhere it says NXDOMAIN, and
// of example.com, about which it would have to ask somebody, SERVFAIL.
type Site struct {
	hosts atomic.Pointer[map[string]netip.Addr]
}

// siteTTL is the time to live of its records, in seconds; denialTTL how long it may
// be remembered that a name is not there, as the root zone has it.
const (
	siteTTL   = 30
	denialTTL = 86400
)

// SetHosts replaces the names of the machines.
func (s *Site) SetHosts(hosts map[string]netip.Addr) {
	known := make(map[string]netip.Addr, len(hosts))
	for name, addr := range hosts {
		known[dns.CanonicalName(name)] = addr
	}
	s.hosts.Store(&known)
}

// Network is where a Site serves.
type Network interface {
	Listen(network, address string) (net.Listener, error)
	ListenPacket(network, address string) (net.PacketConn, error)
}

// Serve answers at port 53 of a network, over UDP and TCP, until that is closed.
func (s *Site) Serve(n Network) error {
	tcp, err := n.Listen("tcp", ":53")
	if err != nil {
		return err
	}
	udp, err := n.ListenPacket("udp", ":53")
	if err != nil {
		_ = tcp.Close()
		return err
	}
	overTCP, overUDP := &dns.Server{Listener: tcp, Handler: s}, &dns.Server{PacketConn: udp, Handler: s}
	go func() { _ = overTCP.ActivateAndServe() }() // both end when the network is closed
	go func() { _ = overUDP.ActivateAndServe() }()
	return nil
}

// ServeDNS answers a query.
func (s *Site) ServeDNS(w dns.ResponseWriter, r *dns.Msg) {
	m := new(dns.Msg).SetReply(r)
	m.RecursionAvailable = true
	if len(r.Question) == 1 {
		s.answer(m, r.Question[0])
	} else {
		m.Rcode = dns.RcodeFormatError
	}
	_ = w.WriteMsg(m) // who has gone needs no answer
}

func (s *Site) answer(m *dns.Msg, q dns.Question) {
	name := dns.CanonicalName(q.Name)
	if rrs, known := s.records(name, q); known {
		m.Answer = rrs
		return
	}
	if name == "." || delegated(name) {
		m.Rcode = dns.RcodeServerFailure
		return
	}
	m.Rcode = dns.RcodeNameError
	m.Ns = []dns.RR{&dns.SOA{
		Hdr: dns.RR_Header{Name: ".", Rrtype: dns.TypeSOA, Class: dns.ClassINET, Ttl: denialTTL},
		Ns:  "a.root-servers.net.", Mbox: "nstld.verisign-grs.com.",
		Serial: 2026112100, Refresh: 1800, Retry: 900, Expire: 604800, Minttl: denialTTL,
	}}
}

// records are those of a machine; known is false if there is none of that name.
func (s *Site) records(name string, q dns.Question) (rrs []dns.RR, known bool) {
	hosts := s.hosts.Load()
	if hosts == nil {
		return nil, false
	}
	head := dns.RR_Header{Name: q.Name, Rrtype: q.Qtype, Class: dns.ClassINET, Ttl: siteTTL}
	addr, known := (*hosts)[name]
	if known && q.Qtype == dns.TypeA && addr.Is4() {
		rrs = []dns.RR{&dns.A{Hdr: head, A: addr.AsSlice()}}
	}
	for host, at := range *hosts {
		if reverse, err := dns.ReverseAddr(at.String()); err == nil && reverse == name {
			known = true
			if q.Qtype == dns.TypePTR {
				rrs = append(rrs, &dns.PTR{Hdr: head, Ptr: host})
			}
		}
	}
	return rrs, known
}

// delegated says whether a name belongs to a domain at the top of the Internet, or
// is the reverse of an address there; those of private networks are nowhere
// delegated (RFC 6303).
func delegated(name string) bool {
	labels := dns.SplitDomainName(name)
	top := labels[len(labels)-1]
	if top == "arpa" {
		return !private(name)
	}
	_, listed := publicsuffix.PublicSuffix(top)
	return listed
}

// private says whether a name is the reverse of a private address.
func private(name string) bool {
	digits, ok := strings.CutSuffix(name, ".in-addr.arpa.")
	if !ok {
		return strings.HasSuffix(name, ".ip6.arpa.")
	}
	labels := strings.Split(digits, ".")
	var ip [4]string
	for i := range ip {
		ip[i] = "0"
		if at := len(labels) - 1 - i; at >= 0 {
			ip[i] = labels[at]
		}
	}
	addr, err := netip.ParseAddr(strings.Join(ip[:], "."))
	return err == nil && (addr.IsPrivate() || addr.IsLoopback() || addr.IsLinkLocalUnicast())
}
