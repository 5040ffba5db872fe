package dns

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/plugin/pkg/parse"
	"github.com/coredns/coredns/plugin/pkg/transport"
	"github.com/coredns/coredns/request"
	"github.com/miekg/dns"

	"kubetutor/internal/engine/kernel"
)

// What upstream's plugin forward does if it is not told otherwise.
const (
	forwardPatience = 5 * time.Second        // for one query, all attempts together
	forwardRead     = 2 * time.Second        // for one answer
	forwardCheck    = 500 * time.Millisecond // between two checks of a server that failed
	forwardFails    = 2                      // checks that fail before a server counts as down
	forwardAttempts = 2                      // connections to each server that may fail for one query
	forwardServers  = 15                     // at most
)

// errNoHealthy is upstream's.
var errNoHealthy = errors.New("no healthy proxies")

// forward is the plugin forward: upstream's rules of which server is asked when,
// over the pod's network. Queries have a connection each.
type forward struct {
	next    plugin.Handler
	server  *server
	alive   context.Context // of the instance
	from    string
	ignored []string
	to      []*remote
	policy  func([]*remote) []*remote

	forceTCP, preferUDP bool
	failfast            bool
	maxFails            int64
	attempts            int // 0: as many as there is time for; -1: the usual number
	read, check         time.Duration
	maxConcurrent       int64
	concurrent          atomic.Int64
	failover            []int // answers after which the next server is asked
	alternate           []int // answers after which the next directive forward is asked
	alternateOnNodata   bool
}

// remote is a server that queries are forwarded to.
type remote struct {
	address  string
	fails    atomic.Int64
	checking atomic.Bool
}

func setupForward(c *caddy.Controller) error {
	i, config := instanceOf(c), dnsserver.GetConfig(c)
	for c.Next() {
		f, err := parseForward(c, i)
		if err != nil {
			return plugin.Error("forward", err)
		}
		config.AddPlugin(func(next plugin.Handler) plugin.Handler {
			f.next = next
			return f
		})
	}
	return nil
}

// parseForward reads "forward FROM TO... { ... }".
func parseForward(c *caddy.Controller, i *instance) (*forward, error) {
	alive, end := context.WithCancel(i.server.p.Context())
	c.OnShutdown(func() error { end(); return nil })
	f := &forward{server: i.server, alive: alive, policy: shuffled, maxFails: forwardFails, attempts: -1, read: forwardRead, check: forwardCheck}
	args := c.RemainingArgs()
	if len(args) < 2 {
		return nil, c.ArgErr()
	}
	zones := plugin.Host(args[0]).NormalizeExact()
	if len(zones) == 0 {
		return nil, fmt.Errorf("unable to normalize '%s'", args[0])
	}
	if f.from = zones[0]; len(zones) > 1 {
		i.log("forward").warningf("Unsupported CIDR notation: '%s' expands to multiple zones. Using only '%s'.", args[0], f.from)
	}
	if err := properties(c, f.properties(c)); err != nil {
		return nil, err
	}
	if err := f.resolve(args[1:]); err != nil {
		return nil, err
	}
	switch {
	case len(f.to) == 0:
		return nil, errors.New("no valid upstream addresses found")
	case len(f.to) > forwardServers:
		return nil, fmt.Errorf("more than %d TOs configured: %d", forwardServers, len(f.to))
	}
	return f, nil
}

func (f *forward) properties(c *caddy.Controller) map[string]func([]string) error {
	elsewhere := func([]string) error { return errNotHere }
	unused := one(c, func(string) error { return nil }) // of connections that are kept, which none is
	return map[string]func([]string) error{
		"except": some(c, func(args []string) error {
			for _, arg := range args {
				f.ignored = append(f.ignored, plugin.Host(arg).NormalizeExact()...)
			}
			return nil
		}),
		"max_fails": one(c, func(arg string) error { return number(arg, 0, &f.maxFails) }),
		"max_connect_attempts": one(c, func(arg string) error {
			var n int64
			err := number(arg, 0, &n)
			f.attempts = int(n)
			return err
		}),
		"max_concurrent": one(c, func(arg string) error { return number(arg, 0, &f.maxConcurrent) }),
		"health_check":   some(c, func(args []string) error { return duration(args[0], 0, &f.check) }),
		"read_timeout":   one(c, func(arg string) error { return duration(arg, 1, &f.read) }),
		"force_tcp":      none(c, func() { f.forceTCP = true }),
		"prefer_udp":     none(c, func() { f.preferUDP = true }),
		"next_on_nodata": none(c, func() { f.alternateOnNodata = true }),
		"failover":       some(c, func(args []string) error { return rcodes(args, &f.failover) }),
		"next":           some(c, func(args []string) error { return rcodes(args, &f.alternate) }),
		"policy": one(c, func(arg string) (err error) {
			f.policy, err = policy(c, arg)
			return err
		}),
		"failfast_all_unhealthy_upstreams": none(c, func() { f.failfast = true }),
		"expire":                           unused, "max_age": unused, "max_idle_conns": unused,
		"tls": elsewhere, "tls_servername": elsewhere, "doh_method": elsewhere, "source_address": elsewhere, "resolver": elsewhere,
	}
}

func number(arg string, least int64, to *int64) error {
	n, err := strconv.ParseInt(arg, 10, 32)
	if err == nil && n < least {
		err = fmt.Errorf("%s is less than %d", arg, least)
	}
	*to = n
	return err
}

func duration(arg string, least time.Duration, to *time.Duration) error {
	d, err := time.ParseDuration(arg)
	if err == nil && d < least {
		err = fmt.Errorf("%s is less than %d", arg, least)
	}
	*to = d
	return err
}

func rcodes(args []string, to *[]int) error {
	for _, arg := range args {
		code, ok := dns.StringToRcode[strings.ToUpper(arg)]
		if !ok {
			return fmt.Errorf("%s is not a valid rcode", arg)
		}
		*to = append(*to, code)
	}
	return nil
}

// policy is the order in which servers are asked.
func policy(c *caddy.Controller, name string) (func([]*remote) []*remote, error) {
	switch name {
	case "random":
		return shuffled, nil
	case "sequential":
		return slices.Clone[[]*remote], nil
	case "round_robin":
		var robin atomic.Uint32
		return func(list []*remote) []*remote {
			at := int(robin.Add(1)) % len(list)
			return slices.Concat(list[at:at+1], list[:at], list[at+1:])
		}, nil
	}
	return nil, c.Errf("unknown policy '%s'", name)
}

func shuffled(list []*remote) []*remote {
	list = slices.Clone(list)
	rand.Shuffle(len(list), func(a, b int) { list[a], list[b] = list[b], list[a] })
	return list
}

// resolve finds the servers: addresses, files like resolv.conf in the container,
// and names.
func (f *forward) resolve(targets []string) error {
	for _, target := range targets {
		addresses, err := addressesOf(f.server.p, target)
		if err != nil {
			return err
		}
		for _, address := range addresses {
			if !slices.ContainsFunc(f.to, func(r *remote) bool { return r.address == address }) {
				f.to = append(f.to, &remote{address: address})
			}
		}
	}
	return nil
}

func addressesOf(p *kernel.Process, target string) ([]string, error) {
	kind, host := parse.Transport(target)
	if kind != transport.DNS {
		return nil, fmt.Errorf("'%s' as a destination protocol in forward is %w", kind, errNotHere)
	}
	if address, err := parse.HostPort(host, transport.Port); err == nil {
		return []string{address}, nil
	}
	if config, err := resolvConf(p, host); err == nil {
		var all []string
		for _, server := range config.Servers {
			all = append(all, net.JoinHostPort(server, config.Port))
		}
		return all, nil
	}
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = host, transport.Port
	}
	if _, ok := dns.IsDomainName(name); !ok || strings.Contains(name, "/") {
		return nil, fmt.Errorf("not an IP address, file, or valid domain: %q", target)
	}
	found, err := p.Lookup(p.Context(), name)
	if err != nil {
		return nil, fmt.Errorf("failed to resolve %q: %v", name, err)
	}
	var all []string
	for _, addr := range found {
		all = append(all, net.JoinHostPort(addr.String(), port))
	}
	return all, nil
}

// resolvConf reads a file of the container like resolv.conf.
func resolvConf(p *kernel.Process, file string) (*dns.ClientConfig, error) {
	text, err := p.FS().ReadFile(file)
	if err != nil {
		return nil, err
	}
	return dns.ClientConfigFromReader(strings.NewReader(string(text)))
}

// Name is the plugin's.
func (f *forward) Name() string { return "forward" }

// ServeDNS forwards a query, if it is one for this plugin.
func (f *forward) ServeDNS(ctx context.Context, w dns.ResponseWriter, r *dns.Msg) (int, error) {
	state := request.Request{W: w, Req: r}
	if !f.matches(state.Name()) {
		return plugin.NextOrFailure(f.Name(), f.next, ctx, w, r)
	}
	if f.maxConcurrent > 0 {
		defer f.concurrent.Add(-1)
		if f.concurrent.Add(1) > f.maxConcurrent {
			return dns.RcodeRefused, fmt.Errorf("concurrent queries exceeded maximum %d", f.maxConcurrent)
		}
	}
	answer, err := f.ask(ctx, state)
	switch {
	case err != nil:
		return dns.RcodeServerFailure, err
	case f.leaves(answer):
		return plugin.NextOrFailure(f.Name(), f.next, ctx, w, r)
	case !state.Match(answer):
		answer = new(dns.Msg).SetRcode(r, dns.RcodeFormatError)
	}
	return dns.RcodeSuccess, w.WriteMsg(answer)
}

func (f *forward) matches(name string) bool {
	if !plugin.Name(f.from).Matches(name) {
		return false
	}
	return name == f.from || !slices.ContainsFunc(f.ignored, func(zone string) bool { return plugin.Name(zone).Matches(name) })
}

// leaves says whether the next directive forward is to answer instead.
func (f *forward) leaves(answer *dns.Msg) bool {
	if _, another := f.next.(*forward); !another {
		return false
	}
	return slices.Contains(f.alternate, answer.Rcode) || f.alternateOnNodata && answer.Rcode == dns.RcodeSuccess && len(answer.Answer) == 0
}

// ask asks one server after the other until one answers.
func (f *forward) ask(ctx context.Context, state request.Request) (answer *dns.Msg, err error) {
	list := f.policy(f.to)
	attempts, failovers := f.attempts, 0
	if attempts < 0 {
		attempts = forwardAttempts * len(list)
	}
	ctx, cancel := context.WithTimeout(ctx, forwardPatience)
	defer cancel()
	for failed, skipped, at := 0, 0, 0; ctx.Err() == nil && (attempts == 0 || failed < attempts); at++ {
		if at%len(list) == 0 {
			skipped = 0
		}
		to := list[at%len(list)]
		if f.down(to) {
			if skipped++; skipped < len(list) {
				continue
			}
			if f.failfast {
				break
			}
			to = list[rand.IntN(len(list))] // all are down: perhaps it is the checks that fail
		}
		if answer, err = f.exchange(ctx, state, to); err != nil {
			failed++
			f.suspect(to)
			continue
		}
		if failovers++; !slices.Contains(f.failover, answer.Rcode) || failovers >= len(list) {
			return answer, nil
		}
	}
	if err == nil {
		err = errNoHealthy
	}
	return nil, err
}

// exchange asks a server over the transport by which the query came.
func (f *forward) exchange(ctx context.Context, state request.Request, to *remote) (*dns.Msg, error) {
	network := state.Proto()
	switch {
	case f.forceTCP:
		network = "tcp"
	case f.preferUDP:
		network = "udp"
	}
	answer, err := exchange(ctx, f.server.p.Net(), network, to.address, state.Req, f.read)
	if err == nil && answer.Truncated && f.preferUDP && network == "udp" {
		return exchange(ctx, f.server.p.Net(), "tcp", to.address, state.Req, f.read)
	}
	return answer, err
}

// down says whether a server has failed too often.
func (f *forward) down(to *remote) bool { return f.maxFails > 0 && to.fails.Load() > f.maxFails }

// suspect checks a server that has failed until it answers again.
func (f *forward) suspect(to *remote) {
	if f.maxFails == 0 || to.checking.Swap(true) {
		return
	}
	go func() {
		defer to.checking.Store(false)
		question := new(dns.Msg).SetQuestion(".", dns.TypeNS)
		for f.alive.Err() == nil {
			if _, err := exchange(f.alive, f.server.p.Net(), "udp", to.address, question, time.Second); err == nil {
				to.fails.Store(0)
				return
			}
			to.fails.Add(1)
			f.server.sleep(f.check)
		}
	}()
}
