package fleet

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
)

// attributes put a process into a group of its own, so that a ^C meant for the
// engine does not reach it. A leashed one is also killed by the kernel when the
// engine dies, should it be too busy to read its standard input.
func attributes(leashed bool) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if leashed {
		attr.Pdeathsig = syscall.SIGKILL
	}
	return attr
}

// alive says whether a process runs. One that has ended counts as gone even if its
// parent, which may be anybody after our own death, does not ask how it ended: its
// state is then Z (proc(5); the name in brackets before it may hold anything).
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, state, ok := bytes.Cut(stat[max(0, bytes.LastIndexByte(stat, ')')):], []byte(") "))
	return ok && state[0] != 'Z' && state[0] != 'X'
}
