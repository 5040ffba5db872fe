package kernel

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
)

// File is an open file. Its methods are those of *os.File, and may be called by several goroutines.
type File struct {
	fs     *FS
	name   string
	at     place
	h      handle
	flag   int
	mu     sync.Mutex // guards off, listed
	off    int64
	listed []fs.DirEntry // of a directory: what ReadDir has not returned yet
	read   bool          // listed is filled
	closed atomic.Bool
}

// accessMode are the bits of an open flag that say whether it is for reading or writing.
const accessMode = os.O_RDONLY | os.O_WRONLY | os.O_RDWR

// Open opens a file for reading.
func (f *FS) Open(name string) (*File, error) { return f.OpenFile(name, os.O_RDONLY, 0) }

// Create makes a file, or empties it, and opens it for reading and writing.
func (f *FS) Create(name string) (*File, error) {
	return f.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
}

// OpenFile opens a file. flag is of package os: O_RDONLY, O_WRONLY, O_RDWR, O_APPEND, O_CREATE, O_EXCL, O_TRUNC. Opening a named pipe waits for
// the other side.
func (f *FS) OpenFile(name string, flag int, perm fs.FileMode) (*File, error) {
	at, err := f.locate(name, flag, perm)
	if err == nil {
		err = f.mayOpen(&at, flag)
	}
	if err != nil {
		return nil, pathError("open", name, err)
	}
	h, err := at.node.open(f, flag)
	if err != nil {
		return nil, pathError("open", name, err)
	}
	return &File{fs: f, name: name, at: at, h: h, flag: flag}, nil
}

// locate finds the file to open, or makes it.
func (f *FS) locate(name string, flag int, perm fs.FileMode) (place, error) {
	if flag&os.O_CREATE == 0 {
		return f.find(name, true)
	}
	for range maxLinks {
		at, next, err := f.locateOrMake(name, flag&os.O_EXCL != 0, perm)
		if next == "" {
			return at, err
		}
		name = next
	}
	return place{}, syscall.ELOOP
}

// locateOrMake finds the file of a name, or makes it. If the name is a link, next is what it leads to: a file may be made there. The right to open a
// file that was just made is not asked for: a process may make one that it could not open.
func (f *FS) locateOrMake(name string, excl bool, perm fs.FileMode) (at place, next string, err error) {
	dir, _, err := f.parentOf(name)
	switch {
	case errors.Is(err, syscall.EINVAL):
		at, err = f.find(name, true)
		return at, "", err
	case err != nil:
		return place{}, "", err
	case strings.HasSuffix(name, "/"):
		return place{}, "", syscall.EISDIR
	}
	at, err = f.walk(name, false)
	switch {
	case errors.Is(err, syscall.ENOENT):
		if at, err = f.add(name, perm&changeable, ""); errors.Is(err, syscall.EEXIST) && !excl {
			return place{}, name, nil // somebody was quicker
		}
		at.made = true
		return at, "", err
	case err == nil && excl:
		return place{}, "", syscall.EEXIST
	case err != nil || at.attr.mode&fs.ModeSymlink == 0:
		return at, "", err
	}
	if _, ok := at.node.(magic); ok {
		at, err = f.walk(name, true)
		return at, "", err
	}
	target, err := at.node.readlink()
	if err == nil && !strings.HasPrefix(target, "/") {
		target = join(dir.path, target)
	}
	return place{}, target, err
}

// mayOpen says whether the file may be opened so.
func (f *FS) mayOpen(at *place, flag int) error {
	writes := flag&accessMode != os.O_RDONLY || flag&os.O_TRUNC != 0
	switch {
	case at.made:
		return nil
	case at.attr.mode.IsDir() && (writes || flag&os.O_CREATE != 0):
		return syscall.EISDIR
	case at.attr.mode&fs.ModeSocket != 0:
		return syscall.ENXIO
	}
	var want uint32
	if flag&accessMode != os.O_WRONLY {
		want |= ReadOK
	}
	if writes {
		want |= WriteOK
	}
	if err := f.allowed(&at.attr, want); err != nil {
		return err
	}
	if writes && at.mnt.ro && at.attr.mode&(fs.ModeDevice|fs.ModeNamedPipe) == 0 {
		return syscall.EROFS
	}
	return nil
}

// Name is the path that the file was opened by.
func (f *File) Name() string { return f.name }

// TTY is the terminal that the file is, or nil.
func (f *File) TTY() *TTY {
	if d, ok := f.h.(*streamHandle); ok {
		tty, _ := d.s.(*TTY)
		return tty
	}
	return nil
}

// enter begins a call on the open file.
func (f *File) enter() error {
	if f.closed.Load() {
		return fs.ErrClosed
	}
	return f.fs.enter()
}

// fail names the file in an error.
func (f *File) fail(op string, err error) error { return pathError(op, f.name, err) }

// Read reads from where the file stands; io.EOF at the end.
func (f *File) Read(b []byte) (int, error) {
	if err := f.readable(); err != nil {
		return 0, f.fail("read", err)
	}
	if len(b) == 0 {
		return 0, nil
	}
	if !f.h.stream() {
		f.mu.Lock()
		defer f.mu.Unlock()
	}
	n, err := f.h.readAt(f.fs.context(), b, f.off)
	if !f.h.stream() {
		f.off += int64(n)
	}
	return n, f.ended("read", n, err)
}

// readable says whether the file may be read.
func (f *File) readable() error {
	if err := f.enter(); err != nil {
		return err
	}
	switch {
	case f.flag&accessMode == os.O_WRONLY:
		return syscall.EBADF
	case f.at.attr.mode.IsDir():
		return syscall.EISDIR
	}
	return nil
}

func (f *File) ended(op string, n int, err error) error {
	if err == nil && n == 0 {
		return io.EOF
	}
	return f.fail(op, err)
}

// ReadAt reads from a place.
func (f *File) ReadAt(b []byte, off int64) (done int, err error) {
	if err := f.readable(); err != nil {
		return 0, f.fail("read", err)
	}
	if f.h.stream() || off < 0 {
		return 0, f.fail("read", syscall.ESPIPE)
	}
	for done < len(b) {
		n, err := f.h.readAt(f.fs.context(), b[done:], off+int64(done))
		done += n
		if n == 0 || err != nil {
			return done, f.ended("read", n, err)
		}
	}
	return done, nil
}

// Write writes where the file stands, or at its end if it was opened with O_APPEND.
func (f *File) Write(b []byte) (int, error) {
	if err := f.writable(); err != nil {
		return 0, f.fail("write", err)
	}
	if f.h.stream() {
		n, _, err := f.h.writeAt(f.fs.context(), b, 0)
		if errors.Is(err, syscall.EPIPE) && f.fs.p != nil {
			_ = f.fs.p.Signal(SIGPIPE)
		}
		return n, f.fail("write", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	off := f.off
	if f.flag&os.O_APPEND != 0 {
		off = atEnd
	}
	n, end, err := f.h.writeAt(f.fs.context(), b, off)
	if n > 0 {
		f.off = end
	}
	return n, f.fail("write", err)
}

// writable says whether the file may be written.
func (f *File) writable() error {
	if err := f.enter(); err != nil {
		return err
	}
	if f.flag&accessMode == os.O_RDONLY {
		return syscall.EBADF
	}
	return nil
}

// WriteString is Write of a string.
func (f *File) WriteString(s string) (int, error) { return f.Write([]byte(s)) }

// WriteAt writes at a place.
func (f *File) WriteAt(b []byte, off int64) (int, error) {
	err := f.writable()
	switch {
	case err != nil:
	case f.h.stream():
		err = syscall.ESPIPE
	case off < 0 || f.flag&os.O_APPEND != 0:
		err = syscall.EINVAL
	}
	if err != nil {
		return 0, f.fail("write", err)
	}
	n, _, err := f.h.writeAt(f.fs.context(), b, off)
	return n, f.fail("write", err)
}

// Seek moves to a place.
func (f *File) Seek(offset int64, whence int) (int64, error) {
	if err := f.enter(); err != nil {
		return 0, f.fail("seek", err)
	}
	if f.h.stream() {
		return 0, f.fail("seek", syscall.ESPIPE)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch whence {
	case io.SeekCurrent:
		offset += f.off
	case io.SeekEnd:
		a, err := f.h.stat()
		if err != nil {
			return 0, f.fail("seek", err)
		}
		offset += a.size
	}
	if offset < 0 || whence < io.SeekStart || whence > io.SeekEnd {
		return 0, f.fail("seek", syscall.EINVAL)
	}
	f.off, f.read, f.listed = offset, false, nil
	return offset, nil
}

// Stat describes the file, even if its name is gone.
func (f *File) Stat() (fs.FileInfo, error) {
	if err := f.enter(); err != nil {
		return nil, f.fail("stat", err)
	}
	a, err := f.h.stat()
	if err != nil {
		return nil, f.fail("stat", err)
	}
	return &info{path.Base(f.name), a}, nil
}

// ReadDir lists a directory: all that is left if n is not positive, else at most n names, and io.EOF after the last.
func (f *File) ReadDir(n int) ([]fs.DirEntry, error) {
	if err := f.enter(); err != nil {
		return nil, f.fail("readdirent", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.read {
		all, err := f.fs.entries(f.at)
		if err != nil {
			return nil, f.fail("readdirent", err)
		}
		f.listed, f.read = all, true
	}
	if n > 0 && len(f.listed) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(f.listed) {
		n = len(f.listed)
	}
	part := f.listed[:n:n]
	f.listed = f.listed[n:]
	return part, nil
}

// Truncate cuts or extends the file with zeros.
func (f *File) Truncate(size int64) error {
	err := f.enter()
	if err == nil && (size < 0 || f.flag&accessMode == os.O_RDONLY || !f.at.attr.mode.IsRegular()) {
		err = syscall.EINVAL
	}
	if err == nil {
		err = f.h.change(change{size: &size})
	}
	return f.fail("truncate", err)
}

// Chmod changes the file's mode.
func (f *File) Chmod(mode fs.FileMode) error {
	err := f.enter()
	switch {
	case err != nil:
	case f.at.mnt.ro:
		err = syscall.EROFS
	case !f.fs.owns(&f.at.attr):
		err = syscall.EPERM
	default:
		err = f.h.change(change{mode: &mode})
	}
	return f.fail("chmod", err)
}

// Sync does nothing: what is written is written.
func (f *File) Sync() error { return f.fail("sync", f.enter()) }

// Close closes the file.
func (f *File) Close() error {
	if f.closed.Swap(true) {
		return f.fail("close", fs.ErrClosed)
	}
	return f.fail("close", f.h.close())
}

// Sub is a directory as package io/fs knows file systems, for http.FileServerFS and the like.
func (f *FS) Sub(dir string) fs.FS { return subFS{f, f.Abs(dir)} }

type subFS struct {
	f   *FS
	dir string
}

// Open opens a file below the directory.
func (s subFS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, pathError("open", name, fs.ErrInvalid)
	}
	file, err := s.f.Open(path.Join(s.dir, name))
	if err != nil {
		return nil, err
	}
	return file, nil
}
