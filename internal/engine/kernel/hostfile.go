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
}

func (n *hostNode) open(f *FS, flag int) (handle, error) {
	if o, ok := n.fsys.kept.get(n.fsys.path(n.rel), n.ino()); ok && o.fifo != nil {
		return o.fifo.open(f.context(), n, flag)
	}
	if !n.info.Mode().IsRegular() && !n.info.IsDir() {
		return nil, syscall.ENXIO // a pipe or a socket of the machine would make us wait, or reach out
	}
	if flag&os.O_TRUNC != 0 {
		n.fsys.quota.add(-n.info.Size(), n.fsys.limit)
	}
	file, err := n.fsys.root.OpenFile(n.rel, flag&(os.O_WRONLY|os.O_RDWR|os.O_APPEND|os.O_TRUNC), 0)
	if err != nil {
		return nil, errno(err)
	}
	return &hostHandle{n, file}, nil
}

func (h *hostHandle) stream() bool          { return false }
func (h *hostHandle) close() error          { return errno(h.file.Close()) }
func (h *hostHandle) change(c change) error { return h.n.change(c) }

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
	fi, err := h.file.Stat()
	if err != nil {
		return 0, 0, errno(err)
	}
	start := off
	if off == atEnd {
		start = fi.Size()
	}
	b, full := h.fit(b, start, fi.Size())
	var n int
	if off == atEnd {
		n, err = h.file.Write(b)
	} else {
		n, err = h.file.WriteAt(b, off)
	}
	if err == nil {
		err = full
	}
	return n, start + int64(n), errno(err)
}

// fit counts what a write adds to the file, and cuts it to what may be added.
func (h *hostHandle) fit(b []byte, off, size int64) ([]byte, error) {
	q, limit := h.n.fsys.quota, h.n.fsys.limit
	if q.add(max(0, off+int64(len(b))-size), limit) {
		return b, nil
	}
	room := max(0, min(int64(len(b)), size+q.room(limit)-off))
	if !q.add(max(0, off+room-size), limit) {
		room = 0
	}
	return b[:room], syscall.ENOSPC
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
	file, err := n.fsys.root.OpenFile(n.rel, os.O_WRONLY, 0)
	if err != nil {
		return errno(err)
	}
	defer file.Close()
	fi, err := file.Stat()
	if err != nil {
		return errno(err)
	}
	if !n.fsys.quota.add(size-fi.Size(), n.fsys.limit) {
		return syscall.ENOSPC
	}
	return errno(file.Truncate(size))
}
