package kernel

import (
	"context"
	"fmt"
	"syscall"
	"time"
)

// withDefaults fills in what is zero.
func (l Limits) withDefaults() Limits {
	if l.Disk <= 0 {
		l.Disk = DefaultDisk
	}
	if l.PIDs <= 0 {
		l.PIDs = DefaultPIDs
	}
	if l.CPUWeight <= 0 {
		l.CPUWeight = DefaultCPUWeight
	}
	return l
}

// Limits are the limits as they are now.
func (c *Container) Limits() Limits {
	c.account.mu.Lock()
	defer c.account.mu.Unlock()
	return c.limits
}

// pidLimit is how many processes the container may have.
func (c *Container) pidLimit() int { return c.Limits().PIDs }

// Update changes the limits of the running container. A memory limit below what it uses ends it, if nothing can be given back.
func (c *Container) Update(limits Limits) {
	a := c.account
	a.mu.Lock()
	a.advance()
	c.limits = limits.withDefaults()
	c.meter.cpuLimit = float64(c.limits.CPU) / 1000
	a.share()
	victim := a.victim(c)
	disk := c.limits.Disk
	a.mu.Unlock()
	c.root.setLimit(disk)
	victim.oom()
}

// Usage is what the container uses now.
func (c *Container) Usage() Usage {
	var u Usage
	u.Disk, u.Inodes = c.root.usage()
	u.PIDs = c.count()
	a := c.account
	a.mu.Lock()
	defer a.mu.Unlock()
	a.advance()
	u.CPU, u.Throttled, u.Memory = c.meter.cpu, c.meter.throttled, c.meter.memory
	u.Periods, u.ThrottledPeriods = int64(c.meter.limited/cpuPeriod), int64(c.meter.held/cpuPeriod)
	return u
}

// count is the number of processes.
func (c *Container) count() int {
	c.ns.mu.Lock()
	defer c.ns.mu.Unlock()
	return c.procs
}

// Usage is what the process uses now: CPU and memory.
func (p *Process) Usage() Usage {
	a := p.c.account
	a.mu.Lock()
	defer a.mu.Unlock()
	a.advance()
	return Usage{CPU: p.cpu, Memory: p.memory, PIDs: 1}
}

// Grow says that the process holds so many bytes of memory more; a negative number: less. Beyond the container's limit, or the node's, the OOM
// killer acts: the error is ENOMEM if it took this process, whose context has then ended.
func (p *Process) Grow(bytes int64) error {
	if err := p.enter(); err != nil {
		return err
	}
	p.c.account.grow(p.c, p, bytes).oom()
	if p.dead.Load() {
		return fmt.Errorf("allocating %d bytes: %w", bytes, syscall.ENOMEM)
	}
	return nil
}

// chargeMemory counts what a file system in memory takes.
func (c *Container) chargeMemory(delta int64) error {
	if c.account.grow(c, nil, delta) == c {
		go c.oom() // the file system is locked here
		return syscall.ENOMEM
	}
	return nil
}

// payAt is how much CPU time a process may owe before it waits for it.
const payAt = time.Millisecond

// spend charges a little CPU time. It is paid, by waiting, when enough has come together.
func (p *Process) spend(d time.Duration) {
	if p.debt.Add(int64(d)) >= int64(payAt) {
		_ = p.pay(p.ctx)
	}
}

// pay waits as long as the CPU time that the process owes takes.
func (p *Process) pay(ctx context.Context) error {
	owed := time.Duration(p.debt.Swap(0))
	if owed <= 0 {
		return nil
	}
	l := &load{p: p, cores: 1, want: owed}
	return p.work(l, func() error { return p.c.account.await(ctx, l) })
}

// work declares a load while f runs.
func (p *Process) work(l *load, f func() error) error {
	if p.dead.Load() {
		return syscall.EINTR
	}
	p.busy.Add(1)
	defer p.busy.Add(-1)
	p.c.account.add(l)
	defer p.c.account.remove(l)
	return f()
}

// Use spends CPU time on one core: it charges d and waits until the process has got it, which takes longer than d if the container's limit or the
// node's cores do not suffice. Less than a millisecond is put on account. The error is EINTR if the process or ctx ended.
func (p *Process) Use(ctx context.Context, d time.Duration) error {
	if err := p.enter(); err != nil {
		return err
	}
	if p.debt.Add(int64(d)) < int64(payAt) {
		return nil
	}
	return p.pay(ctx)
}

// Burn declares that the process keeps so many cores busy for a time, without spending real CPU time. It returns after that time, however much of
// it the container got.
func (p *Process) Burn(ctx context.Context, cores float64, d time.Duration) error {
	if err := p.enter(); err != nil {
		return err
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	return p.work(&load{p: p, cores: cores}, func() error {
		select {
		case <-timer.C:
			return nil
		case <-ctx.Done():
		case <-p.ctx.Done():
		}
		return syscall.EINTR
	})
}

// settle gives back the memory of a process that has ended, and books the CPU time that it owes.
func (a *Accounting) settle(p *Process) {
	a.mu.Lock()
	defer a.mu.Unlock()
	owed := time.Duration(p.debt.Swap(0))
	p.cpu += owed
	p.c.meter.cpu += owed
	if _, ok := a.all[p.c]; ok {
		p.c.meter.memory -= p.memory
		a.used -= p.memory
	}
	p.memory = 0
}
