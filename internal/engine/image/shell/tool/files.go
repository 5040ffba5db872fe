package tool

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"time"

	"kubetutor/internal/engine/kernel"
)

const (
	chunk = 32 << 10

	// costPerByte is the CPU time that a tool declares for each byte it handles:
	// 1 GB/s, about what busybox reaches.
	costPerByte = time.Nanosecond
)

// Writer is a program's standard output. Nobody has to look at its errors: a
// failure to write ends the program.
type Writer struct {
	*bufio.Writer
	call *Call
}

func newWriter(c *Call, w io.Writer) *Writer {
	return &Writer{bufio.NewWriterSize(payingWriter{c, w}, chunk), c}
}

// Flush writes out what is buffered.
func (w *Writer) Flush() { _ = w.Writer.Flush() }

// payingWriter charges CPU time for what is written and ends the program when
// nobody reads it.
type payingWriter struct {
	call *Call
	to   io.Writer
}

func (w payingWriter) Write(b []byte) (int, error) {
	n, err := w.to.Write(b)
	if err != nil {
		panic(exit(141)) // what a shell shows of SIGPIPE
	}
	w.call.Spend(n)
	return n, nil
}

// Spend charges the CPU time of handling n bytes, and waits as a CPU limit may
// ask. It ends the program when that is to end.
func (c *Call) Spend(n int) {
	if c.Use(c.Ctx, time.Duration(n)*costPerByte) != nil || c.Ctx.Err() != nil {
		panic(exit(137))
	}
}

// Hold charges memory that the program now holds, and ends it when there is none.
func (c *Call) Hold(n int) {
	if err := c.Grow(int64(n)); err != nil {
		c.Fatalf("out of memory")
	}
	if c.Ctx.Err() != nil {
		panic(exit(137))
	}
}

// Input is a file or standard input. Reading from it first writes out what the
// program has to say, so that a filter in a pipe answers at once.
type Input struct {
	Name  string
	call  *Call
	from  io.Reader
	close func() error
}

// Read reads, and charges CPU time.
func (i *Input) Read(b []byte) (int, error) {
	if i.call.Out.Buffered() > 0 {
		i.call.Out.Flush()
	}
	if err := i.call.Ctx.Err(); err != nil {
		return 0, err
	}
	n, err := i.from.Read(b)
	i.call.Spend(n)
	return n, err
}

// Close closes a file.
func (i *Input) Close() error { return i.close() }

// Stdin is standard input.
func (c *Call) Input() *Input {
	return &Input{Name: "-", call: c, from: c.Stdin(), close: func() error { return nil }}
}

// Open opens a file for reading; "-" is standard input. A directory is an error
// at once.
func (c *Call) Open(name string) (*Input, error) {
	if name == "-" {
		return c.Input(), nil
	}
	f, err := c.FS().Open(name)
	if err != nil {
		return nil, err
	}
	return &Input{Name: name, call: c, from: f, close: f.Close}, nil
}

// Each runs a function over all named files, or standard input if none is named.
// A file that cannot be read is reported as busybox does and makes the program
// end with 1.
func (c *Call) Each(names []string, do func(*Input) error) {
	if len(names) == 0 {
		names = []string{"-"}
	}
	for _, name := range names {
		c.one(name, do)
	}
}

func (c *Call) one(name string, do func(*Input) error) {
	in, err := c.Open(name)
	if err != nil {
		c.Warnf("can't open '%s': %s", name, Reason(err))
		return
	}
	defer in.Close()
	if err := do(in); err != nil && !errors.Is(err, context.Canceled) {
		c.Warnf("%s: %s", name, Reason(err))
	}
}

// Lines calls a function with each line, without its end, until it returns
// false. What it gets is only good until the next line.
func (c *Call) Lines(r io.Reader, do func(line []byte) bool) error {
	return c.Records(r, '\n', do)
}

// Records is Lines for any separator.
func (c *Call) Records(r io.Reader, end byte, do func(record []byte) bool) error {
	b := bufio.NewReaderSize(r, chunk)
	var long []byte
	for {
		part, err := b.ReadSlice(end)
		if errors.Is(err, bufio.ErrBufferFull) {
			long = c.extend(long, part)
			continue
		}
		if long != nil {
			part = c.extend(long, part)
		}
		if len(part) > 0 && !do(bytes.TrimSuffix(part, []byte{end})) {
			return nil
		}
		if err != nil {
			return endOfInput(err)
		}
		c.Hold(-len(long))
		long = nil
	}
}

func (c *Call) extend(long, part []byte) []byte {
	c.Hold(len(part))
	return append(long, part...)
}

func endOfInput(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// ReadAll reads everything and charges the memory for it.
func (c *Call) ReadAll(r io.Reader) ([]byte, error) {
	var all []byte
	part := make([]byte, chunk)
	for {
		n, err := r.Read(part)
		c.Hold(n)
		all = append(all, part[:n]...)
		if err != nil {
			return all, endOfInput(err)
		}
	}
}

// Copy copies from a reader and charges CPU time; the errors are those of reading.
func (c *Call) Copy(w io.Writer, r io.Reader) error {
	part := make([]byte, chunk)
	for {
		n, err := r.Read(part)
		if n > 0 {
			if _, werr := w.Write(part[:n]); werr != nil {
				return werr
			}
			c.Spend(n)
		}
		if err != nil {
			return endOfInput(err)
		}
	}
}

// Create opens a file for writing, empty unless it is appended to.
func (c *Call) Create(name string, appending bool) (io.WriteCloser, error) {
	flag := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	if appending {
		flag = os.O_WRONLY | os.O_CREATE | os.O_APPEND
	}
	return c.FS().OpenFile(name, flag, 0o666)
}

// Sleep waits, and says whether it was not interrupted.
func (c *Call) Sleep(d time.Duration) bool {
	c.Out.Flush()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.Ctx.Done():
		return false
	}
}

// Getenv is a variable of the program's environment.
func (c *Call) Getenv(name string) string { return Getenv(c.Env(), name) }

// Getenv is a variable of an environment.
func Getenv(env []string, name string) string {
	for i := len(env) - 1; i >= 0; i-- {
		if v := env[i]; len(v) > len(name) && v[len(name)] == '=' && v[:len(name)] == name {
			return v[len(name)+1:]
		}
	}
	return ""
}

// Terminal is the terminal that a file of a process is, or nil.
func Terminal(file any) *kernel.TTY {
	switch f := file.(type) {
	case *kernel.TTY:
		return f
	case interface{ TTY() *kernel.TTY }:
		return f.TTY()
	}
	return nil
}

// Keys reads what is typed at the process's terminal, byte by byte.
func Keys(c *Call) func() (byte, bool) {
	from := io.Reader(c.Stdin())
	if Terminal(c.Stdin()) == nil {
		if f, err := c.FS().Open("/dev/tty"); err == nil {
			from = f
		}
	}
	one := make([]byte, 1)
	return func() (byte, bool) {
		n, err := from.Read(one)
		return one[0], n == 1 && err == nil
	}
}
