package kernel

import (
	"context"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// hostHandle is an open file of the machine.
type hostHandle struct {
	n    *hostNode
	file *os.File
	held *held
}

func (n *hostNode) open(f *FS, flag int) (handle, error) {
	if o, ok := n.fsys.kept.get(n.fsys.path(n.rel), n.ino()); ok && o.fifo != nil {
		return o.fifo.open(f.context(), n, flag)
	}
	if !n.info.Mode().IsRegular() && !n.info.IsDir() {
		return nil, syscall.ENXIO // a pipe or a socket of the machine would make us wait, or reach out
	}
	h, err := n.handle(flag)
	if err != nil {
		return nil, err
	}
	if flag&os.O_TRUNC != 0 {
		if err := h.truncate(0); err != nil {
			_ = h.close()
			return nil, err
		}
	}
	return h, nil
}

// handle opens the file; emptying it is left to the caller, who must be able to write for it.
func (n *hostNode) handle(flag int) (*hostHandle, error) {
	access := flag & (os.O_WRONLY | os.O_RDWR | os.O_APPEND)
	if flag&os.O_TRUNC != 0 && flag&accessMode == os.O_RDONLY {
		access |= os.O_RDWR
	}
	file, held, err := n.fsys.disk.open(n.fsys.volume, func() (*os.File, error) { return n.fsys.root.OpenFile(n.rel, access, 0) })
	if err != nil {
		return nil, errno(err)
	}
	return &hostHandle{n, file, held}, nil
}

func (h *hostHandle) stream() bool { return false }
func (h *hostHandle) close() error { return errno(h.n.fsys.disk.close(h.held, h.file)) }

func (h *hostHandle) change(c change) error {
	if c.size == nil {
		return h.n.change(c)
	}
	return h.truncate(*c.size) // its name may be gone, or another file's
}

func (h *hostHandle) stat() (attr, error) {
	fi, err := h.file.Stat()
	if err != nil {
		return attr{}, errno(err)
	}
	return h.n.fsys.attr(h.n.rel, fi), nil
}

func (h *hostHandle) readAt(_ context.Context, b []byte, off int64) (int, error) {
	n, err := h.file.ReadAt(b, off)
	if err == io.EOF {
		err = nil
	}
	return n, errno(err)
}

func (h *hostHandle) writeAt(_ context.Context, b []byte, off int64) (int, int64, error) {
	h.held.resize.Lock()
	defer h.held.resize.Unlock()
	fi, err := h.file.Stat()
	if err != nil {
		return 0, 0, errno(err)
	}
	start, size := off, fi.Size()
	if off == atEnd {
		start = size
	}
	if len(b) == 0 {
		return 0, start, nil
	}
	b, full := h.fit(b, start, size)
	n, err := h.write(b, off)
	switch {
	case n == 0:
		h.n.fsys.disk.shrink(h.held, size)
	case n < len(b):
		h.n.fsys.disk.shrink(h.held, max(size, start+int64(n)))
	}
	if err == nil {
		err = full
	}
	return n, start + int64(n), errno(err)
}

// write writes at a place, or at the end.
func (h *hostHandle) write(b []byte, off int64) (int, error) {
	if off == atEnd {
		return h.file.Write(b)
	}
	return h.file.WriteAt(b, off)
}

// fit counts what a write of b at off adds to a file of that size, and cuts it to what there is room for.
func (h *hostHandle) fit(b []byte, off, size int64) ([]byte, error) {
	fsys := h.n.fsys
	want := max(0, off+int64(len(b))-size)
	granted := fsys.disk.grow(h.held, fsys.volume, want, fsys.limit)
	if granted == want {
		return b, nil
	}
	fits := size + granted - off
	return b[:max(0, fits)], syscall.ENOSPC // if it is less than nothing, there is not even room for the hole before it
}

func (n *hostNode) change(c change) error {
	if c.size != nil {
		if err := n.truncate(*c.size); err != nil {
			return err
		}
	}
	if c.atime != nil || c.mtime != nil {
		if err := n.fsys.root.Chtimes(n.rel, timeOf(c.atime), timeOf(c.mtime)); err != nil {
			return errno(err)
		}
	}
	if c.mode != nil || c.uid != nil || c.gid != nil {
		n.own(c)
	}
	return nil
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// own keeps mode and owner beside the file. The file itself takes what of the mode does not lock us out, for those who look from outside.
func (n *hostNode) own(c change) {
	o := n.shown()
	a := attr{uid: o.uid, gid: o.gid, mode: o.mode}
	c.apply(&a)
	o.uid, o.gid, o.mode = a.uid, a.gid, a.mode
	n.fsys.kept.set(n.fsys.path(n.rel), o)
	if a, _ := n.stat(); a.nlink > 1 {
		n.fsys.kept.share(n.fsys.source, o)
	}
	if c.mode != nil && o.moded {
		_ = n.fsys.root.Chmod(n.rel, c.mode.Perm()|openToUs(n.info.Mode()))
	}
}

// openToUs are the bits that a file of the machine always has.
func openToUs(mode fs.FileMode) fs.FileMode {
	if mode.IsDir() {
		return 0o700
	}
	return 0o600
}

func (n *hostNode) truncate(size int64) error {
	h, err := n.handle(os.O_WRONLY)
	if err != nil {
		return err
	}
	defer func() { _ = h.close() }()
	return h.truncate(size)
}

// truncate cuts the file, or extends it if there is room.
func (h *hostHandle) truncate(size int64) error {
	h.held.resize.Lock()
	defer h.held.resize.Unlock()
	fi, err := h.file.Stat()
	if err != nil {
		return errno(err)
	}
	fsys, more := h.n.fsys, size-fi.Size()
	if fsys.disk.grow(h.held, fsys.volume, more, fsys.limit) < more {
		fsys.disk.shrink(h.held, fi.Size())
		return syscall.ENOSPC
	}
	if err := h.file.Truncate(size); err != nil {
		fsys.disk.shrink(h.held, fi.Size())
		return errno(err)
	}
	fsys.disk.shrink(h.held, size)
	return nil
}
