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

// statusOf is the exit code of a process that has ended, as a shell tells it: 128 and the
// number of the signal that ended it.
func statusOf(p *os.ProcessState) int {
	if s, ok := p.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		return 128 + int(s.Signal())
	}
	return p.ExitCode()
}

func killGroup(p *os.Process) {
	_ = syscall.Kill(-p.Pid, syscall.SIGKILL) // gone already is as good
}
