package kernel

import (
	"context"
	"io/fs"
	"syscall"
)

// virtual is a file that the kernel makes up: of /proc, /sys and /dev/pts. Which of its functions are set says what it is.
type virtual struct {
	attr   attr
	names  func() []listed                 // a directory
	find   func(name string) (node, error) //
	text   func() string                   // a file
	set    func(text string) error         // a file that may be written
	goes   func() string                   // a link
	leads  func() (node, error)            // a link that leads to a node, whatever it is called
	stream func(f *FS) (stream, error)     // a device or a pipe
}

func (v *virtual) stat() (attr, error) { return v.attr, nil }

func (v *virtual) lookup(name string) (node, error) {
	if v.find == nil {
		return nil, syscall.ENOTDIR
	}
	return v.find(name)
}

func (v *virtual) readlink() (string, error) {
	if v.goes == nil {
		return "", syscall.EINVAL
	}
	return v.goes(), nil
}

func (v *virtual) list() ([]listed, error) {
	if v.names == nil {
		return nil, syscall.ENOTDIR
	}
	return v.names(), nil
}

func (v *virtual) open(f *FS, _ int) (handle, error) {
	if v.stream != nil {
		s, err := v.stream(f)
		if err != nil {
			return nil, err
		}
		return openStream(s, v), nil
	}
	h := &virtualHandle{v: v}
	if v.text != nil {
		h.text = v.text()
	}
	return h, nil
}

func (v *virtual) make(string, attr, string) (node, error) { return nil, syscall.EPERM }
func (v *virtual) link(string, node) error                 { return syscall.EPERM }
func (v *virtual) remove(string, bool) error               { return syscall.EPERM }
func (v *virtual) rename(string, node, string) error       { return syscall.EPERM }

// change allows a file to be emptied, which is what a shell does before it writes.
func (v *virtual) change(c change) error {
	if c.size != nil && v.set != nil {
		return nil
	}
	return syscall.EPERM
}

// magicLink is a virtual link that leads to a node.
type magicLink struct{ virtual }

func (m *magicLink) jump() (node, error) { return m.leads() }

// virtualHandle is an open virtual file: its text is as it was when it was opened.
type virtualHandle struct {
	v    *virtual
	text string
}

func (h *virtualHandle) stat() (attr, error)   { return h.v.attr, nil }
func (h *virtualHandle) change(c change) error { return h.v.change(c) }
func (h *virtualHandle) stream() bool          { return false }
func (h *virtualHandle) close() error          { return nil }

func (h *virtualHandle) readAt(_ context.Context, b []byte, off int64) (int, error) {
	if off >= int64(len(h.text)) {
		return 0, nil
	}
	return copy(b, h.text[off:]), nil
}

func (h *virtualHandle) writeAt(_ context.Context, b []byte, off int64) (int, int64, error) {
	if h.v.set == nil {
		return 0, 0, syscall.EACCES
	}
	if err := h.v.set(string(b)); err != nil {
		return 0, 0, err
	}
	return len(b), max(0, off) + int64(len(b)), nil
}

// folder is a directory whose names do not change.
func folder(a attr, kids map[string]node) *virtual {
	a.mode |= fs.ModeDir
	return &virtual{
		attr: a,
		find: func(name string) (node, error) {
			if n := kids[name]; n != nil {
				return n, nil
			}
			return nil, syscall.ENOENT
		},
		names: func() []listed {
			out := make([]listed, 0, len(kids))
			for name, n := range kids {
				a, _ := n.stat()
				out = append(out, listed{name, a.mode.Type()})
			}
			return out
		},
	}
}
