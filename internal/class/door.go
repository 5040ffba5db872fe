package class

import (
	"math"
	"net/netip"
	"time"
)

// door limits wrong tries at codes.
//
// What must hold: nobody finds a code by trying; a room that sits behind one
// address (NAT), forty people who mistype, is not kept out; neither is it for long
// by somebody among them who tries on purpose. The three fit together because a
// join code has 40 bits and lives for hours: limits may be generous.
//
// Wrong tries are counted for each address and over all; counts sink with time (one
// wrong try is forgotten every leak). Below free nothing is limited. Above it, the
// tries of that address (or all) are looked at one at a time, so far apart as the
// count says: the distance doubles with every ten more, up to slowest. What comes
// between is turned away unseen, with the time of the next turn, and is not
// counted. So when somebody stops trying, the door is as before after slowest at
// the latest; while they go on, others take turns with them.
//
// An address whose tries can be counted on one hand is held up by its own count alone:
// an attacker with a dozen addresses would else have every turn of all, and who has
// just come and knows the code none. That gives each address three tries more, as long
// as all addresses are remembered.
//
// Who shows a known key or their resume code does not pass here at all, and another
// join code (OrderRenew) begins all counts anew: guesses at the old one are worth
// nothing.
//
// In a class of eight hours an attacker with one address looks at some 6,000 codes,
// with any number of them 160,000 of 2^40: one chance in seven million.
type door struct {
	all   gate
	from  map[string]*gate
	crowd bool // there were more addresses than are remembered
}

// limits of a gate.
type limits struct {
	free    int           // wrong tries that cost nothing
	leak    time.Duration // after which one is forgotten
	first   time.Duration // the distance of turns at first
	slowest time.Duration // and at most
}

// The limits of one address (or a network of IPv6) and of all together.
func limitsOfOne() limits {
	return limits{60, 10 * time.Second, 250 * time.Millisecond, 5 * time.Second}
}
func limitsOfAll() limits {
	return limits{600, time.Second, 20 * time.Millisecond, 200 * time.Millisecond}
}

// maxGates bounds how many addresses are remembered. Where there are more, the
// count over all alone holds them back.
const maxGates = 4096

// fewTries is how many wrong tries of an address do not have to wait for those of
// others.
const fewTries = 3

// gate counts the wrong tries of one address, or of all.
type gate struct {
	tries int       // in all
	wrong float64   // at the time at
	at    time.Time // of the last wrong try
	next  time.Time // before this nothing is looked at
}

// count is how many wrong tries are remembered now.
func (g *gate) count(l limits, now time.Time) float64 {
	return max(0, g.wrong-max(0, now.Sub(g.at).Seconds())/l.leak.Seconds())
}

// wrongTry notes one.
func (g *gate) wrongTry(l limits, now time.Time) {
	g.tries++
	g.wrong, g.at = g.count(l, now)+1, now
	if over := g.wrong - float64(l.free); over > 0 {
		g.next = now.Add(l.distance(over))
	}
}

func (l limits) distance(over float64) time.Duration {
	return min(l.slowest, time.Duration(float64(l.first)*math.Exp2(math.Min(over/10, 30)))).Truncate(time.Millisecond)
}

// enter tells whether a try from an address is looked at now, or when the next is.
func (d *door) enter(from string, now time.Time) error {
	g := d.from[network(from)]
	until := d.all.next
	if d.seldom(g) {
		until = time.Time{}
	}
	if g != nil && g.next.After(until) {
		until = g.next
	}
	// A turn that is farther off is from before the clock was set back.
	if wait := until.Sub(now); wait > 0 && wait <= limitsOfOne().slowest {
		return &TriesError{Until: until}
	}
	return nil
}

// seldom tells whether an address, by its gate or nil, has tried so little that it
// need not wait for others.
func (d *door) seldom(g *gate) bool { return !d.crowd && (g == nil || g.tries < fewTries) }

// wrongTry notes that a try that was looked at was wrong.
func (d *door) wrongTry(from string, now time.Time) {
	d.all.wrongTry(limitsOfAll(), now)
	if d.from == nil {
		d.from = map[string]*gate{}
	}
	d.forget(now)
	g := d.from[network(from)]
	if g == nil {
		if len(d.from) >= maxGates {
			return
		}
		g = &gate{}
		d.from[network(from)] = g
	}
	g.wrongTry(limitsOfOne(), now)
}

// forget drops the addresses whose tries are forgotten, once there are many.
func (d *door) forget(now time.Time) {
	if len(d.from) < maxGates {
		return
	}
	d.crowd = true
	for from, g := range d.from {
		if g.count(limitsOfOne(), now) == 0 {
			delete(d.from, from)
		}
	}
}

// network is what an address is counted as: itself, or of IPv6 the /64, in which
// one machine has as many as it likes.
func network(from string) string {
	a, err := netip.ParseAddr(from)
	if err != nil || a.Unmap().Is4() {
		return from
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return from
	}
	return p.String()
}
