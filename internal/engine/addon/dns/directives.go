package dns

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	// Plugins that look at queries and answers only.
	_ "github.com/coredns/coredns/plugin/acl"
	_ "github.com/coredns/coredns/plugin/any"
	_ "github.com/coredns/coredns/plugin/autopath"
	_ "github.com/coredns/coredns/plugin/bufsize"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/cancel"
	_ "github.com/coredns/coredns/plugin/erratic"
	_ "github.com/coredns/coredns/plugin/header"
	_ "github.com/coredns/coredns/plugin/loadbalance"
	_ "github.com/coredns/coredns/plugin/local"
	_ "github.com/coredns/coredns/plugin/metadata"
	_ "github.com/coredns/coredns/plugin/minimal"
	_ "github.com/coredns/coredns/plugin/multisocket"
	_ "github.com/coredns/coredns/plugin/rewrite"
	_ "github.com/coredns/coredns/plugin/template"
	_ "github.com/coredns/coredns/plugin/timeouts"
	_ "github.com/coredns/coredns/plugin/whoami"
)

// own are the directives of this package.
func own() map[string]caddy.SetupFunc {
	return map[string]caddy.SetupFunc{
		"autopath":    setupAutopath,
		"bind":        setupBind,
		"debug":       setupDebug,
		"errors":      setupErrors,
		"file":        setupFile,
		"forward":     setupForward,
		"health":      setupHealth,
		"hosts":       setupHosts,
		"kubernetes":  setupKubernetes,
		"loadbalance": setupLoadbalance,
		"log":         setupLog,
		"loop":        setupLoop,
		"prometheus":  setupPrometheus,
		"ready":       setupReady,
		"reload":      setupReload,
		"root":        setupRoot,
	}
}

// unchanged are the directives that are upstream's own code, unchanged.
func unchanged() []string {
	return []string{"acl", "any", "bufsize", "cache", "cancel", "erratic", "header", "local", "metadata", "minimal", "multisocket", "rewrite",
		"template", "timeouts", "whoami"}
}

// upstreamAction is what upstream does for a directive.
func upstreamAction(name string) (caddy.SetupFunc, error) { return caddy.DirectiveAction("dns", name) }

// refused is what a directive does that is known and not available.
func refused(name string) (caddy.SetupFunc, bool) {
	if own()[name] != nil || slices.Contains(unchanged(), name) {
		return nil, false
	}
	return func(*caddy.Controller) error { return plugin.Error(name, errNotHere) }, true
}

// errNotHere says why a directive is refused.
var errNotHere = errors.New("not available in this cluster: its network and its files exist in memory only")

// register tells caddy of all directives, once in the process: its registry is
// process-wide. They are entered for no server type in particular, which is where
// caddy looks for an instance that has none; upstream's, which the packages have
// entered for the type "dns", stay as they are beside them. The functions keep
// nothing: they find their program in the instance that is being set up.
var register = sync.OnceFunc(func() {
	for _, name := range dnsserver.Directives {
		caddy.RegisterPlugin(name, caddy.Plugin{Action: action(name)})
	}
	// What these tell is of the machine's process, and not for containers.
	prometheus.Unregister(collectors.NewGoCollector())
	prometheus.Unregister(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
})

func action(name string) caddy.SetupFunc {
	if setup, ok := own()[name]; ok {
		return setup
	}
	if setup, ok := refused(name); ok {
		return setup
	}
	return func(c *caddy.Controller) error {
		setup, err := upstreamAction(name)
		if err != nil {
			return err
		}
		instanceOf(c) // it may be the only directive
		return setup(c)
	}
}

// properties reads the block of a directive, each property by its function, which
// gets the words after it.
func properties(c *caddy.Controller, known map[string]func(args []string) error) error {
	for c.NextBlock() {
		read, ok := known[c.Val()]
		if !ok {
			return c.Errf("unknown property '%s'", c.Val())
		}
		if err := read(c.RemainingArgs()); err != nil {
			return err
		}
	}
	return nil
}

// none reads a property without arguments.
func none(c *caddy.Controller, set func()) func([]string) error {
	return func(args []string) error {
		if len(args) > 0 {
			return c.ArgErr()
		}
		set()
		return nil
	}
}

// one reads a property with one argument.
func one(c *caddy.Controller, read func(string) error) func([]string) error {
	return func(args []string) error {
		if len(args) != 1 {
			return c.ArgErr()
		}
		return read(args[0])
	}
}

// some reads a property with one or more arguments.
func some(c *caddy.Controller, read func([]string) error) func([]string) error {
	return func(args []string) error {
		if len(args) == 0 {
			return c.ArgErr()
		}
		return read(args)
	}
}

// stanza is the only occurrence of a directive in a server block, up to its
// arguments.
func stanza(c *caddy.Controller) (args []string, err error) {
	c.Next()
	args = c.RemainingArgs()
	rest := *c // a block belongs to it, but a second directive of the name does not
	for rest.NextBlock() {
		rest.RemainingArgs()
	}
	if rest.Next() {
		return nil, plugin.ErrOnce
	}
	return args, nil
}

// setupAutopath is upstream's, but for search lists in files.
func setupAutopath(c *caddy.Controller) error {
	peek := *c
	peek.Next()
	if args := peek.RemainingArgs(); len(args) > 0 && !strings.HasPrefix(args[len(args)-1], "@") {
		return plugin.Error("autopath", errNotHere)
	}
	return delegate(c, "autopath")
}

// setupLoadbalance is upstream's, but for weights in files.
func setupLoadbalance(c *caddy.Controller) error {
	peek := *c
	peek.Next()
	if args := peek.RemainingArgs(); len(args) > 0 && args[0] == "weighted" {
		return plugin.Error("loadbalance", errNotHere)
	}
	return delegate(c, "loadbalance")
}

// delegate does what upstream does for a directive.
func delegate(c *caddy.Controller, name string) error {
	setup, err := upstreamAction(name)
	if err != nil {
		return err
	}
	instanceOf(c)
	return setup(c)
}

// setupDebug lets debug lines through. Upstream's also stops catching panics, which
// would be those of all containers.
func setupDebug(c *caddy.Controller) error {
	c.Next()
	if c.NextArg() {
		return plugin.Error("debug", c.ArgErr())
	}
	instanceOf(c).debug = true
	return nil
}

// setupRoot names the directory of zone files.
func setupRoot(c *caddy.Controller) error {
	c.Next()
	if !c.NextArg() {
		return plugin.Error("root", c.ArgErr())
	}
	dnsserver.GetConfig(c).Root = c.Val()
	instanceOf(c)
	return nil
}
