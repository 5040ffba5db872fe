//go:build unix

package console

import (
	"fmt"
	"os"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// openTerminal makes a pseudo-terminal of a size.
func openTerminal(columns, rows int) (master, slave *os.File, err error) {
	if master, slave, err = pty.Open(); err != nil {
		return nil, nil, fmt.Errorf("making a terminal: %w", err)
	}
	if err = setSize(master, columns, rows); err != nil {
		master.Close()
		slave.Close()
		return nil, nil, err
	}
	return master, slave, nil
}

func setSize(master *os.File, columns, rows int) error {
	size := &pty.Winsize{Cols: uint16(clamp(columns, 20)), Rows: uint16(clamp(rows, 5))}
	if err := pty.Setsize(master, size); err != nil {
		return fmt.Errorf("setting a terminal's size: %w", err)
	}
	return nil
}

// clamp keeps a size within what programs can use.
func clamp(n, least int) int { return min(max(n, least), 1<<12) }

// control makes a terminal that of this process's session, which has none: its
// ^C and its resizes are signals here from then on.
func control(terminal *os.File) error {
	return unix.IoctlSetInt(int(terminal.Fd()), unix.TIOCSCTTY, 0)
}
