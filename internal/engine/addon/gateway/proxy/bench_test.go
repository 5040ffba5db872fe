package proxy

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// BenchmarkRequests compares requests to a backend with requests through a proxy,
// of 16 clients that keep their connections: how many a second, and how long half
// and 99 of 100 of them take at most.
func BenchmarkRequests(b *testing.B) {
	for _, c := range []struct{ name, address string }{{"direct", "10.0.0.2"}, {"through the gateway", "10.0.0.1"}} {
		b.Run(c.name, func(b *testing.B) {
			p := newBench(b)
			p.set(Rule{Name: "/", Backends: []Backend{p.a}})
			p.quiet = true
			measure(b, p, "http://"+c.address+"/")
		})
	}
}

func measure(b *testing.B, p *bench, url string) {
	const clients = 16
	transport := p.client.Transport.(*http.Transport).Clone()
	transport.DisableKeepAlives, transport.MaxIdleConnsPerHost = false, clients
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	took := make([][]time.Duration, clients)
	var all sync.WaitGroup
	b.ResetTimer()
	for i := range clients {
		all.Go(func() {
			for n := i; n < b.N; n += clients {
				began := time.Now()
				resp, err := client.Get(url)
				if err != nil {
					b.Error(err)
					return
				}
				resp.Body.Close()
				took[i] = append(took[i], time.Since(began))
			}
		})
	}
	all.Wait()
	b.StopTimer()
	sorted := slices.Sorted(slices.Values(slices.Concat(took...)))
	b.ReportMetric(float64(len(sorted))/b.Elapsed().Seconds(), "requests/s")
	b.ReportMetric(float64(sorted[len(sorted)/2].Microseconds()), "µs-p50")
	b.ReportMetric(float64(sorted[len(sorted)*99/100].Microseconds()), "µs-p99")
}
