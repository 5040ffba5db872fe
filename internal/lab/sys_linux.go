package lab

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// ownGroup starts a build in a process group of its own, and interrupts it when
// the tutor is killed: the go command then ends its compilers by itself.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
}

// niceSession lowers the priority of a process's session as a whole, where the
// kernel shares out processors by sessions first (sched(7), autogroup): there the
// priority of a process counts among those of its own session only. When memory runs
// out, it goes before those that gave way to nobody (proc(5), oom_score_adj).
func niceSession(pid, by int) {
	for file, value := range map[string]int{"autogroup": by, "oom_score_adj": 50 * by} {
		_ = os.WriteFile(fmt.Sprintf("/proc/%d/%s", pid, file), []byte(strconv.Itoa(value)), 0)
	}
}

// verifyPeer refuses a daemon of another user.
func verifyPeer(conn *net.UnixConn) error {
	cred, err := peer(conn)
	if err != nil {
		return fmt.Errorf("asking who listens on the engine's socket: %w", err)
	}
	if int(cred.Uid) != os.Geteuid() {
		return fmt.Errorf("the engine's socket is served by another user (uid %d): it is not used", cred.Uid)
	}
	return nil
}

// peer is who listened at the other end.
func peer(conn *net.UnixConn) (cred *unix.Ucred, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, err
	}
	var credErr error
	err = raw.Control(func(fd uintptr) {
		cred, credErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	return cred, firstOf(err, credErr)
}

// peerOf is that process.
func peerOf(conn *net.UnixConn) (pid int, err error) {
	cred, err := peer(conn)
	if err != nil {
		return 0, err
	}
	return int(cred.Pid), nil
}

// memory reads how many bytes the machine has, and how many of them a new
// program can have without pushing another one out.
func memory() (total, available int64, err error) {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0, 0, fmt.Errorf("asking for the free memory: %w", err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		switch key, value, _ := strings.Cut(lines.Text(), ":"); key {
		case "MemTotal":
			total = kibibytes(value)
		case "MemAvailable":
			available = kibibytes(value)
		}
	}
	return total, available, nil
}

// kibibytes reads a value such as "  16384 kB" as bytes.
func kibibytes(value string) int64 {
	n, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
	return n << 10
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
