package kernel

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path"
	"sort"
	"strings"
	"syscall"
)

// Stat describes a file, links followed.
func (f *FS) Stat(name string) (fs.FileInfo, error) { return f.stat("stat", name, true) }

// Lstat describes a file, or the link itself.
func (f *FS) Lstat(name string) (fs.FileInfo, error) { return f.stat("lstat", name, false) }

func (f *FS) stat(op, name string, follow bool) (fs.FileInfo, error) {
	at, err := f.find(name, follow)
	if err != nil {
		return nil, pathError(op, name, err)
	}
	return &info{path.Base(name), at.attr}, nil
}

// ReadDir lists a directory, sorted by name.
func (f *FS) ReadDir(name string) ([]fs.DirEntry, error) {
	at, err := f.find(name, true)
	if err == nil {
		err = f.allowed(&at.attr, ReadOK)
	}
	if err != nil {
		return nil, pathError("open", name, err)
	}
	entries, err := f.entries(at)
	return entries, pathError("readdirent", name, err)
}

// entries lists a directory with what is mounted in it.
func (f *FS) entries(at place) ([]fs.DirEntry, error) {
	if !at.attr.mode.IsDir() {
		return nil, syscall.ENOTDIR
	}
	names, err := at.node.list()
	if err != nil {
		return nil, err
	}
	seen := make(map[string]bool, len(names))
	out := make([]fs.DirEntry, 0, len(names))
	for _, l := range names {
		seen[l.name] = true
		out = append(out, f.entry(at.path, l))
	}
	for _, name := range f.c.mountsBelow(at.path) {
		if !seen[name] {
			seen[name] = true
			out = append(out, f.entry(at.path, listed{name, f.kindOf(join(at.path, name))}))
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name() < out[j].Name() })
	return out, nil
}

// entry is a name whose information is fetched when it is asked for.
func (f *FS) entry(dir string, l listed) fs.DirEntry {
	return &entry{name: l.name, kind: l.kind, info: func() (fs.FileInfo, error) { return f.Lstat(join(dir, l.name)) }}
}

func (f *FS) kindOf(name string) fs.FileMode {
	at, err := f.walk(name, false)
	if err != nil {
		return fs.ModeDir
	}
	return at.attr.mode.Type()
}

// ReadFile reads a whole file.
func (f *FS) ReadFile(name string) ([]byte, error) {
	file, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var all bytes.Buffer
	all.Grow(int(min(max(0, file.at.attr.size), 1<<20)) + bytes.MinRead)
	_, err = all.ReadFrom(file)
	return all.Bytes(), err
}

// WriteFile writes a file, and makes it if it is missing.
func (f *FS) WriteFile(name string, data []byte, perm fs.FileMode) error {
	file, err := f.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, perm)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = file.Write(data)
	return err
}

// Mkdir makes a directory.
func (f *FS) Mkdir(name string, perm fs.FileMode) error {
	_, err := f.add(name, fs.ModeDir|perm&changeable, "")
	return pathError("mkdir", name, err)
}

// MkdirAll makes a directory and those above it.
func (f *FS) MkdirAll(name string, perm fs.FileMode) error {
	fi, err := f.Stat(name)
	switch {
	case err == nil && fi.IsDir():
		return nil
	case err == nil:
		return pathError("mkdir", name, syscall.ENOTDIR)
	}
	trimmed := strings.TrimRight(name, "/")
	if parent := strings.TrimRight(trimmed[:strings.LastIndexByte(trimmed, '/')+1], "/"); parent != "" {
		if err := f.MkdirAll(parent, perm); err != nil {
			return err
		}
	}
	err = f.Mkdir(name, perm)
	if fi, serr := f.Lstat(name); err != nil && serr == nil && fi.IsDir() {
		return nil
	}
	return err
}

// Mkfifo makes a named pipe.
func (f *FS) Mkfifo(name string, perm fs.FileMode) error {
	_, err := f.add(name, fs.ModeNamedPipe|perm.Perm(), "")
	return pathError("mkfifo", name, err)
}

// Symlink makes a symbolic link at name that leads to target.
func (f *FS) Symlink(target, name string) error {
	if target == "" {
		return &os.LinkError{Op: "symlink", Old: target, New: name, Err: syscall.ENOENT}
	}
	if _, err := f.add(name, fs.ModeSymlink|0o777, target); err != nil {
		return &os.LinkError{Op: "symlink", Old: target, New: name, Err: err}
	}
	return nil
}

// Link makes a second name for a file.
func (f *FS) Link(old, name string) error {
	if err := f.link(old, name); err != nil {
		return &os.LinkError{Op: "link", Old: old, New: name, Err: err}
	}
	return nil
}

func (f *FS) link(old, name string) error {
	from, err := f.find(old, false)
	if err != nil {
		return err
	}
	dir, base, err := f.parentOf(name)
	if err != nil {
		return err
	}
	if _, err := dir.node.lookup(base); err == nil {
		return syscall.EEXIST
	}
	switch {
	case strings.HasSuffix(name, "/"):
		return syscall.ENOENT
	case from.attr.mode.IsDir():
		return syscall.EPERM
	case from.mnt != dir.mnt:
		return syscall.EXDEV
	}
	if err := f.mayChange(&dir); err != nil {
		return err
	}
	return dir.node.link(base, from.node)
}

// Readlink is where a symbolic link leads to.
func (f *FS) Readlink(name string) (string, error) {
	at, err := f.find(name, false)
	if err == nil && at.attr.mode&fs.ModeSymlink == 0 {
		err = syscall.EINVAL
	}
	if err != nil {
		return "", pathError("readlink", name, err)
	}
	target, err := at.node.readlink()
	return target, pathError("readlink", name, err)
}

// Remove removes a file or an empty directory.
func (f *FS) Remove(name string) error {
	err := f.take(name, false)
	if err == nil {
		return nil
	}
	// Like package os: of both answers, the one that is not about the kind of file.
	switch dirErr := f.take(name, true); {
	case dirErr == nil:
		return nil
	case !errors.Is(dirErr, syscall.ENOTDIR):
		err = dirErr
	}
	return pathError("remove", name, err)
}

// Unlink removes a file, and no directory.
func (f *FS) Unlink(name string) error { return pathError("unlink", name, f.take(name, false)) }

// Rmdir removes an empty directory.
func (f *FS) Rmdir(name string) error { return pathError("rmdir", name, f.take(name, true)) }

// take takes a name away.
func (f *FS) take(name string, isDir bool) error {
	dir, base, err := f.parentOf(name)
	if err != nil {
		return err
	}
	at := join(dir.path, base)
	if f.c.mountWithin(at) {
		return syscall.EBUSY
	}
	n, err := dir.node.lookup(base)
	if err != nil {
		return err
	}
	a, err := n.stat()
	if err != nil {
		return err
	}
	if err := f.mayTake(&dir, &a); err != nil {
		return err
	}
	if !a.mode.IsDir() && strings.HasSuffix(name, "/") {
		return syscall.ENOTDIR
	}
	return dir.node.remove(base, isDir)
}

// RemoveAll removes a path and everything below it. What is not there is no error. It goes on after an error, and returns the first.
func (f *FS) RemoveAll(name string) error {
	if trimmed := strings.TrimRight(name, "/"); trimmed != "" {
		name = trimmed
	}
	at, err := f.find(name, false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return pathError("unlinkat", name, err)
	}
	if !at.attr.mode.IsDir() {
		return pathError("unlinkat", name, f.take(name, false))
	}
	entries, first := f.ReadDir(name)
	for _, e := range entries {
		if err := f.RemoveAll(join(strings.TrimRight(name, "/"), e.Name())); err != nil && first == nil {
			first = err
		}
	}
	if first != nil {
		return first
	}
	return pathError("unlinkat", name, f.take(name, true))
}

// Rename moves a file or a directory within a file system.
func (f *FS) Rename(old, name string) error {
	if err := f.rename(old, name); err != nil {
		return &os.LinkError{Op: "rename", Old: old, New: name, Err: err}
	}
	return nil
}

func (f *FS) rename(old, name string) error {
	from, oldBase, err := f.parentOf(old)
	if err != nil {
		return err
	}
	to, base, err := f.parentOf(name)
	if err != nil {
		return err
	}
	oldPath, newPath := join(from.path, oldBase), join(to.path, base)
	switch {
	case from.mnt != to.mnt:
		return syscall.EXDEV
	case f.c.mountWithin(oldPath) || f.c.mountWithin(newPath):
		return syscall.EBUSY
	}
	moved, err := lookupStat(from.node, oldBase)
	if err != nil {
		return err
	}
	switch {
	case !moved.mode.IsDir() && (strings.HasSuffix(old, "/") || strings.HasSuffix(name, "/")):
		return syscall.ENOTDIR
	case strings.HasPrefix(newPath, oldPath+"/"):
		return syscall.EINVAL
	case strings.HasPrefix(oldPath, newPath+"/"):
		return syscall.ENOTEMPTY
	}
	if err := f.mayTake(&from, &moved); err != nil {
		return err
	}
	if err := f.mayReplace(&to, base, &moved); err != nil {
		return err
	}
	return from.node.rename(oldBase, to.node, base)
}

// mayReplace says whether a file may take a name, at which there may be another.
func (f *FS) mayReplace(dir *place, base string, by *attr) error {
	old, err := lookupStat(dir.node, base)
	switch {
	case err != nil:
		return f.mayChange(dir)
	case by.mode.IsDir() && !old.mode.IsDir():
		return syscall.ENOTDIR
	case !by.mode.IsDir() && old.mode.IsDir():
		return syscall.EISDIR
	}
	return f.mayTake(dir, &old)
}

func lookupStat(dir node, base string) (attr, error) {
	n, err := dir.lookup(base)
	if err != nil {
		return attr{}, err
	}
	return n.stat()
}
