package dns

import (
	"runtime"
	"slices"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"
	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/plugin/metrics"
	"github.com/coredns/coredns/plugin/metrics/vars"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/proto"
)

// setupPrometheus counts queries by upstream's plugin, and serves /metrics.
func setupPrometheus(c *caddy.Controller) error {
	i := instanceOf(c)
	args, err := stanza(c)
	if err != nil {
		return plugin.Error("prometheus", err)
	}
	address, err := webAddress(c, args, prometheusAddress)
	if err == nil {
		err = properties(c, map[string]func([]string) error{"runtime_metrics": none(c, func() {})})
	}
	if err != nil {
		return plugin.Error("prometheus", err)
	}
	m := metrics.New(address)
	for _, zone := range plugin.OriginsFromArgsOrServerBlock(nil, c.ServerBlockKeys) {
		m.AddZone(zone)
	}
	if i.pages[address] == nil { // several server blocks share a page
		page := promhttp.HandlerFor(prometheus.Gatherers{prometheus.GathererFunc(i.server.gather), about()}, promhttp.HandlerOpts{})
		i.page(address, "/metrics", page.ServeHTTP)
	}
	dnsserver.GetConfig(c).AddPlugin(func(next plugin.Handler) plugin.Handler {
		m.Next = next
		return m
	})
	return nil
}

// gather picks from upstream's metrics, which are those of all containers of the
// process, what is of this one: what names its servers. What names no server
// cannot be told apart and is left out.
func (s *server) gather() ([]*dto.MetricFamily, error) {
	all, err := prometheus.DefaultGatherer.Gather()
	var out []*dto.MetricFamily
	for _, family := range all {
		var some []*dto.Metric
		for _, m := range family.GetMetric() {
			if s.relabel(m) {
				some = append(some, m)
			}
		}
		if len(some) > 0 {
			family.Metric = some
			out = append(out, family)
		}
	}
	return out, err
}

// relabel gives a metric of this container's servers the label that it would have
// elsewhere; it is false for all others.
func (s *server) relabel(m *dto.Metric) bool {
	at := slices.IndexFunc(m.GetLabel(), func(l *dto.LabelPair) bool { return l.GetName() == "server" })
	if at < 0 {
		return false
	}
	address, ok := s.ours(m.GetLabel()[at].GetValue())
	if ok {
		m.Label = slices.Clone(m.GetLabel()) // which is the registry's own
		m.Label[at] = &dto.LabelPair{Name: m.Label[at].Name, Value: proto.String(address)}
	}
	return ok
}

// forget removes the counts of this container's servers, as far as upstream lets
// its metrics be reached: containers come and go, and the process stays.
func forget(i *instance) {
	for _, one := range i.dns {
		of := prometheus.Labels{"server": one.Addr}
		for _, counts := range []interface{ DeletePartialMatch(prometheus.Labels) int }{
			vars.RequestCount, vars.RequestDuration, vars.RequestSize, vars.RequestDo, vars.ResponseSize, vars.ResponseRcode,
		} {
			counts.DeletePartialMatch(of)
		}
	}
}

// about are the metrics that say what runs.
func about() prometheus.Gatherer {
	info := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Namespace: plugin.Namespace, Name: "build_info",
		Help: "A metric with a constant '1' value labeled by version, revision, and goversion from which CoreDNS was built.",
	}, []string{"version", "revision", "goversion"})
	info.WithLabelValues(coremain.CoreVersion, coremain.GitCommit, runtime.Version()).Set(1)
	own := prometheus.NewRegistry()
	own.MustRegister(info)
	return own
}
