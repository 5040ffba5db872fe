package kernel

import (
	"errors"
	"slices"
	"sync"
	"syscall"
)

// maxPID is where numbers of processes begin anew.
const maxPID = 32768

// PIDNamespace numbers processes. Its lock guards who is whose child, and how processes stand, for all of them.
type PIDNamespace struct {
	mu    sync.Mutex
	last  int
	procs map[int]*Process // zombies too
	init  *Process         // number 1
}

// NewPIDNamespace returns an empty namespace: its first process gets number 1, and when that ends, all others are killed.
func NewPIDNamespace() *PIDNamespace { return &PIDNamespace{procs: map[int]*Process{}} }

// ErrStopped says that a container's main process has ended, so that nothing more can be executed in it.
var ErrStopped = errors.New("container is not running")

// enter numbers a new process.
func (ns *PIDNamespace) enter(p *Process, newGroup bool) error {
	ns.mu.Lock()
	defer ns.mu.Unlock()
	if ns.init != nil && ns.init.dead.Load() {
		return syscall.ENOMEM // as Linux says if init is gone
	}
	if p.parent != nil && p.parent.dead.Load() {
		return syscall.EINTR
	}
	if main := p.c.main; main != nil && main.dead.Load() {
		return ErrStopped
	}
	if p.c.procs >= p.c.pidLimit() || len(ns.procs) >= maxPID-1 {
		return syscall.EAGAIN
	}
	for taken := true; taken; _, taken = ns.procs[ns.last] {
		ns.last = ns.last%maxPID + 1
	}
	p.pid = ns.last
	p.join(newGroup)
	ns.procs[p.pid] = p
	p.c.procs++
	if ns.init == nil {
		ns.init = p
	}
	if p.c.main == nil {
		p.c.main = p
	}
	return nil
}

// forget takes a process out, locked.
func (ns *PIDNamespace) forget(p *Process) {
	if ns.procs[p.pid] == p {
		delete(ns.procs, p.pid)
		p.c.procs--
	}
}

// find is a process by number.
func (ns *PIDNamespace) find(pid int) *Process {
	ns.mu.Lock()
	defer ns.mu.Unlock()
	return ns.procs[pid]
}

// those are the living processes that a condition holds for, by number.
func (ns *PIDNamespace) those(ok func(*Process) bool) []*Process {
	ns.mu.Lock()
	defer ns.mu.Unlock()
	return ns.pick(ok)
}

func (ns *PIDNamespace) pick(ok func(*Process) bool) []*Process {
	var out []*Process
	for _, p := range ns.procs {
		if !p.dead.Load() && ok(p) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b *Process) int { return a.pid - b.pid })
	return out
}

// signalGroup sends a signal to all processes of a group.
func (ns *PIDNamespace) signalGroup(pgid int, s Signal) {
	for _, p := range ns.those(func(p *Process) bool { return p.pgid == pgid }) {
		p.deliver(s)
	}
}

// adopt gives the children of a dead process to init; those that are dead already go. Locked.
func (ns *PIDNamespace) adopt(dead *Process) {
	for child := range dead.children {
		child.parent = nil
		if ns.init != nil && ns.init != dead && !ns.init.dead.Load() {
			child.parent, child.orphan = ns.init, true
			ns.init.addChild(child)
		}
		if child.dead.Load() {
			ns.bury(child)
		}
	}
	dead.children = nil
}

// bury takes a dead process out of its family and its namespace, locked.
func (ns *PIDNamespace) bury(p *Process) {
	if p.parent != nil {
		delete(p.parent.children, p)
	}
	ns.forget(p)
}

// clear forgets the zombies of a container that goes away.
func (ns *PIDNamespace) clear(c *Container) {
	ns.mu.Lock()
	defer ns.mu.Unlock()
	for _, p := range ns.procs {
		if p.c == c && p.dead.Load() {
			ns.bury(p)
		}
	}
}
