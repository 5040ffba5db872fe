package network

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/lab/protocol"
)

// How traffic is remembered.
const (
	// pause ends a row of connections that are alike: the next one begins a new
	// row, on top. It is longer than what lies between two probes of a kubelet,
	// so that those stay in their places.
	pause = 30 * time.Second
	// mostRows is how many rows are remembered.
	mostRows = 5 * protocol.MaxNetworkConnections
)

// traffic is what has been seen of connections: the last ones, alike ones in one
// row, and counts of the last seconds.
type traffic struct {
	rows   map[rowKey]*protocol.NetworkConnection
	counts map[countKey]*counter
}

func newTraffic() *traffic {
	return &traffic{rows: map[rowKey]*protocol.NetworkConnection{}, counts: map[countKey]*counter{}}
}

// rowKey is what connections of a row have in common.
type rowKey struct{ network, from, to, endpoint, why string }

// see takes one record. The fabric names Pods and Services; known are the names of
// other addresses, and the objects by which a new row is explained.
func (t *traffic) see(r fabric.Record, known names) {
	c := connection(r, known)
	t.count(c, r.At)
	key := rowKey{network: c.Network, from: identity(c.From), to: c.To.Address, why: why(r)}
	if c.Endpoint != nil {
		key.endpoint = c.Endpoint.Address
	}
	if row := t.rows[key]; row != nil && r.At.Sub(row.Last) <= pause {
		c.ID, c.Began, c.Count, c.Steps, c.Advice = row.ID, row.Began, row.Count, row.Steps, row.Advice
	} else {
		c.Steps, c.Advice = narrated(known.scene, r)
	}
	c.Last = r.At
	c.Count++
	t.rows[key] = &c
	t.forget()
}

// identity tells one who connects from another. Two Pods never have one address
// at the same time, but one after the other.
func identity(p protocol.NetworkPeer) string { return p.String() + " " + p.Address }

// why is the verdict, and who had a say in it.
func why(r fabric.Record) string {
	said := []string{string(r.Verdict)}
	for _, s := range r.Steps {
		if s.Verdict != "" || s.Kind == fabric.StepEgress || s.Kind == fabric.StepIngress {
			said = append(said, s.Kind, s.Subject, s.Detail)
		}
	}
	return strings.Join(said, " ")
}

// forget drops the rows to which nothing came for the longest time.
func (t *traffic) forget() {
	if len(t.rows) <= mostRows+mostRows/5 {
		return
	}
	keys := slices.SortedFunc(maps.Keys(t.rows), func(a, b rowKey) int { return t.rows[b].Last.Compare(t.rows[a].Last) })
	for _, k := range keys[mostRows:] {
		delete(t.rows, k)
	}
}

// connections are the rows that are wanted, the one that began last on top.
func (t *traffic) connections(wanted func(protocol.NetworkConnection) bool, since, now time.Time) []protocol.NetworkConnection {
	list := []protocol.NetworkConnection{}
	for _, row := range t.rows {
		if !row.Last.Before(since) && wanted(*row) {
			c := *row
			c.Age = age(now.Sub(c.Last))
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b protocol.NetworkConnection) int {
		return cmp.Or(b.Began.Compare(a.Began), cmp.Compare(b.ID, a.ID))
	})
	return list
}

// age rounds down, so that a picture changes because of ages now and then only.
func age(d time.Duration) time.Duration {
	if d >= time.Minute {
		return d.Truncate(time.Minute)
	}
	return max(d.Truncate(10*time.Second), 0)
}

// connection puts names to a record.
func connection(r fabric.Record, known names) protocol.NetworkConnection {
	c := protocol.NetworkConnection{
		ID: r.ID, Began: r.At, Network: r.Network,
		From: known.source(r.FromName, r.From.Addr()), To: known.target("", r.To),
	}
	c.Outcome = outcome(r.Verdict)
	for _, s := range r.Steps {
		switch s.Kind {
		case fabric.StepService:
			c.To = known.service(s.Subject, r.To)
		case fabric.StepEndpoint:
			c.Endpoint = new(known.target(s.Subject, s.At))
		case fabric.StepListener:
			if c.Endpoint == nil && c.To.Kind != protocol.PeerService {
				c.To = known.target(s.Subject, s.At)
			}
		}
	}
	return c
}

// outcome is what a verdict looks like to who connects.
func outcome(v fabric.Verdict) protocol.Outcome {
	switch v {
	case fabric.Connected:
		return protocol.OutcomeConnects
	case fabric.Refused:
		return protocol.OutcomeRefused
	case fabric.Rejected:
		return protocol.OutcomeRejected
	case fabric.Unreachable:
		return protocol.OutcomeUnreachable
	}
	return protocol.OutcomeTimesOut
}
