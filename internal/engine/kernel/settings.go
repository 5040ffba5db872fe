package kernel

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
)

// sysctls are the files of /proc/sys by their names in sysctl(8): those that people look at, and those that the container's configuration sets.
func (p *procfs) sysctls() map[string]string {
	all := map[string]string{
		"kernel.hostname": p.f.c.hostname, "kernel.osrelease": Release, "kernel.ostype": "Linux", "kernel.version": version,
		"kernel.pid_max": strconv.Itoa(maxPID), "kernel.cap_last_cap": "40", "kernel.shm_rmid_forced": "0",
		"vm.overcommit_memory": "1", "vm.swappiness": "60", "vm.max_map_count": "262144",
		"net.core.somaxconn": "4096", "net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.ip_local_port_range": "32768\t60999",
		"fs.file-max": "9223372036854775807",
	}
	maps.Copy(all, p.f.c.sysctl)
	return all
}

// sysctlRoot is the top of /proc/sys. Runtimes mount it for reading only, unless the container is privileged.
func sysctlRoot(dev uint64) func(*FS) node {
	return func(f *FS) node {
		p := newProcfs(f, dev)
		return p.sysDir(p.sysctls())
	}
}

// sysDir is the directory of the settings with these names, of which it takes the first part away.
func (p *procfs) sysDir(settings map[string]string) node {
	kids, below := map[string]node{}, map[string]map[string]string{}
	for name, value := range settings {
		first, rest, deeper := strings.Cut(name, ".")
		if !deeper {
			kids[first] = p.setting(value)
			continue
		}
		if below[first] == nil {
			below[first] = map[string]string{}
		}
		below[first][rest] = value
	}
	for name, settings := range below {
		kids[name] = p.sysDir(settings)
	}
	return folder(p.dir(p.own), kids)
}

// setting is a file of /proc/sys. Its owner could write it, if it were not for the mount.
func (p *procfs) setting(value string) node {
	a := p.own
	a.mode = 0o644
	return &virtual{attr: a, text: func() string { return value + "\n" }}
}

// privileges are the lines of /proc/PID/status about capabilities, no_new_privs and seccomp (2: a filter is in use).
func (p *Process) privileges() string {
	seccomp, noNewPrivs := 0, 0
	if p.c.seccomp {
		seccomp = 2
	}
	if p.c.noNewPrivs {
		noNewPrivs = 1
	}
	return fmt.Sprintf("CapInh:\t%016x\nCapPrm:\t%016[2]x\nCapEff:\t%016[2]x\nCapBnd:\t%016[3]x\nCapAmb:\t%016[1]x\nNoNewPrivs:\t%[4]d\nSeccomp:\t%[5]d\nSeccomp_filters:\t%[6]d\n",
		0, p.capMask(), p.c.capBound(), noNewPrivs, seccomp, seccomp/2)
}

// capBound is the set of capabilities that root has in the container.
func (c *Container) capBound() (mask uint64) {
	for i, name := range strings.Fields(capNames) {
		if c.caps == nil || c.caps[name] {
			mask |= 1 << i
		}
	}
	return mask
}
