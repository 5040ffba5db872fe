package sh

import (
	"io"
	"sync"
	"sync/atomic"
	"syscall"

	"kubetutor/internal/engine/kernel"
)

// descriptor is an open file of a shell. Shells that were forked share it; the
// last one that lets go closes it.
type descriptor struct {
	file any // io.Reader, io.Writer or both
	held any // what is closed at the end, if it is not file
	refs *atomic.Int32
}

// opened is a descriptor that closes its file, if that can be closed.
func opened(file any) descriptor {
	d := descriptor{file: file, refs: new(atomic.Int32)}
	d.refs.Store(1)
	return d
}

// borrowed is a descriptor of a file that somebody else closes.
func borrowed(file any) descriptor { return descriptor{file: file} }

func (d descriptor) dup() descriptor {
	if d.refs != nil {
		d.refs.Add(1)
	}
	return d
}

func (d descriptor) release() {
	if d.refs == nil || d.refs.Add(-1) > 0 {
		return
	}
	held := d.held
	if held == nil {
		held = d.file
	}
	if c, ok := held.(io.Closer); ok {
		_ = c.Close() // what is lost by that was written without an error
	}
}

// descriptors are the open files of a shell by number.
type descriptors map[int]descriptor

func standard(p *kernel.Process) descriptors {
	return descriptors{0: borrowed(p.Stdin()), 1: borrowed(p.Stdout()), 2: borrowed(p.Stderr())}
}

func (t descriptors) dup() descriptors {
	c := make(descriptors, len(t))
	for fd, d := range t {
		c[fd] = d.dup()
	}
	return c
}

func (t descriptors) close() {
	for fd, d := range t {
		d.release()
		delete(t, fd)
	}
}

// put makes fd stand for d, which t owns from now on.
func (t descriptors) put(fd int, d descriptor) {
	if old, ok := t[fd]; ok {
		old.release()
	}
	t[fd] = d
}

// reader is the file to read from at fd.
func (t descriptors) reader(fd int) io.Reader {
	if r, ok := t[fd].file.(io.Reader); ok {
		return r
	}
	return closedFile{}
}

// writer is the file to write to at fd.
func (t descriptors) writer(fd int) io.Writer {
	if w, ok := t[fd].file.(io.Writer); ok {
		return w
	}
	return closedFile{}
}

// closedFile is what a descriptor stands for that is not open.
type closedFile struct{}

func (closedFile) Read([]byte) (int, error)  { return 0, syscall.EBADF }
func (closedFile) Write([]byte) (int, error) { return 0, syscall.EBADF }

// document is the file of a here-document. Processes that share it share the
// place where they read, as with a real file.
type document struct {
	mu   sync.Mutex
	text string
}

func (d *document) Read(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.text == "" && len(b) > 0 {
		return 0, io.EOF
	}
	n := copy(b, d.text)
	d.text = d.text[n:]
	return n, nil
}
