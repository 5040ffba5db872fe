package kernel

import (
	"io/fs"
	"path"
	"strings"
	"syscall"
)

// Limits of paths, as Linux has them.
const (
	maxPath  = 4096
	maxName  = 255
	maxLinks = 40
)

// place is a file that a path leads to.
type place struct {
	mnt  *mount
	node node
	path string // absolute, without links
	made bool   // this call made it
	attr attr
}

// magic is a node that looks like a symbolic link, and leads to another node instead of a path: the files below /proc/PID/fd.
type magic interface{ jump() (node, error) }

// walker resolves one path, component by component, in the container's own name space: so an absolute link in a volume leads to the
// container's root, and none leads out of it.
type walker struct {
	f     *FS
	stack []place // from the root down to where the walk is
	links int
}

// walk resolves a path. If its last component is a link, follow says whether to go on.
func (f *FS) walk(name string, follow bool) (place, error) {
	w, err := f.begin(name)
	if err != nil {
		return place{}, err
	}
	if err := w.walk(name, follow); err != nil {
		return place{}, err
	}
	return w.here(), nil
}

// walkParent resolves all but the last component, which may not exist.
func (f *FS) walkParent(name string) (dir place, base string, err error) {
	trimmed := strings.TrimRight(name, "/")
	parent, base := path.Split(trimmed)
	if base == "" && trimmed == name {
		return place{}, "", syscall.ENOENT
	}
	w, err := f.begin(name)
	if err != nil {
		return place{}, "", err
	}
	if err := w.walk(parent, true); err != nil {
		return place{}, "", err
	}
	if len(base) > maxName {
		return place{}, "", syscall.ENAMETOOLONG
	}
	return w.here(), base, w.searchable()
}

// begin puts a walker where the path starts.
func (f *FS) begin(name string) (*walker, error) {
	switch {
	case name == "":
		return nil, syscall.ENOENT
	case len(name) >= maxPath:
		return nil, syscall.ENAMETOOLONG
	case strings.IndexByte(name, 0) >= 0:
		return nil, syscall.EINVAL
	}
	w := &walker{f: f, stack: make([]place, 0, 8)}
	if err := w.push(f.c.mounts["/"], nil, "/"); err != nil {
		return nil, err
	}
	if dir := f.Dir(); name[0] != '/' && dir != "/" {
		if err := w.walk(dir, true); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (w *walker) here() place { return w.stack[len(w.stack)-1] }

// push goes to a node, or to the top of a mount if there is none.
func (w *walker) push(mnt *mount, n node, at string) (err error) {
	if n == nil {
		if n, err = mnt.top(w.f); err != nil {
			return err
		}
	}
	a, err := n.stat()
	if err != nil {
		return err
	}
	w.stack = append(w.stack, place{mnt: mnt, node: n, path: at, attr: a})
	return nil
}

// searchable says whether names can be looked up here.
func (w *walker) searchable() error {
	here := &w.stack[len(w.stack)-1]
	if !here.attr.mode.IsDir() {
		return syscall.ENOTDIR
	}
	return w.f.allowed(&here.attr, ExecOK)
}

// walk goes along a path from here.
func (w *walker) walk(name string, follow bool) error {
	if strings.HasPrefix(name, "/") {
		w.stack = w.stack[:1]
	}
	for name != "" {
		part, rest, more := strings.Cut(name, "/")
		last := strings.Trim(rest, "/") == ""
		if part != "" {
			if err := w.step(part, !last || more || follow); err != nil {
				return err
			}
		}
		if more && part != "" && !w.here().attr.mode.IsDir() {
			return syscall.ENOTDIR
		}
		name = rest
	}
	return nil
}

// step goes to a name in this directory.
func (w *walker) step(name string, follow bool) error {
	if err := w.searchable(); err != nil {
		return err
	}
	switch {
	case name == ".":
		return nil
	case name == "..":
		w.stack = w.stack[:max(1, len(w.stack)-1)]
		return nil
	case len(name) > maxName:
		return syscall.ENAMETOOLONG
	}
	here := w.here()
	at := join(here.path, name)
	if mnt := w.f.c.mounts[at]; mnt != nil {
		return w.push(mnt, nil, at)
	}
	n, err := here.node.lookup(name)
	if err != nil {
		return err
	}
	if err := w.push(here.mnt, n, at); err != nil {
		return err
	}
	if w.here().attr.mode&fs.ModeSymlink == 0 || !follow {
		return nil
	}
	return w.follow()
}

// follow replaces the link here with what it leads to.
func (w *walker) follow() error {
	link := w.here()
	if w.links++; w.links > maxLinks {
		return syscall.ELOOP
	}
	w.stack = w.stack[:len(w.stack)-1]
	if m, ok := link.node.(magic); ok {
		n, err := m.jump()
		if err != nil {
			return err
		}
		return w.push(link.mnt, n, link.path)
	}
	target, err := link.node.readlink()
	if err != nil {
		return err
	}
	if target == "" {
		return syscall.ENOENT
	}
	return w.walk(target, true)
}

// join is the path of a name in a directory.
func join(dir, name string) string {
	if dir == "/" {
		return "/" + name
	}
	return dir + "/" + name
}
