package resolver

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/miekg/dns"
)

// Dial connects to an address of the container's network; network is "udp" or
// "tcp".
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// ednsSize is the size of answers over UDP that the C library allows with EDNS, in
// bytes.
const ednsSize = 1200

// reply is what servers answered to questions, in their order.
type reply struct {
	answers []*dns.Msg
	server  netip.AddrPort
}

// rcode is the first bad one among the answers.
func (r reply) rcode() int {
	for _, a := range r.answers {
		if a.Rcode != dns.RcodeSuccess {
			return a.Rcode
		}
	}
	return dns.RcodeSuccess
}

// passes says whether the C library asks the next server after such an answer.
func passes(rcode int) bool {
	return rcode == dns.RcodeServerFailure || rcode == dns.RcodeNotImplemented || rcode == dns.RcodeRefused
}

// question is a query as the C library sends it.
func (c Config) question(name string, kind uint16) *dns.Msg {
	m := new(dns.Msg).SetQuestion(dns.Fqdn(name), kind)
	m.AuthenticatedData = c.TrustAD
	if c.EDNS0 {
		m.SetEdns0(ednsSize, false)
	}
	return m
}

// exchange asks the servers one after the other, as often as the configuration
// says, until one has answered all questions. If all of them fail, it returns what
// the last one answered; the error is that of the last one if none did.
func (c Config) exchange(ctx context.Context, dial Dial, questions []*dns.Msg) (r reply, err error) {
	servers := slices.Clone(c.Servers)
	if c.Rotate {
		at := rand.IntN(len(servers))
		servers = append(servers[at:], servers[:at]...)
	}
	for attempt := range c.Attempts {
		patience := c.Timeout
		if attempt > 0 { // res_send(3): doubled at every attempt, and shared by the servers
			patience = max(time.Second, c.Timeout<<attempt/time.Duration(len(servers)))
		}
		for _, server := range servers {
			to := netip.AddrPortFrom(server, Port)
			got, failure := c.ask(ctx, dial, to, questions, patience)
			if failure != nil {
				r.server, err = to, failure
				if ctx.Err() != nil {
					return r, err
				}
				continue
			}
			if r = (reply{got, to}); !passes(r.rcode()) {
				return r, nil
			}
		}
		if r.answers != nil { // those who answered would answer the same
			return r, nil
		}
	}
	return r, err
}

// ask asks one server, and over TCP what does not fit into a datagram.
func (c Config) ask(ctx context.Context, dial Dial, server netip.AddrPort, questions []*dns.Msg, patience time.Duration) ([]*dns.Msg, error) {
	if c.UseTCP {
		return converse(ctx, dial, "tcp", server, questions, patience)
	}
	if c.SingleRequest && len(questions) > 1 {
		var all []*dns.Msg
		for _, q := range questions {
			got, err := c.ask(ctx, dial, server, []*dns.Msg{q}, patience)
			if err != nil {
				return nil, err
			}
			all = append(all, got...)
		}
		return all, nil
	}
	answers, err := converse(ctx, dial, "udp", server, questions, patience)
	if err == nil && slices.ContainsFunc(answers, func(m *dns.Msg) bool { return m.Truncated }) {
		return converse(ctx, dial, "tcp", server, questions, patience)
	}
	return answers, err
}

// converse sends questions over one connection and waits until all are answered.
func converse(ctx context.Context, dial Dial, network string, server netip.AddrPort, questions []*dns.Msg, patience time.Duration) ([]*dns.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := dial(ctx, network, server.String())
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	c := &dns.Conn{Conn: conn, UDPSize: dns.DefaultMsgSize}
	for _, q := range questions {
		if err := c.WriteMsg(q); err != nil {
			return nil, err
		}
	}
	answers := make([]*dns.Msg, len(questions))
	for missing := len(questions); missing > 0; {
		got, err := c.ReadMsg()
		if got == nil && err != nil {
			return nil, broken(err)
		}
		at := slices.IndexFunc(questions, func(q *dns.Msg) bool { return answersTo(got, q) })
		if at < 0 || answers[at] != nil {
			continue // somebody else's, or a second one
		}
		answers[at] = got
		missing--
	}
	return answers, nil
}

// answersTo says whether a message answers a question.
func answersTo(m, q *dns.Msg) bool {
	return m.Response && m.Id == q.Id && len(m.Question) == 1 && m.Question[0].Qtype == q.Question[0].Qtype && same(m.Question[0].Name, q.Question[0].Name)
}

// broken is the error of a connection, or that of a message that is none.
func broken(err error) error {
	if op := (*net.OpError)(nil); errors.As(err, &op) {
		return op
	}
	return err
}

// Ask sends one question to one server, by the network "udp" or "tcp", and returns
// its answer, whatever that says: for programs that speak to servers by themselves,
// such as dig. A truncated answer is returned as it is.
func Ask(ctx context.Context, dial Dial, network string, server netip.AddrPort, question *dns.Msg, patience time.Duration) (*dns.Msg, error) {
	answers, err := converse(ctx, dial, network, server, []*dns.Msg{question}, patience)
	if err != nil {
		return nil, err
	}
	return answers[0], nil
}
