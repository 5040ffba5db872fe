package roomtest

import (
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
