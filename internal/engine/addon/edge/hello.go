package edge

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"
)

// errSeen stops a handshake whose first message is all that was wanted.
var errSeen = errors.New("the hello has been seen")

// readHello reads the first message of a TLS client and returns the server name
// in it, empty if there is none, and a connection that begins with that message
// again. The connection is valid with an error too.
func readHello(conn net.Conn) (string, net.Conn, error) {
	var seen bytes.Buffer
	var name string
	_ = conn.SetReadDeadline(time.Now().Add(helloIn))
	listen := tls.Server(onlyReads{from: io.TeeReader(conn, &seen)}, &tls.Config{GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		name = h.ServerName
		return nil, errSeen
	}})
	err := listen.HandshakeContext(context.Background())
	_ = conn.SetReadDeadline(time.Time{})
	if errors.Is(err, errSeen) {
		err = nil
	}
	return name, &replayed{Conn: conn, first: io.MultiReader(&seen, conn)}, err
}

// onlyReads is a connection that is listened to, and never answers.
type onlyReads struct{ from io.Reader }

func (c onlyReads) Read(b []byte) (int, error)     { return c.from.Read(b) }
func (onlyReads) Write([]byte) (int, error)        { return 0, io.ErrClosedPipe }
func (onlyReads) Close() error                     { return nil }
func (onlyReads) LocalAddr() net.Addr              { return nil }
func (onlyReads) RemoteAddr() net.Addr             { return nil }
func (onlyReads) SetDeadline(time.Time) error      { return nil }
func (onlyReads) SetReadDeadline(time.Time) error  { return nil }
func (onlyReads) SetWriteDeadline(time.Time) error { return nil }

// replayed is a connection whose first bytes have been read, and are read again.
type replayed struct {
	net.Conn
	first io.Reader
}

func (c *replayed) Read(b []byte) (int, error) { return c.first.Read(b) }

// CloseWrite says that nothing more will be written.
func (c *replayed) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return c.Conn.Close()
}
