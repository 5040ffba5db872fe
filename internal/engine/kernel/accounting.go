package kernel

import (
	"context"
	"sync"
	"syscall"
	"time"
)

// Accounting is what the containers of a node share: its memory, its CPU and its disk, and what is kept beside the node's files.
//
// CPU time is a fluid: each process that works wants a number of cores, a container gets what its limit allows of the sum, the node what it has,
// and the share is the same for all. So nothing runs on a tick, and what has been used is known exactly at any moment. CFS would hand out the same in
// periods of 100 ms.
type Accounting struct {
	kept *sources
	disk *disk
	dev  *Tree // what /dev begins with
	shm  *Tree
	born time.Time

	mu     sync.Mutex
	memory int64 // bytes; 0: no limit
	cpu    int64 // millicores; 0: no limit
	used   int64 // bytes of memory
	gone   Usage // of containers that are closed: CPU and Throttled
	last   time.Time
	all    map[*Container]struct{}
	busy   map[*Container]struct{} // those with loads
	moved  chan struct{}           // closed when shares change; nil if nobody waits
}

// meter is what a container uses, guarded by its accounting.
type meter struct {
	cpuLimit  float64 // cores; 0: none
	memory    int64
	cpu       time.Duration
	throttled time.Duration
	limited   time.Duration // how long it wanted CPU while it had a limit
	held      time.Duration // and wanted more than that
	loads     map[*load]struct{}
	grant     float64 // cores that all its loads get together
	demand    float64 // cores that they want
}

// load is a process that works.
type load struct {
	p     *Process
	cores float64
	want  time.Duration // CPU time after which it ends; 0: it ends when it is removed
	got   time.Duration
}

// NewAccounting returns the accounting of a node with so many bytes of memory; 0: no limit. When its containers use more, the OOM killer takes
// the one that uses most, as Limits.OOMScoreAdj shifts it.
func NewAccounting(memory int64) *Accounting {
	return &Accounting{
		kept: newSources(), disk: newDisk(nodeDisk), dev: devTree(), shm: shmTree(), born: time.Now(), memory: memory, last: time.Now(),
		all: map[*Container]struct{}{}, busy: map[*Container]struct{}{},
	}
}

// SetCPU is how much CPU the node has, in millicores: its containers share it. 0: no limit.
func (a *Accounting) SetCPU(millicores int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.advance()
	a.cpu = millicores
	a.share()
}

// SetMemory changes the node's memory in bytes; 0: no limit.
func (a *Accounting) SetMemory(bytes int64) {
	a.mu.Lock()
	a.memory = bytes
	victim := a.victim(nil)
	a.mu.Unlock()
	victim.oom()
}

// Usage is the sum over the containers. CPU and Throttled count those that are gone too.
func (a *Accounting) Usage() Usage {
	a.mu.Lock()
	a.advance()
	u := a.gone
	u.Memory = a.used
	containers := make([]*Container, 0, len(a.all))
	for c := range a.all {
		u.CPU += c.meter.cpu
		u.Throttled += c.meter.throttled
		containers = append(containers, c)
	}
	a.mu.Unlock()
	for _, c := range containers {
		disk, inodes := c.root.usage()
		u.Disk += disk
		u.Inodes += inodes
		u.PIDs += c.count()
	}
	return u
}

// join enters a container.
func (a *Accounting) join(c *Container) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all[c] = struct{}{}
}

// leave takes a container out; what it used stays in the sums.
func (a *Accounting) leave(c *Container) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, ok := a.all[c]; !ok {
		return
	}
	a.advance()
	a.gone.CPU += c.meter.cpu
	a.gone.Throttled += c.meter.throttled
	a.used -= c.meter.memory
	c.meter.memory = 0
	delete(a.all, c)
	delete(a.busy, c)
	a.share()
}

// advance credits the loads with the time since the last change, locked.
func (a *Accounting) advance() {
	now := time.Now()
	passed := now.Sub(a.last)
	a.last = now
	for c := range a.busy {
		m := &c.meter
		if m.demand == 0 {
			continue
		}
		if m.cpuLimit > 0 {
			m.limited += passed
		}
		if m.cpuLimit > 0 && m.demand > m.cpuLimit {
			m.held += passed
			m.throttled += scale(passed, m.demand-m.cpuLimit)
		}
		for l := range m.loads {
			d := scale(passed, m.grant*l.cores/m.demand)
			if l.want > 0 {
				d = min(d, l.want-l.got) // whoever waits for it may wake up late
			}
			l.got += d
			l.p.cpu += d
			m.cpu += d
		}
	}
}

func scale(d time.Duration, by float64) time.Duration { return time.Duration(float64(d) * by) }

// share computes what each container gets, and wakes those who wait for their share, locked.
func (a *Accounting) share() {
	total := 0.0
	for c := range a.busy {
		m := &c.meter
		m.demand = 0
		for l := range m.loads {
			m.demand += l.cores
		}
		m.grant = m.demand
		if m.cpuLimit > 0 {
			m.grant = min(m.demand, m.cpuLimit)
		}
		total += m.grant
	}
	if have := float64(a.cpu) / 1000; have > 0 && total > have {
		for c := range a.busy {
			c.meter.grant *= have / total
		}
	}
	if a.moved != nil {
		close(a.moved)
		a.moved = nil
	}
}

// add begins a load.
func (a *Accounting) add(l *load) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.advance()
	c := l.p.c
	if c.meter.loads == nil {
		c.meter.loads = map[*load]struct{}{}
	}
	c.meter.loads[l] = struct{}{}
	a.busy[c] = struct{}{}
	a.share()
}

// remove ends a load.
func (a *Accounting) remove(l *load) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.advance()
	c := l.p.c
	delete(c.meter.loads, l)
	if len(c.meter.loads) == 0 {
		delete(a.busy, c)
	}
	a.share()
}

// await lets a load run until it has got what it wants.
func (a *Accounting) await(ctx context.Context, l *load) error {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		left, moved := a.left(l)
		if left <= 0 {
			return nil
		}
		timer.Reset(left)
		select {
		case <-timer.C:
		case <-moved:
		case <-ctx.Done():
			return syscall.EINTR
		case <-l.p.ctx.Done():
			return syscall.EINTR
		}
	}
}

// left is how long a load has to run until it has what it wants, if nothing changes; moved is closed when something does.
func (a *Accounting) left(l *load) (time.Duration, <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.advance()
	if a.moved == nil {
		a.moved = make(chan struct{})
	}
	m := &l.p.c.meter
	rate := m.grant * l.cores / max(m.demand, 1e-9)
	missing := l.want - l.got
	if missing < 10*time.Microsecond {
		return 0, a.moved
	}
	return min(time.Minute, scale(missing, 1/max(rate, 1e-6))), a.moved
}

// grow charges memory to a container, and to one of its processes if it is known. The victim is a container that must be killed for it.
func (a *Accounting) grow(c *Container, p *Process, bytes int64) (victim *Container) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, ok := a.all[c]; !ok || p != nil && p.dead.Load() {
		return nil
	}
	if p != nil {
		bytes = max(bytes, -p.memory)
		p.memory += bytes
	}
	c.meter.memory += bytes
	a.used += bytes
	if bytes <= 0 {
		return nil
	}
	return a.victim(c)
}

// victim is whom the OOM killer takes: the container that grew, if it is beyond its limit, or the worst of the node, if that is, locked.
func (a *Accounting) victim(grown *Container) *Container {
	if grown != nil && grown.limits.Memory > 0 && grown.meter.memory > grown.limits.Memory {
		return grown
	}
	if a.memory == 0 || a.used <= a.memory {
		return nil
	}
	var worst *Container
	for c := range a.all {
		if c.limits.OOMScoreAdj > -1000 && (worst == nil || c.badness(a.memory) > worst.badness(a.memory)) {
			worst = c
		}
	}
	return worst
}

// badness is how much a container deserves the OOM killer: its share of the memory in thousandths, and its adjustment; oom_badness of Linux.
func (c *Container) badness(memory int64) int64 {
	if c.meter.memory == 0 {
		return -1000
	}
	return c.meter.memory*1000/memory + int64(c.limits.OOMScoreAdj)
}
