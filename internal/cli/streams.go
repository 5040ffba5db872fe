package cli

import (
	"io"
	"os"

	"golang.org/x/term"
)

// IOStreams are where a command reads and writes. In, Out and Err are files
// where the program runs for real, and buffers in tests.
type IOStreams struct {
	In       io.Reader
	Out, Err io.Writer
}

// SystemStreams are the process's own.
func SystemStreams() IOStreams { return IOStreams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr} }

// fd is the descriptor of a stream that is a terminal.
func fd(stream any) (int, bool) {
	file, ok := stream.(*os.File)
	if !ok {
		return 0, false
	}
	n := int(file.Fd())
	return n, term.IsTerminal(n)
}

// Terminal tells whether a person sits at both ends.
func (s IOStreams) Terminal() bool {
	_, in := fd(s.In)
	return in && s.OutTerminal()
}

// OutTerminal tells whether what is written is seen at once.
func (s IOStreams) OutTerminal() bool {
	_, out := fd(s.Out)
	return out
}

// Width is the terminal's in columns, 80 where there is none.
func (s IOStreams) Width() int {
	columns, _ := s.Size()
	return columns
}

// Size is the terminal's in columns and rows, 80 and 24 where there is none.
func (s IOStreams) Size() (columns, rows int) {
	if n, ok := fd(s.Out); ok {
		if columns, rows, err := term.GetSize(n); err == nil && columns > 0 && rows > 0 {
			return columns, rows
		}
	}
	return 80, 24
}
