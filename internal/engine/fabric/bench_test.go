package fabric

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"time"
)

// busy is a cluster for measurements: a Service with three endpoints in front of
// HTTP servers, a hundred policies that isolate them and the client, and a reader of
// records.
func busy(b *testing.B) *cluster {
	c := newCluster(b)
	target := Target{}
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
	for _, name := range []string{"b1", "a2", "a3"} {
		l, err := c.spaces[name].Listen("tcp", ":8080")
		if err != nil {
			b.Fatal(err)
		}
		server := &http.Server{Handler: mux}
		go func() { _ = server.Serve(l) }()
		b.Cleanup(func() { _ = server.Close() })
		target.Endpoints = append(target.Endpoints, netip.AddrPortFrom(c.spaces[name].IP(), 8080))
	}
	c.rules(Forwarding{[]Service{{Name: "shop/web:http", Network: "tcp", Fronts: []Front{
		{Kind: KindClusterIP, At: addrport("10.96.0.10:80"), Inside: target, Outside: target}}}}})
	c.SetPolicies(hundred(c))
	ctx, cancel := context.WithCancel(context.Background())
	b.Cleanup(cancel)
	go func() {
		for range c.Records(ctx, 0) {
		}
	}()
	return c
}

// hundred are policies of a hundred rules for every pod; the last one lets in.
func hundred(c *cluster) Policies {
	all := Policies{}
	i := &Isolation{}
	for n := range 100 {
		name := fmt.Sprintf("shop/p%d", n)
		peer := Peer{CIDR: netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(n)}), 32)}
		if n == 99 {
			peer = Peer{CIDR: netip.MustParsePrefix("10.244.0.0/16")}
		}
		i.By = append(i.By, name)
		i.Rules = append(i.Rules, Rule{Policy: name, Peers: []Peer{peer}, Ports: []Ports{{"tcp", 8080, 0}}})
	}
	for _, pod := range []string{"a1", "b1", "a2", "a3"} {
		all[c.spaces[pod].Name()] = PodPolicy{i, i}
	}
	return all
}

// BenchmarkHTTP is requests from a pod to a Service by four clients at once. Run it
// with -cpu 2 to compare it with the bar of 20,000 a second.
func BenchmarkHTTP(b *testing.B) {
	for name, closing := range map[string]bool{"keep-alive": false, "close": true} {
		b.Run(name, func(b *testing.B) {
			c := busy(b)
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: closing, MaxIdleConnsPerHost: 64,
				DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
					return c.spaces["a1"].Dial(ctx, network, addr)
				}}}
			defer client.CloseIdleConnections()
			b.ReportAllocs()
			b.SetParallelism(2)
			b.ResetTimer()
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					get(b, client)
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
		})
	}
}

func get(b *testing.B, client *http.Client) {
	resp, err := client.Get("http://10.96.0.10/")
	if err != nil {
		b.Error(err)
		return
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
}

// BenchmarkOpen is ten thousand connections through a Service that are open at once:
// how long each takes to open, and the memory that both sides of it hold.
func BenchmarkOpen(b *testing.B) {
	const many = 10_000
	for b.Loop() {
		c := newCluster(b)
		l := c.behind("a2")
		conns := make([]net.Conn, 0, 2*many)
		before, began := inUse(), time.Now()
		for range many {
			near, err := c.spaces["a1"].Dial(context.Background(), "tcp", "172.30.0.11:30080")
			if err != nil {
				b.Fatal(err)
			}
			far, err := l.Accept()
			if err != nil {
				b.Fatal(err)
			}
			conns = append(conns, near, far)
		}
		b.ReportMetric(float64(time.Since(began).Nanoseconds())/many, "ns/open")
		b.ReportMetric(float64(inUse()-before)/many, "B/connection")
		for _, conn := range conns {
			_ = conn.Close()
		}
	}
}

// inUse is the memory of the heap that is in use, in bytes.
func inUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkAddedLatency is what a Service with a hundred policies adds to a
// connection and one question and answer over it, in comparison with the loopback
// of the same namespace.
func BenchmarkAddedLatency(b *testing.B) {
	c := busy(b)
	l, err := c.spaces["a1"].Listen("tcp", ":7")
	if err != nil {
		b.Fatal(err)
	}
	go echoAll(l)
	far, err := c.spaces["a2"].Listen("tcp", ":7")
	if err != nil {
		b.Fatal(err)
	}
	go echoAll(far)
	target := Target{Endpoints: []netip.AddrPort{netip.AddrPortFrom(c.spaces["a2"].IP(), 7)}}
	c.rules(Forwarding{[]Service{{Name: "shop/echo", Network: "tcp", Fronts: []Front{
		{Kind: KindClusterIP, At: addrport("10.96.0.11:7"), Inside: target, Outside: target}}}}})
	open := hundred(c)
	for _, p := range open {
		p.Ingress.Rules[99].Ports = nil
	}
	c.SetPolicies(open)
	var direct, service []time.Duration
	for b.Loop() {
		direct = append(direct, c.once(b, "127.0.0.1:7"))
		service = append(service, c.once(b, "10.96.0.11:7"))
	}
	for name, share := range map[string]float64{"p50": 0.5, "p99": 0.99} {
		b.ReportMetric(float64(quantile(service, share)-quantile(direct, share))/1e3, "added-µs-"+name)
		b.ReportMetric(float64(quantile(service, share))/1e3, "service-µs-"+name)
	}
}

func echoAll(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() { _, _ = io.Copy(conn, conn); _ = conn.Close() }()
	}
}

// once is one connection with one question.
func (c *cluster) once(b *testing.B, to string) time.Duration {
	began := time.Now()
	conn, err := c.spaces["a1"].Dial(context.Background(), "tcp", to)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	buf := make([]byte, 64)
	_, _ = conn.Write(buf)
	if _, err := io.ReadFull(conn, buf); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

func quantile(all []time.Duration, share float64) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[int(float64(len(sorted)-1)*share)]
}

// BenchmarkFlow is a question and its answer in datagrams through a Service.
func BenchmarkFlow(b *testing.B) {
	c := newCluster(b)
	c.rules(Forwarding{[]Service{c.every("udp", false, "a2", "a3")}})
	conn, err := c.spaces["a1"].Dial(context.Background(), "udp", "10.96.0.10:53")
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	buf := make([]byte, 100)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = conn.Write(buf[:10])
		if _, err := conn.Read(buf); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkExplain is one decision with a hundred policies.
func BenchmarkExplain(b *testing.B) {
	c := busy(b)
	b.ReportAllocs()
	for b.Loop() {
		if r := c.Explain(ip("10.244.1.2"), "tcp", addrport("10.96.0.10:80")); r.Verdict != Connected {
			b.Fatal(r)
		}
	}
}
