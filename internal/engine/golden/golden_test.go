package golden

import (
	"fmt"
	"sync"
	"testing"
)

// TestShares draws from many sequences: after any number of draws each of n has
// its share but for a few.
func TestShares(t *testing.T) {
	t.Parallel()
	for i := range 200 {
		n := uint64(1 + i%13)
		s := New(fmt.Sprint("shop/web-", i), uint64(i))
		counts := make([]float64, n)
		for draws := 1; draws <= 500; draws++ {
			if peeked, drawn := s.Peek(n), s.Next(n); peeked != drawn {
				t.Fatalf("peeked %d, drew %d", peeked, drawn)
			} else {
				counts[drawn]++
			}
			for _, c := range counts {
				if off := c - float64(draws)/float64(n); off > 3 || off < -3 {
					t.Fatalf("sequence %d: %v after %d draws", i, counts, draws)
				}
			}
		}
	}
}

func TestNamesAndSeedsBeginElsewhere(t *testing.T) {
	t.Parallel()
	seen := map[uint64]string{}
	for i := range 100 {
		for _, s := range []struct {
			name string
			seed uint64
		}{{fmt.Sprint("web-", i), 0}, {"web", uint64(i + 1)}} {
			at := New(s.name, s.seed).Peek(1 << 62)
			if other, ok := seen[at]; ok {
				t.Errorf("%v begins where %s does", s, other)
			}
			seen[at] = fmt.Sprint(s)
		}
	}
}

// TestManyAtOnce draws from one sequence in eight goroutines: no draw is lost or
// made twice.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	const each, below = 1000, 1 << 40
	want := map[uint64]bool{}
	for s := New("web", 1); len(want) < 8*each; {
		want[s.Next(below)] = true
	}
	s := New("web", 1)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range each {
				n := s.Next(below)
				mu.Lock()
				delete(want, n)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(want) != 0 {
		t.Errorf("%d draws were not made", len(want))
	}
}
