package fabric

import (
	"container/list"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// How long a flow is remembered after its last datagram, as Linux does by default (nf_conntrack_udp_timeout and …_stream).
const (
	unanswered = 30 * time.Second
	answered   = 120 * time.Second
)

// maxFlows is how many flows are remembered; beyond that the oldest are forgotten, those first that nobody has answered.
const maxFlows = 1 << 16

// maxPorts is how many ports are tried for a flow whose own is taken at the other end.
const maxPorts = 64

// flow is what connects datagrams: those from one address to another, and the answers. It remembers where the first one went, and by which source it is
// known there.
type flow struct {
	client      *space
	from, asked netip.AddrPort // as the client has them
	seen, to    netip.AddrPort // the same, as who answers has them
	passed      []*space
	verdict     Verdict

	epoch    atomic.Uint64 // of the fabric, when it was last known to be right
	answered atomic.Bool

	last time.Time     // guarded by flows.mu, like what follows
	at   *list.Element // in one of the lists of flows
}

type sentKey struct {
	client      *space
	from, asked netip.AddrPort
}

type replyKey struct{ from, to netip.AddrPort }

func (f *flow) sentKey() sentKey   { return sentKey{f.client, f.from, f.asked} }
func (f *flow) replyKey() replyKey { return replyKey{f.to, f.seen} }

// flows are all flows of a network, those that wait for an answer and those that had one in the order of their last datagram. The zero value is empty.
type flows struct {
	mu             sync.Mutex
	sent           map[sentKey]*flow
	replies        map[replyKey]*flow
	waiting, going list.List
}

// carry takes a datagram from one of the namespace's sockets to where it belongs.
func (s *space) carry(from, to netip.AddrPort, data []byte) Verdict {
	f, now := s.fabric, time.Now()
	if answer := f.flows.answer(replyKey{from, to}, now); answer != nil {
		return answer.back(s, data)
	}
	if s.owns(to.Addr()) && !s.forwards(to) {
		return verdictOf(s.receive(packet{from, data}, to))
	}
	way := s.flow(sentKey{s, from, to}, now)
	if way.verdict != Connected {
		return way.verdict
	}
	return way.forth(data)
}

// forwards says whether the namespace has a rule for datagrams to one of its addresses.
func (s *space) forwards(to netip.AddrPort) bool {
	_, mapped := s.mapped("udp", to, true)
	return mapped || s.table.Load().find("udp", to, true) != nil
}

func verdictOf(received bool) Verdict {
	if received {
		return Connected
	}
	return Refused
}

// flow is the flow of a datagram. One that is known is decided anew only when something has changed that decides, or if it had failed.
func (s *space) flow(key sentKey, now time.Time) *flow {
	f := s.fabric
	epoch := f.epoch.Load()
	known := f.flows.find(key, now)
	if known != nil && known.verdict == Connected && (known.epoch.Load() == epoch || known.holds()) {
		known.epoch.Store(epoch)
		return known
	}
	question := walk{network: "udp", sender: s, from: key.from, to: key.asked}
	if known != nil && known.confirmed() {
		question.prefer = known.to
	}
	w := f.decide(question)
	found := &flow{client: s, from: key.from, asked: key.asked, seen: w.seen(), to: w.to, passed: w.passed, verdict: w.verdict}
	found.epoch.Store(epoch)
	if known == nil || known.verdict != found.verdict || known.to != found.to {
		w.report(now)
	}
	return f.flows.put(found, now)
}

// holds says whether the flow would go to the same place now. Who has answered is not asked for his policies again.
func (f *flow) holds() bool {
	w := f.client.fabric.decide(walk{network: "udp", sender: f.client, from: f.from, to: f.asked, prefer: f.to, dry: true, settled: f.answered.Load()})
	switch w.verdict {
	case Connected, Refused, Asleep:
		return w.to == f.to && w.from.Addr() == f.seen.Addr()
	}
	return false
}

// confirmed says whether a datagram got as far as the wire: a kernel remembers where such a flow went, and sends the next one there too.
func (f *flow) confirmed() bool { return f.verdict != Dropped && f.verdict != Rejected }

// seen is the source as who is reached sees it.
func (w *walk) seen() netip.AddrPort {
	if w.masquerade != nil {
		return netip.AddrPortFrom(w.from.Addr(), w.masquerade.nextPort())
	}
	return w.from
}

// forth delivers a datagram of the client.
func (f *flow) forth(data []byte) Verdict {
	target, _ := f.client.fabric.find(f.to)
	switch {
	case target == nil:
		return Unreachable
	case f.asleep(target):
		return Asleep
	}
	return verdictOf(target.receive(packet{f.seen, data}, f.to))
}

// back delivers an answer. It comes from whom the client had asked.
func (f *flow) back(from *space, data []byte) Verdict {
	if f.asleep(from) {
		return Asleep
	}
	return verdictOf(f.client.receive(packet{f.asked, data}, f.from))
}

// asleep says whether a machine between the client and the other end is down, or one of the two.
func (f *flow) asleep(other *space) bool {
	if f.client.hangs() || f.client.host().hangs() || other.hangs() || other.host().hangs() {
		return true
	}
	for _, n := range f.passed {
		if n.hangs() {
			return true
		}
	}
	return false
}

// find is the flow of a datagram, if one is remembered.
func (t *flows) find(key sentKey, now time.Time) *flow {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.touch(t.sent[key], now)
}

// answer is the flow to which a datagram is an answer, if there is one. It counts as answered then.
func (t *flows) answer(key replyKey, now time.Time) *flow {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.touch(t.replies[key], now)
	if f != nil && !f.answered.Swap(true) {
		t.waiting.Remove(f.at)
		f.at = t.going.PushBack(f)
	}
	return f
}

// touch makes a flow the youngest of its list; nil if its time is over. Locked.
func (t *flows) touch(f *flow, now time.Time) *flow {
	if f == nil {
		return nil
	}
	if now.Sub(f.last) > f.patience() {
		t.drop(f)
		return nil
	}
	f.last = now
	t.list(f).MoveToBack(f.at)
	return f
}

func (f *flow) patience() time.Duration {
	if f.answered.Load() {
		return answered
	}
	return unanswered
}

func (t *flows) list(f *flow) *list.List {
	if f.answered.Load() {
		return &t.going
	}
	return &t.waiting
}

// put remembers a flow in place of the one that has its key, and returns it. If its source is taken at the other end, it gets another port.
func (t *flows) put(f *flow, now time.Time) *flow {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sent == nil {
		t.sent, t.replies = map[sentKey]*flow{}, map[replyKey]*flow{}
	}
	if old := t.sent[f.sentKey()]; old != nil {
		t.drop(old)
	}
	t.makeRoom(now)
	for range maxPorts {
		if t.replies[f.replyKey()] == nil {
			break
		}
		f.seen = netip.AddrPortFrom(f.seen.Addr(), f.client.nextPort())
	}
	if old := t.replies[f.replyKey()]; old != nil {
		t.drop(old)
	}
	f.last, f.at = now, t.waiting.PushBack(f)
	t.sent[f.sentKey()], t.replies[f.replyKey()] = f, f
	return f
}

// makeRoom forgets flows whose time is over, and the oldest if there is no room. Locked.
func (t *flows) makeRoom(now time.Time) {
	for _, l := range [...]*list.List{&t.waiting, &t.going} {
		for e := l.Front(); e != nil; e = l.Front() {
			f := e.Value.(*flow)
			if now.Sub(f.last) <= f.patience() && len(t.sent) < maxFlows {
				break
			}
			t.drop(f)
		}
	}
}

// drop forgets a flow, locked.
func (t *flows) drop(f *flow) {
	t.list(f).Remove(f.at)
	delete(t.sent, f.sentKey())
	delete(t.replies, f.replyKey())
}

// forget forgets the flows of a namespace that has gone.
func (t *flows) forget(client *space) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, f := range t.sent {
		if f.client == client {
			t.drop(f)
		}
	}
}
