package fit

import (
	"cmp"
	"maps"
	"slices"
)

// beginning is what two cards have in common that began alike: the first
// rating, and the days until the first review on another day.
type beginning struct {
	rating int
	days   float64
}

func (c card) beginning() beginning {
	return beginning{c.reviews[0].rating, c.next().days}
}

// next is the first review that is not on the day of the card's first.
func (c card) next() review {
	return c.reviews[slices.IndexFunc(c.reviews, func(r review) bool { return r.weight > 0 })]
}

// group is the cards that began alike.
type group struct {
	beginning
	seen, recalled float64 // how many, and how many of them were recalled
}

// groups are those of all cards, ordered by rating and days.
func (d data) groups() []group {
	found := map[beginning]group{}
	for _, c := range d.cards {
		g := found[c.beginning()]
		g.beginning = c.beginning()
		g.seen++
		if c.next().rating > again {
			g.recalled++
		}
		found[g.beginning] = g
	}
	return slices.SortedFunc(maps.Values(found), func(a, b group) int {
		return cmp.Or(cmp.Compare(a.rating, b.rating), cmp.Compare(a.days, b.days))
	})
}

// withoutOutliers leaves out the cards that began in an unusual way: they were
// forgotten in a drawer, rescheduled by hand or imported, and not waited for as
// a scheduler makes one wait. If that left less than half of the reviews, as
// with a handful of cards, none is left out. It also returns the groups left.
func (d data) withoutOutliers() (data, []group) {
	all := d.groups()
	var left []group
	for rating := again; rating <= easy; rating++ {
		left = append(left, usual(ofRating(all, rating))...)
	}
	kept := map[beginning]bool{}
	for _, g := range left {
		kept[g.beginning] = true
	}
	some := d.only(func(c card) bool { return kept[c.beginning()] })
	if some.scored < d.scored/2 {
		return d, all
	}
	return some, left
}

func ofRating(groups []group, rating int) []group {
	var of []group
	for _, g := range groups {
		if g.rating == rating {
			of = append(of, g)
		}
	}
	return of
}

// usual returns which groups of a first rating are kept: the rarest go until
// they are a twentieth of the cards or 20 cards, and then those of less than
// six cards or after a very long wait. It is compute_outlier_analysis of
// fsrs-rs 6.6.1, dataset.rs.
func usual(groups []group) []group {
	const fewest, longWait, longWaitEasy = 6, 100, 365
	groups = slices.Clone(groups)
	slices.SortStableFunc(groups, func(a, b group) int { return cmp.Compare(a.seen, b.seen) })
	most := max(20, float64(int(seen(groups))/20))
	removed := 0.0
	return slices.DeleteFunc(groups, func(g group) bool {
		if removed+g.seen < most {
			removed += g.seen
			return true
		}
		wait := float64(longWait)
		if g.rating == easy {
			wait = longWaitEasy
		}
		return g.seen < fewest || g.days > wait
	})
}

func seen(groups []group) float64 {
	n := 0.0
	for _, g := range groups {
		n += g.seen
	}
	return n
}
