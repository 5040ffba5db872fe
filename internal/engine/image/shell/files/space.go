package files

import (
	"crypto/rand"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/kernel"
)

func df(c *tool.Call) int {
	header, unit := "1K-blocks", int64(1024)
	switch c.Last("h", "m", "k") {
	case "h":
		header, unit = "Size", 0
	case "m":
		header, unit = "1M-blocks", 1<<20
	}
	if c.Has("P") && unit == 1024 {
		header = "1024-blocks"
	}
	kind := ""
	if c.Has("T") {
		kind = "Type       "
	}
	if c.Has("i") {
		line(c, fmt.Sprintf("%-20s %s%9s %9s %9s %3s%% %s", "Filesystem", kind, "Inodes", "Used", "Available", "Use", "Mounted on"))
	} else if unit == 0 {
		line(c, fmt.Sprintf("%-20s %s%9s %9s %9s %3s%% %s", "Filesystem", kind, header, "Used", "Available", "Use", "Mounted on"))
	} else {
		line(c, fmt.Sprintf("%-20s %s%9s %9s %9s %3s%% %s", "Filesystem", kind, header, "Used", "Available", "Use", "Mounted on"))
	}
	for _, m := range dfMounts(c) {
		dfLine(c, m, unit)
	}
	return 0
}

func dfMounts(c *tool.Call) []kernel.MountInfo {
	if len(c.Args) > 0 {
		var list []kernel.MountInfo
		for _, name := range c.Args {
			if _, err := c.FS().Stat(name); err != nil {
				c.Warnf("%s: %s", name, tool.Reason(err))
				continue
			}
			list = append(list, mountOf(c, name))
		}
		return list
	}
	return slices.DeleteFunc(c.FS().Mounts(), func(m kernel.MountInfo) bool {
		return !c.Has("a") && slices.Contains([]string{"proc", "sysfs", "cgroup2", "cgroup", "devpts", "mqueue"}, m.Type)
	})
}

// mountOf is the mount that a file is in.
func mountOf(c *tool.Call, name string) kernel.MountInfo {
	real, err := c.FS().EvalSymlinks(absolute(c, name))
	if err != nil {
		real = absolute(c, name)
	}
	var best kernel.MountInfo
	for _, m := range c.FS().Mounts() {
		inside := m.Target == "/" || real == m.Target || strings.HasPrefix(real, m.Target+"/")
		if inside && len(m.Target) >= len(best.Target) {
			best = m
		}
	}
	return best
}

func dfLine(c *tool.Call, m kernel.MountInfo, unit int64) {
	s, err := c.FS().Statfs(m.Target)
	if err != nil {
		c.Warnf("%s: %s", m.Target, tool.Reason(err))
		return
	}
	if want := c.Value("t", ""); want != "" && want != m.Type || s.Size == 0 && !c.Has("a") && len(c.Args) == 0 {
		return
	}
	total, free := s.Size, s.Free
	if c.Has("i") {
		total, free = s.Files, s.FilesFree
	}
	used, percent := total-free, int64(0)
	if total > 0 {
		percent = (used*100 + total - 1) / total
	}
	show := func(n int64) string {
		switch {
		case c.Has("i"):
			return fmt.Sprint(n)
		case unit == 0:
			return tool.Human(n)
		}
		return fmt.Sprint((n + unit - 1) / unit)
	}
	kind := ""
	if c.Has("T") {
		kind = fmt.Sprintf("%-10s ", m.Type)
	}
	device := fmt.Sprintf("%-20s", m.Device)
	if len(m.Device) > 20 && !c.Has("P") {
		device = m.Device + "\n" + strings.Repeat(" ", 20)
	}
	line(c, fmt.Sprintf("%s %s%9s %9s %9s %3d%% %s", device, kind, show(total), show(used), show(free), percent, m.Target))
}

func mount(c *tool.Call) int {
	if len(c.Args) == 0 {
		for _, m := range c.FS().Mounts() {
			if want := c.Value("t", m.Type); want == m.Type {
				line(c, fmt.Sprintf("%s on %s type %s (%s)", m.Device, m.Target, m.Type, m.Options))
			}
		}
		return 0
	}
	c.Errorf("permission denied (are you root?)")
	return 1
}

func umount(c *tool.Call) int {
	for _, name := range c.Args {
		c.Warnf("can't unmount %s: Operation not permitted", name)
	}
	return 1
}

// usage is one call of du.
type usage struct {
	*tool.Call
	depth int
	seen  map[[2]uint64]bool
}

func du(c *tool.Call) int {
	u := &usage{Call: c, depth: c.Int("d", 1<<30), seen: map[[2]uint64]bool{}}
	if c.Has("s") {
		u.depth = 0
	}
	operands := c.Args
	if len(operands) == 0 {
		operands = []string{"."}
	}
	var sum int64
	for _, name := range operands {
		sum += u.walk(name, 0)
	}
	if c.Has("c") {
		u.show("total", sum)
	}
	return 0
}

func (u *usage) walk(name string, depth int) int64 {
	look := u.FS().Lstat
	if u.Has("L") || u.Has("H") && depth == 0 {
		look = u.FS().Stat
	}
	info, err := look(name)
	if err != nil {
		u.Warnf("%s: %s", name, tool.Reason(err))
		return 0
	}
	u.Spend(1)
	s := tool.StatOf(info)
	id := [2]uint64{s.Dev, s.Ino}
	if s.Nlink > 1 && !info.IsDir() && !u.Has("l") {
		if u.seen[id] {
			return 0
		}
		u.seen[id] = true
	}
	sum := blocks(info)
	if !info.IsDir() {
		if depth == 0 || u.Has("a") && depth <= u.depth {
			u.show(name, sum)
		}
		return sum
	}
	entries, err := u.FS().ReadDir(name)
	if err != nil {
		u.Warnf("can't open '%s': %s", name, tool.Reason(err))
	}
	for _, child := range names(entries) {
		sum += u.walk(within(name, child), depth+1)
	}
	if depth <= u.depth {
		u.show(name, sum)
	}
	return sum
}

func (u *usage) show(name string, kib int64) {
	text := fmt.Sprint(kib)
	switch u.Last("h", "m", "k") {
	case "h":
		text = duHuman(kib)
	case "m":
		text = fmt.Sprint((kib + 1023) / 1024)
	}
	line(u.Call, text+"\t"+name)
}

// duHuman shows nothing without a unit other than 0.
func duHuman(kib int64) string {
	if kib == 0 {
		return "0"
	}
	return tool.Human(kib * 1024)
}

func mktemp(c *tool.Call) int {
	dir := c.Value("p", "")
	template := "tmp.XXXXXX"
	if len(c.Args) > 0 {
		template = c.Args[0]
	}
	if dir == "" && (len(c.Args) == 0 || c.Has("t")) {
		if dir = c.Getenv("TMPDIR"); dir == "" {
			dir = "/tmp"
		}
	}
	stem := strings.TrimRight(template, "X")
	count := len(template) - len(stem)
	if count < 3 {
		c.Fatalf("Invalid argument")
	}
	name, err := "", error(nil)
	for range 100 {
		name = stem + rand.Text()[:min(count, 20)]
		if dir != "" {
			name = path.Join(dir, name)
		}
		if c.Has("d") {
			err = c.FS().Mkdir(name, 0o700)
		} else {
			err = newFile(c, name)
		}
		if err == nil || tool.Missing(err) {
			break
		}
	}
	if err != nil {
		if !c.Has("q") {
			c.Errorf("(null): %s", tool.Reason(err))
		}
		return 1
	}
	if c.Has("u") {
		_ = c.FS().Remove(name)
	}
	line(c, name)
	return 0
}

func newFile(c *tool.Call, name string) error {
	if _, err := c.FS().Lstat(name); err == nil {
		return fs.ErrExist
	}
	return c.FS().WriteFile(name, nil, 0o600)
}
