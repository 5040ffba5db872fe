package dns

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"time"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/plugin/pkg/dnsutil"
	"github.com/coredns/coredns/request"
	"github.com/miekg/dns"
)

// How long the plugin loop tries to ask itself, and then waits for its question to
// come back, as upstream has it.
const (
	loopPatience = 30 * time.Second
	loopPause    = time.Second
	loopWatch    = 2 * time.Second
	loopSeen     = 2 // how often the question may come
)

// loop asks the server itself a question that nobody else asks: if it comes more
// than twice, queries go round in circles, and the program ends.
type loop struct {
	next        plugin.Handler
	server      *server
	zone, qname string
	address     string
	seen        atomic.Int32
	off         atomic.Bool
}

func setupLoop(c *caddy.Controller) error {
	i := instanceOf(c)
	args, err := stanza(c)
	if err == nil && len(args) > 0 {
		err = c.ArgErr()
	}
	if err != nil {
		return plugin.Error("loop", err)
	}
	l := &loop{server: i.server, zone: "."}
	if zones := plugin.Host(c.ServerBlockKeys[0]).NormalizeExact(); len(zones) > 0 {
		l.zone = zones[0]
	}
	l.qname = dnsutil.Join(fmt.Sprint(rand.Int64()), fmt.Sprint(rand.Int64()), l.zone)
	config := dnsserver.GetConfig(c)
	config.AddPlugin(func(next plugin.Handler) plugin.Handler {
		l.next = next
		return l
	})
	i.tasks = append(i.tasks, func(ctx context.Context) {
		l.address = net.JoinHostPort(config.ListenHosts[0], config.Port)
		l.watch(ctx)
	})
	return nil
}

// watch asks, and stops counting some time after it got through.
func (l *loop) watch(ctx context.Context) {
	defer l.off.Store(true)
	limited, cancel := context.WithTimeout(ctx, loopPatience)
	defer cancel()
	question := new(dns.Msg).SetQuestion(l.qname, dns.TypeHINFO)
	for limited.Err() == nil {
		wait := loopWatch
		_, err := exchange(limited, l.server.p.Net(), "udp", l.address, question, loopWatch)
		if err != nil {
			l.seen.Store(0)
			wait = loopPause
		}
		select {
		case <-time.After(wait):
		case <-limited.Done():
		}
		if err == nil {
			return
		}
	}
}

// Name is the plugin's.
func (l *loop) Name() string { return "loop" }

// ServeDNS counts the question.
func (l *loop) ServeDNS(ctx context.Context, w dns.ResponseWriter, r *dns.Msg) (int, error) {
	state := request.Request{W: w, Req: r}
	if !l.off.Load() && state.QType() == dns.TypeHINFO && state.Name() == l.qname && l.seen.Add(1) > loopSeen {
		l.server.log.of("loop").fatalf(l.server, `Loop (%s -> %s) detected for zone %q, see https://coredns.io/plugins/loop#troubleshooting. Query: "HINFO %s"`,
			w.RemoteAddr(), l.address, l.zone, l.qname)
		return dns.RcodeServerFailure, nil
	}
	return plugin.NextOrFailure(l.Name(), l.next, ctx, w, r)
}
