package fabric

import (
	"fmt"
	"math"
	"net/netip"
	"testing"
	"time"
)

// endpoints makes some addresses.
func endpoints(n int) Target {
	var t Target
	for i := range n {
		t.Endpoints = append(t.Endpoints, netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 244, 1, byte(i + 2)}), 80))
	}
	return t
}

// TestSpread: after any number of connections, each endpoint has had its share but
// for a few.
func TestSpread(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 12; n++ {
		for seed := range 20 {
			target := newTarget(endpoints(n), nil, fmt.Sprint("shop/web", seed))
			counts, worst := map[netip.AddrPort]int{}, 0.0
			for k := 1; k <= 1000; k++ {
				e, _ := target.choose(&service{}, choice{})
				counts[e]++
				for _, e := range target.Endpoints {
					worst = max(worst, math.Abs(float64(counts[e])-float64(k)/float64(n)))
				}
			}
			if worst > 4 {
				t.Errorf("of %d endpoints with seed %d, one is off its share by %.1f", n, seed, worst)
			}
		}
	}
}

// TestTurnsGoOn: new rules do not begin again with the first endpoint, and looking
// takes no turn.
func TestTurnsGoOn(t *testing.T) {
	t.Parallel()
	rules := Forwarding{[]Service{{Name: "shop/web", Network: "tcp", Fronts: []Front{{Kind: KindClusterIP, At: addrport("10.96.0.1:80"), Inside: endpoints(5)}}}}}
	renewed, kept := newTable(rules, "n1", nil), newTable(rules, "n1", nil)
	for range 20 {
		renewed = newTable(rules, "n1", renewed)
		take := func(t *table, dry bool) netip.AddrPort {
			f := t.find("tcp", addrport("10.96.0.1:80"), false)
			e, _ := f.inside.choose(f.service, choice{dry: dry})
			return e
		}
		seen, again := take(renewed, true), take(renewed, true)
		if a, b := take(renewed, false), take(kept, false); a != b || a != seen || a != again {
			t.Fatalf("%v with rules that are replaced, %v without, %v and %v foreseen", a, b, seen, again)
		}
	}
}

// TestAffinity: a client stays with its endpoint until it has not come for as long
// as the Service says, or the endpoint goes.
func TestAffinity(t *testing.T) {
	t.Parallel()
	rules := func(n int) Forwarding {
		front := Front{Kind: KindClusterIP, At: addrport("10.96.0.1:80"), Inside: endpoints(n), Outside: endpoints(n)}
		return Forwarding{[]Service{{Name: "shop/web", Network: "tcp", Affinity: time.Hour, Fronts: []Front{front}}}}
	}
	now := time.Unix(1_000_000, 0)
	table := newTable(rules(50), "n1", nil)
	ask := func(client int, inside bool) netip.AddrPort {
		f := table.find("tcp", addrport("10.96.0.1:80"), false)
		e, _ := f.side(inside).choose(f.service, choice{client: netip.AddrFrom4([4]byte{10, 245, byte(client >> 8), byte(client)}), now: now})
		return e
	}
	first := map[int]netip.AddrPort{}
	different := map[netip.AddrPort]bool{}
	for client := range 40 {
		first[client] = ask(client, true)
		different[first[client]] = true
	}
	if len(different) < 30 {
		t.Errorf("40 clients have %d endpoints", len(different))
	}
	for range 3 {
		now = now.Add(59 * time.Minute)
		table = newTable(rules(50), "n1", table)
		for client := range 40 {
			if got := ask(client, client%2 == 0); got != first[client] {
				t.Fatalf("client %d: %v, then %v", client, first[client], got)
			}
		}
	}
	now = now.Add(61 * time.Minute)
	moved := 0
	for client := range 40 {
		if ask(client, true) != first[client] {
			moved++
		}
	}
	if moved < 20 {
		t.Errorf("after an hour only %d of 40 clients moved", moved)
	}
	table = newTable(rules(1), "n1", table)
	if got := ask(0, true); got != endpoints(1).Endpoints[0] {
		t.Errorf("an endpoint that has gone: %v", got)
	}
	for client := range 3 * maxClients {
		ask(client, true)
	}
	if n := len(table.services[serviceKey{"tcp", "shop/web"}].clients.of); n > maxClients {
		t.Errorf("%d clients are remembered", n)
	}
}
