//go:build unix

package lab

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// detached lets a process live on when the tutor and its terminal are gone.
func detached(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// killGroup ends a process that was started in a group of its own, and its
// children.
func killGroup(cmd *exec.Cmd) error {
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); err != nil {
		return cmd.Process.Kill()
	}
	return nil
}

// nice lowers the priority of a process group: of all its threads, and of what they
// start.
func nice(cmd *exec.Cmd, by int) {
	_ = unix.Setpriority(unix.PRIO_PGRP, cmd.Process.Pid, by)
	niceSession(cmd.Process.Pid, by)
}

// verifyOwn refuses a directory that another user owns or may enter.
func verifyOwn(path string, info fs.FileInfo) error {
	if uid := info.Sys().(*syscall.Stat_t).Uid; int(uid) != os.Geteuid() {
		return fmt.Errorf("the directory %s belongs to another user (uid %d): it cannot be trusted with the engine's sockets; ask for it to be removed, or set XDG_RUNTIME_DIR", path, uid)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("the directory %s is open to other users (mode %04o): run `chmod 700 %s`", path, info.Mode().Perm(), path)
	}
	return nil
}

// userID names the user in the fallback of the sockets' directory.
func userID() string { return fmt.Sprint(os.Geteuid()) }

// diskFree is how many bytes a user may still write below dir.
func diskFree(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, fmt.Errorf("asking for the free space at %s: %w", dir, err)
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}
