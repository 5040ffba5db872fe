package kernel

import (
	"context"
	"crypto/rand"
	"io"
	"io/fs"
	"sync"
	"syscall"
)

// Numbers of device files, major<<8 | minor, as Linux has them.
const (
	devNull    = 1<<8 | 3
	devZero    = 1<<8 | 5
	devFull    = 1<<8 | 7
	devRandom  = 1<<8 | 8
	devURandom = 1<<8 | 9
	devTTY     = 5 << 8
	devConsole = 5<<8 | 1
	devPTS     = 136 << 8
)

// devTree is what /dev begins with.
func devTree() *Tree {
	t := NewTree()
	for name, number := range map[string]uint64{
		"null": devNull, "zero": devZero, "full": devFull, "random": devRandom, "urandom": devURandom, "tty": devTTY, "console": devConsole,
	} {
		n := t.node(fs.ModeDevice|fs.ModeCharDevice|0o666, 0, 0)
		n.device = number
		t.put(name, n)
	}
	for name, target := range map[string]string{
		"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2", "ptmx": "pts/ptmx", "core": "/proc/kcore",
	} {
		t.Symlink(name, target, 0, 0)
	}
	for _, name := range []string{"pts", "shm", "mqueue"} {
		t.Mkdir(name, 0o755, 0, 0)
	}
	return t
}

// openDevice opens a device file.
func openDevice(f *FS, n node) (handle, error) {
	a, err := n.stat()
	if err != nil {
		return nil, err
	}
	s, err := device(f, a.device)
	if err != nil {
		return nil, err
	}
	return openStream(s, n), nil
}

// device is what a number stands for.
func device(f *FS, number uint64) (stream, error) {
	switch number {
	case devNull:
		return null{}, nil
	case devZero:
		return zero{}, nil
	case devFull:
		return full{}, nil
	case devRandom, devURandom:
		return random{}, nil
	case devTTY:
		if f.p != nil && f.p.tty != nil {
			return f.p.tty, nil
		}
	case devConsole:
		if main := f.c.mainProcess(); main != nil && main.tty != nil {
			return main.tty, nil
		}
	}
	return nil, syscall.ENXIO
}

// mainProcess is the container's main process, or nil.
func (c *Container) mainProcess() *Process {
	c.ns.mu.Lock()
	defer c.ns.mu.Unlock()
	return c.main
}

// streamHandle is a stream opened by a name.
type streamHandle struct {
	s    stream
	n    node
	once sync.Once
}

func openStream(s stream, n node) handle {
	if h, ok := s.(holder); ok {
		h.hold()
	}
	return &streamHandle{s: s, n: n}
}

func (h *streamHandle) stat() (attr, error)   { return h.n.stat() }
func (h *streamHandle) change(c change) error { return h.n.change(c) }
func (h *streamHandle) stream() bool          { return true }

func (h *streamHandle) readAt(ctx context.Context, b []byte, _ int64) (int, error) {
	n, err := h.s.read(ctx, b)
	if err == io.EOF {
		err = nil
	}
	return n, err
}

func (h *streamHandle) writeAt(ctx context.Context, b []byte, _ int64) (int, int64, error) {
	n, err := h.s.write(ctx, b)
	return n, 0, err
}

func (h *streamHandle) close() error {
	h.once.Do(func() {
		if held, ok := h.s.(holder); ok {
			held.release()
		}
	})
	return nil
}

// zero is /dev/zero.
type zero struct{ null }

func (zero) read(_ context.Context, b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

func (zero) label() string { return "/dev/zero" }

// full is /dev/full.
type full struct{ zero }

func (full) write(context.Context, []byte) (int, error) { return 0, syscall.ENOSPC }
func (full) label() string                              { return "/dev/full" }

// random is /dev/random and /dev/urandom.
type random struct{ null }

func (random) read(_ context.Context, b []byte) (int, error) { return rand.Read(b) }
func (random) label() string                                 { return "/dev/urandom" }
