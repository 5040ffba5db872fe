package service

import (
	"bytes"
	"io"
	"log"

	"kubetutor/internal/engine/kernel"
)

// Logger writes lines as the log package of Go's standard library does by
// default: to standard error, with date and time.
func Logger(p *kernel.Process) *log.Logger {
	return log.New(p.Stderr(), "", log.LstdFlags)
}

// Lines calls do for every full line that is written to it.
type Lines struct {
	Do   func(line string)
	rest []byte
}

func (l *Lines) Write(b []byte) (int, error) {
	l.rest = append(l.rest, b...)
	for {
		line, rest, found := bytes.Cut(l.rest, []byte("\n"))
		if !found {
			return len(b), nil
		}
		l.Do(string(line))
		l.rest = rest
	}
}

// ReadAll reads at most limit bytes, so that no peer can fill the memory of the
// machine.
func ReadAll(r io.Reader, limit int64) ([]byte, error) {
	return io.ReadAll(io.LimitReader(r, limit))
}
