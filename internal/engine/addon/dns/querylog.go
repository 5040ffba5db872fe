package dns

import (
	"context"
	"strings"
	"time"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
	upstreamlog "github.com/coredns/coredns/plugin/log"
	"github.com/coredns/coredns/plugin/metadata"
	"github.com/coredns/coredns/plugin/pkg/dnstest"
	"github.com/coredns/coredns/plugin/pkg/replacer"
	"github.com/coredns/coredns/plugin/pkg/response"
	"github.com/coredns/coredns/request"
	"github.com/miekg/dns"
)

// queryLog is the plugin log: upstream's, but for where it writes to.
type queryLog struct {
	next  plugin.Handler
	rules []upstreamlog.Rule
	repl  replacer.Replacer
	out   *logger
}

func setupLog(c *caddy.Controller) error {
	q := &queryLog{repl: replacer.New(), out: instanceOf(c).server.log}
	for c.Next() {
		rules, err := parseRules(c)
		if err != nil {
			return plugin.Error("log", err)
		}
		q.rules = append(q.rules, rules...)
	}
	dnsserver.GetConfig(c).AddPlugin(func(next plugin.Handler) plugin.Handler {
		q.next = next
		return q
	})
	return nil
}

// parseRules reads one "log [NAME...] [FORMAT] { class CLASS... }".
func parseRules(c *caddy.Controller) (rules []upstreamlog.Rule, err error) {
	names, format := c.RemainingArgs(), upstreamlog.DefaultLogFormat
	if last := len(names) - 1; last > 0 && strings.Contains(names[last], "{") {
		format = strings.NewReplacer("{common}", upstreamlog.CommonLogFormat, "{combined}", upstreamlog.CombinedLogFormat).Replace(names[last])
		names = names[:last]
	}
	if len(names) == 0 {
		names = []string{"."}
	}
	classes := map[response.Class]struct{}{}
	err = properties(c, map[string]func([]string) error{
		"class": some(c, func(args []string) error {
			for _, arg := range args {
				class, err := response.ClassFromString(arg)
				if err != nil {
					return err
				}
				classes[class] = struct{}{}
			}
			return nil
		}),
	})
	if len(classes) == 0 {
		classes[response.All] = struct{}{}
	}
	for _, name := range names {
		rules = append(rules, upstreamlog.Rule{NameScope: dns.Fqdn(name), Format: format, Class: classes})
	}
	return rules, err
}

// Name is the plugin's.
func (q *queryLog) Name() string { return "log" }

// ServeDNS writes a line for a query that a rule asks for, after it was answered.
func (q *queryLog) ServeDNS(ctx context.Context, w dns.ResponseWriter, r *dns.Msg) (int, error) {
	state := request.Request{W: w, Req: r}
	for _, rule := range q.rules {
		if plugin.Name(rule.NameScope).Matches(state.Name()) {
			return q.record(ctx, state, rule)
		}
	}
	return plugin.NextOrFailure(q.Name(), q.next, ctx, w, r)
}

func (q *queryLog) record(ctx context.Context, state request.Request, rule upstreamlog.Rule) (int, error) {
	recorder := dnstest.NewRecorder(state.W)
	rcode, err := plugin.NextOrFailure(q.Name(), q.next, ctx, recorder, state.Req)
	if recorder.Msg == nil && !plugin.ClientWrite(rcode) { // the server will write it
		recorder.Msg = new(dns.Msg).SetRcode(state.Req, rcode)
		recorder.Rcode, recorder.Len = rcode, recorder.Msg.Len()
	}
	kind, _ := response.Typify(recorder.Msg, time.Now().UTC())
	class := response.Classify(kind)
	metadata.SetValueFunc(ctx, "log/type", kind.String)
	metadata.SetValueFunc(ctx, "log/class", class.String)
	_, all := rule.Class[response.All]
	if _, asked := rule.Class[class]; all || asked {
		q.out.line(levelInfo, q.repl.Replace(ctx, state, recorder, rule.Format))
	}
	return rcode, err
}
