package kernel

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// mountKernel mounts the file systems that the kernel makes up, and /dev.
func (c *Container) mountKernel(privileged bool) {
	dev := newMemFS(c.account.dev, 2, 64<<10, c.now, nil)
	shm := newMemFS(c.account.shm, 5, 64<<20, c.now, c.chargeMemory)
	ro, rw := "ro,nosuid,nodev,noexec,relatime", "rw,nosuid,nodev,noexec,relatime"
	settings := &mount{target: "/proc/sys", device: "proc", kind: "proc", options: ro, ro: true, synth: sysctlRoot(1)}
	if privileged {
		settings.options, settings.ro = rw, false
	}
	for _, m := range []*mount{
		{target: "/proc", device: "proc", kind: "proc", options: rw, synth: procRoot(1)},
		settings,
		{target: "/dev", device: "tmpfs", kind: "tmpfs", options: "rw,nosuid,size=65536k,mode=755", mem: dev},
		{target: "/dev/pts", device: "devpts", kind: "devpts", options: "rw,nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=666", synth: ptsRoot(3)},
		{target: "/sys", device: "sysfs", kind: "sysfs", options: ro, ro: true, synth: sysRoot(4)},
		{target: "/sys/fs/cgroup", device: "cgroup", kind: "cgroup2", options: ro, ro: true, synth: cgroupRoot(6)},
		{target: "/dev/shm", device: "shm", kind: "tmpfs", options: "rw,nosuid,nodev,noexec,relatime,size=65536k", mem: shm},
	} {
		c.mount(m)
	}
}

// shmTree is what /dev/shm begins with.
func shmTree() *Tree {
	t := NewTree()
	t.Mkdir("/", fs.ModeSticky|0o777, 0, 0)
	return t
}

// made is what made-up files show.
func (f *FS) made(mode fs.FileMode, dev uint64) attr {
	return attr{mode: mode, nlink: 1, dev: dev, mtime: f.c.born, atime: f.c.born, ctime: f.c.born}
}

// ptsRoot is the top of /dev/pts.
func ptsRoot(dev uint64) func(*FS) node {
	return func(f *FS) node {
		c := f.c
		c.mu.Lock()
		defer c.mu.Unlock()
		kids := map[string]node{}
		for n, t := range c.ttys {
			a := f.made(fs.ModeDevice|fs.ModeCharDevice|0o620, dev)
			a.uid, a.gid, a.device = t.owner().UID, 5, devPTS|uint64(n)
			kids[strconv.Itoa(n)] = &virtual{attr: a, stream: func(*FS) (stream, error) { return t, nil }}
		}
		ptmx := f.made(fs.ModeDevice|fs.ModeCharDevice|0o666, dev)
		ptmx.device = 5<<8 | 2
		kids["ptmx"] = &virtual{attr: ptmx, stream: func(*FS) (stream, error) { return nil, syscall.ENXIO }}
		return folder(f.made(0o755, dev), kids)
	}
}

// sysRoot is the top of /sys.
func sysRoot(dev uint64) func(*FS) node {
	return func(f *FS) node {
		a := f.made(0o555, dev)
		text := f.made(0o444, dev)
		online := &virtual{attr: text, text: func() string { return fmt.Sprintf("0-%d\n", f.c.CPUs()-1) }}
		return folder(a, map[string]node{
			"fs":      folder(a, map[string]node{"cgroup": folder(a, nil)}),
			"devices": folder(a, map[string]node{"system": folder(a, map[string]node{"cpu": folder(a, map[string]node{"online": online})})}),
		})
	}
}

// cgroupRoot is the top of /sys/fs/cgroup: the container's own group of cgroup v2.
func cgroupRoot(dev uint64) func(*FS) node {
	return func(f *FS) node {
		kids := map[string]node{}
		for name, text := range cgroupFiles(f.c) {
			kids[name] = &virtual{attr: f.made(0o444, dev), text: func() string { return text() + "\n" }}
		}
		return folder(f.made(0o555, dev), kids)
	}
}

// cgroupFiles are the texts of the group's files.
func cgroupFiles(c *Container) map[string]func() string {
	number := func(get func() int64) func() string {
		return func() string { return strconv.FormatInt(get(), 10) }
	}
	fixed := func(text string) func() string { return func() string { return text } }
	return map[string]func() string{
		"cgroup.controllers":  fixed("cpuset cpu io memory pids"),
		"cgroup.procs":        c.cgroupProcs,
		"cpu.max":             func() string { return cpuMax(c.Limits().CPU) },
		"cpu.stat":            c.cpuStat,
		"cpu.weight":          number(func() int64 { return int64(c.Limits().CPUWeight) }),
		"memory.max":          func() string { return orMax(c.Limits().Memory) },
		"memory.high":         fixed("max"),
		"memory.swap.max":     fixed("0"),
		"memory.swap.current": fixed("0"),
		"memory.current":      number(func() int64 { return c.Usage().Memory }),
		"memory.events":       c.memoryEvents,
		"memory.stat": func() string {
			return fmt.Sprintf("anon %d\nfile 0\nkernel 0\ninactive_file 0", c.Usage().Memory)
		},
		"pids.max":     number(func() int64 { return int64(c.pidLimit()) }),
		"pids.current": number(func() int64 { return int64(c.count()) }),
	}
}

func orMax(limit int64) string {
	if limit <= 0 {
		return "max"
	}
	return strconv.FormatInt(limit, 10)
}

// cpuPeriod is that of the CPU limit, as the kernel and the kubelet have it.
const cpuPeriod = 100 * time.Millisecond

// cpuMax is quota and period in microseconds.
func cpuMax(millicores int64) string {
	if millicores <= 0 {
		return "max 100000"
	}
	return fmt.Sprintf("%d 100000", millicores*100)
}

func (c *Container) cpuStat() string {
	u := c.Usage()
	return fmt.Sprintf("usage_usec %d\nuser_usec %d\nsystem_usec 0\nnr_periods %d\nnr_throttled %d\nthrottled_usec %d",
		u.CPU.Microseconds(), u.CPU.Microseconds(), u.Periods, u.ThrottledPeriods, u.Throttled.Microseconds())
}

func (c *Container) memoryEvents() string {
	kills := 0
	if c.OOMKilled() {
		kills = 1
	}
	return fmt.Sprintf("low 0\nhigh 0\nmax %d\noom %d\noom_kill %d\noom_group_kill %d", kills, kills, kills, kills)
}

func (c *Container) cgroupProcs() string {
	var pids []string
	for _, i := range c.Processes() {
		pids = append(pids, strconv.Itoa(i.PID))
	}
	return strings.Join(pids, "\n")
}
