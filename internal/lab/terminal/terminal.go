// Package terminal lends the learner's terminal to a program that runs in a
// console of the engine: keys go to the program as they are pressed, and so does
// every change of the terminal's size. What the program shows comes as output of
// its line.
package terminal

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/term"
)

// Console is what the program runs in; a lab.Console is one.
type Console interface {
	Input(ctx context.Context, data []byte, eof bool) error
	Resize(ctx context.Context, columns, rows int) error
}

// Lend passes keys and sizes on until giveBack is called, which waits for the
// last of them. Meanwhile the terminal is in raw mode: control-C is a key like any
// other. Keys must stop being read when the context of its reader ends.
func Lend(ctx context.Context, tty *os.File, keys func(context.Context) io.Reader, con Console) (giveBack func(), err error) {
	fd := int(tty.Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return nil, fmt.Errorf("lending the terminal: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	var passing sync.WaitGroup
	passing.Go(func() { passKeys(ctx, keys(ctx), con) })
	passing.Go(func() { passSizes(ctx, fd, con) })
	return func() {
		cancel()
		passing.Wait()
		_ = term.Restore(fd, before) // a terminal that is gone needs no mode
	}, nil
}

// passKeys passes on what is typed. An end of input is none for the program: its
// terminal goes on.
func passKeys(ctx context.Context, keys io.Reader, con Console) {
	buf := make([]byte, 4096)
	for {
		n, err := keys.Read(buf)
		if n > 0 && con.Input(ctx, buf[:n], false) != nil || err != nil || ctx.Err() != nil {
			return
		}
	}
}

// passSizes tells the size of the terminal, now and whenever it changes.
func passSizes(ctx context.Context, fd int, con Console) {
	changed, stop := resizes()
	defer stop()
	for {
		if columns, rows, err := term.GetSize(fd); err == nil {
			_ = con.Resize(ctx, columns, rows) // a program that has ended needs none
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}
