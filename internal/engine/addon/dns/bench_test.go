package dns_test

import (
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	mdns "github.com/miekg/dns"

	"kubetutor/internal/engine/fabric"
)

// BenchmarkQuery asks two CoreDNS through their Service, as pods do: one question
// for each socket. It reports how long one takes in the middle and for the slowest
// hundredth.
func BenchmarkQuery(b *testing.B) {
	w := newWorld(b, shop()...)
	first, second := w.run("10.244.1.10", shipped(b)).up(), w.run("10.244.2.10", shipped(b)).up()
	node, err := w.fabric.Attach("node1", netip.MustParseAddr("172.30.0.11"))
	if err != nil {
		b.Fatal(err)
	}
	to := fabric.Target{Endpoints: []netip.AddrPort{netip.AddrPortFrom(first.net.IP(), 53), netip.AddrPortFrom(second.net.IP(), 53)}}
	node.SetForwarding(fabric.Forwarding{Services: []fabric.Service{{Name: "kube-system/kube-dns:dns", Network: "udp",
		Fronts: []fabric.Front{{Kind: fabric.KindClusterIP, At: netip.MustParseAddrPort("10.96.0.10:53"), Inside: to, Outside: to}}}}})
	pod, err := w.fabric.AttachVia(node, "shop/client", netip.MustParseAddr("10.244.1.3"))
	if err != nil {
		b.Fatal(err)
	}
	var mu sync.Mutex
	var all []time.Duration
	client := &mdns.Client{Timeout: patience}
	b.RunParallel(func(pb *testing.PB) {
		var took []time.Duration
		for pb.Next() {
			began := time.Now()
			conn, err := pod.Dial(b.Context(), "udp", "10.96.0.10:53")
			if err != nil {
				b.Error(err)
				return
			}
			m, _, err := client.ExchangeWithConn(new(mdns.Msg).SetQuestion("web.shop.svc.cluster.local.", mdns.TypeA), &mdns.Conn{Conn: conn})
			_ = conn.Close()
			if err != nil || len(m.Answer) != 1 {
				b.Errorf("%v, %v", m, err)
				return
			}
			took = append(took, time.Since(began))
		}
		mu.Lock()
		defer mu.Unlock()
		all = append(all, took...)
	})
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Microseconds()), "µs-p50")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "µs-p99")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "queries/s")
}
