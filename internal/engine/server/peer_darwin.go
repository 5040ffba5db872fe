package server

import (
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// verifyPeer asks the kernel who is at the other end.
func verifyPeer(c net.Conn) error {
	raw, err := c.(*net.UnixConn).SyscallConn()
	if err != nil {
		return err
	}
	var cred *unix.Xucred
	var credErr error
	if err := raw.Control(func(fd uintptr) {
		cred, credErr = unix.GetsockoptXucred(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	}); err != nil {
		return err
	}
	if credErr != nil {
		return credErr
	}
	return sameUID(int(cred.Uid), os.Getuid())
}
