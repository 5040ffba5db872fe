package controlplane

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// openTestEgress opens one whose router leads 10.244.1.1:80 to l.
func openTestEgress(t *testing.T, l net.Listener) (e *egress, socket string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "kt") // socket paths are short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if e, err = openEgress(dir, filepath.Join(dir, "egress.yaml")); err != nil {
		t.Fatal(err)
	}
	var route Router = func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
		switch {
		case !Inside(to.Addr()):
			return nil, ErrOutside
		case to.String() == "10.244.1.1:80":
			return (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr().String())
		default:
			return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(to), Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
		}
	}
	e.router.Store(&route)
	return e, filepath.Join(dir, "egress.sock")
}

// connectThrough asks for an address, and returns the status line.
func connectThrough(t *testing.T, socket, address string) (net.Conn, *bufio.Reader, string) {
	t.Helper()
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %[1]s\r\n\r\n", address)
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, &http.Request{Method: http.MethodConnect})
	if err != nil {
		t.Fatal(err)
	}
	return conn, r, resp.Status
}

// TestEgress leads into the lab, says why where it cannot, and leads nowhere
// else.
func TestEgress(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp4", loopback(0))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() { _ = echoAll(l) }()
	e, socket := openTestEgress(t, l)
	for address, want := range map[string]string{
		"10.244.1.1:80": "200", "172.30.0.12:80": "connection refused", l.Addr().String(): "outside the lab",
		"192.0.2.1:443": "outside the lab", "example.com:443": "outside the lab", "[::ffff:127.0.0.1]:80": "outside the lab", "10.244.1.1": "outside the lab",
	} {
		if _, _, status := connectThrough(t, socket, address); !strings.Contains(status, want) {
			t.Errorf("%s: %q, want %q", address, status, want)
		}
	}
	conn, r, _ := connectThrough(t, socket, "10.244.1.1:80")
	fmt.Fprint(conn, "question")
	if err := conn.(*net.UnixConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if answer, err := io.ReadAll(r); err != nil || string(answer) != "question" {
		t.Errorf("after half a close came %q, %v", answer, err)
	}
	open, r, _ := connectThrough(t, socket, "10.244.1.1:80")
	if err := e.close(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := r.ReadByte(); err == nil {
		t.Errorf("%v outlives the egress", open.RemoteAddr())
	}
}
