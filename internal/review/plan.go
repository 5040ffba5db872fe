package review

// lane is a line of cards for each track, each in its order.
type lane struct {
	order  []string // tracks, in the order of their first cards
	tracks map[string][]ranked
	left   int
}

// ranked is a card with its place among all of its lane.
type ranked struct {
	entry
	rank int
}

func newLane(entries []entry) *lane {
	l := &lane{tracks: map[string][]ranked{}, left: len(entries)}
	for i, e := range entries {
		if _, ok := l.tracks[e.Track]; !ok {
			l.order = append(l.order, e.Track)
		}
		l.tracks[e.Track] = append(l.tracks[e.Track], ranked{e, i})
	}
	return l
}

// take takes the first card of all tracks but one; ok is false where no other
// track has any.
func (l *lane) take(but string) (e entry, ok bool) {
	best := -1
	for i, track := range l.order {
		waiting := l.tracks[track]
		if len(waiting) > 0 && track != but && (best < 0 || waiting[0].rank < l.tracks[l.order[best]][0].rank) {
			best = i
		}
	}
	if best < 0 {
		return e, false
	}
	track := l.order[best]
	e = l.tracks[track][0].entry
	l.tracks[track] = l.tracks[track][1:]
	l.left--
	return e, true
}

// arrange puts new cards evenly between the others, and lets two cards of a track
// follow each other only where no other track has any left.
func arrange(due, fresh []entry) []entry {
	old, young := newLane(due), newLane(fresh)
	plan := make([]entry, 0, len(due)+len(fresh))
	last := ""
	for len(plan) < cap(plan) {
		first, second := old, young
		if len(fresh)*len(plan) >= (len(fresh)-young.left)*cap(plan)+cap(plan)/2 {
			first, second = young, old
		}
		e := next(first, second, last)
		last = e.Track
		plan = append(plan, e)
	}
	return plan
}

// next prefers the first lane, but not at the price of two cards of a track.
func next(first, second *lane, last string) entry {
	for _, l := range []*lane{first, second} {
		if e, ok := l.take(last); ok {
			return e
		}
	}
	for _, l := range []*lane{first, second} {
		if e, ok := l.take(""); ok {
			return e
		}
	}
	return entry{}
}
