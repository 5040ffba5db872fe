package kernel

import (
	"io/fs"
	"syscall"
)

// Sub returns the part of the tree below a directory, for a mount of it. The files are shared.
func (t *Tree) Sub(name string) (*Tree, error) {
	n := t.find(name)
	switch {
	case n == nil:
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.ENOENT}
	case !n.mode.IsDir():
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.ENOTDIR}
	}
	return &Tree{root: n, when: t.when}, nil
}
