package server

import (
	"errors"
	"net"

	"kubetutor/internal/engine/peer"
)

// listen opens the daemon's socket. The caller holds the home's lock, so a
// socket that answers all the same is a daemon's of which the lock was lost.
func listen(path string) (net.Listener, error) {
	l, err := peer.Listen(path)
	if errors.Is(err, peer.ErrInUse) {
		return nil, ErrTaken
	}
	return l, err
}
