package host

import (
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// stage is how far a connection has come.
type stage int

const (
	greeting stage = iota // keys are being exchanged; no person is involved
	atDoor                // a person is asked, first by their client whether it is the right server, then who they are
	inside                // they were let in
	gone
)

// crowd is all connections. It makes room for the next one at the cost of who has
// waited longest, among those of the address that has most waiting: so whoever
// fills it is in their own way, and people who answer in time are in nobody's.
type crowd struct {
	limits Limits
	now    func() time.Time
	log    *slog.Logger

	mu        sync.Mutex
	all, few  *rate.Limiter
	addresses map[netip.Prefix]*address
	swept     time.Time // when addresses were forgotten last
	conns     map[*conn]struct{}
	notes     *rate.Limiter
	unsaid    int // notes since the last one
}

// address is what is known of where connections come from.
type address struct {
	arrivals *rate.Limiter
	few      *rate.Limiter // of those that do not count against all
	waiting  [inside]int   // connections at the stages before inside
	open     int
}

// An address has so many connections at once, and then one in so long, that do not
// count against what comes in all: a bound for all is filled by whoever has three
// addresses, and who has come seldom must not stand outside for that. They have a
// bound of their own, so many times as large as that for all, which it takes
// hundreds of addresses to fill.
const (
	fewAtOnce = 4
	fewEvery  = 5 * time.Second
	fewInAll  = 4
)

// Of what strangers do so many lines go into the log at once, and then so many a
// second: an attack must not fill the disk.
const notesAtOnce, notesPerSecond = 200, 2

func newCrowd(l Limits, now func() time.Time, log *slog.Logger) *crowd {
	return &crowd{
		limits: l, now: now, log: log,
		all:       rate.NewLimiter(rate.Limit(l.Arrivals), l.Burst),
		few:       rate.NewLimiter(rate.Limit(fewInAll*l.Arrivals), fewInAll*l.Burst),
		addresses: map[netip.Prefix]*address{},
		conns:     map[*conn]struct{}{},
		notes:     rate.NewLimiter(notesPerSecond, notesAtOnce),
	}
}

// note writes into the log what somebody does who comes and goes, unless there is too
// much of it; the next line then says how many were left out.
func (w *crowd) note(text string, args ...any) {
	w.mu.Lock()
	if !w.notes.AllowN(w.now(), 1) {
		w.unsaid++
		w.mu.Unlock()
		return
	}
	if w.unsaid > 0 {
		args = append(args, "unsaid", w.unsaid)
	}
	w.unsaid = 0
	w.mu.Unlock()
	w.log.Info(text, args...)
}

// arrive takes a connection up, or returns nil where too many come.
func (w *crowd) arrive(c net.Conn) *conn {
	w.mu.Lock()
	from := prefixOf(c.RemoteAddr())
	a := w.address(from)
	if !w.mayCome(a, w.now()) {
		w.mu.Unlock()
		return nil
	}
	in := newConn(c, w, from)
	in.arrived = w.now()
	w.conns[in] = struct{}{}
	a.open++
	a.waiting[greeting]++
	victim := w.crowded(in)
	w.mu.Unlock()
	victim.drop("others came")
	return in
}

// mayCome tells whether another connection of an address is looked at.
func (w *crowd) mayCome(a *address, now time.Time) bool {
	return a.arrivals.AllowN(now, 1) && (a.few.AllowN(now, 1) && w.few.AllowN(now, 1) || w.all.AllowN(now, 1))
}

// reach notes that a connection has come to another stage.
func (w *crowd) reach(c *conn, s stage) {
	w.mu.Lock()
	victim := w.move(c, s)
	w.mu.Unlock()
	victim.drop("others came")
}

// move changes a connection's stage, and tells who has to go for it.
func (w *crowd) move(c *conn, s stage) *conn {
	if c.stage >= s {
		return nil
	}
	a := w.addresses[c.from]
	if c.stage < inside {
		a.waiting[c.stage]--
	}
	now := w.now()
	c.stage, c.arrived = s, now
	if s == gone {
		delete(w.conns, c)
		if a.open--; w.idle(a, now) {
			delete(w.addresses, c.from)
		}
	}
	if s >= inside {
		return nil
	}
	a.waiting[s]++
	return w.crowded(c)
}

// crowded tells who has to go where a stage has too many, besides the one who has
// just come.
func (w *crowd) crowded(newest *conn) *conn {
	all, each := w.limits.Greeting, w.limits.GreetingEach
	if newest.stage == atDoor {
		all, each = w.limits.AtDoor, w.limits.AtDoorEach
	}
	if w.addresses[newest.from].waiting[newest.stage] > each {
		return w.oldest(newest, func(c *conn) bool { return c.from == newest.from })
	}
	total, most := 0, 0
	for _, a := range w.addresses {
		total += a.waiting[newest.stage]
		most = max(most, a.waiting[newest.stage])
	}
	if total <= all {
		return nil
	}
	return w.oldest(newest, func(c *conn) bool { return w.addresses[c.from].waiting[c.stage] == most })
}

// oldest is who has waited longest at the newest one's stage, of some.
func (w *crowd) oldest(newest *conn, of func(*conn) bool) *conn {
	var found *conn
	for c := range w.conns {
		if c != newest && c.stage == newest.stage && of(c) && (found == nil || c.arrived.Before(found.arrived)) {
			found = c
		}
	}
	return found
}

// address finds what is known of an address. What is not needed any more is
// forgotten from time to time.
func (w *crowd) address(from netip.Prefix) *address {
	if a := w.addresses[from]; a != nil {
		return a
	}
	const many = 1024
	if now := w.now(); len(w.addresses) >= many && now.Sub(w.swept) >= time.Second {
		w.swept = now
		for from, a := range w.addresses {
			if w.idle(a, now) {
				delete(w.addresses, from)
			}
		}
	}
	a := &address{
		arrivals: rate.NewLimiter(rate.Limit(w.limits.ArrivalsEach), w.limits.BurstEach),
		few:      rate.NewLimiter(rate.Every(fewEvery), fewAtOnce),
	}
	w.addresses[from] = a
	return a
}

// idle tells whether an address has no connections, and its limits have recovered:
// what is known of it is as of one that has never come.
func (w *crowd) idle(a *address, now time.Time) bool {
	return a.open == 0 && a.arrivals.TokensAt(now) >= float64(w.limits.BurstEach) && a.few.TokensAt(now) >= fewAtOnce
}

// prefixOf is what counts as one address: of IPv6 it is a network of 64 bits,
// since whoever has one address has as many as they like.
func prefixOf(a net.Addr) netip.Prefix {
	at, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Prefix{}
	}
	ip, bits := at.Addr().Unmap().WithZone(""), 32
	if ip.Is6() {
		bits = 64
	}
	p, err := ip.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// dismiss closes all connections that have come no further than a stage.
func (w *crowd) dismiss(last stage) {
	w.mu.Lock()
	var list []*conn
	for c := range w.conns {
		if c.stage <= last {
			list = append(list, c)
		}
	}
	w.mu.Unlock()
	for _, c := range list {
		_ = c.Close()
	}
}
