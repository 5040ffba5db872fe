package dns

import (
	"context"
	"regexp"
	"sync/atomic"
	"time"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/request"
	"github.com/miekg/dns"
)

// maxPattern is how long a regular expression of consolidate may be, in bytes, as
// upstream has it.
const maxPattern = 10000

// errorLog is the plugin errors: upstream's, but for where it writes to.
type errorLog struct {
	next     plugin.Handler
	log      pluginLog
	patterns []*consolidated
}

// consolidated are errors of one kind, of which only the number is written.
type consolidated struct {
	period    time.Duration
	pattern   *regexp.Regexp
	level     string
	showFirst bool
	count     atomic.Int64
}

func setupErrors(c *caddy.Controller) error {
	e := &errorLog{log: instanceOf(c).log("errors")}
	args, err := stanza(c)
	switch {
	case err != nil:
	case len(args) > 1:
		err = c.ArgErr()
	case len(args) == 1 && args[0] != "stdout":
		err = c.Errf("invalid log file: %s", args[0])
	default:
		err = properties(c, map[string]func([]string) error{
			"stacktrace": func([]string) error { return nil },
			"consolidate": func(args []string) error {
				one, err := parseConsolidated(c, args)
				e.patterns = append(e.patterns, one)
				return err
			},
		})
	}
	if err != nil {
		return plugin.Error("errors", err)
	}
	dnsserver.GetConfig(c).AddPlugin(func(next plugin.Handler) plugin.Handler {
		e.next = next
		return e
	})
	return nil
}

// parseConsolidated reads "consolidate DURATION REGEXP [LEVEL] [show_first]".
func parseConsolidated(c *caddy.Controller, args []string) (one *consolidated, err error) {
	if len(args) < 2 || len(args) > 4 {
		return nil, c.ArgErr()
	}
	one = &consolidated{level: levelError}
	if one.period, err = time.ParseDuration(args[0]); err != nil {
		return nil, c.Err(err.Error())
	}
	if len(args[1]) > maxPattern {
		return nil, c.Errf("regex pattern too long: %d > %d", len(args[1]), maxPattern)
	}
	if one.pattern, err = regexp.Compile(args[1]); err != nil {
		return nil, c.Err(err.Error())
	}
	levels := map[string]string{"warning": levelWarning, "error": levelError, "info": levelInfo, "debug": levelDebug}
	for at, arg := range args[2:] {
		level, ok := levels[arg]
		switch {
		case ok && at == 0:
			one.level = level
		case ok && one.showFirst:
			return nil, c.Errf("log level must come before show_first in consolidate")
		case ok:
			return nil, c.Errf("multiple log levels specified in consolidate")
		case arg == "show_first":
			one.showFirst = true
		default:
			return nil, c.Errf("unknown option in consolidate: %s", arg)
		}
	}
	return one, nil
}

// Name is the plugin's.
func (e *errorLog) Name() string { return "errors" }

// ServeDNS writes a line for a query that ended in an error.
func (e *errorLog) ServeDNS(ctx context.Context, w dns.ResponseWriter, r *dns.Msg) (int, error) {
	rcode, err := plugin.NextOrFailure(e.Name(), e.next, ctx, w, r)
	if err == nil {
		return rcode, nil
	}
	level := levelError
	for _, one := range e.patterns {
		if one.pattern.MatchString(err.Error()) {
			if !e.first(one) {
				return rcode, err
			}
			level = one.level
			break
		}
	}
	state := request.Request{W: w, Req: r}
	e.log.logf(level, "%d %s %s: %s", rcode, state.Name(), state.Type(), err)
	return rcode, err
}

// first counts an error of a kind; it says whether it is to be written by itself.
func (e *errorLog) first(one *consolidated) bool {
	if one.count.Add(1) > 1 {
		return false
	}
	time.AfterFunc(one.period, func() {
		if n := one.count.Swap(0); n > 1 || n == 1 && !one.showFirst {
			e.log.logf(one.level, "%d errors like '%s' occurred in last %s", n, one.pattern, one.period)
		}
	})
	return one.showFirst
}
