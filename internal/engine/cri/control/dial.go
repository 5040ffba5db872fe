package control

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"syscall"
	"time"
)

// Dial connects to an address in the lab's network. From is as [FromHeader] says.
// The connection knows half closes (CloseWrite). Errors are those of a real
// dialler: *net.OpError with ECONNREFUSED, EHOSTUNREACH or a time-out, also when
// ctx ends first, or with [ErrNobody]; another error means that the runtime itself
// cannot be reached.
func (c *Client) Dial(ctx context.Context, from string, to netip.AddrPort) (net.Conn, error) {
	conn, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	made, err := ask(ctx, conn, from, to)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return made, nil
}

// ask sends CONNECT and reads the answer.
func ask(ctx context.Context, conn net.Conn, from string, to netip.AddrPort) (net.Conn, error) {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Host: to.String()}, Host: to.String(), Header: http.Header{FromHeader: {from}}}
	r := bufio.NewReader(conn)
	resp, err := exchange(conn, r, req)
	if !stop() {
		return nil, timedOut(to)
	}
	if err != nil {
		return nil, fmt.Errorf("asking the runtime for %s: %w", to, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, refused(to, resp)
	}
	return &dialled{readConn: readConn{Conn: conn, r: r}, to: to}, nil
}

func exchange(conn net.Conn, r *bufio.Reader, req *http.Request) (*http.Response, error) {
	if err := req.Write(conn); err != nil {
		return nil, err
	}
	return http.ReadResponse(r, req)
}

// refused turns an answer back into what it was made of.
func refused(to netip.AddrPort, resp *http.Response) error {
	return refusedWith(to, resp.StatusCode, failureText(resp))
}

func refusedWith(to netip.AddrPort, status int, text string) error {
	switch {
	case status == http.StatusNotFound:
		return dialError(to, ErrNobody)
	case status == http.StatusBadGateway:
		return dialError(to, os.NewSyscallError("connect", syscall.ECONNREFUSED))
	case text == syscall.EHOSTUNREACH.Error():
		return dialError(to, os.NewSyscallError("connect", syscall.EHOSTUNREACH))
	case status == http.StatusGatewayTimeout:
		return timedOut(to)
	default:
		return dialError(to, errors.New(text))
	}
}

func timedOut(to netip.AddrPort) error { return dialError(to, os.ErrDeadlineExceeded) }

func dialError(to netip.AddrPort, err error) error {
	return &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(to), Err: err}
}

// dialled is a connection through the runtime, which says to whom it leads.
type dialled struct {
	readConn
	to netip.AddrPort
}

// RemoteAddr is the address in the lab's network.
func (d *dialled) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(d.to) }
