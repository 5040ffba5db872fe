//go:build linux || darwin

package peer

import (
	"errors"
	"net"
	"os"
)

// errStranger means that another user's process called.
var errStranger = errors.New("the peer is another user")

// Verify refuses the unix socket connection of another user: it asks the kernel
// who is at the other end.
func Verify(c net.Conn) error {
	raw, err := c.(*net.UnixConn).SyscallConn()
	if err != nil {
		return err
	}
	var uid int
	var uidErr error
	if err := raw.Control(func(fd uintptr) { uid, uidErr = peerUID(int(fd)) }); err != nil {
		return err
	}
	if uidErr != nil {
		return uidErr
	}
	return sameUID(uid, os.Getuid())
}

func sameUID(peer, own int) error {
	if peer != own {
		return errStranger
	}
	return nil
}
