package kernel

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// hostFS is a directory, or one file, of the machine, mounted in a container. Everything goes through an os.Root, so that no name and no link, not
// even one that appears in the middle of a call, leads out of it. Links are FS's business: here they are never followed on purpose.
type hostFS struct {
	root   *os.Root
	source string // path on the machine, links resolved
	file   string // if the source is a file: its name in root, which is the directory it lies in
	gid    int    // fsGroup; 0: none
	ro     bool
	dev    uint64
	limit  int64
	volume *volume
	disk   *disk
	kept   *sources
}

// hostNode is a file in a hostFS.
type hostNode struct {
	fsys *hostFS
	rel  string // in the root; "." is the root itself
	info fs.FileInfo
}

// openHost opens a mount's source.
func openHost(m Mount, dev uint64, account *Accounting) (*hostFS, error) {
	source, err := filepath.EvalSymlinks(m.Source)
	if err != nil {
		return nil, fmt.Errorf("mounting %s: %w", m.Target, err)
	}
	fi, err := os.Stat(source)
	if err != nil {
		return nil, fmt.Errorf("mounting %s: %w", m.Target, err)
	}
	h := &hostFS{source: source, gid: max(0, m.GID), ro: m.ReadOnly, dev: dev, limit: m.Size, disk: account.disk, volume: account.disk.volume(source), kept: account.kept}
	if h.limit == 0 {
		h.limit = defaultHostSize
	}
	dir := source
	if !fi.IsDir() {
		dir, h.file = filepath.Split(source)
	}
	if h.root, err = openWithin(dir, m.Within); err != nil {
		return nil, fmt.Errorf("mounting %s: %w", m.Target, err)
	}
	return h, nil
}

// openWithin opens a directory that must lie in one of others. A link that a container puts on the way at the last moment does not lead out of them.
func openWithin(dir string, within []string) (*os.Root, error) {
	if len(within) == 0 {
		return os.OpenRoot(dir)
	}
	for _, outer := range within {
		real, err := filepath.EvalSymlinks(outer)
		if err != nil {
			continue
		}
		rel, err := filepath.Rel(real, filepath.Clean(dir))
		if err != nil || !filepath.IsLocal(rel) {
			continue
		}
		root, err := os.OpenRoot(real)
		if err != nil {
			return nil, err
		}
		defer root.Close()
		return root.OpenRoot(rel)
	}
	return nil, fmt.Errorf("%s lies outside of what may be mounted: %w", dir, syscall.EACCES)
}

// defaultHostSize is how big containers may make a directory of the machine if its mount has no size, in bytes.
const defaultHostSize = 1 << 30

// top is the node that the mount shows.
func (h *hostFS) top() (node, error) {
	rel := "."
	if h.file != "" {
		rel = h.file
	}
	return h.find(rel)
}

// find is node for those who know nodes only.
func (h *hostFS) find(rel string) (node, error) {
	n, err := h.node(rel)
	if err != nil {
		return nil, err
	}
	return n, nil
}

// node looks a path up.
func (h *hostFS) node(rel string) (*hostNode, error) {
	fi, err := h.root.Lstat(rel)
	if err != nil {
		return nil, errno(err)
	}
	return &hostNode{h, rel, fi}, nil
}

// path is where a file lies on the machine: the key of what is kept beside it.
func (h *hostFS) path(rel string) string {
	if h.file != "" {
		return h.source
	}
	return filepath.Join(h.source, rel)
}

// attr is what a file shows.
func (h *hostFS) attr(rel string, fi fs.FileInfo) attr {
	a := attr{mode: fi.Mode(), gid: h.gid, nlink: 1, size: fi.Size(), mtime: fi.ModTime(), atime: fi.ModTime(), ctime: fi.ModTime(), dev: h.dev}
	system(fi, &a)
	if o, ok := h.kept.get(h.path(rel), a.ino); ok {
		return o.show(a)
	}
	if h.gid > 0 {
		a.mode |= groupRights(a.mode, h.ro)
	}
	return a
}

// show lays what is kept over what the machine says.
func (o *owner) show(a attr) attr {
	a.uid, a.gid = o.uid, o.gid
	if o.moded {
		a.mode = a.mode&^changeable | o.mode
	}
	if o.fifo != nil {
		a.mode, a.size = a.mode&^fs.ModeType|fs.ModeNamedPipe, 0
	}
	return a
}

// groupRights are the bits that the kubelet adds to a volume's files for fsGroup.
func groupRights(mode fs.FileMode, ro bool) fs.FileMode {
	bits := fs.FileMode(0o660)
	if ro {
		bits = 0o440
	}
	switch {
	case mode.IsDir():
		bits |= fs.ModeSetgid | 0o110
	case mode&fs.ModeSymlink != 0:
		bits = 0
	}
	return bits
}

// ino is the file's number on the machine, or 0.
func (n *hostNode) ino() uint64 {
	var a attr
	system(n.info, &a)
	return a.ino
}

// shown is what is to be kept for the file to show what it shows.
func (n *hostNode) shown() owner {
	a := n.fsys.attr(n.rel, n.info)
	o, _ := n.fsys.kept.get(n.fsys.path(n.rel), a.ino)
	o.uid, o.gid, o.mode, o.moded, o.ino = a.uid, a.gid, a.mode&changeable, n.info.Mode()&fs.ModeSymlink == 0, a.ino
	return o
}

func (n *hostNode) stat() (attr, error) { return n.fsys.attr(n.rel, n.info), nil }

// join is the path of a name in a directory. On Windows some names mean more than a name.
func (n *hostNode) join(name string) (string, error) {
	if runtime.GOOS == "windows" && strings.ContainsAny(name, `\/:*?"<>|`) {
		return "", syscall.EINVAL
	}
	return filepath.Join(n.rel, name), nil
}

func (n *hostNode) lookup(name string) (node, error) {
	rel, err := n.join(name)
	if err != nil {
		return nil, syscall.ENOENT
	}
	return n.fsys.find(rel)
}

func (n *hostNode) readlink() (string, error) {
	target, err := n.fsys.root.Readlink(n.rel)
	return filepath.ToSlash(target), errno(err)
}

func (n *hostNode) list() ([]listed, error) {
	dir, err := n.fsys.root.Open(n.rel)
	if err != nil {
		return nil, errno(err)
	}
	defer dir.Close()
	entries, err := dir.ReadDir(-1)
	out := make([]listed, 0, len(entries))
	for _, e := range entries {
		kind := e.Type()
		if o, ok := n.fsys.kept.get(n.fsys.path(filepath.Join(n.rel, e.Name())), 0); ok && o.fifo != nil {
			kind = fs.ModeNamedPipe
		}
		out = append(out, listed{e.Name(), kind})
	}
	return out, errno(err)
}

// make makes a file. The machine's file is always open to us, whatever the container's mode says.
func (n *hostNode) make(name string, a attr, target string) (node, error) {
	rel, err := n.join(name)
	if err != nil {
		return nil, err
	}
	root, own := n.fsys.root, owner{uid: a.uid, gid: a.gid, mode: a.mode & changeable, moded: true}
	n.fsys.disk.mu.Lock()
	defer n.fsys.disk.mu.Unlock()
	if !n.fsys.disk.mayMake(n.fsys.volume, n.fsys.limit) {
		return nil, syscall.ENOSPC
	}
	switch {
	case a.mode.IsDir():
		err = root.Mkdir(rel, a.mode.Perm()|0o700)
	case a.mode&fs.ModeSymlink != 0:
		err, own.moded = root.Symlink(target, rel), false
	default:
		if a.mode&fs.ModeNamedPipe != 0 {
			own.fifo = newFifo()
		}
		err = makeFile(root, rel, a.mode.Perm()|0o600)
	}
	if err != nil {
		return nil, errno(err)
	}
	made, err := n.fsys.node(rel)
	if err != nil {
		return nil, err
	}
	n.fsys.disk.made(n.fsys.volume, made.info)
	own.ino = made.ino()
	n.fsys.kept.set(n.fsys.path(rel), own)
	return made, nil
}

// makeFile makes an empty file.
func makeFile(root *os.Root, rel string, perm fs.FileMode) error {
	file, err := root.OpenFile(rel, os.O_CREATE|os.O_EXCL|os.O_WRONLY, perm)
	if err != nil {
		return err
	}
	return file.Close()
}

func (n *hostNode) link(name string, old node) error {
	file, ok := old.(*hostNode)
	if !ok || file.fsys != n.fsys {
		return syscall.EXDEV
	}
	rel, err := n.join(name)
	if err != nil {
		return err
	}
	n.fsys.disk.mu.Lock()
	defer n.fsys.disk.mu.Unlock()
	if id, _ := identity(file.info); id.ino == 0 {
		return syscall.EPERM // nobody could tell when its last name is gone
	}
	if err := n.fsys.root.Link(file.rel, rel); err != nil {
		return errno(err)
	}
	o := file.shown()
	n.fsys.kept.set(n.fsys.path(file.rel), o)
	n.fsys.kept.set(n.fsys.path(rel), o)
	return nil
}

func (n *hostNode) remove(name string, dir bool) error {
	rel, err := n.join(name)
	if err != nil {
		return syscall.ENOENT
	}
	n.fsys.disk.mu.Lock()
	defer n.fsys.disk.mu.Unlock()
	fi, err := n.fsys.root.Lstat(rel)
	if err != nil {
		return errno(err)
	}
	switch {
	case dir && !fi.IsDir():
		return syscall.ENOTDIR
	case !dir && fi.IsDir():
		return syscall.EISDIR
	}
	if err := n.fsys.root.Remove(rel); err != nil {
		return errno(err)
	}
	n.fsys.disk.unlinked(n.fsys.volume, fi)
	n.fsys.kept.forget(n.fsys.path(rel), dir)
	return nil
}

func (n *hostNode) rename(name string, to node, toName string) error {
	dir, ok := to.(*hostNode)
	if !ok || dir.fsys != n.fsys {
		return syscall.EXDEV
	}
	from, err := n.join(name)
	if err != nil {
		return syscall.ENOENT
	}
	rel, err := dir.join(toName)
	if err != nil {
		return err
	}
	return n.fsys.rename(from, rel)
}

// rename moves a file to a name, at which there may be another. Both may be the same file: then nothing happens, as POSIX wants it.
func (h *hostFS) rename(from, to string) error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	old, err := h.root.Lstat(from)
	if err != nil {
		return errno(err)
	}
	there, err := h.root.Lstat(to)
	switch {
	case err != nil:
		there = nil
	case os.SameFile(old, there):
		return nil
	case old.IsDir() && there.IsDir():
		if err := h.root.Remove(to); err != nil { // an empty one, because os.Root renames a directory to no name that exists
			return errno(err)
		}
	}
	if err := h.root.Rename(from, to); err != nil {
		return errno(err)
	}
	if there != nil {
		h.disk.unlinked(h.volume, there)
	}
	h.kept.move(h.path(from), h.path(to))
	return nil
}
