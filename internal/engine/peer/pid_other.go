//go:build !linux

package peer

import (
	"errors"
	"net"
)

// PID is the process at the other end of a unix socket connection, which cannot be
// asked for here.
func PID(net.Conn) (int, error) { return 0, errors.ErrUnsupported }
