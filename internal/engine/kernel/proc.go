package kernel

import (
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Release is the version of Linux that the kernel says it is.
const Release = "6.12.43"

// version is what /proc/version says, and uname -v in part.
const version = "#1 SMP PREEMPT_DYNAMIC Thu Jan 15 09:30:00 UTC 2026"

// procfs makes /proc for one who looks.
type procfs struct {
	f   *FS
	dev uint64
	own attr // of files that belong to nobody in particular
}

func newProcfs(f *FS, dev uint64) *procfs { return &procfs{f: f, dev: dev, own: f.made(0o444, dev)} }

// procRoot is the top of /proc.
func procRoot(dev uint64) func(*FS) node {
	return func(f *FS) node {
		p := newProcfs(f, dev)
		return &virtual{attr: p.dir(p.own), find: p.find, names: p.names}
	}
}

func (p *procfs) dir(a attr) attr {
	a.mode, a.nlink = fs.ModeDir|0o555, 2
	return a
}

func (p *procfs) file(text func() string) node { return &virtual{attr: p.own, text: text} }

func (p *procfs) linkTo(a attr, target string) node {
	a.mode, a.size = fs.ModeSymlink|0o777, int64(len(target))
	return &virtual{attr: a, goes: func() string { return target }}
}

// general are the files of /proc that are not about one process.
func (p *procfs) general() map[string]func() string {
	return map[string]func() string{
		"meminfo": p.meminfo, "cpuinfo": p.cpuinfo, "uptime": p.uptime, "loadavg": p.loadavg, "stat": p.statText,
		"version":     func() string { return "Linux version " + Release + " (kubetutor@kubetutor) (gcc) " + version + "\n" },
		"filesystems": func() string { return "nodev\tproc\nnodev\ttmpfs\nnodev\toverlay\n\text4\n" },
		"cmdline":     func() string { return "BOOT_IMAGE=/vmlinuz root=/dev/vda1 ro quiet\n" },
	}
}

func (p *procfs) names() []listed {
	out := []listed{{"self", fs.ModeSymlink}, {"thread-self", fs.ModeSymlink}, {"mounts", fs.ModeSymlink}, {"net", fs.ModeSymlink}}
	for name := range p.general() {
		out = append(out, listed{name, 0})
	}
	for _, q := range p.f.c.ns.those(func(*Process) bool { return true }) {
		out = append(out, listed{strconv.Itoa(q.pid), fs.ModeDir})
	}
	return out
}

func (p *procfs) find(name string) (node, error) {
	if text := p.general()[name]; text != nil {
		return p.file(text), nil
	}
	switch name {
	case "self", "thread-self":
		if p.f.p == nil {
			return nil, syscall.ENOENT
		}
		return p.linkTo(p.own, strconv.Itoa(p.f.p.pid)), nil
	case "mounts", "net":
		if p.f.p == nil {
			return map[string]node{"mounts": p.file(p.mounts), "net": p.netDir()}[name], nil
		}
		return p.linkTo(p.own, "self/"+name), nil
	}
	pid, err := strconv.Atoi(name)
	if err != nil {
		return nil, syscall.ENOENT
	}
	if q := p.f.c.ns.find(pid); q != nil {
		return p.process(q), nil
	}
	return nil, syscall.ENOENT
}

// process is the directory of a process.
func (p *procfs) process(q *Process) node {
	a, cred := p.own, q.Cred()
	a.uid, a.gid, a.mtime, a.atime, a.ctime = cred.UID, cred.GID, q.started, q.started, q.started
	kids := map[string]node{
		"cwd": p.linkTo(a, q.Dir()), "root": p.linkTo(a, "/"), "exe": p.linkTo(a, q.Path()),
		"fd": p.fds(q, a), "net": p.netDir(),
	}
	for name, text := range map[string]func() string{
		"cmdline": func() string { return joinNul(q.Args()) },
		"comm":    func() string { return q.comm() + "\n" },
		"status":  func() string { return p.status(q) },
		"stat":    func() string { return p.statOf(q) },
		"mounts":  p.mounts,
		"cgroup":  func() string { return "0::/\n" },
		"limits":  p.limitsText, "mountinfo": p.mountinfo,
		"oom_score_adj": func() string { return strconv.Itoa(q.c.Limits().OOMScoreAdj) + "\n" },
	} {
		b := a
		b.mode = 0o444
		kids[name] = &virtual{attr: b, text: text}
	}
	private := a
	private.mode = 0o400
	kids["environ"] = &virtual{attr: private, text: func() string { return joinNul(q.Env()) }}
	a.mode = 0o555
	return folder(a, kids)
}

func joinNul(parts []string) string {
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, "\x00") + "\x00"
}

// comm is the process's name: that of the file that was executed, whatever its first argument says.
func (p *Process) comm() string {
	p.program.RLock()
	defer p.program.RUnlock()
	return p.name
}

// fds is the directory of a process's descriptors. Its links lead to the streams themselves.
func (p *procfs) fds(q *Process, a attr) node {
	kids := map[string]node{}
	for i, s := range q.descriptors() {
		link := a
		link.mode = fs.ModeSymlink | 0o700
		kids[strconv.Itoa(i)] = &magicLink{virtual{attr: link, goes: s.label, leads: func() (node, error) { return p.target(s, a) }}}
	}
	a.mode = 0o500
	return folder(a, kids)
}

// target is what a descriptor leads to.
func (p *procfs) target(s stream, a attr) (node, error) {
	a.mode = fs.ModeNamedPipe | 0o600
	switch s := s.(type) {
	case *fileStream:
		return s.f.at.node, nil
	case null:
		a.mode, a.device, a.uid, a.gid = fs.ModeDevice|fs.ModeCharDevice|0o666, devNull, 0, 0
	case *TTY:
		a.mode, a.device = fs.ModeDevice|fs.ModeCharDevice|0o620, devPTS
	}
	return &virtual{attr: a, stream: func(*FS) (stream, error) { return s, nil }}, nil
}

func (p *procfs) mounts() string {
	var b strings.Builder
	for _, m := range p.f.Mounts() {
		fmt.Fprintf(&b, "%s %s %s %s 0 0\n", m.Device, escape(m.Target), m.Type, m.Options)
	}
	return b.String()
}

func (p *procfs) mountinfo() string {
	var b strings.Builder
	for i, m := range p.f.Mounts() {
		fmt.Fprintf(&b, "%d %d 0:%d / %s %s - %s %s %s\n", 100+i, 99, 40+i, escape(m.Target), m.Options, m.Type, m.Device, m.Options)
	}
	return b.String()
}

// escape writes blanks of a path as /proc/mounts does.
func escape(name string) string {
	return strings.NewReplacer(" ", `\040`, "\t", `\011`, "\n", `\012`, `\`, `\134`).Replace(name)
}

func (p *procfs) limitsText() string {
	return "Limit                     Soft Limit           Hard Limit           Units     \n" +
		fmt.Sprintf("Max processes             %-20d %-20d processes \n", p.f.c.pidLimit(), p.f.c.pidLimit()) +
		"Max open files            1048576              1048576              files     \n"
}

// meminfo shows the node's memory: a container sees that in /proc, whatever its limit is.
func (p *procfs) meminfo() string {
	total, used := p.f.c.account.memoryNow()
	free := max(0, total-used) / 1024
	return fmt.Sprintf("MemTotal:       %8d kB\nMemFree:        %8d kB\nMemAvailable:   %8d kB\nBuffers:        %8d kB\nCached:         %8d kB\nSwapTotal:      %8d kB\nSwapFree:       %8d kB\n",
		total/1024, free, free, 0, 0, 0, 0)
}

// memoryNow is the node's memory and how much is used.
func (a *Accounting) memoryNow() (total, used int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	total = a.memory
	if total == 0 {
		total = 8 << 30
	}
	return total, a.used
}

// cores is how many processors the node has.
func (a *Accounting) cores() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cpu == 0 {
		return runtime.NumCPU()
	}
	return int(max(1, a.cpu/1000))
}

// CPUs is how many processors the node has, as nproc counts them.
func (c *Container) CPUs() int { return c.account.cores() }

func (p *procfs) cpuinfo() string {
	var b strings.Builder
	for i := range p.f.c.account.cores() {
		fmt.Fprintf(&b, "processor\t: %d\nvendor_id\t: kubetutor\nmodel name\t: Simulated CPU\ncpu MHz\t\t: 2400.000\ncpu cores\t: %d\nflags\t\t: fpu\n\n", i, p.f.c.account.cores())
	}
	return b.String()
}

func (p *procfs) uptime() string {
	up := p.f.c.now().Sub(p.f.c.account.born).Seconds()
	return fmt.Sprintf("%.2f %.2f\n", up, up*float64(p.f.c.account.cores()))
}

func (p *procfs) loadavg() string {
	all := p.f.c.ns.processes(p.f.c.account)
	load, running, last := p.f.c.account.load(), 0, 0
	for _, i := range all {
		if i.State == 'R' {
			running++
		}
		last = max(last, i.PID)
	}
	return fmt.Sprintf("%.2f %.2f %.2f %d/%d %d\n", load, load, load, max(1, running), len(all), last)
}

// load is how many cores the node's containers want.
func (a *Accounting) load() (sum float64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for c := range a.busy {
		sum += c.meter.demand
	}
	return sum
}

// tick is the unit of times in /proc, in which there are a hundred to the second.
const tick = 10 * time.Millisecond

func (p *procfs) statText() string {
	used := p.f.c.account.Usage().CPU
	up := p.f.c.now().Sub(p.f.c.account.born)
	idle := max(0, up*time.Duration(p.f.c.account.cores())-used)
	return fmt.Sprintf("cpu  %d 0 0 %d 0 0 0 0 0 0\nbtime %d\nprocesses %d\n", used/tick, idle/tick, p.f.c.account.born.Unix(), p.f.c.count())
}

// status is /proc/PID/status.
func (p *procfs) status(q *Process) string {
	i := p.about(q)
	cred := q.Cred()
	groups := make([]string, len(cred.Groups))
	for n, g := range cred.Groups {
		groups[n] = strconv.Itoa(g)
	}
	return fmt.Sprintf("Name:\t%s\nUmask:\t%04o\nState:\t%c (%s)\nTgid:\t%d\nPid:\t%d\nPPid:\t%d\nUid:\t%[8]d\t%[8]d\t%[8]d\t%[8]d\nGid:\t%[9]d\t%[9]d\t%[9]d\t%[9]d\nGroups:\t%[10]s \nVmRSS:\t%8[11]d kB\nThreads:\t1\n",
		q.comm(), uint32(q.mask()), i.State, stateName(i.State), q.pid, q.pid, i.PPID, cred.UID, cred.GID, strings.Join(groups, " "), i.Memory/1024) +
		q.privileges()
}

func (p *procfs) about(q *Process) ProcessInfo {
	q.ns.mu.Lock()
	defer q.ns.mu.Unlock()
	return q.describe(q.c.account)
}

func stateName(state byte) string {
	return map[byte]string{'R': "running", 'S': "sleeping", 'T': "stopped", 'Z': "zombie"}[state]
}

// capNames are the capabilities by number.
const capNames = "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE"

// capMask is the set of capabilities as /proc shows it.
func (p *Process) capMask() (mask uint64) {
	for i, name := range strings.Fields(capNames) {
		if p.Capable(name) {
			mask |= 1 << i
		}
	}
	return mask
}

// statOf is /proc/PID/stat, as far as ps and top read it.
func (p *procfs) statOf(q *Process) string {
	i := p.about(q)
	fields := slices.Repeat([]string{"0"}, 52)
	set := func(n int, value any) { fields[n-1] = fmt.Sprint(value) }
	set(1, i.PID)
	set(2, "("+q.comm()+")")
	set(3, string(i.State))
	set(4, i.PPID)
	set(5, i.PGID)
	set(6, i.PGID)
	set(14, int64(i.CPU/tick))
	set(18, 20)
	set(20, 1)
	set(22, int64(i.Start.Sub(p.f.c.account.born)/tick))
	set(23, i.Memory)
	set(24, i.Memory/4096)
	return strings.Join(fields, " ") + "\n"
}
