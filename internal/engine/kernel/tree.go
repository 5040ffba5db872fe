package kernel

import (
	"io/fs"
	"path"
	"strings"
	"sync"
	"time"
)

// treeEpoch is the time that an image's files show if nobody set another.
var treeEpoch = time.Date(2026, time.January, 15, 9, 30, 0, 0, time.UTC)

// Tree is a file tree in memory: an image's, which many containers share and none changes, or the content that a mount begins with. It is built
// with its methods, which make missing parent directories (0755, root) and replace what was there, and must not change once a container uses it.
type Tree struct {
	root *treeNode
	when time.Time
}

// treeNode is a file of a Tree. Several names may lead to one.
type treeNode struct {
	mode     fs.FileMode
	uid, gid int
	mtime    time.Time
	links    int
	kids     map[string]*treeNode // of a directory
	target   string               // of a symbolic link
	blob     *blob                // of a file
	device   uint64               // of a device file
}

// blob is a file's content, made when it is first asked for.
type blob struct {
	size int64
	once sync.Once
	make func() []byte
	data []byte
}

// bytes is the content; nobody may change it.
func (b *blob) bytes() []byte {
	b.once.Do(func() {
		if b.make != nil {
			b.data, b.make = b.make(), nil
		}
	})
	return b.data
}

// NewTree returns an empty tree: a root directory, 0755, root.
func NewTree() *Tree {
	t := &Tree{when: treeEpoch}
	t.root = t.node(fs.ModeDir|0o755, 0, 0)
	return t
}

// node makes a node that no name leads to yet.
func (t *Tree) node(mode fs.FileMode, uid, gid int) *treeNode {
	n := &treeNode{mode: mode, uid: uid, gid: gid, mtime: t.when, links: 1}
	if mode.IsDir() {
		n.kids, n.links = map[string]*treeNode{}, 2
	}
	return n
}

// Clone returns a tree with the same files that can be changed on its own; contents are shared.
func (t *Tree) Clone() *Tree {
	return &Tree{root: t.root.clone(map[*treeNode]*treeNode{}), when: t.when}
}

// clone copies a node and what is below it. seen keeps files with several names one file.
func (n *treeNode) clone(seen map[*treeNode]*treeNode) *treeNode {
	if c := seen[n]; c != nil {
		return c
	}
	c := *n
	seen[n] = &c
	if n.kids != nil {
		c.kids = make(map[string]*treeNode, len(n.kids))
		for name, kid := range n.kids {
			c.kids[name] = kid.clone(seen)
		}
	}
	return &c
}

// put gives a node a name, making the directories above it. What is no directory on the way is replaced by one, as when layers are unpacked.
func (t *Tree) put(name string, n *treeNode) {
	dir, base := t.parent(name)
	if base == "" {
		return
	}
	dir.unlink(base)
	dir.kids[base] = n
	if n.mode.IsDir() {
		dir.links++
	}
}

// parent finds, or makes, the directory of name; base is empty for the root.
func (t *Tree) parent(name string) (dir *treeNode, base string) {
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	dir = t.root
	for {
		head, rest, more := strings.Cut(name, "/")
		if !more {
			return dir, head
		}
		kid := dir.kids[head]
		if kid == nil || !kid.mode.IsDir() {
			dir.unlink(head)
			kid = t.node(fs.ModeDir|0o755, 0, 0)
			dir.kids[head] = kid
			dir.links++
		}
		dir, name = kid, rest
	}
}

// unlink takes a name away.
func (n *treeNode) unlink(name string) {
	old := n.kids[name]
	if old == nil {
		return
	}
	if old.mode.IsDir() {
		n.links--
	} else {
		old.links--
	}
	delete(n.kids, name)
}

// Mkdir makes a directory, or changes mode and owner of one. mode may have fs.ModeSticky and fs.ModeSetgid.
func (t *Tree) Mkdir(name string, mode fs.FileMode, uid, gid int) {
	n := t.find(name)
	if n == nil || !n.mode.IsDir() {
		n = t.node(fs.ModeDir, 0, 0)
		t.put(name, n)
	}
	n.mode, n.uid, n.gid, n.mtime = fs.ModeDir|mode&changeable, uid, gid, t.when
}

// File makes a file. The content must not change afterwards.
func (t *Tree) File(name string, content []byte, mode fs.FileMode, uid, gid int) {
	n := t.node(mode&changeable, uid, gid)
	n.blob = &blob{size: int64(len(content)), data: content}
	t.put(name, n)
}

// Lazy makes a file whose content is made when it is first read; size is its length in bytes.
func (t *Tree) Lazy(name string, size int64, content func() []byte, mode fs.FileMode, uid, gid int) {
	n := t.node(mode&changeable, uid, gid)
	n.blob = &blob{size: size, make: content}
	t.put(name, n)
}

// Symlink makes a symbolic link at name that leads to target.
func (t *Tree) Symlink(name, target string, uid, gid int) {
	n := t.node(fs.ModeSymlink|0o777, uid, gid)
	n.target = target
	t.put(name, n)
}

// Link makes a second name for the file old. It does nothing if there is no such file.
func (t *Tree) Link(name, old string) {
	n := t.find(old)
	if n == nil || n.mode.IsDir() || t.find(name) == n {
		return
	}
	t.put(name, n)
	n.links++
}

// Remove removes name and what is below it.
func (t *Tree) Remove(name string) {
	if t.find(name) == nil {
		return
	}
	if dir, base := t.parent(name); base != "" {
		dir.unlink(base)
	}
}

// SetTime is the time of change that files made from now on show.
func (t *Tree) SetTime(when time.Time) { t.when = when }

// find is the node of a name, links not followed.
func (t *Tree) find(name string) *treeNode {
	n := t.root
	for part := range strings.SplitSeq(path.Clean("/"+name), "/") {
		if part == "" {
			continue
		}
		if n = n.kids[part]; n == nil {
			return nil
		}
	}
	return n
}

// Size is the sum of the files' lengths in bytes; a file with several names counts once.
func (t *Tree) Size() int64 { return t.root.size(map[*treeNode]bool{}) }

func (n *treeNode) size(seen map[*treeNode]bool) (total int64) {
	if seen[n] {
		return 0
	}
	seen[n] = true
	if n.blob != nil {
		total = n.blob.size
	}
	for _, kid := range n.kids {
		total += kid.size(seen)
	}
	return total
}
