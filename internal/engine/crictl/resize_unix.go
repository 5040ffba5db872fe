//go:build unix

package crictl

import (
	"os"
	"os/signal"
	"syscall"
)

// resizes tells of changes of the terminal's size until stop is called.
func resizes() (changed <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGWINCH)
	return c, func() { signal.Stop(c) }
}
