package network

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/miekg/dns"

	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/resolver"
)

// bindCall is a call of nslookup or host of BIND.
type bindCall struct {
	*tool.Call
	list    []server
	network string
	search  bool
	quiet   bool // about attempts that failed
}

// asked is the answer for the first of the candidates of a name of which the server
// does not say that it does not exist, and which that is. The message is nil if
// nobody answered.
func (b *bindCall) asked(name string, kind uint16) (bindAnswer, string) {
	names := []string{name}
	if b.search {
		names = candidates(b.Call, name)
	}
	var last bindAnswer
	for _, candidate := range names {
		got := bindAsk(b.Call, b.list, b.network, bindTries, bindPatience, request(candidate, kind), func(to server, err error) {
			if !b.quiet {
				line(b.Call, fmt.Sprintf(";; communications error to %s: %s", to.hash(), broken(err)))
				b.Out.Flush()
			}
		})
		if last, name = got, candidate; got.Msg == nil || got.Rcode != dns.RcodeNameError {
			break
		}
	}
	return last, bare(name)
}

// bindNslookup is nslookup of BIND, without its interactive mode.
func bindNslookup(c *tool.Call) int {
	b, kind, port := &bindCall{Call: c, network: "udp", search: true}, uint16(0), uint16(resolver.Port)
	var operands []string
	for _, arg := range c.Args {
		option, isOption := strings.CutPrefix(arg, "-")
		if !isOption {
			operands = append(operands, arg)
			continue
		}
		name, value, _ := strings.Cut(option, "=")
		switch {
		case strings.HasPrefix("querytype", name) || strings.HasPrefix("type", name) || strings.HasPrefix("query", name):
			if kind = kindOf(value); kind == 0 {
				line(c, "unknown query type: "+value)
			}
		case name == "port":
			n, _ := strconv.ParseUint(value, 10, 16)
			port = uint16(n)
		case name == "vc":
			b.network = "tcp"
		case name == "nosearch":
			b.search = false
		}
	}
	if len(operands) == 0 {
		c.Fatalf("interactive mode is not available here: nslookup NAME [SERVER]")
	}
	named := ""
	if len(operands) > 1 {
		named = operands[1]
	}
	var err error
	if b.list, err = servers(c, named, port); err != nil {
		c.Fatalf("couldn't get address for '%s': not found", named)
	}
	return b.nslookup(operands[0], kind)
}

func (b *bindCall) nslookup(name string, kind uint16) int {
	if ptr := reverse(name); ptr != "" && kind == 0 {
		name, kind, b.search = ptr, dns.TypePTR, false
	}
	kinds := []uint16{kind}
	if kind == 0 {
		kinds = []uint16{dns.TypeA, dns.TypeAAAA}
	}
	headed, some := false, false
	for i, kind := range kinds {
		got, full := b.asked(name, kind)
		if got.Msg == nil {
			line(b.Call, ";; no servers could be reached\n")
			return 1
		}
		if !headed && kind != dns.TypePTR {
			line(b.Call, fmt.Sprintf("Server:\t\t%s\nAddress:\t%s\n", got.from.name, got.from.hash()))
		}
		headed = true
		if got.Rcode != dns.RcodeSuccess {
			line(b.Call, fmt.Sprintf("** server can't find %s: %s\n", full, dns.RcodeToString[got.Rcode]))
			return 1
		}
		b.nslookupAnswer(got.Msg, i)
		some = some || len(got.Answer) > 0
		name, b.search = full, false // the second type is asked for the name that was found
	}
	if !some {
		line(b.Call, fmt.Sprintf("*** Can't find %s: No answer\n", bare(name)))
		return 1
	}
	line(b.Call, "")
	return 0
}

func (b *bindCall) nslookupAnswer(m *dns.Msg, at int) {
	if len(m.Answer) == 0 {
		return
	}
	if !m.Authoritative && at == 0 {
		line(b.Call, "Non-authoritative answer:")
	}
	for _, rr := range m.Answer {
		if _, alias := rr.(*dns.CNAME); alias && at > 0 {
			continue
		}
		for _, text := range nslookupRecord(rr, func(target string) string { return target }) {
			line(b.Call, text)
		}
	}
}

// host is host of BIND.
func host(c *tool.Call) int {
	b := &bindCall{Call: c, network: "udp", search: true, quiet: true}
	if c.Has("T") {
		b.network = "tcp"
	}
	named := ""
	if len(c.Args) > 1 {
		named = c.Args[1]
	}
	var err error
	if b.list, err = servers(c, named, resolver.Port); err != nil {
		c.Fatalf("couldn't get address for '%s': not found", named)
	}
	name, kinds := c.Args[0], []uint16{dns.TypeA, dns.TypeAAAA, dns.TypeMX}
	if ptr := reverse(name); ptr != "" {
		name, kinds, b.search = ptr, []uint16{dns.TypePTR}, false
	}
	if c.Has("t") {
		kind := kindOf(c.Value("t", ""))
		if kind == 0 {
			line(c, "Host: invalid type: "+c.Value("t", ""))
			return 2
		}
		kinds = []uint16{kind}
	}
	return b.host(name, named, kinds, c.Has("t"))
}

func (b *bindCall) host(name, named string, kinds []uint16, asked bool) int {
	for i, kind := range kinds {
		got, full := b.asked(name, kind)
		if got.Msg == nil {
			line(b.Call, ";; connection timed out; no servers could be reached")
			return 1
		}
		if named != "" && i == 0 {
			line(b.Call, fmt.Sprintf("Using domain server:\nName: %s\nAddress: %s\nAliases: \n", named, got.from.hash()))
		}
		if got.Rcode != dns.RcodeSuccess {
			line(b.Call, fmt.Sprintf("Host %s not found: %d(%s)", full, got.Rcode, dns.RcodeToString[got.Rcode]))
			return 1
		}
		if len(got.Answer) == 0 && asked {
			line(b.Call, fmt.Sprintf("%s has no %s record", full, dns.TypeToString[kind]))
			return 1
		}
		for _, rr := range got.Answer {
			if _, alias := rr.(*dns.CNAME); !alias || i == 0 {
				line(b.Call, hostRecord(rr))
			}
		}
		name, b.search = full, false
	}
	return 0
}

// hostRecord is a record in the words of host.
func hostRecord(rr dns.RR) string {
	name := bare(rr.Header().Name)
	switch rr := rr.(type) {
	case *dns.A:
		return name + " has address " + rr.A.String()
	case *dns.AAAA:
		return name + " has IPv6 address " + rr.AAAA.String()
	case *dns.CNAME:
		return name + " is an alias for " + rr.Target
	case *dns.PTR:
		return name + " domain name pointer " + rr.Ptr
	case *dns.MX:
		return name + " mail is handled by " + data(rr)
	case *dns.NS:
		return name + " name server " + rr.Ns
	case *dns.TXT:
		return name + " descriptive text " + data(rr)
	}
	return fmt.Sprintf("%s has %s record %s", name, dns.TypeToString[rr.Header().Rrtype], data(rr))
}

// when is a moment as dig writes it.
func when(t time.Time) string { return t.UTC().Format("Mon Jan 02 15:04:05 MST 2006") }
