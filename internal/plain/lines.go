package plain

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// maxLine is how long a line that is typed may be, in bytes; the rest is
// dropped. A binary file pasted by mistake ends here.
const maxLine = 1 << 20

// Lines reads what is typed, line by line, from a stream that cannot be
// interrupted, such as a terminal. A read can be given up when its context ends:
// what comes later is then the next read's. Nothing is read before it is asked
// for, so that an editor can have the terminal in between.
type Lines struct {
	r io.Reader

	mu      sync.Mutex
	rest    []byte     // read, not asked for yet
	pending chan chunk // a read that was given up
}

// chunk is what one read gave.
type chunk struct {
	data []byte
	err  error
}

// NewLines reads from r.
func NewLines(r io.Reader) *Lines { return &Lines{r: r} }

// Read returns the next line without its end, cleaned of control characters; at
// the end of input io.EOF.
func (l *Lines) Read(ctx context.Context) (string, error) {
	line, err := l.Raw(ctx)
	return Clean(string(line)), err
}

// Raw returns the next line with its end, as it was typed.
func (l *Lines) Raw(ctx context.Context) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for from := 0; ; {
		if i := bytes.IndexByte(l.rest[from:], '\n'); i >= 0 {
			return l.take(from + i + 1), nil
		}
		from = len(l.rest)
		if err := l.fill(ctx); err == io.EOF && len(l.rest) > 0 {
			return l.take(len(l.rest)), nil // the last line has no end
		} else if err != nil {
			return nil, err
		}
	}
}

// take takes the first n bytes, of which it drops those beyond maxLine.
func (l *Lines) take(n int) []byte {
	line := l.rest[:min(n, maxLine)]
	l.rest = l.rest[n:]
	return line
}

// fill waits for more. The caller holds mu.
func (l *Lines) fill(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if l.pending == nil {
		l.pending = make(chan chunk, 1)
		go read(l.r, l.pending)
	}
	select {
	case c := <-l.pending:
		l.pending = nil
		l.rest = append(l.rest, c.data...)
		if len(c.data) > 0 {
			return nil
		}
		return c.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func read(r io.Reader, to chan<- chunk) {
	buf := make([]byte, 4096)
	n, err := r.Read(buf)
	to <- chunk{buf[:n], err}
}

// Bytes reads whatever was typed, for an editor of lines, until ctx ends.
func (l *Lines) Bytes(ctx context.Context) io.Reader { return reader{l, ctx} }

// reader is Lines as an io.Reader. It keeps a context because io.Reader has no
// place for one; it lives no longer than the call that it was made for.
type reader struct {
	lines *Lines
	ctx   context.Context
}

func (r reader) Read(p []byte) (int, error) {
	l := r.lines
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.rest) == 0 {
		if err := l.fill(r.ctx); err != nil {
			return 0, err
		}
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

// Clean takes out of a line what is no text: control characters, but tabs, and
// what is not UTF-8.
func Clean(line string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) && r != '\t' {
			return -1
		}
		return r
	}, line)
}
