package kernel

import (
	"io/fs"
	"syscall"
	"time"
)

// alter changes attributes of a file, if the caller may.
func (f *FS) alter(op, name string, follow bool, c *change, may func(*attr) error) error {
	at, err := f.find(name, follow)
	if err == nil && at.mnt.ro {
		err = syscall.EROFS
	}
	if err == nil {
		err = may(&at.attr)
	}
	if err == nil {
		err = at.node.change(*c)
	}
	return pathError(op, name, err)
}

// mayOwn is the right to change what is its owner's to change.
func (f *FS) mayOwn(a *attr) error {
	if !f.owns(a) {
		return syscall.EPERM
	}
	return nil
}

// Chmod changes a file's mode.
func (f *FS) Chmod(name string, mode fs.FileMode) error {
	return f.alter("chmod", name, true, &change{mode: &mode}, f.mayOwn)
}

// Chown changes a file's owner and group; -1 leaves one as it is.
func (f *FS) Chown(name string, uid, gid int) error { return f.chown("chown", name, true, uid, gid) }

// Lchown is Chown for the link itself.
func (f *FS) Lchown(name string, uid, gid int) error { return f.chown("lchown", name, false, uid, gid) }

func (f *FS) chown(op, name string, follow bool, uid, gid int) error {
	var c change
	if uid >= 0 {
		c.uid = &uid
	}
	if gid >= 0 {
		c.gid = &gid
	}
	return f.alter(op, name, follow, &c, func(a *attr) error {
		if !f.mayGive(a, uid, gid) {
			return syscall.EPERM
		}
		if bits := a.mode &^ (fs.ModeSetuid | fs.ModeSetgid); bits != a.mode && a.mode.IsRegular() {
			c.mode = &bits // a file that changes hands loses these
		}
		return nil
	})
}

// mayGive says whether a file may be given away: by root, and by its owner to a group that he belongs to.
func (f *FS) mayGive(a *attr, uid, gid int) bool {
	if f.cred.UID == 0 && f.c.capable("CHOWN") {
		return true
	}
	return f.cred.UID == a.uid && (uid < 0 || uid == a.uid) && (gid < 0 || gid == a.gid || f.cred.member(gid))
}

// Chtimes changes a file's times; a zero time leaves one as it is.
func (f *FS) Chtimes(name string, atime, mtime time.Time) error {
	var c change
	if !atime.IsZero() {
		c.atime = &atime
	}
	if !mtime.IsZero() {
		c.mtime = &mtime
	}
	return f.alter("chtimes", name, true, &c, func(a *attr) error {
		if f.allowed(a, WriteOK) == nil {
			return nil
		}
		return f.mayOwn(a)
	})
}

// Truncate cuts or extends a file with zeros.
func (f *FS) Truncate(name string, size int64) error {
	if size < 0 {
		return pathError("truncate", name, syscall.EINVAL)
	}
	return f.alter("truncate", name, true, &change{size: &size}, func(a *attr) error {
		switch {
		case a.mode.IsDir():
			return syscall.EISDIR
		case !a.mode.IsRegular():
			return syscall.EINVAL
		}
		return f.allowed(a, WriteOK)
	})
}

// EvalSymlinks is the absolute path of a file without links.
func (f *FS) EvalSymlinks(name string) (string, error) {
	at, err := f.find(name, true)
	return at.path, pathError("lstat", name, err)
}

// Access says whether the process may do what mode names: ReadOK, WriteOK and ExecOK; 0 asks whether the file exists.
func (f *FS) Access(name string, mode uint32) error {
	at, err := f.find(name, true)
	if err == nil && mode&WriteOK != 0 && at.mnt.ro && at.attr.mode&fs.ModeDevice == 0 {
		err = syscall.EROFS
	}
	if err == nil {
		err = f.allowed(&at.attr, mode)
	}
	return pathError("access", name, err)
}

// Mounts lists the mounts as /proc/mounts does.
func (f *FS) Mounts() []MountInfo {
	out := make([]MountInfo, 0, len(f.c.order))
	for _, target := range f.c.order {
		out = append(out, f.c.mounts[target].info())
	}
	return out
}
