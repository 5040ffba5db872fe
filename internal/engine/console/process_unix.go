//go:build unix

package console

import (
	"os"
	"syscall"
)

// ownGroup puts a process into a session and a group of its own, so that it can
// be killed with what it started, so that a ^C meant for the daemon does not reach
// it, and so that it can have a terminal of its own.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

func killGroup(p *os.Process) {
	_ = syscall.Kill(-p.Pid, syscall.SIGKILL) // gone already is as good
}
