package network

import (
	"maps"
	"net/netip"
	"time"

	"kubetutor/internal/lab/protocol"
)

// countKey says what is counted: a Service, an endpoint of one, or a Pod in one
// direction.
type countKey struct {
	service  protocol.NetworkName
	endpoint string // an address
	pod      protocol.NetworkName
	out      bool // of the Pod
}

// counter counts connections by the seconds of protocol.NetworkRecent.
type counter struct {
	seconds [int(protocol.NetworkRecent / time.Second)]second
}

// second is what was counted in one; at is its Unix time.
type second struct {
	at int64
	protocol.Traffic
	refused int // by an endpoint
}

func (c *counter) add(at time.Time, o protocol.Outcome) {
	s := &c.seconds[at.Unix()%int64(len(c.seconds))]
	if s.at != at.Unix() {
		*s = second{at: at.Unix()}
	}
	switch o {
	case protocol.OutcomeConnects:
		s.Connected++
	case protocol.OutcomeRefused:
		s.refused++
		fallthrough
	default:
		s.Failed++
	}
}

// sum adds up what is not too old.
func (c *counter) sum(now time.Time) (t protocol.Traffic, refused int) {
	for _, s := range c.seconds {
		if now.Unix()-s.at < int64(len(c.seconds)) {
			t.Connected += s.Connected
			t.Failed += s.Failed
			refused += s.refused
		}
	}
	return t, refused
}

// count counts a connection for all that take part in it.
func (t *traffic) count(c protocol.NetworkConnection, at time.Time) {
	keys := []countKey{}
	if c.From.Kind == protocol.PeerPod {
		keys = append(keys, countKey{pod: c.From.NetworkName, out: true})
	}
	target := c.To
	if c.To.Kind == protocol.PeerService {
		keys = append(keys, countKey{service: c.To.NetworkName})
	}
	if c.Endpoint != nil {
		target = *c.Endpoint
		keys = append(keys, countKey{service: c.To.NetworkName, endpoint: host(target.Address)})
	}
	if target.Kind == protocol.PeerPod {
		keys = append(keys, countKey{pod: target.NetworkName})
	}
	for _, k := range keys {
		if t.counts[k] == nil {
			t.counts[k] = &counter{}
		}
		t.counts[k].add(at, c.Outcome)
	}
}

// host is an address without its port.
func host(address string) string {
	if at, err := netip.ParseAddrPort(address); err == nil {
		return at.Addr().String()
	}
	return address
}

func (t *traffic) of(k countKey, now time.Time) (sum protocol.Traffic, refused int) {
	if c := t.counts[k]; c != nil {
		return c.sum(now)
	}
	return sum, 0
}

func (t *traffic) ofService(n protocol.NetworkName, now time.Time) protocol.Traffic {
	sum, _ := t.of(countKey{service: n}, now)
	return sum
}

func (t *traffic) ofEndpoint(service protocol.NetworkName, address string, now time.Time) protocol.Traffic {
	sum, _ := t.of(countKey{service: service, endpoint: address}, now)
	return sum
}

func (t *traffic) ofPod(n protocol.NetworkName, now time.Time) (in, out protocol.Traffic) {
	in, _ = t.of(countKey{pod: n}, now)
	out, _ = t.of(countKey{pod: n, out: true}, now)
	return in, out
}

// refusedLately tells that endpoints of a Service refused connections, and none
// took one.
func (t *traffic) refusedLately(service protocol.NetworkName, now time.Time) bool {
	sum, refused := t.of(countKey{service: service}, now)
	return refused > 0 && sum.Connected == 0
}

// settle drops the counters that have nothing to tell any more.
func (t *traffic) settle(now time.Time) {
	maps.DeleteFunc(t.counts, func(_ countKey, c *counter) bool {
		sum, _ := c.sum(now)
		return sum == protocol.Traffic{}
	})
}
