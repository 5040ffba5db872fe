package network

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"github.com/miekg/dns"

	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/resolver"
)

// How often and how long dig, host and nslookup of BIND ask a server.
const (
	bindTries    = 3
	bindPatience = 5 * time.Second
)

// server is a DNS server that a tool asks.
type server struct {
	name string // as it was given
	at   netip.AddrPort
}

// hash writes the server as BIND's tools do.
func (s server) hash() string { return fmt.Sprintf("%s#%d", s.at.Addr(), s.at.Port()) }

// servers are those that are asked: the named one, else those of /etc/resolv.conf.
// A name is resolved; the error says that it cannot be.
func servers(c *tool.Call, named string, port uint16) ([]server, error) {
	if named != "" {
		addrs, err := resolve(c.Ctx, c, named)
		if err != nil {
			return nil, err
		}
		return []server{{named, netip.AddrPortFrom(addrs[0], port)}}, nil
	}
	var list []server
	for _, addr := range c.Resolver().Config().Servers {
		list = append(list, server{addr.String(), netip.AddrPortFrom(addr, port)})
	}
	return list, nil
}

// errNoNetwork says that a container has none.
var errNoNetwork = errors.New("network unreachable")

// send asks one server.
func send(c *tool.Call, network string, to server, question *dns.Msg, patience time.Duration) (*dns.Msg, error) {
	dial := c.Resolver().Dial
	if dial == nil {
		return nil, errNoNetwork
	}
	return resolver.Ask(c.Ctx, dial, network, to.at, question, patience)
}

// request is a question such as tools send, recursion desired.
func request(name string, kind uint16) *dns.Msg {
	m := new(dns.Msg).SetQuestion(dns.Fqdn(name), kind)
	m.Id = uint16(rand.Uint32())
	return m
}

// broken is what BIND's tools say of a server that did not answer.
func broken(err error) string {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.EHOSTUNREACH):
		return "host unreachable"
	case errors.Is(err, errNoNetwork):
		return errNoNetwork.Error()
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		return "timed out"
	}
	return "end of file"
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	return ok && timeout.Timeout()
}

// bindAnswer is what a server answered to a tool of BIND.
type bindAnswer struct {
	*dns.Msg
	from    server
	network string
	took    time.Duration
}

// bindAsk asks servers as BIND's tools do: each up to three times, and over TCP
// what was truncated. complain is called for every attempt that failed. Without an
// answer the message is nil.
func bindAsk(c *tool.Call, list []server, network string, tries int, patience time.Duration, question *dns.Msg, complain func(server, error)) bindAnswer {
	for range tries {
		for _, to := range list {
			began := time.Now()
			m, err := send(c, network, to, question, patience)
			if err == nil && m.Truncated && network == "udp" {
				network = "tcp"
				m, err = send(c, network, to, question, patience)
			}
			if err == nil {
				return bindAnswer{m, to, network, time.Since(began)}
			}
			if c.Ctx.Err() != nil {
				return bindAnswer{}
			}
			complain(to, err)
		}
	}
	return bindAnswer{}
}

// reverse is the name whose PTR records name an address; empty if text is none.
func reverse(text string) string {
	name, err := dns.ReverseAddr(text)
	if err != nil {
		return ""
	}
	return name
}

// bare is a name without its final dot; the root keeps it.
func bare(name string) string {
	if name == "." {
		return name
	}
	return strings.TrimSuffix(name, ".")
}

// data is what a record says, without its head.
func data(rr dns.RR) string { return strings.TrimPrefix(rr.String(), rr.Header().String()) }

// kindOf is the number of a type of records; 0: there is none of that name.
func kindOf(name string) uint16 { return dns.StringToType[strings.ToUpper(name)] }

// candidates are the names that tools of BIND try for one: a reverse name and one
// with a final dot are tried as they are.
func candidates(c *tool.Call, name string) []string {
	if strings.HasSuffix(name, ".") {
		return []string{name}
	}
	return c.Resolver().Config().Candidates(name)
}
