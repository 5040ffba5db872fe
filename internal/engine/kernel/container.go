package kernel

import (
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"kubetutor/internal/engine/fabric"
)

// Cred is who a process is.
type Cred struct {
	UID, GID int
	Groups   []int // supplementary groups
}

// Mount is a file system, or a part of one, mounted in a container. Exactly one of Source and Tree is set.
type Mount struct {
	Target   string   // in the container; made if it is missing
	Source   string   // a directory or a file of the machine, absolute; opened through os.Root
	Tree     *Tree    // or a tree in memory, such as /dev/shm; its content is copied on write, and it counts as the container's memory
	Within   []string // directories of the machine, one of which Source must lie in when its links are followed; none: anywhere
	ReadOnly bool
	GID      int    // the group that files show (fsGroup); 0 or less: none
	Type     string // as shown in /proc/mounts and df: "ext4", "tmpfs"
	Options  string // as shown in /proc/mounts; empty: "rw,relatime" or "ro,relatime"
	Size     int64  // bytes that it may grow to; 0: 1 GiB for Source, half of the memory limit (or 64 MiB) for Tree. The Sources of a node together hold 4 GiB; each holds a file for every 16 KiB, at least 1024
}

// Config is what a container is made of.
type Config struct {
	ID, Hostname string
	Image        *Tree // the read-only lower layer; nil: empty
	ReadOnlyRoot bool
	Mounts       []Mount
	Net          *fabric.Namespace // nil: no network
	PIDs         *PIDNamespace     // shared by the containers of a pod; nil: its own
	Limits       Limits
	Programs     Programs
	Parent       *Accounting // the node's; nil: its own, without a limit
	Privileged   bool
	Caps         []string          // capabilities without CAP_, such as "CHOWN"; nil: what container runtimes give by default
	Sysctls      map[string]string // as sysctl(8) names them; they are shown in /proc/sys
	Seccomp      bool              // shown in /proc/PID/status; there are no calls to filter
	NoNewPrivs   bool              // shown in /proc/PID/status
	Now          func() time.Time  // nil: time.Now
}

// Spec is how to start a process. What is left out comes from the parent: Cred if it is zero, Env if it is nil, Dir if it is empty. For a
// process without a parent that means root, the PATH that container runtimes give, and "/".
type Spec struct {
	Args []string // Args[0] is looked up in PATH of Env if it has no slash
	Path string   // the file to execute, if it is not the one that Args[0] names
	Env  []string
	Dir  string
	Cred Cred

	Stdin          io.Reader // nil: TTY if that is set, else /dev/null
	Stdout, Stderr io.Writer // nil: TTY if that is set, else /dev/null
	TTY            *TTY      // the controlling terminal; nil: the parent's
	NewGroup       bool      // a process group of its own, as a job of an interactive shell has
}

// Container is one container: its file system, its processes, and what they may use.
type Container struct {
	id, hostname string
	programs     Programs
	net          *fabric.Namespace
	ns           *PIDNamespace
	account      *Accounting
	caps         map[string]bool // nil: all
	sysctl       map[string]string
	seccomp      bool
	noNewPrivs   bool
	now          func() time.Time
	born         time.Time
	closed       atomic.Bool
	oomed        atomic.Bool

	root    *memFS
	mounts  map[string]*mount // by path, without links; fixed after New
	order   []string          // paths of mounts, as they were made
	hosts   []*hostFS
	devices uint64

	mu     sync.Mutex
	inputs map[io.Reader]*input
	ttys   map[int]*TTY // of /dev/pts

	limits Limits // guarded by the accounting's lock
	meter  meter  // likewise

	procs int      // guarded by the namespace's lock: zombies too
	main  *Process // likewise
}

// defaultCaps are the capabilities that container runtimes give by default.
const defaultCaps = "CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT AUDIT_WRITE MKNOD NET_RAW"

// New makes a container and mounts its file systems. Nothing runs until Start.
func New(config Config) (*Container, error) {
	c := &Container{
		id: config.ID, hostname: config.Hostname, programs: config.Programs, net: config.Net, ns: config.PIDs, account: config.Parent,
		now: config.Now, limits: config.Limits.withDefaults(), caps: capSet(&config), sysctl: config.Sysctls, seccomp: config.Seccomp, noNewPrivs: config.NoNewPrivs, mounts: make(map[string]*mount, 8+len(config.Mounts)), devices: 40,
		inputs: map[io.Reader]*input{}, ttys: map[int]*TTY{},
	}
	if c.ns == nil {
		c.ns = NewPIDNamespace()
	}
	if c.account == nil {
		c.account = NewAccounting(0)
	}
	if c.now == nil {
		c.now = time.Now
	}
	c.born = c.now()
	c.meter.cpuLimit = float64(c.limits.CPU) / 1000
	c.account.join(c)
	c.root = newMemFS(config.Image, c.devices, c.limits.Disk, c.now, nil)
	if err := c.mountAll(&config); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// capSet are the capabilities of root in the container; nil means all.
func capSet(config *Config) map[string]bool {
	if config.Privileged {
		return nil
	}
	names := config.Caps
	if names == nil {
		names = strings.Fields(defaultCaps)
	}
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[strings.TrimPrefix(strings.ToUpper(name), "CAP_")] = true
	}
	if set["ALL"] {
		return nil
	}
	return set
}

// capable says whether root has a capability, named without CAP_.
func (c *Container) capable(name string) bool { return c.caps == nil || c.caps[name] }

// Capable says whether a process has a capability, named without CAP_: only root has any.
func (p *Process) Capable(name string) bool { return p.Cred().UID == 0 && p.c.capable(name) }

// ID is the container's id, as its Config has it.
func (c *Container) ID() string { return c.id }

// Net is the container's network, or nil.
func (c *Container) Net() *fabric.Namespace { return c.net }

// FS is the container's file system as root sees it, for the runtime itself; it works until Close.
func (c *Container) FS() *FS { return &FS{c: c} }

// Kill sends SIGKILL to all processes. Their status is known when it returns.
func (c *Container) Kill() {
	for _, p := range c.ns.those(func(p *Process) bool { return p.c == c }) {
		p.finish(Status{Signal: SIGKILL})
	}
}

// Processes are the container's own processes, by number.
func (c *Container) Processes() []ProcessInfo {
	return slices.DeleteFunc(c.ns.processes(c.account), func(i ProcessInfo) bool { return i.Container != c.id })
}

// OOMKilled says whether the OOM killer ended the container.
func (c *Container) OOMKilled() bool { return c.oomed.Load() }

// oom ends a container that was chosen by the OOM killer; nil is none. The whole of it goes, as the kubelet asks of cgroup v2.
func (c *Container) oom() {
	if c == nil {
		return
	}
	c.oomed.Store(true)
	c.Kill()
}

// Close kills all processes and frees what the container holds.
func (c *Container) Close() error {
	if c.closed.Swap(true) {
		return nil
	}
	c.Kill()
	c.ns.clear(c)
	for _, m := range c.mounts {
		if m.mem != nil {
			m.mem.free()
		}
	}
	c.account.leave(c)
	var first error
	for _, h := range c.hosts {
		if err := h.root.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// addTTY gives a terminal the lowest number that is free.
func (c *Container) addTTY(t *TTY) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for c.ttys[n] != nil {
		n++
	}
	c.ttys[n] = t
	return n
}

func (c *Container) dropTTY(t *TTY) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.ttys, func(_ int, other *TTY) bool { return other == t })
}
