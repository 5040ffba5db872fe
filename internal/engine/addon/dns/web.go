package dns

import (
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
)

// Where the plugins serve if the Corefile does not say.
const (
	healthAddress     = ":8080"
	readyAddress      = ":8181"
	prometheusAddress = "localhost:9153"
)

// webAddress is the address in the arguments of a directive, or the usual one.
func webAddress(c *caddy.Controller, args []string, usual string) (string, error) {
	switch len(args) {
	case 0:
		return usual, nil
	case 1:
		_, _, err := net.SplitHostPort(args[0])
		return args[0], err
	}
	return "", c.ArgErr()
}

// setupHealth serves /health, and delays the end by the time called lameduck.
func setupHealth(c *caddy.Controller) error {
	i, lameduck := instanceOf(c), time.Duration(0)
	args, err := stanza(c)
	if err != nil {
		return plugin.Error("health", err)
	}
	address, err := webAddress(c, args, healthAddress)
	if err != nil {
		return plugin.Error("health", err)
	}
	err = properties(c, map[string]func([]string) error{
		"lameduck": one(c, func(arg string) (err error) {
			if lameduck, err = time.ParseDuration(arg); err != nil {
				return c.Errf("unable to parse lameduck duration value: '%v' : %v", arg, err)
			}
			return nil
		}),
	})
	if err != nil {
		return plugin.Error("health", err)
	}
	i.page(address, "/health", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, http.StatusText(http.StatusOK)) })
	c.OnFinalShutdown(func() error {
		if lameduck > 0 {
			i.log("health").infof("Going into lameduck mode for %s", lameduck)
			i.server.sleep(lameduck)
		}
		return nil
	})
	return nil
}

// sleep waits, unless the process ends.
func (s *server) sleep(d time.Duration) {
	select {
	case <-time.After(d):
	case <-s.p.Done():
	}
}

// readiness is what plugins have who say when they are ready, as upstream's plugin
// ready asks for it.
type readiness interface{ Ready() bool }

// setupReady serves /ready: OK once all plugins of the server block are ready.
func setupReady(c *caddy.Controller) error {
	i, r := instanceOf(c), &ready{}
	args, err := stanza(c)
	if err != nil {
		return plugin.Error("ready", err)
	}
	address, err := webAddress(c, args, readyAddress)
	if err != nil {
		return plugin.Error("ready", err)
	}
	err = properties(c, map[string]func([]string) error{
		"monitor": one(c, func(arg string) error {
			if r.always = arg == "continuously"; !r.always && arg != "until-ready" {
				return c.Errf("monitor type '%s' not supported", arg)
			}
			return nil
		}),
	})
	if err != nil {
		return plugin.Error("ready", err)
	}
	if !i.readies.add(address, r) { // several server blocks share a page
		i.page(address, "/ready", i.readies.page(i, address))
	}
	c.OnStartup(func() error {
		r.handlers = dnsserver.GetConfig(c).Handlers()
		return nil
	})
	c.OnFinalShutdown(func() error {
		i.server.sockets.closeWeb(address)
		return nil
	})
	return nil
}

// ready is one use of the directive ready.
type ready struct {
	handlers []plugin.Handler
	always   bool        // asks again plugins that have been ready
	once     atomic.Bool // all have been ready
}

// missing are the plugins that are not ready.
func (r *ready) missing() (names []string) {
	if r.once.Load() && !r.always {
		return nil
	}
	for _, h := range r.handlers {
		if one, ok := h.(readiness); ok && !one.Ready() {
			names = append(names, h.Name())
		}
	}
	r.once.Store(len(names) == 0)
	return names
}

// readies are the uses of the directive ready, by address.
type readies map[string][]*ready

// add adds one; it says whether there was another at the address.
func (m readies) add(address string, r *ready) bool {
	m[address] = append(m[address], r)
	return len(m[address]) > 1
}

func (m readies) page(i *instance, address string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		var names []string
		for _, r := range m[address] {
			names = append(names, r.missing()...)
		}
		if len(names) == 0 {
			_, _ = io.WriteString(w, http.StatusText(http.StatusOK))
			return
		}
		slices.Sort(names)
		list := strings.Join(slices.Compact(names), ",")
		i.log("ready").infof("Plugins not ready: %q", list)
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, list)
	}
}
