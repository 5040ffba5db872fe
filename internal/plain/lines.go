package plain

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxLine is how long a line that is typed may be, in bytes; the rest is
// dropped. A binary file pasted by mistake ends here.
const maxLine = 64 << 10

// Lines reads what is typed, line by line. A read can be given up when its
// context ends; the line that comes later is then the next read's.
type Lines struct {
	r       *bufio.Reader
	pending chan typed
}

// typed is a line, or why there is none.
type typed struct {
	text string
	err  error
}

// NewLines reads from r.
func NewLines(r io.Reader) *Lines { return &Lines{r: bufio.NewReader(r)} }

// Read returns the next line without its end, cleaned of control characters; at
// the end of input io.EOF.
func (l *Lines) Read(ctx context.Context) (string, error) {
	if l.pending == nil {
		l.pending = make(chan typed, 1)
		go l.fetch(l.pending)
	}
	select {
	case t := <-l.pending:
		l.pending = nil
		return t.text, t.err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

func (l *Lines) fetch(to chan<- typed) {
	line, err := l.line()
	if errors.Is(err, io.EOF) && line != "" {
		err = nil // the last line has no end
	}
	to <- typed{Clean(line), err}
}

// line reads up to the end of the line and keeps its beginning.
func (l *Lines) line() (string, error) {
	var kept []byte
	for {
		part, err := l.r.ReadSlice('\n')
		kept = append(kept, part[:min(len(part), maxLine-len(kept))]...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return string(kept), err
		}
	}
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
