package kernel

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"
)

// mount is a file system at a place of the container's tree.
type mount struct {
	target  string
	device  string
	kind    string
	options string
	ro      bool
	mem     *memFS  // one of the three
	host    *hostFS //
	synth   func(f *FS) node
}

// MountInfo is a line of /proc/mounts.
type MountInfo struct{ Device, Target, Type, Options string }

// top is the node that the mount shows.
func (m *mount) top(f *FS) (node, error) {
	switch {
	case m.mem != nil:
		return m.mem.top, nil
	case m.host != nil:
		return m.host.top()
	}
	return m.synth(f), nil
}

// info is the mount's line in /proc/mounts.
func (m *mount) info() MountInfo {
	return MountInfo{Device: m.device, Target: m.target, Type: m.kind, Options: m.options}
}

// mountAll mounts what the container begins with, and what its configuration wants: the outer ones first, as runtimes do.
func (c *Container) mountAll(config *Config) error {
	c.mount(&mount{target: "/", device: "overlay", kind: "overlay", mem: c.root})
	c.mountKernel(config.Privileged)
	wanted := slices.Clone(config.Mounts)
	slices.SortStableFunc(wanted, func(a, b Mount) int { return depth(a.Target) - depth(b.Target) })
	for _, m := range wanted {
		if err := c.mountOne(m); err != nil {
			return err
		}
	}
	if config.ReadOnlyRoot {
		top := c.mounts["/"]
		top.ro, top.options = true, "ro,relatime"
	}
	return nil
}

func depth(target string) int { return strings.Count(path.Clean("/"+target), "/") }

// mount enters a mount in the table; one at the same place is covered.
func (c *Container) mount(m *mount) {
	if m.options == "" {
		m.options = "rw,relatime"
		if m.ro {
			m.options = "ro,relatime"
		}
	}
	if c.mounts[m.target] == nil {
		c.order = append(c.order, m.target)
	}
	c.mounts[m.target] = m
}

// mountOne mounts what a configuration names.
func (c *Container) mountOne(want Mount) error {
	m := &mount{kind: want.Type, options: want.Options, ro: want.ReadOnly, device: "/dev/vda1"}
	c.devices++
	isDir := true
	if want.Tree != nil || want.Source == "" {
		m.mem, m.device = newMemFS(want.Tree, c.devices, c.tmpfsSize(want), c.now, c.chargeMemory), "tmpfs"
	} else {
		host, err := openHost(want, c.devices, c.account)
		if err != nil {
			return err
		}
		m.host, isDir = host, host.file == ""
		c.hosts = append(c.hosts, host)
	}
	if m.kind == "" {
		m.kind = map[bool]string{true: "tmpfs", false: "ext4"}[m.mem != nil]
	}
	if m.kind == "tmpfs" { // also one whose files lie on the machine: an emptyDir in memory
		m.device = "tmpfs"
	}
	target, err := c.mountPoint(want.Target, isDir)
	if err != nil {
		return pathError("mount", want.Target, err)
	}
	m.target = target
	c.mount(m)
	return nil
}

// tmpfsSize is how much a file system in memory holds.
func (c *Container) tmpfsSize(m Mount) int64 {
	limit := c.Limits().Memory
	switch {
	case m.Size > 0:
		return m.Size
	case limit > 0:
		return limit / 2
	}
	return 64 << 20
}

// mountPoint makes what a mount needs, and says where it lies when links are followed. A place that cannot be made, as in /dev or in a mount that
// may only be read, is mounted on all the same: the table needs no file below.
func (c *Container) mountPoint(target string, dir bool) (string, error) {
	target = path.Clean("/" + target)
	root := c.FS()
	at, err := root.walk(target, true)
	if err == nil {
		return at.path, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	parent, base := path.Split(target)
	if err := root.mkdirFollow(parent, maxLinks); err != nil && !errors.Is(err, syscall.EROFS) && !errors.Is(err, syscall.EPERM) {
		return "", err
	}
	if in, err := root.walk(parent, true); err == nil {
		target = join(in.path, base)
	}
	if dir {
		_ = root.Mkdir(target, 0o755)
	} else {
		_ = root.WriteFile(target, nil, 0o644)
	}
	return target, nil
}

// mkdirFollow makes a directory and those above it, and what links on the way lead to: an image may have /var/run -> /run without a /run.
func (f *FS) mkdirFollow(dir string, links int) error {
	dir = path.Clean("/" + dir)
	if _, err := f.Stat(dir); err == nil || links == 0 {
		return err
	}
	if err := f.mkdirFollow(path.Dir(dir), links); err != nil {
		return err
	}
	target, err := f.Readlink(dir)
	if err != nil {
		return f.Mkdir(dir, 0o755)
	}
	if !path.IsAbs(target) {
		at, err := f.EvalSymlinks(path.Dir(dir))
		if err != nil {
			return err
		}
		target = path.Join(at, target)
	}
	return f.mkdirFollow(target, links-1)
}

// mountsBelow are the names in a directory at which something is mounted.
func (c *Container) mountsBelow(dir string) []string {
	var names []string
	for _, target := range c.order {
		if parent, base := path.Split(target); target != "/" && path.Clean(parent) == dir {
			names = append(names, base)
		}
	}
	return names
}

// mountWithin says whether something is mounted at a path or below it.
func (c *Container) mountWithin(at string) bool {
	for _, target := range c.order {
		if target == at || strings.HasPrefix(target, strings.TrimSuffix(at, "/")+"/") {
			return true
		}
	}
	return false
}
