package kernel

import (
	"context"
	"io"
	"os"
	"sync"
	"syscall"

	"kubetutor/internal/engine/fabric/queue"
)

// pipeSize is how much a pipe holds, in bytes.
const pipeSize = 64 << 10

// pipe is a buffer between writers and readers.
type pipe struct {
	mu      sync.Mutex
	q       queue.Bytes
	readers int
	writers int
	changed chan struct{} // closed and replaced at each change; nil if nobody waits
}

// wait returns what is closed at the next change, locked.
func (p *pipe) wait() <-chan struct{} {
	if p.changed == nil {
		p.changed = make(chan struct{})
	}
	return p.changed
}

// wake tells those who wait, locked.
func (p *pipe) wake() {
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
}

// join adds readers and writers (negative: takes them away).
func (p *pipe) join(readers, writers int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.readers += readers
	p.writers += writers
	if p.readers == 0 && p.writers == 0 {
		p.q.Drop()
	}
	p.wake()
}

// read waits for bytes, or for the last writer's end.
func (p *pipe) read(ctx context.Context, b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	for {
		p.mu.Lock()
		if p.q.Len() > 0 {
			n := p.q.Read(b)
			p.wake()
			p.mu.Unlock()
			return n, nil
		}
		if p.writers == 0 {
			p.mu.Unlock()
			return 0, io.EOF
		}
		changed := p.wait()
		p.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return 0, syscall.EINTR
		}
	}
}

// write waits for room. Without readers it is EPIPE.
func (p *pipe) write(ctx context.Context, b []byte) (n int, err error) {
	for {
		p.mu.Lock()
		if p.readers == 0 {
			p.mu.Unlock()
			return n, syscall.EPIPE
		}
		if put := p.q.Write(b[n:], pipeSize); put > 0 {
			n += put
			p.wake()
		}
		if n == len(b) {
			p.mu.Unlock()
			return n, nil
		}
		changed := p.wait()
		p.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return n, syscall.EINTR
		}
	}
}

// PipeReader is the end of a pipe that is read.
type PipeReader struct {
	p    *pipe
	once sync.Once
}

// PipeWriter is the end of a pipe that is written.
type PipeWriter struct {
	p    *pipe
	once sync.Once
}

// Pipe makes a pipe of 64 KiB, as pipe(2) does. A process that gets an end as its input or output holds it until it ends; the maker closes its
// own when it has started the processes.
func Pipe() (*PipeReader, *PipeWriter) {
	p := &pipe{readers: 1, writers: 1}
	return &PipeReader{p: p}, &PipeWriter{p: p}
}

// Read waits for bytes; io.EOF when all writers are gone. A process reads through its Stdin instead, so that a signal ends the wait.
func (r *PipeReader) Read(b []byte) (int, error) { return r.p.read(context.Background(), b) }

// Close gives the maker's hold of the end away.
func (r *PipeReader) Close() error {
	r.once.Do(func() { r.p.join(-1, 0) })
	return nil
}

// Write waits for room; EPIPE when all readers are gone.
func (w *PipeWriter) Write(b []byte) (int, error) { return w.p.write(context.Background(), b) }

// Close gives the maker's hold of the end away.
func (w *PipeWriter) Close() error {
	w.once.Do(func() { w.p.join(0, -1) })
	return nil
}

// fifo is a named pipe.
type fifo struct {
	pipe
	openedIn, openedOut int // how often it was opened for reading and for writing
}

func newFifo() *fifo { return &fifo{} }

// fifoHandle is an open named pipe.
type fifoHandle struct {
	f       *fifo
	n       node
	once    sync.Once
	in, out int
}

// open opens the pipe of a file, and waits for the other side, as Linux does.
func (f *fifo) open(ctx context.Context, n node, flag int) (handle, error) {
	h := &fifoHandle{f: f, n: n, in: 1, out: 1}
	switch flag & (os.O_RDONLY | os.O_WRONLY | os.O_RDWR) {
	case os.O_RDONLY:
		h.out = 0
	case os.O_WRONLY:
		h.in = 0
	}
	f.join(h.in, h.out)
	if err := h.meet(ctx); err != nil {
		_ = h.close()
		return nil, err
	}
	return h, nil
}

// meet waits until the other side is open, or has been since.
func (h *fifoHandle) meet(ctx context.Context) error {
	f := h.f
	f.mu.Lock()
	f.openedIn += h.in
	f.openedOut += h.out
	f.wake()
	in, out := f.openedIn, f.openedOut
	for f.readers == 0 && f.openedIn == in || f.writers == 0 && f.openedOut == out {
		changed := f.wait()
		f.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return syscall.EINTR
		}
		f.mu.Lock()
	}
	f.mu.Unlock()
	return nil
}

func (h *fifoHandle) stat() (attr, error)   { return h.n.stat() }
func (h *fifoHandle) change(c change) error { return h.n.change(c) }
func (h *fifoHandle) stream() bool          { return true }

func (h *fifoHandle) close() error {
	h.once.Do(func() { h.f.join(-h.in, -h.out) })
	return nil
}

func (h *fifoHandle) readAt(ctx context.Context, b []byte, _ int64) (int, error) {
	n, err := h.f.read(ctx, b)
	if err == io.EOF {
		err = nil
	}
	return n, err
}

func (h *fifoHandle) writeAt(ctx context.Context, b []byte, _ int64) (int, int64, error) {
	n, err := h.f.write(ctx, b)
	return n, 0, err
}
