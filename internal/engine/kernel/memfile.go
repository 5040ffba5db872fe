package kernel

import (
	"context"
	"io/fs"
	"os"
	"syscall"
)

// memHandle is an open file of a memFS.
type memHandle struct{ n *memNode }

func (n *memNode) open(f *FS, flag int) (handle, error) {
	if n.kind&fs.ModeCharDevice != 0 {
		return openDevice(f, n)
	}
	if n.fifo != nil {
		return n.fifo.open(f.context(), n, flag)
	}
	if flag&os.O_TRUNC != 0 && !n.kind.IsDir() {
		if err := n.resize(0); err != nil {
			return nil, err
		}
	}
	defer n.lock()()
	n.opened++
	return &memHandle{n}, nil
}

func (h *memHandle) stat() (attr, error)   { return h.n.stat() }
func (h *memHandle) change(c change) error { return h.n.change(c) }
func (h *memHandle) stream() bool          { return false }

func (h *memHandle) close() error {
	defer h.n.lock()()
	h.n.opened--
	h.n.release()
	return nil
}

func (h *memHandle) readAt(_ context.Context, b []byte, off int64) (int, error) {
	if h.n.kind.IsDir() {
		return 0, syscall.EISDIR
	}
	content := h.n.lowerContent()
	defer h.n.lock()()
	if h.n.data != nil {
		return h.n.data.readAt(b, off), nil
	}
	if off >= int64(len(content)) {
		return 0, nil
	}
	return copy(b, content[off:]), nil
}

func (h *memHandle) writeAt(_ context.Context, b []byte, off int64) (int, int64, error) {
	n := h.n
	if err := n.own(); err != nil {
		return 0, 0, err
	}
	defer n.fsys.mu.Unlock()
	if off == atEnd {
		off = n.data.size
	}
	b, err := n.fit(b, off)
	if len(b) > 0 {
		n.data.writeAt(b, off)
		n.attr.size = n.data.size
		n.touch(n.fsys.now())
	}
	return len(b), off + int64(len(b)), err
}

// fit reserves space for a write, or for as much of it as there is, locked.
func (n *memNode) fit(b []byte, off int64) ([]byte, error) {
	have := onDisk(n.data.size)
	err := n.fsys.reserve(max(0, onDisk(off+int64(len(b)))-have))
	if err != syscall.ENOSPC {
		return b, err
	}
	room := n.fsys.limit - n.fsys.used + have - off
	if room <= 0 {
		return nil, err
	}
	b = b[:min(int64(len(b)), room)]
	_ = n.fsys.reserve(max(0, onDisk(off+int64(len(b)))-have))
	if len(b) == 0 {
		return nil, syscall.ENOSPC
	}
	return b, syscall.ENOSPC
}
