//go:build !unix

package fleet

import (
	"os"
	"syscall"
)

func attributes(bool) *syscall.SysProcAttr { return nil }

// killGroup kills a process; one that is gone is as good.
func killGroup(pid int) {
	if p, err := os.FindProcess(pid); err == nil {
		_ = p.Kill()
	}
}

// terminate ends a process: there is no asking here.
func terminate(pid int) error {
	killGroup(pid)
	return nil
}

// alive says whether there is a process.
func alive(pid int) bool {
	p, err := os.FindProcess(pid)
	if err == nil {
		p.Release()
	}
	return err == nil
}
