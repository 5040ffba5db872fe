//go:build unix

package fleet

import "syscall"

// killGroup kills a process and its group; one that is gone is as good.
func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }

// terminate asks a process to end.
func terminate(pid int) error { return syscall.Kill(pid, syscall.SIGTERM) }
