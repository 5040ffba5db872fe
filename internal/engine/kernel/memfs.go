package kernel

import (
	"io/fs"
	"sync"
	"syscall"
	"time"
)

// memFS is a writable file system in memory over a Tree that stays as it is. A node is made of a file of the tree when it is first looked up, and
// holds what differs: so renaming, linking or changing a file of the tree needs no copy of it, and only writing copies content.
type memFS struct {
	mu     sync.Mutex
	now    func() time.Time
	dev    uint64
	ino    uint64
	limit  int64                   // bytes that may be used
	used   int64                   // bytes of files that are not the tree's any more
	inodes int                     // likewise files
	charge func(delta int64) error // tells somebody who counts memory; nil: nobody does
	linked map[*treeNode]*memNode  // nodes of files that have several names in the tree
	top    *memNode
}

// memNode is a file of a memFS. All but fsys, kind, lower, target and fifo, which stay as they are, is guarded by the file system's lock.
type memNode struct {
	fsys   *memFS
	kind   fs.FileMode // the type bits of its mode
	attr   attr
	lower  *treeNode           // what it was made of, if anything
	kids   map[string]*memNode // of a directory: what was looked up or made
	hidden map[string]bool     // of a directory: names of lower that are gone
	target string              // of a symbolic link
	data   *blocks             // of a file that was written to; else lower has the content
	fifo   *fifo               // of a named pipe
	opened int                 // handles
}

// newMemFS returns a file system over a tree; nil is an empty one.
func newMemFS(lower *Tree, dev uint64, limit int64, now func() time.Time, charge func(int64) error) *memFS {
	m := &memFS{now: now, dev: dev, limit: limit, charge: charge}
	if lower == nil {
		lower = NewTree()
	}
	m.top = m.wrap(lower.root)
	return m
}

// wrap makes a node of a file of the tree.
func (m *memFS) wrap(lower *treeNode) *memNode {
	several := lower.links > 1 && !lower.mode.IsDir()
	if several {
		if n := m.linked[lower]; n != nil {
			return n
		}
	}
	n := m.node(attr{mode: lower.mode, uid: lower.uid, gid: lower.gid, nlink: lower.links, device: lower.device, mtime: lower.mtime, atime: lower.mtime, ctime: lower.mtime})
	n.lower, n.target = lower, lower.target
	if lower.blob != nil {
		n.attr.size = lower.blob.size
	}
	if several {
		if m.linked == nil {
			m.linked = map[*treeNode]*memNode{}
		}
		m.linked[lower] = n
	}
	return n
}

// node makes a node with the next number.
func (m *memFS) node(a attr) *memNode {
	m.ino++
	a.ino, a.dev = m.ino, m.dev
	if a.mode&fs.ModeSymlink != 0 && a.size == 0 {
		a.size = 1
	}
	return &memNode{fsys: m, kind: a.mode.Type(), attr: a}
}

// reserve counts bytes that a file takes more (or less).
func (m *memFS) reserve(delta int64) error {
	if delta > 0 && m.used+delta > m.limit {
		return syscall.ENOSPC
	}
	if m.charge != nil && delta != 0 {
		if err := m.charge(delta); err != nil {
			return err
		}
	}
	m.used += delta
	return nil
}

// usage is what the layer holds.
func (m *memFS) usage() (bytes int64, inodes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.used, m.inodes
}

func (m *memFS) setLimit(limit int64) {
	m.mu.Lock()
	m.limit = limit
	m.mu.Unlock()
}

// free gives back what all files hold, when the file system goes away.
func (m *memFS) free() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.charge != nil && m.used != 0 {
		_ = m.charge(-m.used)
	}
	m.used, m.charge = 0, nil
}

// onDisk is what a file of that length takes: whole pages.
func onDisk(size int64) int64 { return (size + 4095) &^ 4095 }

func (n *memNode) lock() func() {
	n.fsys.mu.Lock()
	return n.fsys.mu.Unlock
}

func (n *memNode) stat() (attr, error) {
	defer n.lock()()
	a := n.attr
	if a.mode.IsDir() {
		a.size = 4096
	}
	return a, nil
}

// child finds a name, locked.
func (n *memNode) child(name string) *memNode {
	if kid := n.kids[name]; kid != nil {
		return kid
	}
	if n.lower == nil || n.hidden[name] {
		return nil
	}
	lower := n.lower.kids[name]
	if lower == nil {
		return nil
	}
	kid := n.fsys.wrap(lower)
	n.keep(name, kid)
	return kid
}

// keep remembers a child, locked.
func (n *memNode) keep(name string, kid *memNode) {
	if n.kids == nil {
		n.kids = map[string]*memNode{}
	}
	n.kids[name] = kid
}

func (n *memNode) lookup(name string) (node, error) {
	defer n.lock()()
	if kid := n.child(name); kid != nil {
		return kid, nil
	}
	return nil, syscall.ENOENT
}

func (n *memNode) readlink() (string, error) { return n.target, nil }

func (n *memNode) list() ([]listed, error) {
	defer n.lock()()
	out := make([]listed, 0, len(n.kids))
	for name, kid := range n.kids {
		out = append(out, listed{name, kid.attr.mode.Type()})
	}
	if n.lower == nil {
		return out, nil
	}
	for name, kid := range n.lower.kids {
		if n.kids[name] == nil && !n.hidden[name] {
			out = append(out, listed{name, kid.mode.Type()})
		}
	}
	return out, nil
}

// empty says whether a directory has no names, locked.
func (n *memNode) empty() bool {
	if len(n.kids) > 0 {
		return false
	}
	if n.lower == nil {
		return true
	}
	for name := range n.lower.kids {
		if !n.hidden[name] {
			return false
		}
	}
	return true
}

// make adds a file of any kind.
func (n *memNode) make(name string, a attr, target string) (node, error) {
	defer n.lock()()
	if n.attr.nlink == 0 {
		return nil, syscall.ENOENT
	}
	if n.child(name) != nil {
		return nil, syscall.EEXIST
	}
	now := n.fsys.now()
	a.mtime, a.atime, a.ctime, a.nlink, a.size = now, now, now, 1, int64(len(target))
	kid := n.fsys.node(a)
	kid.target = target
	if a.mode&fs.ModeNamedPipe != 0 {
		kid.fifo = newFifo()
	}
	if a.mode.IsDir() {
		kid.attr.nlink = 2
		n.attr.nlink++
	}
	n.fsys.inodes++
	n.keep(name, kid)
	n.touch(now)
	return kid, nil
}

// touch notes that a directory changed, locked.
func (n *memNode) touch(now time.Time) { n.attr.mtime, n.attr.ctime = now, now }

// drop takes a name out of a directory, locked.
func (n *memNode) drop(name string) {
	delete(n.kids, name)
	if n.lower != nil && n.lower.kids[name] != nil {
		if n.hidden == nil {
			n.hidden = map[string]bool{}
		}
		n.hidden[name] = true
	}
	n.touch(n.fsys.now())
}

func (n *memNode) link(name string, old node) error {
	file, ok := old.(*memNode)
	if !ok || file.fsys != n.fsys {
		return syscall.EXDEV
	}
	defer n.lock()()
	if n.child(name) != nil {
		return syscall.EEXIST
	}
	if file.attr.nlink == 0 {
		return syscall.ENOENT
	}
	file.attr.nlink++
	file.attr.ctime = n.fsys.now()
	n.keep(name, file)
	n.touch(file.attr.ctime)
	return nil
}

func (n *memNode) remove(name string, dir bool) error {
	defer n.lock()()
	kid := n.child(name)
	if kid == nil {
		return syscall.ENOENT
	}
	if err := kid.removable(dir); err != nil {
		return err
	}
	n.drop(name)
	n.unref(kid)
	return nil
}

// removable says whether unlink(2), or rmdir(2), may take the node, locked.
func (n *memNode) removable(dir bool) error {
	switch {
	case dir && !n.attr.mode.IsDir():
		return syscall.ENOTDIR
	case !dir && n.attr.mode.IsDir():
		return syscall.EISDIR
	case dir && !n.empty():
		return syscall.ENOTEMPTY
	}
	return nil
}

// unref notes that a name of kid in n is gone, locked.
func (n *memNode) unref(kid *memNode) {
	if kid.attr.mode.IsDir() {
		n.attr.nlink--
		kid.attr.nlink = 0
	} else {
		kid.attr.nlink--
	}
	kid.attr.ctime = n.fsys.now()
	kid.release()
}

// release gives the space back of a file that has neither name nor handle, locked.
func (n *memNode) release() {
	if n.attr.nlink > 0 || n.opened > 0 {
		return
	}
	if n.lower == nil || n.data != nil {
		n.fsys.inodes--
	}
	if n.data != nil {
		_ = n.fsys.reserve(-onDisk(n.data.size))
		n.data = &blocks{}
	}
}

func (n *memNode) rename(name string, to node, toName string) error {
	dir, ok := to.(*memNode)
	if !ok || dir.fsys != n.fsys {
		return syscall.EXDEV
	}
	defer n.lock()()
	kid := n.child(name)
	if kid == nil {
		return syscall.ENOENT
	}
	old := dir.child(toName)
	if old == kid {
		return nil
	}
	if old != nil {
		if err := old.removable(kid.attr.mode.IsDir()); err != nil {
			return err
		}
		dir.drop(toName)
		dir.unref(old)
	}
	n.drop(name)
	dir.keep(toName, kid)
	if kid.attr.mode.IsDir() {
		n.attr.nlink--
		dir.attr.nlink++
	}
	kid.attr.ctime = n.fsys.now()
	dir.touch(kid.attr.ctime)
	return nil
}

func (n *memNode) change(c change) error {
	if c.size != nil {
		if err := n.resize(*c.size); err != nil {
			return err
		}
	}
	defer n.lock()()
	c.apply(&n.attr)
	n.attr.ctime = n.fsys.now()
	return nil
}

// content is what a file holds, for reading: either its own blocks or the tree's bytes. It must be called unlocked, because the tree's content
// may have to be made.
func (n *memNode) lowerContent() []byte {
	if n.lower == nil || n.lower.blob == nil {
		return nil
	}
	return n.lower.blob.bytes()
}

// own makes the content the node's own before it is written, and returns locked, if there is no error.
func (n *memNode) own() error {
	content := n.lowerContent()
	n.fsys.mu.Lock()
	if n.data != nil {
		return nil
	}
	if err := n.fsys.reserve(onDisk(int64(len(content)))); err != nil {
		n.fsys.mu.Unlock()
		return err
	}
	n.data = blocksOf(content)
	n.attr.size = n.data.size
	if n.lower != nil {
		n.fsys.inodes++
	}
	return nil
}

func (n *memNode) resize(size int64) error {
	if err := n.own(); err != nil {
		return err
	}
	defer n.fsys.mu.Unlock()
	if err := n.fsys.reserve(onDisk(size) - onDisk(n.data.size)); err != nil {
		return err
	}
	n.data.resize(size)
	n.attr.size = size
	n.touch(n.fsys.now())
	return nil
}
