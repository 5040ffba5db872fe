package network

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/miekg/dns"

	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/resolver"
)

// nslookup is busybox's, or BIND's in an image that has dig too: one package brings
// both.
func nslookup(c *tool.Call) int {
	if _, err := c.LookPath("dig"); err == nil {
		return bindNslookup(c)
	}
	return busyboxNslookup(c)
}

// nslookupKinds are the types that busybox knows, in the order in which it asks.
func nslookupKinds() []uint16 {
	return []uint16{dns.TypeSOA, dns.TypeNS, dns.TypeA, dns.TypeAAAA, dns.TypeCNAME, dns.TypeMX, dns.TypeTXT, dns.TypeSRV, dns.TypePTR, dns.TypeANY}
}

// nslookupCall is how busybox's nslookup was called.
type nslookupCall struct {
	*tool.Call
	kinds    []uint16
	port     uint16
	tries    int
	patience time.Duration
	debug    bool
	host     string
	server   string
}

// busyboxNslookup is the one since version 1.29. It has a resolver of its own: names
// without a dot are asked for in every search domain, others as they are, whatever
// ndots says.
func busyboxNslookup(c *tool.Call) int {
	n := &nslookupCall{Call: c, port: resolver.Port, tries: 2, patience: 5 * time.Second}
	n.parse()
	list, err := servers(c, n.server, n.port)
	if err != nil {
		c.Fatalf("bad address '%s'", n.server)
	}
	questions := n.questions()
	for _, to := range list {
		answers := n.ask(to, questions)
		if answers == nil {
			continue
		}
		line(c, fmt.Sprintf("Server:\t\t%s\nAddress:\t%s\n", to.name, to.at))
		return n.tell(questions, answers)
	}
	line(c, ";; connection timed out; no servers could be reached\n")
	return 1
}

func (n *nslookupCall) parse() {
	args := n.Args
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		n.option(strings.TrimPrefix(args[0], "-"))
		args = args[1:]
	}
	switch len(args) {
	case 2:
		n.server = args[1]
	case 1:
	default:
		n.UsageExit()
	}
	n.host = args[0]
}

// option reads one option; names may be cut short.
func (n *nslookupCall) option(text string) {
	name, value, _ := strings.Cut(text, "=")
	known := []string{"type", "querytype", "port", "retry", "debug", "t", "timeout"}
	at := slices.IndexFunc(known, func(k string) bool { return name != "" && strings.HasPrefix(k, name) })
	if at < 0 {
		n.UsageExit()
	}
	switch known[at] {
	case "type", "querytype":
		kind := kindOf(value)
		if !slices.Contains(nslookupKinds(), kind) {
			n.Fatalf("invalid query type \"%s\"", value)
		}
		n.kinds = append(n.kinds, kind)
	case "port":
		n.port = uint16(n.number(value, 0xffff))
	case "retry":
		n.tries = n.number(value, 1<<20)
	case "debug":
		n.debug = true
	default:
		n.patience = time.Duration(n.number(value, 1<<20)) * time.Second
	}
}

func (n *nslookupCall) number(text string, most int) int {
	value, err := strconv.Atoi(text)
	if err != nil || value < 1 || value > most {
		n.Fatalf("invalid number '%s'", text)
	}
	return value
}

// questions are all that is asked at once.
func (n *nslookupCall) questions() (list []*dns.Msg) {
	name := reverse(n.host)
	switch {
	case len(n.kinds) > 0:
		for _, kind := range nslookupKinds() {
			if slices.Contains(n.kinds, kind) {
				list = append(list, n.searched(kind)...)
			}
		}
		return list
	case name != "":
		return []*dns.Msg{request(name, dns.TypePTR)}
	}
	return append(n.searched(dns.TypeA), n.searched(dns.TypeAAAA)...)
}

// searched asks for a name in all search domains, if it has no dot. With a server
// of its own on the command line, nslookup does not read the search list.
func (n *nslookupCall) searched(kind uint16) (list []*dns.Msg) {
	if kind != dns.TypePTR && n.server == "" && !strings.Contains(n.host, ".") {
		for _, domain := range n.Resolver().Config().Search {
			list = append(list, request(n.host+"."+domain, kind))
		}
	}
	if len(list) == 0 {
		list = append(list, request(n.host, kind))
	}
	return list
}

// ask asks one server everything; nil if it answers nothing.
func (n *nslookupCall) ask(to server, questions []*dns.Msg) []*dns.Msg {
	answers, some := make([]*dns.Msg, len(questions)), false
	for i, q := range questions {
		for range n.tries {
			m, err := send(n.Call, "udp", to, q, n.patience/time.Duration(n.tries))
			if err != nil {
				if !isTimeout(err) {
					n.Errorf("read: %s", tool.Reason(err))
				}
				if !some {
					continue
				}
				break
			}
			answers[i], some = m, true
			if m.Rcode != dns.RcodeServerFailure { // which it asks for again
				break
			}
		}
		if !some {
			return nil
		}
	}
	return answers
}

// tell prints the answers, each followed by an empty line.
func (n *nslookupCall) tell(questions, answers []*dns.Msg) (code int) {
	missing := false
	for i, m := range answers {
		name := bare(questions[i].Question[0].Name)
		switch {
		case m == nil:
			missing = true
			line(n.Call, fmt.Sprintf("*** Can't find %s: No answer", name))
			continue
		case m.Rcode != dns.RcodeSuccess:
			line(n.Call, fmt.Sprintf("** server can't find %s: %s", name, dns.RcodeToString[m.Rcode]))
			code = 1
		default:
			n.records(m)
		}
		line(n.Call, "")
	}
	if missing {
		line(n.Call, "")
	}
	return code
}

func (n *nslookupCall) records(m *dns.Msg) {
	if !m.Authoritative {
		line(n.Call, "Non-authoritative answer:")
	}
	for _, rr := range m.Answer {
		for _, text := range nslookupRecord(rr, bare) {
			line(n.Call, text)
		}
	}
}

// nslookupRecord is a record in the words of nslookup. target writes the names that
// records lead to.
func nslookupRecord(rr dns.RR, target func(string) string) []string {
	name := bare(rr.Header().Name)
	switch rr := rr.(type) {
	case *dns.A:
		return []string{"Name:\t" + name, "Address: " + rr.A.String()}
	case *dns.AAAA:
		return []string{"Name:\t" + name, "Address: " + rr.AAAA.String()}
	case *dns.CNAME:
		return []string{name + "\tcanonical name = " + target(rr.Target)}
	case *dns.PTR:
		return []string{name + "\tname = " + target(rr.Ptr)}
	case *dns.NS:
		return []string{name + "\tnameserver = " + target(rr.Ns)}
	case *dns.MX:
		return []string{fmt.Sprintf("%s\tmail exchanger = %d %s", name, rr.Preference, target(rr.Mx))}
	case *dns.TXT:
		return []string{name + "\ttext = " + data(rr)}
	case *dns.SRV:
		return []string{fmt.Sprintf("%s\tservice = %d %d %d %s", name, rr.Priority, rr.Weight, rr.Port, target(rr.Target))}
	case *dns.SOA:
		return []string{name, "\torigin = " + bare(rr.Ns), "\tmail addr = " + bare(rr.Mbox), fmt.Sprintf("\tserial = %d", rr.Serial),
			fmt.Sprintf("\trefresh = %d", rr.Refresh), fmt.Sprintf("\tretry = %d", rr.Retry), fmt.Sprintf("\texpire = %d", rr.Expire),
			fmt.Sprintf("\tminimum = %d", rr.Minttl)}
	}
	return nil
}

// OldNslookup is busybox's nslookup before version 1.29: it shows what
// getaddrinfo(3) and getnameinfo(3) find.
func OldNslookup() tool.Command {
	return tool.Command{Raw: true, Usage: "[HOST] [SERVER]", Run: oldNslookup}
}

func oldNslookup(c *tool.Call) int {
	if len(c.Args) == 0 || len(c.Args) > 2 || strings.HasPrefix(c.Args[0], "-") {
		c.UsageExit()
	}
	r := c.Resolver()
	at := r.Config().Servers[0]
	if len(c.Args) == 2 {
		addrs, err := resolve(c.Ctx, c, c.Args[1])
		if err != nil {
			c.Fatalf("bad address '%s'", c.Args[1])
		}
		at = addrs[0]
		files := r.ReadFile
		r.ReadFile = func(name string) ([]byte, error) {
			text, err := files(name)
			if name == resolver.ConfigFile { // the first server counts
				text = append([]byte("nameserver "+at.String()+"\n"), text...)
			}
			return text, err
		}
	}
	oldLines(c, r, "Server:   ", at.String(), []netip.Addr{at})
	line(c, "")
	found, err := r.Lookup(c.Ctx, c.Args[0])
	if err != nil {
		c.Errorf("can't resolve '%s'", c.Args[0])
		return 1
	}
	oldLines(c, r, "Name:     ", c.Args[0], found.Addrs)
	return 0
}

// oldLines shows addresses with their names.
func oldLines(c *tool.Call, r resolver.Resolver, what, name string, addrs []netip.Addr) {
	line(c, what+" "+name)
	for i, addr := range addrs {
		text := fmt.Sprintf("Address %d: %s", i+1, addr)
		if names, err := r.Reverse(c.Ctx, addr); err == nil {
			text += " " + names[0]
		}
		line(c, text)
	}
}
