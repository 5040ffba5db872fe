package fabric

import (
	"cmp"
	"net/netip"
	"slices"
	"sync"
	"time"

	"kubetutor/internal/engine/golden"
)

// table is the Forwarding of a node, to be looked up in. It never changes, but for what its services remember.
type table struct {
	fronts   map[frontKey]*front
	services map[serviceKey]*service
}

// frontKey is where a front is. The invalid address stands for every address of the node.
type frontKey struct {
	network string
	at      netip.AddrPort
}

type serviceKey struct{ network, name string }

// front is a Front and what it remembers.
type front struct {
	Front
	service         *service
	inside, outside target
}

// target is a Target with its endpoints in order, and whose turn it is.
type target struct {
	Target
	turn *golden.Sequence
}

// service is what the fronts of a Service share.
type service struct {
	name     string
	affinity time.Duration
	clients  *clients
}

// newTable makes a table. What the former one remembers goes on. The seed differs from node to node, so that they do not all begin with the same
// endpoint.
func newTable(rules Forwarding, seed string, former *table) *table {
	t := &table{fronts: map[frontKey]*front{}, services: map[serviceKey]*service{}}
	for _, s := range rules.Services {
		kept := former.service(s)
		t.services[serviceKey{s.Network, s.Name}] = kept
		for _, at := range s.Fronts {
			key := keyOf(s.Network, at.At)
			t.fronts[key] = newFront(at, kept, seed, former.front(key))
		}
	}
	return t
}

// keyOf is where a front is found.
func keyOf(network string, at netip.AddrPort) frontKey {
	if at.Addr().IsUnspecified() {
		at = netip.AddrPortFrom(netip.Addr{}, at.Port())
	}
	return frontKey{network, at}
}

// service is a service with the clients that the table knows.
func (t *table) service(s Service) *service {
	kept := &service{name: s.Name, affinity: s.Affinity, clients: &clients{}}
	if t == nil {
		return kept
	}
	if old := t.services[serviceKey{s.Network, s.Name}]; old != nil {
		kept.clients = old.clients
	}
	return kept
}

// front is what is at a key, or nil.
func (t *table) front(key frontKey) *front {
	if t == nil {
		return nil
	}
	return t.fronts[key]
}

// find is the front for what is sent to an address, or nil. Own says that the address is one of the node's.
func (t *table) find(network string, to netip.AddrPort, own bool) *front {
	if f := t.front(frontKey{network, to}); f != nil || !own {
		return f
	}
	return t.front(frontKey{network, netip.AddrPortFrom(netip.Addr{}, to.Port())})
}

func newFront(at Front, s *service, seed string, former *front) *front {
	f := &front{Front: at, service: s}
	var inside, outside *golden.Sequence
	if former != nil && former.service.name == s.name {
		inside, outside = former.inside.turn, former.outside.turn
	}
	f.inside = newTarget(at.Inside, inside, s.name+seed)
	f.outside = newTarget(at.Outside, outside, seed+s.name)
	return f
}

// newTarget sorts the endpoints, so that a turn means the same whatever order they came in.
func newTarget(t Target, kept *golden.Sequence, seed string) target {
	t.Endpoints = slices.SortedFunc(slices.Values(t.Endpoints), netip.AddrPort.Compare)
	return target{Target: t, turn: cmp.Or(kept, golden.New(seed, 0))}
}

// side is the target for those inside or outside.
func (f *front) side(inside bool) *target {
	if inside {
		return &f.inside
	}
	return &f.outside
}

// admits says whether an address is among the sources.
func (f *front) admits(from netip.Addr) bool {
	return len(f.Sources) == 0 || slices.ContainsFunc(f.Sources, func(p netip.Prefix) bool { return p.Contains(from) })
}

// choice is the question for an endpoint.
type choice struct {
	client netip.Addr
	prefer netip.AddrPort // this one, if it is among them
	dry    bool           // nobody's turn is taken, nothing is remembered
	now    time.Time
}

// choose picks an endpoint. It is false if there is none.
func (t *target) choose(s *service, c choice) (netip.AddrPort, bool) {
	if len(t.Endpoints) == 0 {
		return netip.AddrPort{}, false
	}
	if t.has(c.prefer) {
		return c.prefer, true
	}
	if s.affinity == 0 {
		return t.Endpoints[t.draw(c.dry)], true
	}
	chosen, known := s.clients.seat(c, s.affinity)
	if !known || !t.has(chosen) {
		chosen = t.Endpoints[t.draw(c.dry)]
	}
	if !c.dry {
		s.clients.sit(c, chosen, s.affinity)
	}
	return chosen, true
}

func (t *target) has(endpoint netip.AddrPort) bool {
	_, found := slices.BinarySearchFunc(t.Endpoints, endpoint, netip.AddrPort.Compare)
	return found
}

// draw is the index of the endpoint whose turn it is. A connection that is only thought of draws nothing.
func (t *target) draw(dry bool) int {
	n := uint64(len(t.Endpoints))
	if dry {
		return int(t.turn.Peek(n))
	}
	return int(t.turn.Next(n))
}

// maxClients is how many clients of one Service are remembered on one node.
const maxClients = 4096

// clients remembers which endpoint a client was given. Like xt_recent, which kube-proxy uses, it counts from the client's last connection.
type clients struct {
	mu sync.Mutex
	of map[netip.Addr]seat
}

type seat struct {
	endpoint netip.AddrPort
	last     time.Time
}

// seat is the endpoint that a client is to stay with.
func (s *clients) seat(c choice, affinity time.Duration) (netip.AddrPort, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, ok := s.of[c.client]
	return kept.endpoint, ok && c.now.Sub(kept.last) <= affinity
}

// sit remembers a client.
func (s *clients) sit(c choice, endpoint netip.AddrPort, affinity time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of == nil {
		s.of = map[netip.Addr]seat{}
	}
	if _, known := s.of[c.client]; !known && len(s.of) >= maxClients {
		s.makeRoom(c.now, affinity)
	}
	s.of[c.client] = seat{endpoint, c.now}
}

// makeRoom forgets clients whose time is over, or else any quarter of them, locked.
func (s *clients) makeRoom(now time.Time, affinity time.Duration) {
	for client, kept := range s.of {
		if now.Sub(kept.last) > affinity {
			delete(s.of, client)
		}
	}
	for client := range s.of {
		if len(s.of) <= maxClients*3/4 {
			return
		}
		delete(s.of, client)
	}
}
