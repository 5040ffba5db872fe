//go:build unix

package console

import (
	"os"
	"syscall"
)

// ownGroup puts a process into a group of its own, so that it can be killed
// with what it started, and so that a ^C meant for the daemon does not reach it.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func killGroup(p *os.Process) {
	_ = syscall.Kill(-p.Pid, syscall.SIGKILL) // gone already is as good
}
