package network

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/miekg/dns"

	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/resolver"
)

// digVersion is the one that dig says it is.
const digVersion = "9.20.15"

// digSize is the size of answers over UDP that dig asks for, in bytes.
const digSize = 1232

// digNoServer is the exit status when no server answers.
const digNoServer = 9

// digCall is one call of dig.
type digCall struct {
	*tool.Call
	name, server string
	kind         uint16
	port         uint16
	network      string
	tries        int
	patience     time.Duration
	short        bool
	search       bool
	recurse      bool
	edns, cookie bool
	dnssec       bool
	// What is shown.
	cmd, comments, question, answer, authority, additional, stats bool
}

// dig is dig of BIND, for one question.
func dig(c *tool.Call) int {
	d := &digCall{Call: c, port: resolver.Port, network: "udp", tries: bindTries, patience: bindPatience, recurse: true, edns: true, cookie: true}
	d.showAll(true)
	d.parse()
	list, err := servers(c, d.server, d.port)
	if err != nil {
		line(c, fmt.Sprintf("dig: couldn't get address for '%s': not found", d.server))
		return digNoServer + 1
	}
	got := d.ask(list)
	if got.Msg == nil {
		d.greet()
		line(c, ";; no servers could be reached")
		return digNoServer
	}
	if d.short {
		for _, rr := range got.Answer {
			line(c, data(rr))
		}
		return 0
	}
	d.show(got)
	return 0
}

func (d *digCall) showAll(on bool) {
	d.cmd, d.comments, d.question, d.answer, d.authority, d.additional, d.stats = on, on, on, on, on, on, on
}

func (d *digCall) parse() {
	for args := d.Args; len(args) > 0; {
		arg := args[0]
		args = args[1:]
		switch {
		case strings.HasPrefix(arg, "@"):
			d.server = arg[1:]
		case strings.HasPrefix(arg, "+"):
			d.plus(arg[1:])
		case strings.HasPrefix(arg, "-") && len(arg) > 1:
			args = d.dash(arg[1:], args)
		case d.kind == 0 && kindOf(arg) != 0 && (d.name != "" || len(args) > 0):
			d.kind = kindOf(arg)
		case strings.EqualFold(arg, "IN"):
		default:
			d.name = arg
		}
	}
	if d.name == "" {
		d.name, d.kind = ".", dns.TypeNS
	}
	if d.kind == 0 {
		d.kind = dns.TypeA
	}
}

// dash reads an option with a dash, whose value may be the next word.
func (d *digCall) dash(option string, rest []string) []string {
	letter, value := option[:1], option[1:]
	if !strings.Contains("xtpqbcfky", letter) {
		return rest // such as -4
	}
	if value == "" && len(rest) > 0 {
		value, rest = rest[0], rest[1:]
	}
	switch letter {
	case "x":
		if d.name = reverse(value); d.name == "" {
			d.fatal("Invalid IP address " + value)
		}
		d.kind = dns.TypePTR
	case "t":
		if d.kind = kindOf(value); d.kind == 0 {
			line(d.Call, ";; Warning, ignoring invalid type "+value)
		}
	case "q":
		d.name = value
	case "p":
		port, err := strconv.ParseUint(value, 10, 16)
		if err != nil {
			d.fatal(fmt.Sprintf("Couldn't parse port number '%s'", value))
		}
		d.port = uint16(port)
	}
	return rest
}

func (d *digCall) fatal(text string) {
	d.Out.Flush()
	fmt.Fprintf(d.Stderr(), "dig: %s\n", text)
	d.Exit(1)
}

// plus reads an option with a plus sign: "short", "noall", "time=2".
func (d *digCall) plus(option string) {
	name, value, _ := strings.Cut(option, "=")
	name, off := strings.CutPrefix(name, "no")
	on := !off
	switches := map[string]*bool{
		"short": &d.short, "search": &d.search, "recurse": &d.recurse, "rec": &d.recurse, "edns": &d.edns, "cookie": &d.cookie, "dnssec": &d.dnssec,
		"cmd": &d.cmd, "comments": &d.comments, "question": &d.question, "answer": &d.answer, "authority": &d.authority,
		"additional": &d.additional, "stats": &d.stats,
	}
	if set := switches[name]; set != nil {
		*set = on
		return
	}
	number, _ := strconv.Atoi(value)
	switch name {
	case "all":
		d.showAll(on)
	case "tcp", "vc":
		d.network = map[bool]string{true: "tcp", false: "udp"}[on]
	case "time", "timeout":
		d.patience = time.Duration(max(number, 1)) * time.Second
	case "tries":
		d.tries = max(number, 1)
	case "retry", "retries":
		d.tries = max(number, 0) + 1
	case "multiline", "crypto", "ttlid", "class", "idnin", "idnout", "ndots", "bufsize", "qr", "identify", "ad", "adflag", "cd", "cdflag", "fail", "ignore", "trace":
	default:
		d.Out.Flush()
		fmt.Fprintf(d.Stderr(), "Invalid option: +%s\n", option)
		d.Exit(1)
	}
}

// ask asks for the name, or for the candidates of the search list one by one.
func (d *digCall) ask(list []server) (got bindAnswer) {
	names := []string{d.name}
	if d.search {
		names = candidates(d.Call, d.name)
	}
	for _, name := range names {
		question := request(name, d.kind)
		question.RecursionDesired, question.AuthenticatedData = d.recurse, true
		if d.edns {
			d.extend(question)
		}
		got = bindAsk(d.Call, list, d.network, d.tries, d.patience, question, func(to server, err error) {
			line(d.Call, fmt.Sprintf(";; communications error to %s: %s", to.hash(), broken(err)))
			d.Out.Flush()
		})
		if got.Msg == nil || got.Rcode != dns.RcodeNameError {
			break
		}
	}
	return got
}

// cookieSize is the length of the cookie that dig sends, in bytes.
const cookieSize = 8

// extend adds EDNS, with a cookie.
func (d *digCall) extend(question *dns.Msg) {
	question.SetEdns0(digSize, d.dnssec)
	if d.cookie {
		var cookie [cookieSize]byte
		_, _ = rand.Read(cookie[:]) // never fails
		opt := question.IsEdns0()
		opt.Option = append(opt.Option, &dns.EDNS0_COOKIE{Code: dns.EDNS0COOKIE, Cookie: hex.EncodeToString(cookie[:])})
	}
}

// greet prints what dig was asked.
func (d *digCall) greet() {
	if !d.cmd || d.short {
		return
	}
	line(d.Call, fmt.Sprintf("\n; <<>> DiG %s <<>> %s", digVersion, strings.Join(d.Args, " ")))
	if d.server != "" {
		line(d.Call, "; (1 server found)")
	}
	line(d.Call, ";; global options: +cmd")
}

func (d *digCall) show(got bindAnswer) {
	d.greet()
	if d.comments {
		d.header(got.Msg)
	}
	if d.question {
		d.section("QUESTION", got.Question, func(q dns.Question) string { return ";" + questionLine(q) })
	}
	opt := got.IsEdns0()
	extra := slices.DeleteFunc(slices.Clone(got.Extra), func(rr dns.RR) bool { return rr == dns.RR(opt) })
	if d.answer {
		sectionOf(d, "ANSWER", got.Answer)
	}
	if d.authority {
		sectionOf(d, "AUTHORITY", got.Ns)
	}
	if d.additional {
		sectionOf(d, "ADDITIONAL", extra)
	}
	if d.stats {
		d.statistics(got)
	}
}

func sectionOf(d *digCall, title string, rrs []dns.RR) {
	if len(rrs) == 0 {
		return
	}
	if d.comments {
		line(d.Call, ";; "+title+" SECTION:")
	}
	for _, rr := range rrs {
		line(d.Call, recordLine(rr))
	}
	if d.comments {
		line(d.Call, "")
	}
}

func (d *digCall) section(title string, questions []dns.Question, text func(dns.Question) string) {
	if d.comments {
		line(d.Call, ";; "+title+" SECTION:")
	}
	for _, q := range questions {
		line(d.Call, text(q))
	}
	if d.comments {
		line(d.Call, "")
	}
}

// header prints what the message says of itself.
func (d *digCall) header(m *dns.Msg) {
	line(d.Call, ";; Got answer:")
	if strings.HasSuffix(strings.ToLower(m.Question[0].Name), ".local.") {
		line(d.Call, ";; WARNING: .local is reserved for Multicast DNS\n;; You are currently testing what happens when an mDNS query is leaked to DNS")
	}
	line(d.Call, fmt.Sprintf(";; ->>HEADER<<- opcode: %s, status: %s, id: %d", dns.OpcodeToString[m.Opcode], dns.RcodeToString[m.Rcode], m.Id))
	line(d.Call, fmt.Sprintf(";; flags:%s; QUERY: %d, ANSWER: %d, AUTHORITY: %d, ADDITIONAL: %d",
		flagsOf(m), len(m.Question), len(m.Answer), len(m.Ns), len(m.Extra)))
	if d.recurse && !m.RecursionAvailable {
		line(d.Call, ";; WARNING: recursion requested but not available")
	}
	line(d.Call, "")
	if opt := m.IsEdns0(); opt != nil {
		line(d.Call, ";; OPT PSEUDOSECTION:")
		flags := ""
		if opt.Do() {
			flags = " do"
		}
		line(d.Call, fmt.Sprintf("; EDNS: version: %d, flags:%s; udp: %d", opt.Version(), flags, opt.UDPSize()))
		for _, o := range opt.Option {
			if cookie, ok := o.(*dns.EDNS0_COOKIE); ok {
				line(d.Call, "; COOKIE: "+cookie.Cookie+map[bool]string{true: " (echoed)", false: " (good)"}[len(cookie.Cookie) == 2*cookieSize])
			}
		}
	}
}

// flagsOf are the flags of a message, each after a space.
func flagsOf(m *dns.Msg) string {
	text := ""
	for _, flag := range []struct {
		name string
		on   bool
	}{{"qr", m.Response}, {"aa", m.Authoritative}, {"tc", m.Truncated}, {"rd", m.RecursionDesired}, {"ra", m.RecursionAvailable}, {"ad", m.AuthenticatedData}, {"cd", m.CheckingDisabled}} {
		if flag.on {
			text += " " + flag.name
		}
	}
	return text
}

func (d *digCall) statistics(got bindAnswer) {
	line(d.Call, fmt.Sprintf(";; Query time: %d msec", got.took.Milliseconds()))
	line(d.Call, fmt.Sprintf(";; SERVER: %s(%s) (%s)", got.from.hash(), got.from.name, strings.ToUpper(got.network)))
	line(d.Call, ";; WHEN: "+when(time.Now()))
	line(d.Call, fmt.Sprintf(";; MSG SIZE  rcvd: %d\n", got.Len()))
}

// The columns at which dig's fields begin.
const (
	digTTL   = 24
	digClass = 32
	digType  = 40
	digData  = 48
	tab      = 8
)

// column writes a field at a column, after tabs, or after one space if what stands
// before it is too long.
func column(b *strings.Builder, at *int, column int, field string) {
	to := max(column, *at+1)
	if tabs := to/tab - *at/tab; tabs > 0 {
		b.WriteString(strings.Repeat("\t", tabs))
		*at = to / tab * tab
	}
	b.WriteString(strings.Repeat(" ", to-*at) + field)
	*at = to + len(field)
}

// recordLine is a record as dig writes it.
func recordLine(rr dns.RR) string {
	var b strings.Builder
	h := rr.Header()
	b.WriteString(h.Name)
	at := len(h.Name)
	column(&b, &at, digTTL, fmt.Sprint(h.Ttl))
	column(&b, &at, digClass, dns.Class(h.Class).String())
	column(&b, &at, digType, dns.Type(h.Rrtype).String())
	column(&b, &at, digData, data(rr))
	return b.String()
}

func questionLine(q dns.Question) string {
	var b strings.Builder
	b.WriteString(q.Name)
	at := len(q.Name)
	column(&b, &at, digClass, dns.Class(q.Qclass).String())
	column(&b, &at, digType, dns.Type(q.Qtype).String())
	return b.String()
}
