package host

import (
	"fmt"
	"log/slog"
	"net"
	"testing"
	"time"
)

// TestPrefix is what counts as one address.
func TestPrefix(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ address, want string }{
		{"192.0.2.7:1", "192.0.2.7/32"},
		{"[::ffff:192.0.2.7]:1", "192.0.2.7/32"},
		{"[2001:db8:1:2:3:4:5:6]:1", "2001:db8:1:2::/64"},
		{"[fe80::1%eth0]:1", "fe80::/64"},
		{"nowhere", "invalid Prefix"},
	} {
		if got := prefixOf(named(tt.address)).String(); got != tt.want {
			t.Errorf("%s counts as %s, want %s", tt.address, got, tt.want)
		}
	}
}

// named is an address by its text.
type named string

func (named) Network() string  { return "tcp" }
func (n named) String() string { return string(n) }

// visitor is a connection from an address.
type visitor struct {
	net.Conn
	from named
}

func (v visitor) RemoteAddr() net.Addr { return v.from }

// come brings a connection to a crowd.
func come(t *testing.T, w *crowd, from string) *conn {
	t.Helper()
	near, far := net.Pipe()
	t.Cleanup(func() { _ = far.Close() })
	c := w.arrive(visitor{near, named(from + ":1")})
	if c != nil {
		t.Cleanup(func() { _ = c.Close() })
	}
	return c
}

// TestCrowd holds who goes where too many wait: the oldest of the address that has
// most.
func TestCrowd(t *testing.T) {
	t.Parallel()
	clock := &clock{at: time.Unix(0, 0)}
	l := Limits{Greeting: 4, GreetingEach: 3, AtDoor: 2, AtDoorEach: 1}.withDefaults()
	w := newCrowd(l, clock.now, slog.New(slog.DiscardHandler))
	come := func(from string) *conn {
		clock.add(time.Second)
		return come(t, w, from)
	}
	here := func(c *conn) bool { return c.ctx.Err() == nil }
	evil := []*conn{come("192.0.2.66"), come("192.0.2.66"), come("192.0.2.66")}
	good := come("192.0.2.1")
	if evil = append(evil, come("192.0.2.66")); here(evil[0]) || !here(evil[1]) || !here(good) {
		t.Error("a fourth of one address does not take the place of its first")
	}
	other := come("192.0.2.2")
	if here(evil[1]) || !here(evil[2]) || !here(good) || !here(other) {
		t.Error("a fifth of all does not take the place of the oldest of those that have most")
	}
	for _, c := range []*conn{good, other, evil[2]} {
		clock.add(time.Second)
		c.door()
	}
	if here(good) || !here(evil[2]) || !here(other) {
		t.Error("at the door, where each has one, the oldest has to go")
	}
	other.welcome()
	for range 5 {
		come("192.0.2.66").door()
	}
	if !here(other) {
		t.Error("who was let in had to go")
	}
}

// TestArrivals holds that an address has so many connections a second and no more,
// that others have theirs, and that addresses are forgotten.
func TestArrivals(t *testing.T) {
	t.Parallel()
	clock := &clock{at: time.Unix(0, 0)}
	l := Limits{ArrivalsEach: 1, BurstEach: 3, Greeting: 1 << 20, GreetingEach: 1 << 20}.withDefaults()
	w := newCrowd(l, clock.now, slog.New(slog.DiscardHandler))
	arrived := func(from string, times int) (n int) {
		for range times {
			if come(t, w, from) != nil {
				n++
			}
		}
		return n
	}
	if got := arrived("192.0.2.66", 10); got != 3 {
		t.Errorf("%d came at once, want 3", got)
	}
	if got := arrived("192.0.2.1", 2); got != 2 {
		t.Errorf("of another address %d came, want 2", got)
	}
	clock.add(2 * time.Second)
	if got := arrived("192.0.2.66", 10); got != 2 {
		t.Errorf("%d came after two seconds, want 2", got)
	}
	for i := range 5000 {
		clock.add(100 * time.Millisecond)
		if c := come(t, w, fmt.Sprintf("10.0.%d.%d", i/250, i%250)); c != nil {
			_ = c.Close()
		}
	}
	if n := len(w.addresses); n > 1100 {
		t.Errorf("%d addresses are remembered", n)
	}
}

// TestSeveralAddresses holds that an attacker with several addresses does not keep
// out who comes from another, and what hundreds of addresses come to.
func TestSeveralAddresses(t *testing.T) {
	t.Parallel()
	clock := &clock{at: time.Unix(0, 0)}
	l := Limits{Greeting: 1 << 20, GreetingEach: 1 << 20}.withDefaults()
	w := newCrowd(l, clock.now, slog.New(slog.DiscardHandler))
	attack := func(addresses, times int) (n int) {
		for range times {
			for i := range addresses {
				if come(t, w, fmt.Sprintf("192.0.%d.%d", i/250, i%250)) != nil {
					n++
				}
			}
		}
		return n
	}
	for second := range 60 {
		clock.add(time.Second)
		attack(8, 60)
		if from := fmt.Sprintf("198.51.100.%d", second); come(t, w, from) == nil {
			t.Fatalf("after %d s of an attack from 8 addresses nobody is let in from another", second)
		}
	}
	clock.add(time.Hour)
	attack(2000, 1)
	clock.add(10 * time.Second)
	seconds, most := 10, (1+fewInAll)*l.Arrivals
	came := 0
	for range seconds {
		clock.add(time.Second)
		came += attack(2000, 1)
	}
	if limit := seconds*most + (1+fewInAll)*l.Burst; came > limit {
		t.Errorf("%d came from 2000 addresses in %d s, want %d at most", came, seconds, limit)
	}
}

// TestAnAttackFillsNoLog holds how much of an attack is written down, and that the
// rest is counted.
func TestAnAttackFillsNoLog(t *testing.T) {
	t.Parallel()
	clock, log := &clock{at: time.Unix(0, 0)}, &kept{}
	w := newCrowd(DefaultLimits(), clock.now, slog.New(slog.NewTextHandler(log, nil)))
	for range 1000 {
		w.note("closing a connection", "from", "192.0.2.66")
	}
	if n := log.count("closing"); n != notesAtOnce {
		t.Errorf("%d lines of 1000, want %d", n, notesAtOnce)
	}
	clock.add(time.Second)
	w.note("closing a connection")
	if !log.has("unsaid=800") {
		t.Error("what is left out is not counted")
	}
	w.note("closing a connection")
	if n := log.count("unsaid"); n != 1 {
		t.Errorf("%d lines say what is left out", n)
	}
}
