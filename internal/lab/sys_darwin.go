package lab

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// ownGroup starts a build in a process group of its own.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// niceSession does nothing: priorities are those of processes here.
func niceSession(int, int) {}

// verifyPeer refuses a daemon of another user.
func verifyPeer(conn *net.UnixConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return fmt.Errorf("asking who listens on the engine's socket: %w", err)
	}
	var cred *unix.Xucred
	var credErr error
	if err := raw.Control(func(fd uintptr) {
		cred, credErr = unix.GetsockoptXucred(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	}); err != nil {
		return fmt.Errorf("asking who listens on the engine's socket: %w", err)
	}
	if credErr != nil {
		return fmt.Errorf("asking who listens on the engine's socket: %w", credErr)
	}
	if int(cred.Uid) != os.Geteuid() {
		return fmt.Errorf("the engine's socket is served by another user (uid %d): it is not used", cred.Uid)
	}
	return nil
}

// peerOf is the process that listened at the other end.
func peerOf(conn *net.UnixConn) (pid int, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, err
	}
	var optErr error
	err = raw.Control(func(fd uintptr) {
		pid, optErr = unix.GetsockoptInt(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERPID)
	})
	return pid, errors.Join(err, optErr)
}

// memory tells how many bytes the machine has. The system does not say in one
// number how many of them are available: all but the wired ones can be had.
func memory() (total, available int64, err error) {
	size, err := unix.SysctlUint64("hw.memsize")
	if err != nil {
		return 0, 0, fmt.Errorf("asking for the memory: %w", err)
	}
	return int64(size), int64(size), nil
}
