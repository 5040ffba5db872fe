package cri

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// bound ends this process before its containers eat the machine's memory. What
// they are charged for is counted by the kernel package; this is for what a
// program really takes, a text that doubles faster than it is counted. The
// fleet starts the runtime anew, and its containers are those of a machine that
// went down.
func bound() error {
	if err := unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: hardLimit, Max: hardLimit}); err != nil {
		return fmt.Errorf("limiting the runtime's memory: %w", err)
	}
	return nil
}
