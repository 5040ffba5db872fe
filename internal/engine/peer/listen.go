// Package peer keeps the engine's unix sockets to the processes of one user: a
// socket is private on disk, and every connection is asked whose it is.
package peer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

// ErrInUse means that a process answers at a socket that was to be opened.
var ErrInUse = errors.New("another process answers at the socket")

// Listen opens a unix socket (mode 0600) for the same user's processes alone.
// What a dead process left at the path is removed; a socket that answers is not,
// and the error is ErrInUse. The directory is expected to be private.
func Listen(path string) (net.Listener, error) {
	if err := removeStale(path); err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, fmt.Errorf("opening a socket: %w", err)
	}
	// The directory is 0700: nobody else can reach the socket before this.
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("closing a socket to others: %w", err)
	}
	return &sameUser{Listener: l}, nil
}

// removeStale removes the socket of a dead process; it removes nothing but a
// socket, and none that answers.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode()&os.ModeSocket == 0 {
		return fmt.Errorf("%s is in the way of a socket of the engine: remove it", path)
	}
	if c, err := net.DialTimeout("unix", path, time.Second); err == nil {
		c.Close()
		return ErrInUse
	}
	return os.Remove(path)
}

// sameUser closes every connection of another user's process before a byte of
// it is read. Root could become us anyway and is still refused.
type sameUser struct{ net.Listener }

// Accept returns the next connection of our own user.
func (l *sameUser) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if Verify(c) == nil {
			return c, nil
		}
		c.Close()
	}
}
