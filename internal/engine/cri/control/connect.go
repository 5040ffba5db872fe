package control

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
)

// connect answers CONNECT IP:PORT: it dials in the lab's network, then passes
// bytes on in both directions until both ended. While it dials, a caller that
// goes away ends the dialling.
func (s *Server) connect(w http.ResponseWriter, r *http.Request) {
	to, err := netip.ParseAddrPort(r.Host)
	if err != nil {
		writeFailure(w, http.StatusBadRequest, "no address and port: "+r.Host)
		return
	}
	inside, err := s.runtime.Dial(r.Context(), r.Header.Get(FromHeader), to)
	if err != nil {
		status, text := refusal(err)
		writeFailure(w, status, text)
		return
	}
	defer inside.Close()
	outside, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		writeFailure(w, http.StatusInternalServerError, err.Error())
		return
	}
	defer outside.Close()
	if _, err := io.WriteString(outside, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	Join(r.Context(), inside, &readConn{Conn: outside, r: past(buffered.Reader, outside)})
}

// past reads what a reader of a connection has buffered, then the connection
// itself. The reader that comes with a hijacked connection ends the request's
// context at the end of the stream, and an end of one direction is none of the
// other.
func past(r *bufio.Reader, conn net.Conn) io.Reader {
	head, _ := r.Peek(r.Buffered()) // no more than there is: no error
	return io.MultiReader(bytes.NewReader(head), conn)
}

// Join passes bytes between two connections until both directions have ended or
// ctx does, then closes both. The end of one direction is passed on as such where
// the connection knows half closes (CloseWrite), so that a program that says all
// and then listens is answered. An error in one direction ends the other too.
func Join(ctx context.Context, a, b net.Conn) {
	both := sync.OnceFunc(func() { a.Close(); b.Close() })
	defer both()
	defer context.AfterFunc(ctx, both)()
	var wg sync.WaitGroup
	wg.Go(func() { pass(a, b, both) })
	wg.Go(func() { pass(b, a, both) })
	wg.Wait()
}

func pass(to, from net.Conn, abort func()) {
	if _, err := io.Copy(to, from); err != nil {
		abort()
		return
	}
	half, ok := to.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		abort()
	}
}

// readConn is a connection of which some bytes may have been read already.
type readConn struct {
	net.Conn
	r io.Reader
}

func (c *readConn) Read(b []byte) (int, error) { return c.r.Read(b) }

// CloseWrite tells the peer that no more is to come.
func (c *readConn) CloseWrite() error {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok {
		return net.ErrClosed
	}
	return half.CloseWrite()
}
