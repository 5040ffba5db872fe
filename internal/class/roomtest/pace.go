package roomtest

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// pace collects how long keys took, from when they were sent to when the frame
// was there.
type pace struct {
	mu    sync.Mutex
	times []taken
}

type taken struct {
	at   time.Time
	took time.Duration
}

func (p *pace) note(at time.Time, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.times = append(p.times, taken{at, took})
}

// Latency is how long keys took to be seen.
type Latency struct {
	Keys               int
	P50, P95, P99, Max time.Duration
}

// String says it in milliseconds.
func (l Latency) String() string {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return fmt.Sprintf("%d keys, p50 %.1f ms, p95 %.1f ms, p99 %.1f ms, at most %.1f ms", l.Keys, ms(l.P50), ms(l.P95), ms(l.P99), ms(l.Max))
}

// between sums up the keys of a time for which in holds.
func (p *pace) between(in func(time.Time) bool) Latency {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []time.Duration
	for _, t := range p.times {
		if in(t.at) {
			list = append(list, t.took)
		}
	}
	return latency(list)
}

// latency sums up durations. A percentile is the smallest that as many of a
// hundred do not exceed.
func latency(list []time.Duration) Latency {
	if len(list) == 0 {
		return Latency{}
	}
	slices.Sort(list)
	at := func(percent int) time.Duration { return list[(len(list)*percent+99)/100-1] }
	return Latency{len(list), at(50), at(95), at(99), list[len(list)-1]}
}
