//go:build linux || darwin

package server

import (
	"net"
	"os"
)

// verifyPeer asks the kernel who is at the other end.
func verifyPeer(c net.Conn) error {
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
