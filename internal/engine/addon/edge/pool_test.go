package edge

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"testing"
)

// Shares of any number of choices are as the weights say but for two, whatever
// the seed and from whatever moment on they are counted.
func TestSharesFollowWeights(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	worst := 0.0
	for range 300 {
		s := NewServer(Options{Seed: random.Uint64()})
		weights := make([]int, 2+random.IntN(3))
		backends := make([]Backend, len(weights))
		sum := 0
		for i := range weights {
			weights[i] = random.IntN(100)
			sum += weights[i]
			backends[i] = Backend{Name: fmt.Sprint(i), Weight: weights[i]}
		}
		if sum == 0 {
			continue
		}
		pool := s.NewPool("route", backends...)
		for range random.IntN(1000) {
			pool.Next()
		}
		counts := make([]int, len(weights))
		for n := 1; n <= 2000; n++ {
			_, i := pool.Next()
			counts[i]++
			for j, c := range counts {
				worst = max(worst, math.Abs(float64(c)-float64(n*weights[j])/float64(sum)))
			}
		}
	}
	t.Logf("at worst %.2f", worst)
	if worst > 2 {
		t.Errorf("a share of 2,000 choices was %.2f off", worst)
	}
}

// A pool that replaces another of its name goes on in its turns.
func TestTurnsOutliveTheirPool(t *testing.T) {
	t.Parallel()
	s := NewServer(Options{})
	counts := [2]int{}
	for range 100 {
		pool := s.NewPool("route", Backend{Name: "a", Weight: 1}, Backend{Name: "b", Weight: 1})
		if err := s.Set(Config{}); err != nil {
			t.Fatal(err)
		}
		_, i := pool.Next()
		counts[i]++
	}
	if counts[0] < 48 || counts[0] > 52 {
		t.Errorf("of 100 choices over as many configurations %d and %d went to two alike backends", counts[0], counts[1])
	}
}

func TestNobodyToChoose(t *testing.T) {
	t.Parallel()
	s := NewServer(Options{})
	if b, i := s.NewPool("none").Next(); b != nil || i != -1 {
		t.Errorf("an empty pool chose %v", b)
	}
	if b, _ := s.NewPool("zero", Backend{Name: "a"}).Next(); b != nil {
		t.Errorf("a backend without weight was chosen")
	}
	b, _ := s.NewPool("empty", Backend{Name: "a", Weight: 1}).Next()
	if _, ok := b.Next(); ok {
		t.Error("a backend without addresses has one")
	}
}

// Addresses of one backend take turns evenly.
func TestAddressesTakeTurns(t *testing.T) {
	t.Parallel()
	addresses := []netip.AddrPort{netip.MustParseAddrPort("10.0.0.1:80"), netip.MustParseAddrPort("10.0.0.2:80"), netip.MustParseAddrPort("10.0.0.3:80")}
	s := NewServer(Options{Seed: 7})
	b, _ := s.NewPool("p", Backend{Name: "a", Weight: 1, Addresses: addresses}).Next()
	counts := map[netip.AddrPort]int{}
	for range 300 {
		a, _ := b.Next()
		counts[a]++
	}
	for a, n := range counts {
		if n < 98 || n > 102 {
			t.Errorf("%v got %d of 300", a, n)
		}
	}
}
