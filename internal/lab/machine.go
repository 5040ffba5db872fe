package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"kubetutor/internal/lab/protocol"
)

// Machine is what this machine offers and what building the engine wants, in
// bytes; 0 where it is not known.
type Machine struct {
	Memory, MemoryFree, MemoryWanted int64
	DiskFree, DiskWanted             int64
	Disk                             string // the directory that DiskFree is about
	Go                               string // the go command's file, "" where there is none
}

// Machine looks at this machine.
func (l *Labs) Machine() Machine {
	m := Machine{MemoryWanted: minMemory, DiskWanted: minDisk, Disk: existing(l.dirs.cache)}
	m.Memory, m.MemoryFree, _ = memory()
	m.DiskFree, _ = diskFree(m.Disk)
	m.Go, _ = lookGo(lookup(l.env)("PATH"))
	return m
}

// existing is the nearest directory above that is there.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil || filepath.Dir(dir) == dir {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

// Kill ends the daemon at once, as a crash would, where it does not answer any more;
// its cluster's state is as it last was on the disk. It is asked of the system who
// listens on the daemon's socket. Without a daemon there is nothing to do.
func (l *Labs) Kill(ctx context.Context) error {
	socket, err := socketPath(l.dirs.sockets, l.name)
	if err != nil {
		return err
	}
	conn, err := dialSocket(ctx, socket)
	if errors.Is(err, ErrNoDaemon) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("finding the engine that does not answer: %w", err)
	}
	defer conn.Close()
	pid, err := peerOf(conn.(*net.UnixConn))
	if err != nil {
		return fmt.Errorf("asking who listens on the engine's socket: %w", err)
	}
	engine, err := os.FindProcess(pid)
	if err != nil {
		return fmt.Errorf("finding the engine that does not answer: %w", err)
	}
	if err := engine.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("ending the engine that does not answer: %w", err)
	}
	return l.gone(ctx)
}

// SocketDir is where daemons listen, and whether it can be trusted; that it is
// not there yet is no fault.
func (l *Labs) SocketDir() (string, error) {
	if err := checkSocketDir(l.dirs.sockets); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	return l.dirs.sockets, nil
}

// Stale tells whether a daemon is of another build than this tutor wants.
func (l *Labs) Stale(h protocol.Hello) bool {
	f := l.find()
	return f.explicit == "" && f.id != "" && h.Engine != f.id
}

// Room is how many bytes this user may still write below dir, or below the nearest
// directory above it that is there.
func Room(dir string) (int64, error) { return diskFree(existing(dir)) }

// Memory is how many bytes this machine has, and how many of them a new program can
// have without pushing another one out.
func Memory() (total, available int64, err error) { return memory() }
