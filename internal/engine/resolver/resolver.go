package resolver

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// The files that a resolver reads.
const (
	ConfigFile = "/etc/resolv.conf"
	HostsFile  = "/etc/hosts"
)

// Resolver resolves names for one process. It keeps nothing between lookups.
type Resolver struct {
	ReadFile func(name string) ([]byte, error) // of the container
	Dial     Dial                              // nil: there is no network
	Musl     bool                              // behave as musl, not as the GNU C library
}

// Found is what a lookup came to.
type Found struct {
	Canonical string // the name that the addresses belong to, after search list and aliases
	Addrs     []netip.Addr
}

// Config is what /etc/resolv.conf says now. Without the file, the server is the
// container itself.
func (r Resolver) Config() Config {
	text, _ := r.ReadFile(ConfigFile) // an unreadable file is an empty one
	return ParseConfig(text)
}

// Hosts are the lines of /etc/hosts now.
func (r Resolver) Hosts() Hosts {
	text, _ := r.ReadFile(HostsFile)
	return ParseHosts(text)
}

// Lookup finds the addresses of a name, or of an address itself: first in
// /etc/hosts, then by asking servers. The error is a *net.DNSError that wraps a
// Failure.
func (r Resolver) Lookup(ctx context.Context, name string) (Found, error) {
	if addr, err := netip.ParseAddr(name); err == nil {
		return Found{name, []netip.Addr{addr}}, nil
	}
	if canonical, addrs := r.Hosts().Addrs(name); len(addrs) > 0 {
		return Found{canonical, addrs}, nil
	}
	if same(name, "localhost") {
		return Found{name, []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}}, nil
	}
	if _, ok := dns.IsDomainName(name); !ok || name == "" {
		return Found{}, failed(name, "", NotFound, nil)
	}
	s := search{config: r.Config(), dial: r.Dial, name: name}
	if r.Dial == nil {
		return Found{}, failed(name, "", Again, nil)
	}
	if r.Musl {
		return s.musl(ctx)
	}
	return s.gnu(ctx)
}

// Reverse finds the names of an address: those of /etc/hosts, else those that
// servers know. The error is as Lookup's.
func (r Resolver) Reverse(ctx context.Context, addr netip.Addr) ([]string, error) {
	if names := r.Hosts().Names(addr); names != nil {
		return names, nil
	}
	reverse, err := dns.ReverseAddr(addr.String())
	if err != nil || r.Dial == nil {
		return nil, failed(addr.String(), "", NotFound, err)
	}
	config := r.Config()
	got, err := config.exchange(ctx, r.Dial, []*dns.Msg{config.question(reverse, dns.TypePTR)})
	if err != nil {
		return nil, failed(addr.String(), got.server.String(), Again, err)
	}
	var names []string
	for _, rr := range got.answers[0].Answer {
		if ptr, ok := rr.(*dns.PTR); ok {
			names = append(names, strings.TrimSuffix(ptr.Ptr, "."))
		}
	}
	if len(names) == 0 {
		return nil, failed(addr.String(), got.server.String(), max(failureOf(got.rcode()), NotFound), nil)
	}
	return names, nil
}

// search is a lookup at servers.
type search struct {
	config Config
	dial   Dial
	name   string
}

// try asks for the addresses of one name. why is 0 if there are some.
func (s search) try(ctx context.Context, candidate string) (found Found, server netip.AddrPort, rcode int, why Failure, err error) {
	if _, ok := dns.IsDomainName(candidate); !ok {
		return found, server, 0, NotFound, nil
	}
	questions := []*dns.Msg{s.config.question(candidate, dns.TypeA)}
	if !s.config.NoAAAA {
		questions = append(questions, s.config.question(candidate, dns.TypeAAAA))
	}
	got, err := s.config.exchange(ctx, s.dial, questions)
	if err != nil && got.answers == nil {
		return found, got.server, 0, Again, err
	}
	for _, answer := range got.answers {
		canonical, addrs := addresses(answer, candidate)
		if len(addrs) > 0 {
			found.Canonical, found.Addrs = canonical, append(found.Addrs, addrs...)
		}
	}
	if len(found.Addrs) > 0 {
		return found, got.server, 0, 0, nil
	}
	return found, got.server, got.rcode(), failureOf(got.rcode()), nil
}

// failureOf is how res_query(3) takes an answer without records.
func failureOf(rcode int) Failure {
	switch rcode {
	case dns.RcodeSuccess:
		return NoData
	case dns.RcodeNameError:
		return NotFound
	case dns.RcodeServerFailure:
		return Again
	default:
		return Fatal
	}
}

// maxAliases is how many aliases are followed in one answer.
const maxAliases = 16

// addresses are those that an answer has for a name, through its aliases.
func addresses(m *dns.Msg, name string) (canonical string, addrs []netip.Addr) {
	for range maxAliases {
		alias := ""
		for _, rr := range m.Answer {
			if !same(rr.Header().Name, name) {
				continue
			}
			switch rr := rr.(type) {
			case *dns.A:
				addr, _ := netip.AddrFromSlice(rr.A.To4())
				addrs = append(addrs, addr)
			case *dns.AAAA:
				addr, _ := netip.AddrFromSlice(rr.AAAA)
				addrs = append(addrs, addr)
			case *dns.CNAME:
				alias = rr.Target
			}
		}
		if len(addrs) > 0 || alias == "" {
			break
		}
		name = alias
	}
	addrs = slices.DeleteFunc(addrs, func(a netip.Addr) bool { return !a.IsValid() })
	return strings.TrimSuffix(name, "."), addrs
}

// gnu goes through the search list as res_search(3) of the GNU C library does.
func (s search) gnu(ctx context.Context) (Found, error) {
	candidates := s.config.Candidates(s.name)
	bare := strings.TrimSuffix(s.name, ".")
	var asItIs Failure // how the name itself failed: what counts in the end, if it was tried first
	var noData, again bool
	var server netip.AddrPort
	for _, candidate := range candidates {
		found, from, rcode, why, err := s.try(ctx, candidate)
		switch server = from; {
		case why == 0:
			return found, nil
		case err != nil: // nobody answers
			return Found{}, failed(s.name, from.String(), Again, err)
		case candidate == bare:
			asItIs = why
		case why == NoData:
			noData = true
		case rcode == dns.RcodeServerFailure:
			again = true
		case why == Fatal:
			return Found{}, failed(s.name, from.String(), Fatal, nil)
		}
	}
	why := max(asItIs, NotFound)
	switch {
	case candidates[0] == bare:
	case noData:
		why = NoData
	case again:
		why = Again
	}
	return Found{}, failed(s.name, server.String(), why, nil)
}

// musl goes through the search list as musl does (name_from_dns_search): names with
// enough dots are not searched, and whatever is not NXDOMAIN ends the search.
func (s search) musl(ctx context.Context) (Found, error) {
	candidates := s.config.Candidates(s.name)
	if bare := strings.TrimSuffix(s.name, "."); strings.Count(bare, ".") >= s.config.Ndots {
		candidates = []string{bare}
	}
	var server netip.AddrPort
	for _, candidate := range candidates {
		found, from, _, why, err := s.try(ctx, candidate)
		switch server = from; {
		case why == 0:
			return found, nil
		case err != nil || why != NotFound:
			return Found{}, failed(s.name, from.String(), why, err)
		}
	}
	return Found{}, failed(s.name, server.String(), NotFound, nil)
}
