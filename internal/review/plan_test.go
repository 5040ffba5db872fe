package review

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func entries(r *rand.Rand, prefix string, n, tracks int) (list []entry) {
	for i := range n {
		list = append(list, entry{Card: Card{ID: ID(fmt.Sprintf("%s%d", prefix, i)), Track: fmt.Sprint(r.IntN(tracks))}})
	}
	return list
}

// Nothing is lost or doubled; two cards of a track follow each other only where no
// other track has any left; cards of a track keep their order; and new cards are
// spread.
func TestArrange(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		due, fresh := entries(r, "d", r.IntN(60), 1+r.IntN(5)), entries(r, "n", r.IntN(12), 1+r.IntN(5))
		plan := arrange(due, fresh)
		if len(plan) != len(due)+len(fresh) {
			t.Fatalf("%d and %d cards make %d", len(due), len(fresh), len(plan))
		}
		last := map[string]int{}
		for i, e := range plan {
			if i > 0 && plan[i-1].Track == e.Track && others(plan[i:], e.Track) {
				t.Fatalf("two of track %s follow each other at %d of %v", e.Track, i, tracks(plan))
			}
			var n int
			fmt.Sscan(string(e.ID[1:]), &n)
			line := string(e.ID[:1]) + e.Track
			if before, ok := last[line]; ok && n <= before {
				t.Fatalf("%s comes after %d", e.ID, before)
			}
			last[line] = n
		}
	}
}

func others(plan []entry, track string) bool {
	for _, e := range plan {
		if e.Track != track {
			return true
		}
	}
	return false
}

func tracks(plan []entry) (list []string) {
	for _, e := range plan {
		list = append(list, e.Track)
	}
	return list
}

func TestNewCardsAreSpread(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	plan := arrange(entries(r, "d", 100, 3), entries(r, "n", 10, 3))
	last, young := 0, 0
	for i, e := range plan {
		if e.ID[0] == 'n' {
			if i-last > 25 {
				t.Errorf("no new card from %d to %d", last, i)
			}
			last, young = i, young+1
		}
	}
	if young != 10 || last < 80 {
		t.Errorf("%d new cards, the last one at %d", young, last)
	}
}
