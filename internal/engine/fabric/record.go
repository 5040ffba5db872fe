package fabric

import (
	"context"
	"iter"
	"net/netip"
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
// is taken. From is the address of a pod or a node; the invalid address means from outside.
func (f *Fabric) Explain(from netip.Addr, network string, to netip.AddrPort) Record {
	return Record{At: time.Now(), Network: network, From: netip.AddrPortFrom(from, 0), To: to}
}

// Records are the attempts to connect after the one with the ID since, as far as they are remembered (the last 1,000), then new ones as they are made,
// until ctx ends. Who reads too slowly misses some.
func (f *Fabric) Records(ctx context.Context, since uint64) iter.Seq[Record] {
	return func(func(Record) bool) { <-ctx.Done() }
}
