//go:build !linux && !darwin

package server

import "net"

// verifyPeer has nothing to ask here: the directory's access list is the guard.
func verifyPeer(net.Conn) error { return nil }
