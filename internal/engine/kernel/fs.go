package kernel

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"
	"syscall"
)

// FS is a container's file system as a process sees it: with its working directory, and with its rights. The methods are those of package os.
type FS struct {
	c    *Container
	p    *Process // nil: the runtime's own
	cred Cred
	dir  string // working directory, if it is not the process's
}

// With is the file system from another directory, or as another user sees it. It does not check that the directory exists.
func (f *FS) With(dir string, cred Cred) *FS {
	return &FS{c: f.c, p: f.p, cred: cred, dir: path.Join("/", f.Abs(dir))}
}

// Dir is the working directory.
func (f *FS) Dir() string {
	switch {
	case f.dir != "":
		return f.dir
	case f.p != nil:
		return f.p.Dir()
	}
	return "/"
}

// Abs makes a path absolute, without following links.
func (f *FS) Abs(name string) string {
	if strings.HasPrefix(name, "/") {
		return name
	}
	return path.Join(f.Dir(), name)
}

// context ends when the process does.
func (f *FS) context() context.Context {
	if f.p != nil {
		return f.p.ctx
	}
	return context.Background()
}

// enter is what every call into the kernel begins with: a process that is dead gets nowhere, and one that is stopped waits.
func (f *FS) enter() error {
	if f.c.closed.Load() {
		return syscall.EINTR
	}
	if f.p != nil {
		return f.p.enter()
	}
	return nil
}

// allowed says whether the process may do what want names with a file.
func (f *FS) allowed(a *attr, want uint32) error {
	return a.allows(&f.cred, want, f.cred.UID == 0 && f.c.capable("DAC_OVERRIDE"))
}

// owns says whether the process may change a file's mode and times.
func (f *FS) owns(a *attr) bool {
	return f.cred.UID == a.uid || f.cred.UID == 0 && f.c.capable("FOWNER")
}

// umask is the mode bits that new files do not get.
func (f *FS) umask() fs.FileMode {
	if f.p != nil {
		return f.p.mask()
	}
	return 0o022
}

// find resolves a path after entering the kernel.
func (f *FS) find(name string, follow bool) (place, error) {
	if err := f.enter(); err != nil {
		return place{}, err
	}
	return f.walk(name, follow)
}

// parentOf resolves the directory of a path in which something is to change.
func (f *FS) parentOf(name string) (dir place, base string, err error) {
	if err := f.enter(); err != nil {
		return place{}, "", err
	}
	dir, base, err = f.walkParent(name)
	switch {
	case err != nil:
		return place{}, "", err
	case base == "" || base == "." || base == "..":
		return place{}, "", syscall.EINVAL
	}
	return dir, base, nil
}

// mayChange says whether names in a directory may be added or taken away.
func (f *FS) mayChange(dir *place) error {
	if dir.mnt.ro {
		return syscall.EROFS
	}
	return f.allowed(&dir.attr, WriteOK|ExecOK)
}

// mayTake says whether a name may be taken out of a directory: in a sticky one only its owner may, or the directory's.
func (f *FS) mayTake(dir *place, file *attr) error {
	if err := f.mayChange(dir); err != nil {
		return err
	}
	if dir.attr.mode&fs.ModeSticky != 0 && !f.owns(file) && f.cred.UID != dir.attr.uid {
		return syscall.EPERM
	}
	return nil
}

// fresh is what a new file in a directory has.
func (f *FS) fresh(dir *place, mode fs.FileMode) attr {
	a := attr{mode: mode, uid: f.cred.UID, gid: f.cred.GID}
	if mode&fs.ModeSymlink == 0 {
		a.mode &^= f.umask()
	}
	if dir.attr.mode&fs.ModeSetgid != 0 {
		a.gid = dir.attr.gid
		if mode.IsDir() {
			a.mode |= fs.ModeSetgid
		}
	}
	return a
}

// add makes a file of any kind.
func (f *FS) add(name string, mode fs.FileMode, target string) (place, error) {
	dir, base, err := f.parentOf(name)
	if err != nil {
		if errors.Is(err, syscall.EINVAL) {
			err = syscall.EEXIST
		}
		return place{}, err
	}
	at := join(dir.path, base)
	if f.c.mounts[at] != nil {
		return place{}, syscall.EEXIST
	}
	if _, err := dir.node.lookup(base); err == nil {
		return place{}, syscall.EEXIST
	}
	if !mode.IsDir() && strings.HasSuffix(name, "/") {
		return place{}, syscall.ENOENT
	}
	if err := f.mayChange(&dir); err != nil {
		return place{}, err
	}
	n, err := dir.node.make(base, f.fresh(&dir, mode), target)
	if err != nil {
		return place{}, err
	}
	a, err := n.stat()
	return place{mnt: dir.mnt, node: n, path: at, attr: a}, err
}
