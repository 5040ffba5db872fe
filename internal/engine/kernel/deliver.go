package kernel

import (
	"slices"
	"syscall"
)

// Notify makes the process handle signals: they come on the channel, and no longer do what they do by default. A signal that comes while the
// channel is full (16) is lost, as signals of one number are. SIGKILL and SIGSTOP cannot be handled.
func (p *Process) Notify(signals ...Signal) <-chan Signal {
	came := make(chan Signal, 16)
	p.ns.mu.Lock()
	defer p.ns.mu.Unlock()
	if p.handlers == nil {
		p.handlers = map[Signal][]chan Signal{}
	}
	for _, s := range signals {
		if s != SIGKILL && s != SIGSTOP {
			p.handlers[s] = append(p.handlers[s], came)
			delete(p.ignored, s)
		}
	}
	return came
}

// Ignore makes the process ignore signals.
func (p *Process) Ignore(signals ...Signal) {
	p.ns.mu.Lock()
	defer p.ns.mu.Unlock()
	if p.ignored == nil {
		p.ignored = map[Signal]bool{}
	}
	for _, s := range signals {
		delete(p.handlers, s)
		p.ignored[s] = s != SIGKILL && s != SIGSTOP
	}
}

// Reset gives signals their default again.
func (p *Process) Reset(signals ...Signal) {
	p.ns.mu.Lock()
	defer p.ns.mu.Unlock()
	for _, s := range signals {
		delete(p.handlers, s)
		delete(p.ignored, s)
	}
}

// Signal sends the process a signal, as the runtime does. It is ESRCH if the process has ended.
func (p *Process) Signal(s Signal) error {
	switch {
	case s != 0 && !s.valid():
		return syscall.EINVAL
	case p.dead.Load():
		return syscall.ESRCH
	case s == SIGKILL:
		p.finish(Status{Signal: SIGKILL})
	case s != 0:
		p.deliver(s)
	}
	return nil
}

// Kill sends a signal to a process by number, as kill(2) does: a negative number means the process group, 0 the own one, -1 all others. Signal 0
// only asks. EPERM: another user's process; ESRCH: there is none.
func (p *Process) Kill(pid int, s Signal) error {
	if err := p.enter(); err != nil {
		return err
	}
	if s != 0 && !s.valid() {
		return syscall.EINVAL
	}
	targets := p.targets(pid)
	if len(targets) == 0 {
		return syscall.ESRCH
	}
	var err error = syscall.EPERM
	for _, t := range targets {
		if p.mayKill(t) {
			err = nil
			t.receive(s)
		}
	}
	return err
}

// targets are whom a number means.
func (p *Process) targets(pid int) []*Process {
	switch {
	case pid > 0:
		return p.ns.those(func(q *Process) bool { return q.pid == pid })
	case pid == 0:
		group := p.PGID()
		return p.ns.those(func(q *Process) bool { return q.pgid == group })
	case pid == -1:
		return p.ns.those(func(q *Process) bool { return q != p && q != p.ns.init })
	}
	return p.ns.those(func(q *Process) bool { return q.pgid == -pid })
}

func (p *Process) mayKill(q *Process) bool {
	return p.Cred().UID == q.Cred().UID || p.Capable("KILL")
}

// receive takes a signal from a process of the same namespace: its init is safe from SIGKILL and SIGSTOP there.
func (p *Process) receive(s Signal) {
	switch {
	case s == 0 || p.ns.init == p && (s == SIGKILL || s == SIGSTOP):
	case s == SIGKILL:
		p.finish(Status{Signal: SIGKILL})
	default:
		p.deliver(s)
	}
}

// deliver does what a signal does: call the handler, or act by default.
func (p *Process) deliver(s Signal) {
	p.ns.mu.Lock()
	fatal := p.take(s)
	p.ns.mu.Unlock()
	if fatal {
		p.finish(Status{Signal: s})
	}
	if s.action() == actContinue {
		p.deliverPending()
	}
}

// take takes a signal, and says whether it ends the process. Locked.
func (p *Process) take(s Signal) (fatal bool) {
	if p.dead.Load() || p.ignored[s] && s.action() != actContinue {
		return false
	}
	if s.action() == actContinue {
		p.unhalt()
	}
	if p.halt.Load() && s != SIGKILL {
		if !slices.Contains(p.pending, s) {
			p.pending = append(p.pending, s)
		}
		return false
	}
	if handlers := p.handlers[s]; len(handlers) > 0 {
		for _, came := range handlers {
			offer(came, s)
		}
		return false
	}
	return p.byDefault(s)
}

// byDefault does what a signal does without a handler, and says whether that ends the process. Init does only what cannot be ignored. Locked.
func (p *Process) byDefault(s Signal) (fatal bool) {
	if p.ns.init == p && s != SIGKILL && s != SIGSTOP {
		return false
	}
	if s.action() == actStop {
		p.stop(s)
	}
	return s.action() == actTerminate
}

// offer puts a signal on a channel that has room for it.
func offer(came chan Signal, s Signal) {
	select {
	case came <- s:
	default:
	}
}

// deliverPending delivers what came while the process was stopped.
func (p *Process) deliverPending() {
	p.ns.mu.Lock()
	pending := p.pending
	if p.halt.Load() {
		pending = nil
	} else {
		p.pending = nil
	}
	p.ns.mu.Unlock()
	for _, s := range pending {
		p.deliver(s)
	}
}

// stop halts the process at its next call into the kernel, locked.
func (p *Process) stop(s Signal) {
	if p.halt.Load() {
		return
	}
	p.resumed = make(chan struct{})
	p.status.Signal = s
	p.halt.Store(true)
	p.tell()
	if p.parent != nil {
		for _, came := range p.parent.handlers[SIGCHLD] {
			offer(came, SIGCHLD)
		}
	}
}

// unhalt lets a stopped process go on, locked.
func (p *Process) unhalt() {
	if p.halt.Swap(false) {
		close(p.resumed)
		if !p.dead.Load() {
			p.status.Signal = 0
		}
	}
}

// tell wakes those who wait for a change, locked.
func (p *Process) tell() {
	if p.news != nil {
		close(p.news)
		p.news = nil
	}
}

// waitResumed waits while the process is stopped.
func (p *Process) waitResumed() {
	p.ns.mu.Lock()
	resumed := p.resumed
	p.ns.mu.Unlock()
	if resumed != nil {
		<-resumed
	}
}
