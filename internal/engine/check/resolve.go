package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
	corev1 "k8s.io/api/core/v1"

	"kubetutor/internal/course"
	"kubetutor/internal/engine/resolver"
)

const (
	resolveLimit = 4 * time.Second // of all questions about one name
	serverLimit  = time.Second     // that a server has for one of them
)

// resolve asks the DNS what a check asks, from a Pod.
func (s *session) resolve(ctx context.Context, ref *course.ResolveRef, pod *corev1.Pod) sample {
	from, without := placeOf(pod)
	if without != nil {
		return *without
	}
	network, err := s.checker.network()
	if err != nil {
		return notMade(err)
	}
	ctx, cancel := context.WithTimeout(ctx, resolveLimit)
	defer cancel()
	kind := dns.StringToType[cmp.Or(ref.Type, "A")]
	r, err := names{pod, &asker{reachOut: reachOut{network, from}}}.resolve(ctx, reversed(ref.Name, kind), kind)
	var why *failure
	switch {
	case errors.As(err, &why):
		return sample{values: resolvedValues(r, why.kind), missing: textNoAnswer(why)}
	case err != nil:
		return notMade(err)
	case len(r.records) == 0:
		return sample{values: resolvedValues(r, ""), missing: textNoRecords(r.rcode)}
	}
	return sample{values: resolvedValues(r, "")}
}

func resolvedValues(r resolved, failed string) map[string]any {
	answers := make([]any, len(r.records))
	for i, record := range r.records {
		answers[i] = record
	}
	return map[string]any{"answers": answers, "rcode": r.rcode, "error": failed}
}

// reversed is the name that a PTR record of an address has; any other name stays.
func reversed(name string, kind uint16) string {
	if full, err := dns.ReverseAddr(name); kind == dns.TypePTR && err == nil {
		return full
	}
	return name
}

// resolved is what the DNS said.
type resolved struct {
	records []string
	rcode   string
}

// resolve asks for one candidate of the search list after the other, until one has
// records. Of several that have none, a name that is there has the last word. An
// error is a failure, or errBeyond.
func (n names) resolve(ctx context.Context, name string, kind uint16) (last resolved, err error) {
	config := n.stub().Config()
	for _, candidate := range config.Candidates(name) {
		r, err := n.ask(ctx, config.Servers, dns.Fqdn(candidate), kind)
		if err != nil || len(r.records) > 0 {
			return r, err
		}
		if last.rcode == "" || last.rcode == dns.RcodeToString[dns.RcodeNameError] {
			last = r
		}
	}
	return last, nil
}

// ask asks one server after the other for a full name, until one knows.
func (n names) ask(ctx context.Context, servers []netip.Addr, name string, kind uint16) (r resolved, err error) {
	for _, server := range servers {
		var answer *dns.Msg
		if answer, err = n.exchange(ctx, netip.AddrPortFrom(server, resolver.Port), new(dns.Msg).SetQuestion(name, kind)); err != nil {
			continue
		}
		r = resolved{recordsIn(answer, kind), dns.RcodeToString[answer.Rcode]}
		if answer.Rcode == dns.RcodeSuccess || answer.Rcode == dns.RcodeNameError {
			break
		}
	}
	return r, err
}

// exchange asks by a datagram, and again by a connection where the answer was cut.
func (n names) exchange(ctx context.Context, server netip.AddrPort, question *dns.Msg) (*dns.Msg, error) {
	answer, err := resolver.Ask(ctx, n.asks.dial, "udp", server, question, serverLimit)
	if err == nil && answer.Truncated {
		answer, err = resolver.Ask(ctx, n.asks.dial, "tcp", server, question, serverLimit)
	}
	switch {
	case err == nil:
		return answer, nil
	case n.asks.beyond() != nil:
		return nil, n.asks.beyond()
	}
	return nil, &failure{cmp.Or(kindOf(err), failedInvalid), err}
}

// recordsIn are an answer's records of a type, as a check has them.
func recordsIn(answer *dns.Msg, kind uint16) []string {
	var all []string
	for _, record := range answer.Answer {
		if record.Header().Rrtype != kind {
			continue
		}
		switch r := record.(type) {
		case *dns.A:
			all = append(all, r.A.String())
		case *dns.AAAA:
			all = append(all, r.AAAA.String())
		case *dns.SRV:
			all = append(all, fmt.Sprintf("%d %d %d %s", r.Priority, r.Weight, r.Port, bareName(r.Target)))
		case *dns.PTR:
			all = append(all, bareName(r.Ptr))
		case *dns.CNAME:
			all = append(all, bareName(r.Target))
		case *dns.TXT:
			all = append(all, strings.Join(r.Txt, ""))
		}
	}
	slices.Sort(all)
	return all
}

func bareName(name string) string { return strings.TrimSuffix(name, ".") }
