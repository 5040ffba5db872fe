//go:build unix && !linux

package fleet

import (
	"errors"
	"syscall"
)

// attributes put a process into a group of its own, so that a ^C meant for the
// engine does not reach it.
func attributes(bool) *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// alive says whether there is a process. It may be another one by now, where
// numbers are used again soon.
func alive(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }
