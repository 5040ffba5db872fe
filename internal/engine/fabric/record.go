package fabric

import (
	"cmp"
	"context"
	"iter"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Record is what became of one attempt to connect, or of the first datagram of a flow.
type Record struct {
	ID       uint64         `json:"id"` // they grow; 0 in an explanation
	At       time.Time      `json:"at"`
	Network  string         `json:"network"`            // "tcp" or "udp"
	From     netip.AddrPort `json:"from"`               // as the sender has it
	To       netip.AddrPort `json:"to"`                 // as it was dialled
	FromName string         `json:"fromName,omitempty"` // "namespace/pod", or a node's name; empty: from outside
	Steps    []Step         `json:"steps,omitempty"`
	Verdict  Verdict        `json:"verdict"`
	Took     time.Duration  `json:"took"` // nanoseconds until the verdict was known
}

// Step is one decision on the way, in the order in which they are taken.
type Step struct {
	Kind    string         `json:"kind"`
	Subject string         `json:"subject,omitempty"` // what decided: "shop/web:http", "shop/allow-web rule 1"
	Verdict Verdict        `json:"verdict,omitempty"` // empty: it went on
	Detail  string         `json:"detail,omitempty"`
	At      netip.AddrPort `json:"at,omitzero"`
}

// The kinds of steps.
const (
	StepService    = "service"    // a Service's rule: its name; Detail is the kind of Front, At its address
	StepEndpoint   = "endpoint"   // the endpoint that was chosen: At; Subject its pod or node, if the fabric knows one
	StepMasquerade = "masquerade" // Subject is the node in whose name it goes on, At the address
	StepNode       = "node"       // a node on the way: Subject; Asleep if it is down
	StepEgress     = "egress"     // the sender's policies
	StepIngress    = "ingress"    // the receiver's policies
	StepRoute      = "route"      // it leads out of the network, At; Dropped or Unreachable if nobody has the address
	StepListener   = "listener"   // who listens at At: Subject the pod or node; Refused if nobody does
)

// Details of the steps StepEgress and StepIngress. Where a rule let it through, Subject is its policy, " rule " and its number from 1, and Detail is
// DetailRule; where none did, the verdict is Dropped and Subject lists the policies that isolate the pod, with ", " between them.
const (
	DetailRule = "allowed by a rule"
	DetailNone = "no rule allows it"
	DetailOpen = "not isolated" // no policy selects the pod for that direction
	DetailNode = "own node"     // a pod and its own node always reach each other
	DetailSelf = "itself"       // a pod always reaches itself
)

// Explain says what would become of an attempt to connect now, by the very decision that attempts are subject to; nothing is opened, and nobody's turn
// is taken. From is the address of a pod or a node; the invalid address, or one that nobody has, is outside of the cluster. What is outside of the
// network (a route) is not asked.
func (f *Fabric) Explain(from netip.Addr, network string, to netip.AddrPort) Record {
	began := time.Now()
	to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	return f.decide(walk{network: network, sender: f.at(from.Unmap()), to: to, dry: true}).record(began)
}

// at is who has an address, or a stranger.
func (f *Fabric) at(ip netip.Addr) *space {
	if !ip.IsValid() {
		return f.world
	}
	if s, _ := f.find(netip.AddrPortFrom(ip, 0)); s != nil {
		return s
	}
	return f.stranger(ip)
}

// Records are the attempts to connect after the one with the ID since, as far as they are remembered (at least the last 1,000), then new ones as they
// are made, until ctx ends. Who reads too slowly misses some; of connections that are made in great numbers everybody does, but never of those that
// failed. What stays in one namespace is not recorded.
func (f *Fabric) Records(ctx context.Context, since uint64) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		batch, last, changed := f.journal.after(since)
		for {
			for _, r := range batch {
				if !yield(r) {
					return
				}
			}
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
			if after(ctx, gather, nil) != nil {
				return
			}
			batch, last, changed = f.journal.after(last)
			batch = thin(batch)
		}
	}
}

// Records are gathered for a reader, so that a thousand a second do not wake him a thousand times, and then there are as many as a reader can use who is
// not to take a core for himself.
const (
	gather = 20 * time.Millisecond
	crowd  = 50 // connections that were made, in one batch
)

// thin leaves out connections that were made, so that about as many as a crowd are left: every second one, or every third and so on. What failed stays.
func thin(batch []Record) []Record {
	made := 0
	for _, r := range batch {
		if r.Verdict == Connected {
			made++
		}
	}
	every, n := (made-1)/crowd+1, 0
	return slices.DeleteFunc(batch, func(r Record) bool {
		if r.Verdict != Connected {
			return false
		}
		n++
		return n%every != 0
	})
}

// record is what became of a walk.
func (w *walk) record(began time.Time) Record {
	return Record{At: began, Network: w.network, From: w.source, To: w.asked, FromName: w.sender.name, Steps: w.steps, Verdict: w.verdict, Took: time.Since(began)}
}

// report records what became of a walk.
func (w *walk) report(began time.Time) {
	if !w.local {
		w.f.journal.add(w.record(began))
	}
}

// remembered is how many records of a kind are kept.
const remembered = 1000

// journal keeps the last records. Connections that were made and others are kept apart, so that a busy Service does not push out what failed.
type journal struct {
	mu           sync.Mutex
	last         uint64
	made, failed ring
	changed      chan struct{}
}

// ring are records in the order of their IDs, the oldest at next once it is full.
type ring struct {
	records []Record
	next    int
}

func (r *ring) add(record Record) {
	if len(r.records) < remembered {
		r.records = append(r.records, record)
		return
	}
	r.records[r.next] = record
	r.next = (r.next + 1) % remembered
}

// after appends the records with greater IDs.
func (r *ring) after(since uint64, to []Record) []Record {
	for _, part := range [][]Record{r.records[r.next:], r.records[:r.next]} {
		i, _ := slices.BinarySearchFunc(part, since+1, func(r Record, id uint64) int { return cmp.Compare(r.ID, id) })
		to = append(to, part[i:]...)
	}
	return to
}

func (j *journal) add(r Record) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last++
	r.ID = j.last
	if r.Verdict == Connected {
		j.made.add(r)
	} else {
		j.failed.add(r)
	}
	if j.changed != nil {
		close(j.changed)
		j.changed = nil
	}
}

// after are the records after one, the last ID that there is, and what is closed when there are more. One that is yet to come is of another journal,
// of an earlier process: after it comes everything.
func (j *journal) after(since uint64) (batch []Record, last uint64, changed <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if since > j.last {
		since = 0
	}
	batch = j.failed.after(since, j.made.after(since, nil))
	slices.SortFunc(batch, func(a, b Record) int { return cmp.Compare(a.ID, b.ID) })
	if j.changed == nil {
		j.changed = make(chan struct{})
	}
	return batch, j.last, j.changed
}
