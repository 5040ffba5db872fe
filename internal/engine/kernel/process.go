package kernel

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/netip"
	"path"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/engine/resolver"
)

// Process is a running program, and what it sees of the kernel. Its methods may be called from any goroutine, of the program or of others.
type Process struct {
	c       *Container
	ns      *PIDNamespace
	pid     int
	tty     *TTY
	started time.Time
	ctx     context.Context
	cancel  context.CancelCauseFunc
	done    chan struct{} // closed when the status is known

	dir  atomic.Pointer[string]
	bits atomic.Uint32 // umask
	dead atomic.Bool
	halt atomic.Bool  // stopped
	debt atomic.Int64 // nanoseconds of CPU time that are not paid yet
	busy atomic.Int32 // loads that it declares now

	netMu  sync.Mutex
	net    *fabric.Namespace // nil until it is asked for
	netEnd func()            // closes what was opened through it

	// What Exec changes.
	program sync.RWMutex
	args    []string
	env     []string
	path    string
	name    string
	cred    Cred
	fds     [3]stream

	// Guarded by the namespace's lock.
	pgid     int
	parent   *Process
	children map[*Process]struct{}
	orphan   bool
	status   Status
	handlers map[Signal][]chan Signal
	ignored  map[Signal]bool
	pending  []Signal      // signals that came while it was stopped
	resumed  chan struct{} // closed when it goes on
	news     chan struct{} // closed when it stops or ends; nil if nobody waits

	// Guarded by the accounting's lock.
	memory int64
	cpu    time.Duration
}

// baseMemory is what every process takes: its stack, page tables and libraries, in bytes.
const baseMemory = 384 << 10

// callCost is the CPU time of a call into the kernel.
const callCost = time.Microsecond

// PID is the process's number in its namespace.
func (p *Process) PID() int { return p.pid }

// PPID is the parent's number; 0 if the runtime started the process.
func (p *Process) PPID() int {
	p.ns.mu.Lock()
	defer p.ns.mu.Unlock()
	return p.ppid()
}

func (p *Process) ppid() int {
	if p.parent == nil {
		return 0
	}
	return p.parent.pid
}

// PGID is the number of the process group.
func (p *Process) PGID() int {
	p.ns.mu.Lock()
	defer p.ns.mu.Unlock()
	return p.pgid
}

// Args are the arguments, the name included.
func (p *Process) Args() []string {
	p.program.RLock()
	defer p.program.RUnlock()
	return slices.Clone(p.args)
}

// Path is the file that was executed.
func (p *Process) Path() string {
	p.program.RLock()
	defer p.program.RUnlock()
	return p.path
}

// Env is the environment as it was at the start.
func (p *Process) Env() []string { return slices.Clone(p.environment()) }

// environment is the environment itself, which nobody changes.
func (p *Process) environment() []string {
	p.program.RLock()
	defer p.program.RUnlock()
	return p.env
}

// descriptors are the three standard streams.
func (p *Process) descriptors() [3]stream {
	p.program.RLock()
	defer p.program.RUnlock()
	return p.fds
}

// Getenv is a variable of the environment, or empty.
func (p *Process) Getenv(name string) string {
	value, _ := getenv(p.environment(), name)
	return value
}

// Dir is the working directory.
func (p *Process) Dir() string { return *p.dir.Load() }

// SetDir changes the working directory, as chdir(2) does.
func (p *Process) SetDir(dir string) error {
	f := p.FS()
	at, err := f.find(dir, true)
	return p.goTo(f, dir, at, err)
}

// goTo makes the place that dir was found to be the working directory, if it is one that f may enter.
func (p *Process) goTo(f *FS, dir string, at place, err error) error {
	if err == nil && !at.attr.mode.IsDir() {
		err = syscall.ENOTDIR
	}
	if err == nil {
		err = f.allowed(&at.attr, ExecOK)
	}
	if err != nil {
		return pathError("chdir", dir, err)
	}
	p.dir.Store(&at.path)
	return nil
}

// Cred is who the process is.
func (p *Process) Cred() Cred {
	p.program.RLock()
	defer p.program.RUnlock()
	return p.cred
}

// Hostname is the container's name.
func (p *Process) Hostname() string { return p.c.hostname }

// TTY is the controlling terminal, or nil.
func (p *Process) TTY() *TTY { return p.tty }

// Stdin is descriptor 0. It is a *Stream.
func (p *Process) Stdin() io.Reader { return &Stream{p, p.descriptors()[0]} }

// Stdout is descriptor 1. It is a *Stream.
func (p *Process) Stdout() io.Writer { return &Stream{p, p.descriptors()[1]} }

// Stderr is descriptor 2. It is a *Stream.
func (p *Process) Stderr() io.Writer { return &Stream{p, p.descriptors()[2]} }

// Container is the process's container.
func (p *Process) Container() *Container { return p.c }

// Context ends when the process does.
func (p *Process) Context() context.Context { return p.ctx }

// Started is when the process was started.
func (p *Process) Started() time.Time { return p.started }

// FS is the file system with the process's rights and working directory.
func (p *Process) FS() *FS { return &FS{c: p.c, p: p, cred: p.Cred()} }

// Net is the network, or nil. What is opened through it is closed when the process ends. Names are looked up as Lookup does.
func (p *Process) Net() *fabric.Namespace {
	if p.c.net == nil {
		return nil
	}
	p.netMu.Lock()
	defer p.netMu.Unlock()
	if p.net == nil {
		p.net, p.netEnd = p.c.net.Session(p.Lookup)
	}
	if p.dead.Load() {
		p.netEnd()
	}
	return p.net
}

// hangUp closes what the process opened in the network.
func (p *Process) hangUp() {
	p.netMu.Lock()
	defer p.netMu.Unlock()
	if p.netEnd != nil {
		p.netEnd()
	}
}

// Umask is the mode bits that new files do not get.
func (p *Process) Umask() fs.FileMode { return p.mask() }

func (p *Process) mask() fs.FileMode { return fs.FileMode(p.bits.Load()) }

// SetUmask changes the mask and returns the old one.
func (p *Process) SetUmask(mask fs.FileMode) fs.FileMode {
	return fs.FileMode(p.bits.Swap(uint32(mask.Perm())))
}

// LookPath finds the file that a name executes, as Start would.
func (p *Process) LookPath(name string) (string, error) {
	return p.FS().lookPath(name, p.environment())
}

// Start starts a child. The error is an *ExecError if there is nothing to execute, EAGAIN if there are too many processes.
func (p *Process) Start(spec Spec) (*Process, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	return p.c.start(spec, p)
}

// enter begins a call into the kernel.
func (p *Process) enter() error {
	if p.halt.Load() {
		p.waitResumed()
	}
	if p.dead.Load() {
		return syscall.EINTR
	}
	p.spend(callCost)
	return nil
}

// Lookup finds the addresses of a host as getaddrinfo(3) does: in the container's /etc/hosts, then by the servers of its /etc/resolv.conf. Errors are
// those of package resolver.
func (p *Process) Lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	found, err := p.Resolver().Lookup(ctx, host)
	return found.Addrs, err
}

// muslFile is what images have whose C library is musl.
const muslFile = "/etc/alpine-release"

// Resolver is the resolver of the C library, over the container's files and network.
func (p *Process) Resolver() resolver.Resolver {
	files := p.c.FS()
	r := resolver.Resolver{ReadFile: files.ReadFile}
	if n := p.Net(); n != nil {
		r.Dial = n.Dial
	}
	_, err := files.Stat(muslFile)
	r.Musl = err == nil
	return r
}

// Wait waits for the process to end, and takes its number out of the table. It may be called by anybody and again.
func (p *Process) Wait(ctx context.Context) (Status, error) {
	select {
	case <-p.done:
	default:
		select {
		case <-p.done:
		case <-ctx.Done():
			return Status{}, ctx.Err()
		}
	}
	return p.reap(), nil
}

// WaitStopped waits until the process is stopped or has ended.
func (p *Process) WaitStopped(ctx context.Context) (Status, error) {
	for {
		p.ns.mu.Lock()
		switch {
		case p.dead.Load():
			p.ns.mu.Unlock()
			return p.reap(), nil
		case p.halt.Load():
			defer p.ns.mu.Unlock()
			return Status{Signal: p.status.Signal, Stopped: true}, nil
		}
		if p.news == nil {
			p.news = make(chan struct{})
		}
		news := p.news
		p.ns.mu.Unlock()
		select {
		case <-news:
		case <-ctx.Done():
			return Status{}, ctx.Err()
		}
	}
}

// reap removes a dead process from the table.
func (p *Process) reap() Status {
	p.ns.mu.Lock()
	defer p.ns.mu.Unlock()
	p.ns.bury(p)
	return p.status
}

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// join puts a new process into its family and its process group, locked.
func (p *Process) join(newGroup bool) {
	p.pgid = p.pid
	if p.parent == nil {
		return
	}
	p.parent.addChild(p)
	if !newGroup {
		p.pgid = p.parent.pgid
	}
}

func (p *Process) addChild(child *Process) {
	if p.children == nil {
		p.children = map[*Process]struct{}{}
	}
	p.children[child] = struct{}{}
}

// run is the goroutine of the process.
func (p *Process) run(program Program) {
	status := Status{Code: 1}
	defer func() {
		if cause := recover(); cause != nil {
			_, _ = fmt.Fprintf(p.Stderr(), "%s: %v\nSegmentation fault\n", path.Base(p.Path()), cause)
			status = Status{Signal: SIGSEGV}
		}
		p.finish(status)
	}()
	status.Code = program(p.ctx, p) & 0xff
}

// ended is why a process's context is done.
type ended struct{ status Status }

func (e ended) Error() string { return "process ended: " + e.status.String() }

// finish ends the process: its status is known from now on, whatever its goroutine does. Only the first end counts.
func (p *Process) finish(status Status) {
	ns := p.ns
	ns.mu.Lock()
	if p.dead.Swap(true) {
		ns.mu.Unlock()
		return
	}
	p.status = status
	p.unhalt()
	p.tell()
	close(p.done)
	ns.adopt(p)
	parent := p.parent
	if parent == nil || p.orphan || parent.dead.Load() {
		ns.bury(p)
	}
	follow := p.takesAlong()
	ns.mu.Unlock()

	p.cancel(ended{status})
	p.leave()
	if parent != nil {
		parent.deliver(SIGCHLD)
	}
	for _, other := range follow {
		other.finish(Status{Signal: SIGKILL})
	}
}

// takesAlong are the processes that end with this one: all of the namespace with its init, all of the container with its main process. Locked.
func (p *Process) takesAlong() []*Process {
	switch p {
	case p.ns.init:
		return p.ns.pick(func(*Process) bool { return true })
	case p.c.main:
		return p.ns.pick(func(q *Process) bool { return q.c == p.c })
	}
	return nil
}

// leave gives back what the process holds.
func (p *Process) leave() {
	p.hangUp()
	p.disconnect()
	p.c.account.settle(p)
	if p.tty != nil {
		p.tty.left(p)
	}
}

// Processes are the processes of the namespace, by number.
func (p *Process) Processes() []ProcessInfo { return p.ns.processes(p.c.account) }

// processes describes all processes.
func (ns *PIDNamespace) processes(a *Accounting) []ProcessInfo {
	ns.mu.Lock()
	defer ns.mu.Unlock()
	out := make([]ProcessInfo, 0, len(ns.procs))
	for _, pid := range slices.Sorted(maps.Keys(ns.procs)) {
		out = append(out, ns.procs[pid].describe(a))
	}
	return out
}

// describe is what ps shows of the process, locked.
func (p *Process) describe(a *Accounting) ProcessInfo {
	cred := p.Cred()
	i := ProcessInfo{
		PID: p.pid, PPID: p.ppid(), PGID: p.pgid, UID: cred.UID, GID: cred.GID, Args: p.Args(), Path: p.Path(), Name: p.comm(),
		State: p.state(), Start: p.started, Container: p.c.id,
	}
	if p.tty != nil {
		i.TTY = p.tty.Name()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.advance()
	i.CPU, i.Memory = p.cpu, p.memory
	return i
}

// state is the letter that ps shows.
func (p *Process) state() byte {
	switch {
	case p.dead.Load():
		return 'Z'
	case p.halt.Load():
		return 'T'
	case p.busy.Load() > 0:
		return 'R'
	}
	return 'S'
}

// ProcessInfo is what ps shows of a process.
type ProcessInfo struct {
	PID, PPID, PGID int
	UID, GID        int
	Args            []string
	Path            string // of the program's file
	Name            string // of the process, as ps -o comm shows it: of the file that was executed, a script's too, cut at 15 bytes
	State           byte   // 'R', 'S', 'T' stopped, 'Z' ended and not waited for
	Start           time.Time
	CPU             time.Duration
	Memory          int64  // bytes
	TTY             string // "pts/0" or empty
	Container       string // its id
}
