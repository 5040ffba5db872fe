//go:build !unix

package console

import (
	"os"
	"syscall"
)

func ownGroup() *syscall.SysProcAttr { return nil }

func statusOf(p *os.ProcessState) int { return p.ExitCode() }

func killGroup(p *os.Process) { _ = p.Kill() }
