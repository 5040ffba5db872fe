package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"mvdan.cc/sh/v3/interp"
)

// maxWorkspace is how many bytes the files of a workspace may have together.
const maxWorkspace = 64 << 20

// errFull refuses to write more.
var errFull = fmt.Errorf("the workspace is full (%d MiB)", maxWorkspace>>20)

// files is the file system that a shell sees: the workspace under the path that
// it has on this machine, and /dev/null.
type files struct {
	place place
	root  *os.Root
	quota *quota
}

func openFiles(p place) (*files, error) {
	root, err := os.OpenRoot(p.Workspace)
	if err != nil {
		return nil, fmt.Errorf("opening the workspace: %w", err)
	}
	return &files{place: p, root: root, quota: &quota{root: root}}, nil
}

// openFile opens a path as seen from a directory. Errors are *os.PathError, as
// the interpreter wants them.
func (f *files) openFile(dir, path string, flag int, perm fs.FileMode) (io.ReadWriteCloser, error) {
	if path == os.DevNull {
		return os.OpenFile(os.DevNull, flag, 0)
	}
	rel, err := f.place.inside(dir, path)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	file, err := f.root.OpenFile(rel, flag, perm&0o777)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: cause(err)}
	}
	if flag&(os.O_WRONLY|os.O_RDWR) == 0 {
		return file, nil
	}
	return &quotaFile{File: file, quota: f.quota}, nil
}

// cause is an error without the operation and path around it.
func cause(err error) error {
	if pathErr, ok := errors.AsType[*os.PathError](err); ok {
		return pathErr.Err
	}
	return err
}

func (f *files) info(dir, path string, follow bool) (fs.FileInfo, error) {
	if isDevice(path) {
		return os.Stat(os.DevNull)
	}
	rel, err := f.place.inside(dir, path)
	if err != nil {
		return nil, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	stat := f.root.Lstat
	if follow {
		stat = f.root.Stat
	}
	info, err := stat(rel)
	if err != nil {
		return nil, &os.PathError{Op: "stat", Path: path, Err: cause(err)}
	}
	return info, nil
}

// list is a directory's entries, sorted by name.
func (f *files) list(dir, path string) ([]fs.DirEntry, error) {
	rel, err := f.place.inside(dir, path)
	if err != nil {
		return nil, &os.PathError{Op: "read", Path: path, Err: err}
	}
	entries, err := fs.ReadDir(f.root.FS(), filepath.ToSlash(rel))
	if err != nil {
		return nil, &os.PathError{Op: "read", Path: path, Err: cause(err)}
	}
	return entries, nil
}

// read is a whole file.
func (f *files) read(dir, path string) ([]byte, error) {
	file, err := f.openFile(dir, path, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(file)
}

func (f *files) open(ctx context.Context, path string, flag int, perm os.FileMode) (io.ReadWriteCloser, error) {
	hc := interp.HandlerCtx(ctx)
	if device := openDevice(hc, path); device != nil {
		return device, nil
	}
	return f.openFile(hc.Dir, path, flag, perm)
}

func (f *files) stat(ctx context.Context, name string, follow bool) (fs.FileInfo, error) {
	return f.info(interp.HandlerCtx(ctx).Dir, name, follow)
}

func (f *files) readDir(ctx context.Context, path string) ([]fs.DirEntry, error) {
	return f.list(interp.HandlerCtx(ctx).Dir, path)
}

// access allows what the workspace's owner may do, which the learner is.
func (f *files) access(ctx context.Context, path string, mode interp.AccessMode) error {
	info, err := f.info(interp.HandlerCtx(ctx).Dir, path, true)
	if err == nil && mode&interp.AccessExec != 0 && info.Mode()&0o100 == 0 {
		err = &os.PathError{Op: "access", Path: path, Err: fs.ErrPermission}
	}
	return err
}

// quota counts what the files of a workspace have together. It looks once and
// counts on from there: what is deleted counts again after it has run out.
type quota struct {
	root *os.Root

	mu     sync.Mutex
	looked bool
	left   int64
}

// take asks for n bytes.
func (q *quota) take(n int) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.looked || q.left < int64(n) {
		q.left, q.looked = maxWorkspace-q.used(), true
	}
	if q.left < int64(n) {
		return errFull
	}
	q.left -= int64(n)
	return nil
}

func (q *quota) used() (sum int64) {
	_ = fs.WalkDir(q.root.FS(), ".", func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // gone meanwhile
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			sum += info.Size()
		}
		return nil
	})
	return sum
}

// quotaFile is a file that is written within a quota.
type quotaFile struct {
	*os.File
	quota *quota
}

func (f *quotaFile) Write(b []byte) (int, error) {
	if err := f.quota.take(len(b)); err != nil {
		return 0, err
	}
	return f.File.Write(b)
}

// ReadFrom hides that of os.File, which would write past the quota.
func (f *quotaFile) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{f}, r)
}
