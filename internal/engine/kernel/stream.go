package kernel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"sync"
	"syscall"
	"time"
)

// stream is what a descriptor of a process leads to.
type stream interface {
	read(ctx context.Context, b []byte) (int, error) // io.EOF at the end
	write(ctx context.Context, b []byte) (int, error)
	label() string // as a link of /proc/PID/fd shows it
}

// holder is a stream that knows how many processes have it.
type holder interface {
	hold()
	release()
}

// Stream is a process's input or output. It can be handed to a child, and is then the same stream.
type Stream struct {
	p *Process
	s stream
}

// Read reads as the process: it ends when the process is killed.
func (s *Stream) Read(b []byte) (int, error) {
	if err := s.p.enter(); err != nil {
		return 0, err
	}
	n, err := s.s.read(s.p.ctx, b)
	if s.p.dead.Load() {
		return 0, syscall.EINTR
	}
	return n, err
}

// Write writes as the process. A pipe that nobody reads ends the process by SIGPIPE, unless it ignores that.
func (s *Stream) Write(b []byte) (int, error) {
	if err := s.p.enter(); err != nil {
		return 0, err
	}
	n, err := s.s.write(s.p.ctx, b)
	if errors.Is(err, syscall.EPIPE) {
		_ = s.p.Signal(SIGPIPE)
	}
	if _, slow := s.s.(*output); slow {
		s.p.spend(outputCall + time.Duration(len(b))*outputByte)
	}
	return n, err
}

// TTY is the terminal that the stream leads to, or nil.
func (s *Stream) TTY() *TTY {
	t, _ := s.s.(*TTY)
	return t
}

// What writing to the world outside costs in CPU time, so that a loop that prints cannot fill the machine's disk in a moment.
const (
	outputCall = 20 * time.Microsecond
	outputByte = 20 * time.Nanosecond
)

// null is /dev/null.
type null struct{}

func (null) read(context.Context, []byte) (int, error)      { return 0, io.EOF }
func (null) write(_ context.Context, b []byte) (int, error) { return len(b), nil }
func (null) label() string                                  { return "/dev/null" }

// pipeEnd is a process's end of a pipe.
type pipeEnd struct {
	p       *pipe
	in, out int
}

func (e *pipeEnd) read(ctx context.Context, b []byte) (int, error) {
	if e.in == 0 {
		return 0, syscall.EBADF
	}
	return e.p.read(ctx, b)
}

func (e *pipeEnd) write(ctx context.Context, b []byte) (int, error) {
	if e.out == 0 {
		return 0, syscall.EBADF
	}
	return e.p.write(ctx, b)
}

func (e *pipeEnd) hold()         { e.p.join(e.in, e.out) }
func (e *pipeEnd) release()      { e.p.join(-e.in, -e.out) }
func (e *pipeEnd) label() string { return fmt.Sprintf("pipe:[%d]", address(e.p)) }

// address tells pipes apart.
func address(p *pipe) uint64 { return uint64(reflect.ValueOf(p).Pointer()) >> 4 & 0xffffff }

// fileStream is an open file as a descriptor.
type fileStream struct{ f *File }

func (s *fileStream) read(_ context.Context, b []byte) (int, error)  { return s.f.Read(b) }
func (s *fileStream) write(_ context.Context, b []byte) (int, error) { return s.f.Write(b) }
func (s *fileStream) label() string                                  { return s.f.at.path }

// input is a reader of the world outside. A read of it cannot be called off, so it happens on a goroutine of its own, and what it brings is kept
// for the next who reads: a process that was killed while it waited takes nothing from its successor.
type input struct {
	r    io.Reader
	drop func() // when the last process is gone

	mu      sync.Mutex
	held    int
	busy    bool
	kept    []byte
	err     error
	changed chan struct{}
}

func (i *input) read(ctx context.Context, b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	for {
		i.mu.Lock()
		if len(i.kept) > 0 {
			n := copy(b, i.kept)
			i.kept = i.kept[n:]
			i.mu.Unlock()
			return n, nil
		}
		if i.err != nil {
			defer i.mu.Unlock()
			return 0, i.err
		}
		if !i.busy {
			i.busy, i.changed = true, make(chan struct{})
			go i.fetch(make([]byte, min(len(b), pipeSize)))
		}
		changed := i.changed
		i.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return 0, syscall.EINTR
		}
	}
}

// fetch reads once.
func (i *input) fetch(b []byte) {
	n, err := i.r.Read(b)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.kept, i.err, i.busy = b[:n], err, false
	close(i.changed)
}

func (i *input) write(context.Context, []byte) (int, error) { return 0, syscall.EBADF }
func (i *input) label() string                              { return "pipe:[1]" }

func (i *input) hold() {
	i.mu.Lock()
	i.held++
	i.mu.Unlock()
}

func (i *input) release() {
	i.mu.Lock()
	i.held--
	last := i.held == 0
	i.mu.Unlock()
	if last && i.drop != nil {
		i.drop()
	}
}

// output is a writer of the world outside, such as a container's log.
type output struct{ w io.Writer }

func (o *output) read(context.Context, []byte) (int, error)      { return 0, syscall.EBADF }
func (o *output) write(_ context.Context, b []byte) (int, error) { return o.w.Write(b) }
func (o *output) label() string                                  { return "pipe:[2]" }

// reader is the stream of a reader that a Spec names.
func (c *Container) reader(r io.Reader) stream {
	switch r := r.(type) {
	case nil:
		return null{}
	case *Stream:
		return r.s
	case *TTY:
		return r
	case *PipeReader:
		return &pipeEnd{p: r.p, in: 1}
	case *File:
		return &fileStream{r}
	}
	return c.input(r)
}

// input is the stream of a reader; the same for all processes that have it.
func (c *Container) input(r io.Reader) *input {
	if !reflect.ValueOf(r).Comparable() {
		return &input{r: r}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	in := c.inputs[r]
	if in == nil {
		in = &input{r: r, drop: func() { c.forgetInput(r) }}
		c.inputs[r] = in
	}
	return in
}

func (c *Container) forgetInput(r io.Reader) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.inputs, r)
}

// writer is the stream of a writer that a Spec names.
func writer(w io.Writer) stream {
	switch w := w.(type) {
	case nil:
		return null{}
	case *Stream:
		return w.s
	case *TTY:
		return w
	case *PipeWriter:
		return &pipeEnd{p: w.p, out: 1}
	case *File:
		return &fileStream{w}
	}
	return &output{w}
}
