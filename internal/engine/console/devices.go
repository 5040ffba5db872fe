package console

import (
	"io"
	"io/fs"
	"os"
	"strings"

	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// The files of a line under their usual names.
const (
	devStdin  = "/dev/stdin"
	devStdout = "/dev/stdout"
	devStderr = "/dev/stderr"
)

// noProcSubst says what to do instead of a process substitution.
const noProcSubst = "process substitution, <(…) and >(…), is not available in this console: use a pipe and -, or a file of the workspace"

// isDevice tells whether a path is one of the few devices that there are.
func isDevice(path string) bool {
	return path == os.DevNull || path == devStdin || path == devStdout || path == devStderr
}

// isDescriptor tells whether a path is one that a shell puts in the place of a
// process substitution.
func isDescriptor(path string) bool { return strings.HasPrefix(path, "/dev/fd/") }

// hasProcSubst tells whether something in a line is a process substitution. The
// interpreter would make a pipe outside the workspace for it.
func hasProcSubst(file *syntax.File) (found bool) {
	syntax.Walk(file, func(n syntax.Node) bool {
		if _, ok := n.(*syntax.ProcSubst); ok {
			found = true
		}
		return !found
	})
	return found
}

// openDevice opens one of the files of the line; nil for any other path. What
// is opened is borrowed: closing it does nothing.
func openDevice(hc interp.HandlerContext, path string) io.ReadWriteCloser {
	switch {
	case path == devStdin && hc.Stdin != nil:
		return borrowed{Reader: hc.Stdin}
	case path == devStdout:
		return borrowed{Writer: hc.Stdout}
	case path == devStderr:
		return borrowed{Writer: hc.Stderr}
	}
	return nil
}

// borrowed is a file of a line, opened once more in one direction.
type borrowed struct {
	io.Reader
	io.Writer
}

// Read implements io.Reader.
func (b borrowed) Read(p []byte) (int, error) {
	if b.Reader == nil {
		return 0, fs.ErrInvalid
	}
	return b.Reader.Read(p)
}

// Write implements io.Writer.
func (b borrowed) Write(p []byte) (int, error) {
	if b.Writer == nil {
		return 0, fs.ErrInvalid
	}
	return b.Writer.Write(p)
}

// Close implements io.Closer.
func (borrowed) Close() error { return nil }
