package kernel

import (
	"context"
	"io/fs"
	"time"
)

// node is a file in a file system. It stores and finds; rights, read-only mounts and links are FS's business. Errors are syscall.Errno.
type node interface {
	stat() (attr, error)
	lookup(name string) (node, error)
	readlink() (string, error)
	list() ([]listed, error)
	open(f *FS, flag int) (handle, error)                  // O_TRUNC is done, O_CREATE and O_EXCL are not
	make(name string, a attr, target string) (node, error) // a file, directory, link or pipe; EEXIST
	link(name string, old node) error
	remove(name string, dir bool) error
	rename(name string, to node, toName string) error
	change(c change) error
}

// listed is a name in a directory.
type listed struct {
	name string
	kind fs.FileMode
}

// handle is an open file. The context of a call is that of the process that makes it; it matters where a call can wait.
type handle interface {
	stat() (attr, error)
	readAt(ctx context.Context, b []byte, off int64) (int, error) // 0, nil at the end
	writeAt(ctx context.Context, b []byte, off int64) (n int, end int64, err error)
	change(c change) error
	stream() bool // reads and writes have no place: pipes, terminals, devices
	close() error
}

// atEnd as the place of a write means the end of the file, wherever that is at the moment.
const atEnd int64 = -1

// change is what is to become of a file's attributes; nil leaves one as it is.
type change struct {
	mode         *fs.FileMode // changeable bits only
	uid, gid     *int
	atime, mtime *time.Time
	size         *int64
}

// apply changes everything but the size.
func (c *change) apply(a *attr) {
	if c.mode != nil {
		a.mode = a.mode&^changeable | *c.mode&changeable
	}
	if c.uid != nil {
		a.uid = *c.uid
	}
	if c.gid != nil {
		a.gid = *c.gid
	}
	if c.atime != nil {
		a.atime = *c.atime
	}
	if c.mtime != nil {
		a.mtime = *c.mtime
	}
}
