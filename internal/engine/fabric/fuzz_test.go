package fabric

import (
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"testing"
)

// FuzzExplain asks for connections between any addresses in clusters made at random.
// Whatever is asked, there is an answer, it is the same when it is asked again, and
// its steps fit together.
func FuzzExplain(f *testing.F) {
	for seed, q := range []struct{ from, to string }{
		{"10.244.1.2", "10.96.0.10:80"}, {"", "172.30.200.1:80"}, {"172.30.0.11", "127.0.0.1:30080"}, {"203.0.113.7", "172.30.0.12:30080"},
		{"10.244.2.2", "0.0.0.0:0"}, {"fe80::1", "[::1]:80"}, {"::ffff:10.244.1.2", "[::ffff:10.96.0.10]:80"}, {"172.30.0.1", "172.30.0.1:1"},
	} {
		f.Add(uint64(seed), q.from, q.to, seed%2 == 0)
	}
	f.Fuzz(func(t *testing.T, seed uint64, from, to string, tcp bool) {
		addr, _ := netip.ParseAddr(from)
		dest, _ := netip.ParseAddrPort(to)
		network := "udp"
		if tcp {
			network = "tcp"
		}
		c := newCluster(t)
		c.random(rand.New(rand.NewPCG(seed, 1)))
		first, again := c.Explain(addr, network, dest), c.Explain(addr, network, dest)
		if first.Verdict != again.Verdict || !reflect.DeepEqual(first.Steps, again.Steps) {
			t.Errorf("%s, then %s", kinds(first), kinds(again))
		}
		if first.Verdict == "" || len(first.Steps) == 0 {
			t.Fatalf("no answer: %+v", first)
		}
		stopped := slices.IndexFunc(first.Steps, func(s Step) bool { return s.Verdict != "" && s.Verdict != Connected })
		if (stopped < 0) != (first.Verdict == Connected) || stopped >= 0 && stopped != len(first.Steps)-1 {
			t.Errorf("%s: %s", first.Verdict, kinds(first))
		}
		if c.journal.last != 0 || len(c.flows.sent) != 0 {
			t.Error("an explanation leaves traces")
		}
	})
}
