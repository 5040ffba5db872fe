package dns

import (
	"context"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/plugin/pkg/dnsutil"
	"github.com/coredns/coredns/plugin/pkg/fall"
	"github.com/coredns/coredns/request"
	"github.com/miekg/dns"

	"kubetutor/internal/engine/kernel"
	"kubetutor/internal/engine/resolver"
)

// What upstream's plugin hosts does if it is not told otherwise.
const (
	hostsTTL    = 3600 // seconds
	hostsMaxTTL = 65535
	hostsReload = 5 * time.Second
)

// hosts is the plugin hosts: lines in the Corefile, and a file of the container.
type hosts struct {
	next      plugin.Handler
	zones     plugin.Zones
	fall      fall.F
	ttl       uint32
	noReverse bool
	inline    resolver.Hosts
	file      atomic.Pointer[resolver.Hosts]
}

func setupHosts(c *caddy.Controller) error {
	i := instanceOf(c)
	args, err := stanza(c)
	if err != nil {
		return plugin.Error("hosts", err)
	}
	h, file := &hosts{ttl: hostsTTL}, resolver.HostsFile
	if len(args) > 0 {
		file, args = inRoot(c, args[0]), args[1:]
		if _, err := i.server.p.FS().Stat(file); err != nil {
			i.log("hosts").warningf("File does not exist: %s", file)
		}
	}
	h.zones = plugin.OriginsFromArgsOrServerBlock(args, c.ServerBlockKeys)
	reload, err := h.parse(c)
	if err != nil {
		return plugin.Error("hosts", err)
	}
	h.read(i.server.p, file)
	if reload > 0 {
		i.tasks = append(i.tasks, every(reload, func() { h.read(i.server.p, file) }))
	}
	dnsserver.GetConfig(c).AddPlugin(func(next plugin.Handler) plugin.Handler {
		h.next = next
		return h
	})
	return nil
}

// inRoot is the path of a file that a Corefile names.
func inRoot(c *caddy.Controller, file string) string {
	if root := dnsserver.GetConfig(c).Root; !path.IsAbs(file) && root != "" {
		return path.Join(root, file)
	}
	return file
}

// every is a task that does something again and again.
func every(d time.Duration, do func()) func(context.Context) {
	return func(ctx context.Context) {
		tick := time.NewTicker(d)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				do()
			case <-ctx.Done():
				return
			}
		}
	}
}

// parse reads the block: properties, and lines of hosts, which are whatever comes
// before fallthrough and is no property.
func (h *hosts) parse(c *caddy.Controller) (reload time.Duration, err error) {
	reload = hostsReload
	var lines []string
	known := map[string]func([]string) error{
		"fallthrough": func(args []string) error { h.fall.SetZonesFromArgs(args); return nil },
		"no_reverse":  func([]string) error { h.noReverse = true; return nil },
		"ttl": some(c, func(args []string) error {
			seconds, err := strconv.Atoi(args[0])
			if err != nil {
				return c.Errf("ttl needs a number of second")
			}
			if seconds <= 0 || seconds > hostsMaxTTL {
				return c.Errf("ttl provided is invalid")
			}
			h.ttl = uint32(seconds)
			return nil
		}),
		"reload": one(c, func(arg string) error {
			if reload, err = time.ParseDuration(arg); err != nil || reload < 0 {
				return c.Errf("invalid duration for reload '%s'", arg)
			}
			return nil
		}),
	}
	for c.NextBlock() {
		name := c.Val()
		args := c.RemainingArgs()
		read, ok := known[name]
		switch {
		case ok:
			if err := read(args); err != nil {
				return 0, err
			}
		case len(h.fall.Zones) > 0:
			return 0, c.Errf("unknown property '%s'", name)
		default:
			lines = append(lines, strings.Join(append([]string{name}, args...), " "))
		}
	}
	h.inline = resolver.ParseHosts([]byte(strings.Join(lines, "\n")))
	return reload, nil
}

// read takes the file as it is now; one that cannot be read stays as it was.
func (h *hosts) read(p *kernel.Process, file string) {
	list := resolver.Hosts{}
	if text, err := p.FS().ReadFile(file); err == nil {
		list = resolver.ParseHosts(text)
	} else if h.file.Load() != nil {
		return
	}
	h.file.Store(&list)
}

// Name is the plugin's.
func (h *hosts) Name() string { return "hosts" }

// ServeDNS answers for the names that it knows. Of a name that it does not know it
// says SERVFAIL, as upstream: a file of hosts has no SOA for an NXDOMAIN.
func (h *hosts) ServeDNS(ctx context.Context, w dns.ResponseWriter, r *dns.Msg) (int, error) {
	state := request.Request{W: w, Req: r}
	name := state.Name()
	if h.zones.Matches(name) == "" && state.QType() != dns.TypePTR {
		return plugin.NextOrFailure(h.Name(), h.next, ctx, w, r)
	}
	answers := h.answers(name, state.QType())
	switch {
	case len(answers) > 0 || state.QType() != dns.TypePTR && len(h.addrs(name)) > 0:
		m := new(dns.Msg).SetReply(r)
		m.Authoritative, m.Answer = true, answers
		return dns.RcodeSuccess, w.WriteMsg(m)
	case state.QType() == dns.TypePTR || h.fall.Through(name):
		return plugin.NextOrFailure(h.Name(), h.next, ctx, w, r)
	}
	return dns.RcodeServerFailure, nil
}

// answers are the records of a name.
func (h *hosts) answers(name string, kind uint16) (list []dns.RR) {
	head := dns.RR_Header{Name: name, Rrtype: kind, Class: dns.ClassINET, Ttl: h.ttl}
	switch kind {
	case dns.TypePTR:
		addr, err := netip.ParseAddr(dnsutil.ExtractAddressFromReverse(name))
		if err != nil || h.noReverse {
			return nil
		}
		for _, known := range append(h.file.Load().Names(addr), h.inline.Names(addr)...) {
			list = append(list, &dns.PTR{Hdr: head, Ptr: dns.Fqdn(known)})
		}
	case dns.TypeA, dns.TypeAAAA:
		for _, addr := range h.addrs(name) {
			switch {
			case kind == dns.TypeA && addr.Is4():
				list = append(list, &dns.A{Hdr: head, A: addr.AsSlice()})
			case kind == dns.TypeAAAA && addr.Is6():
				list = append(list, &dns.AAAA{Hdr: head, AAAA: addr.AsSlice()})
			}
		}
	}
	return list
}

// addrs are the addresses of a name: of the file, then of the Corefile.
func (h *hosts) addrs(name string) []netip.Addr {
	_, list := h.file.Load().Addrs(name)
	_, inline := h.inline.Addrs(name)
	return slices.Concat(list, inline)
}
