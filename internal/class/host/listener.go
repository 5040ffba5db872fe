package host

import (
	"fmt"
	"net"
)

// listener hands on the connections that the crowd has room for. The others are
// closed before a byte of them is read: that costs a client more than the server.
type listener struct {
	net.Listener
	crowd *crowd
}

func listen(address string, crowd *crowd) (*listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", address, err)
	}
	return &listener{l, crowd}, nil
}

// Accept waits for the next connection that is let in, which is a *conn.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if in := l.crowd.arrive(c); in != nil {
			return in, nil
		}
		hangUp(c)
	}
}

// hangUp closes a connection without waiting for the other side, and without the
// system remembering it for minutes.
func hangUp(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}
