package edge

import (
	"net/netip"
	"sync"

	"kubetutor/internal/engine/golden"
)

// Speech is what is spoken with a backend.
type Speech string

// What may be spoken with backends.
const (
	HTTP1 Speech = ""    // HTTP/1.1 with upgrades; with TLS also HTTP/2, if the backend offers it
	HTTP2 Speech = "h2c" // HTTP/2 from the first byte, as gRPC needs it; with TLS: no other than it
)

// Backend is a group of addresses that serve alike, such as those of a Service.
type Backend struct {
	Name      string // among those of its pool; "shop/web:80"
	Addresses []netip.AddrPort
	Weight    int // 0 or less: gets nothing
	Speech    Speech
	TLS       *ClientTLS // nil: none

	turn *Turn    // of the addresses
	owed *float64 // see Turn
}

// Next is the address whose turn it is; false if there is none.
func (b *Backend) Next() (netip.AddrPort, bool) {
	if len(b.Addresses) == 0 {
		return netip.AddrPort{}, false
	}
	return b.Addresses[b.turn.Next(uint64(len(b.Addresses)))], true
}

// Pool chooses among backends by their weights. Its methods may be called by
// many goroutines.
type Pool struct {
	backends []Backend
	turn     *Turn
	total    uint64
}

// NewPool makes a pool. Of pools of one name, the later goes on where the earlier
// was in its turns, so that shares are right over changes of the configuration
// too; turns that no pool was made for between two calls of Set are forgotten.
func (s *Server) NewPool(name string, backends ...Backend) *Pool {
	p := &Pool{backends: append([]Backend(nil), backends...), turn: s.turns.of(name)}
	for i := range p.backends {
		b := &p.backends[i]
		b.Weight = max(b.Weight, 0)
		b.turn = s.turns.of(name + "\x00" + b.Name)
		s.clients.touch(b)
		p.total += uint64(b.Weight)
	}
	p.turn.share(p.backends)
	return p
}

// Next is the backend whose turn it is, and its index; nil if none has a weight.
// It may be one without addresses: its share of requests fails.
func (p *Pool) Next() (*Backend, int) {
	if p.total == 0 {
		return nil, -1
	}
	i := p.turn.choose(p.backends, p.total)
	return &p.backends[i], i
}

// at is the index of the backend at a point below the sum of weights.
func at(backends []Backend, point uint64) int {
	for i := range backends {
		w := uint64(backends[i].Weight)
		if point < w {
			return i
		}
		point -= w
	}
	return len(backends) - 1 // not reached
}

// Turn is a golden sequence: each stretch of it is spread evenly, and yet nothing
// alternates.
//
// For a pool it also keeps the books: a backend that is a whole request behind its
// share comes first, and one that is ahead waits. So of any N choices in a row each
// backend gets its share but for two at most.
type Turn struct {
	*golden.Sequence
	used bool // since the last Set; the lock of turns guards it

	mu   sync.Mutex
	owed map[string]*float64 // requests that a backend is behind its share
}

// share opens the books of a pool's backends, and closes those of others.
func (t *Turn) share(backends []Backend) {
	t.mu.Lock()
	defer t.mu.Unlock()
	known := t.owed
	t.owed = make(map[string]*float64, len(backends))
	for i := range backends {
		b := &backends[i]
		if b.owed = known[b.Name]; b.owed == nil {
			b.owed = new(float64)
		}
		t.owed[b.Name] = b.owed
	}
}

// choose is the index of the backend whose turn it is.
func (t *Turn) choose(backends []Backend, total uint64) int {
	chosen := at(backends, t.Next(total))
	t.mu.Lock()
	defer t.mu.Unlock()
	most := chosen
	for i := range backends {
		b := &backends[i]
		*b.owed += float64(b.Weight) / float64(total)
		if b.Weight > 0 && *b.owed > *backends[most].owed {
			most = i
		}
	}
	if *backends[most].owed >= 1 || *backends[chosen].owed < 0 {
		chosen = most
	}
	*backends[chosen].owed--
	return chosen
}

// turns are the sequences of a server by name.
type turns struct {
	seed uint64
	mu   sync.Mutex
	all  map[string]*Turn
}

func (t *turns) of(name string) *Turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	turn := t.all[name]
	if turn == nil {
		turn = &Turn{Sequence: golden.New(name, t.seed)}
		t.all[name] = turn
	}
	turn.used = true
	return turn
}

// sweep forgets those that were not asked for since the last time.
func (t *turns) sweep() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for name, turn := range t.all {
		if !turn.used {
			delete(t.all, name)
		}
		turn.used = false
	}
}

// Turn is the sequence of that name, for choices that are not a pool's: one in
// ten requests mirrored, a canary's share.
func (s *Server) Turn(name string) *Turn { return s.turns.of(name) }
