package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

// listen opens the daemon's socket (mode 0600) for the same user's processes
// alone. The caller holds the home's lock, so a socket that is there already is
// what a dead daemon left.
func listen(path string) (net.Listener, error) {
	if err := removeStale(path); err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, fmt.Errorf("opening the engine's socket: %w", err)
	}
	// The directory is 0700: nobody else can reach the socket before this.
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("closing the engine's socket to others: %w", err)
	}
	return &sameUser{Listener: l}, nil
}

// removeStale removes the socket of a dead daemon; it removes nothing but a
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
		return fmt.Errorf("%s is in the way of the engine's socket: remove it", path)
	}
	if c, err := net.DialTimeout("unix", path, time.Second); err == nil {
		c.Close()
		return ErrTaken
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
		if verifyPeer(c) == nil {
			return c, nil
		}
		c.Close()
	}
}

// errStranger means that another user's process called.
var errStranger = errors.New("the peer is another user")

func sameUID(peer, own int) error {
	if peer != own {
		return errStranger
	}
	return nil
}
