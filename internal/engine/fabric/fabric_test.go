package fabric

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func ip(s string) netip.Addr { return netip.MustParseAddr(s) }

// pair is a fabric with two pods.
func pair(t testing.TB) (f *Fabric, a, b *Namespace) {
	t.Helper()
	f = New()
	a, b = attach(t, f, "a", "10.244.1.2"), attach(t, f, "b", "10.244.2.2")
	return f, a, b
}

func attach(t testing.TB, f *Fabric, name, addr string) *Namespace {
	t.Helper()
	n, err := f.Attach(name, ip(addr))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	return n
}

// connected is a connection between two pods.
func connected(t testing.TB, a, b *Namespace) (near, far net.Conn) {
	t.Helper()
	l, err := b.Listen("tcp", ":80")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	near, err = a.Dial(context.Background(), "tcp", b.IP().String()+":80")
	if err != nil {
		t.Fatal(err)
	}
	if far, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = near.Close(); _ = far.Close() })
	return near, far
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	_, a, b := pair(t)
	near, far := connected(t, a, b)
	if got := far.RemoteAddr().(*net.TCPAddr); got.IP.String() != "10.244.1.2" || got.String() != near.LocalAddr().String() {
		t.Errorf("the server sees %v, the client is %v", got, near.LocalAddr())
	}
	if got := far.LocalAddr().String(); got != "10.244.2.2:80" || near.RemoteAddr().String() != got {
		t.Errorf("the server is %v, the client sees %v", got, near.RemoteAddr())
	}
}

func TestListen(t *testing.T) {
	t.Parallel()
	tests := []struct {
		first, second string
		want          error
	}{
		{":80", ":80", syscall.EADDRINUSE},
		{":80", "127.0.0.1:80", syscall.EADDRINUSE},
		{"0.0.0.0:80", "[::]:80", syscall.EADDRINUSE},
		{"127.0.0.1:80", "10.244.1.2:80", nil},
		{":80", ":81", nil},
		{":80", ":http", syscall.EADDRINUSE},
		{":80", "10.244.9.9:80", syscall.EADDRNOTAVAIL},
		{":0", ":0", nil},
		{"tcp4 :80", "tcp6 [::]:80", nil},
		{"tcp4 :80", "tcp6 :80", nil},
		{"tcp6 :80", "127.0.0.1:80", nil},
		{"tcp4 :80", ":80", syscall.EADDRINUSE},
		{"tcp6 :80", ":80", syscall.EADDRINUSE},
		{"tcp6 :80", "[::1]:80", syscall.EADDRINUSE},
	}
	for _, test := range tests {
		_, a, _ := pair(t)
		if _, err := a.Listen(network(test.first)); err != nil {
			t.Fatal(err)
		}
		_, err := a.Listen(network(test.second))
		var op *net.OpError
		if !errors.Is(err, test.want) || err != nil && !errors.As(err, &op) {
			t.Errorf("%s after %s: %v, want %v", test.second, test.first, err, test.want)
		}
	}
}

// network splits what a test listens on; without a word it is tcp.
func network(test string) (network, address string) {
	if network, address, ok := strings.Cut(test, " "); ok {
		return network, address
	}
	return "tcp", test
}

func TestListenAgain(t *testing.T) {
	t.Parallel()
	_, a, _ := pair(t)
	for range 3 {
		l, err := a.Listen("tcp", ":80")
		if err != nil {
			t.Fatal(err)
		}
		if got := a.Listeners(); len(got) != 1 || got[0].Addr.Port() != 80 {
			t.Errorf("listeners: %v", got)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("closed twice: %v", err)
		}
	}
	if got := a.Listeners(); len(got) != 0 {
		t.Errorf("listeners after all were closed: %v", got)
	}
}

// TestWhoHears tells which addresses reach a listener.
func TestWhoHears(t *testing.T) {
	t.Parallel()
	tests := []struct {
		listen         string
		self, loop, of bool // own address, loopback, from the other pod
	}{
		{":80", true, true, true},
		{"0.0.0.0:80", true, true, true},
		{"127.0.0.1:80", false, true, false},
		{"10.244.1.2:80", true, false, true},
		{"localhost:80", false, true, false},
	}
	for _, test := range tests {
		_, a, b := pair(t)
		if _, err := a.Listen("tcp", test.listen); err != nil {
			t.Fatal(err)
		}
		dial := func(from *Namespace, to string) bool {
			c, err := from.Dial(context.Background(), "tcp", to)
			if err == nil {
				_ = c.Close()
			} else if !errors.Is(err, syscall.ECONNREFUSED) {
				t.Error(err)
			}
			return err == nil
		}
		got := [3]bool{dial(a, "10.244.1.2:80"), dial(a, "localhost:80"), dial(b, "10.244.1.2:80")}
		if want := [3]bool{test.self, test.loop, test.of}; got != want {
			t.Errorf("%s: heard %v, want %v", test.listen, got, want)
		}
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, a, _ := pair(t)
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		_, err := a.Dial(ctx, "tcp", "192.0.2.1:80")
		var op net.Error
		if !errors.As(err, &op) || !op.Timeout() || !strings.HasSuffix(err.Error(), "dial tcp 192.0.2.1:80: i/o timeout") {
			t.Errorf("an address where nobody is: %v", err)
		}
		_, err = a.Dial(context.Background(), "tcp", "10.244.2.2:80")
		if !errors.Is(err, syscall.ECONNREFUSED) || !strings.HasSuffix(err.Error(), "10.244.2.2:80: connect: connection refused") {
			t.Errorf("a port where nobody listens: %v", err)
		}
		canceled, stop := context.WithCancel(context.Background())
		stop()
		if _, err = a.Dial(canceled, "tcp", "192.0.2.1:80"); !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled dial: %v", err)
		}
		if _, err = a.Dial(context.Background(), "tcp", "nowhere:80"); err == nil || !strings.Contains(err.Error(), "no such host") {
			t.Errorf("an unknown name: %v", err)
		}
	})
}

func TestUnreachablePod(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, a, _ := pair(t)
		begin := time.Now()
		_, err := a.Dial(context.Background(), "tcp", "10.244.7.7:80")
		if !errors.Is(err, syscall.EHOSTUNREACH) || time.Since(begin) < unreachable {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
	})
}

func TestNames(t *testing.T) {
	t.Parallel()
	_, a, b := pair(t)
	if _, err := b.Listen("tcp", ":80"); err != nil {
		t.Fatal(err)
	}
	known := func(_ context.Context, name string) ([]netip.Addr, error) {
		if name != "web.default.svc" {
			return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
		}
		return []netip.Addr{b.IP()}, nil
	}
	view, end := a.Session(known)
	defer end()
	c, err := view.Dial(context.Background(), "tcp", "web.default.svc:80")
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	if _, err := view.Dial(context.Background(), "tcp", "db.default.svc:80"); err == nil || !strings.Contains(err.Error(), "no such host") {
		t.Errorf("an unknown name: %v", err)
	}
}

func TestRoute(t *testing.T) {
	t.Parallel()
	f, a, _ := pair(t)
	outside, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer outside.Close()
	go func() {
		c, err := outside.Accept()
		if err == nil {
			_, _ = io.Copy(c, c)
			_ = c.Close()
		}
	}()
	to := netip.MustParseAddrPort("10.96.0.1:443")
	f.Route(to, func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", outside.Addr().String())
	})
	c, err := a.Dial(context.Background(), "tcp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if c.RemoteAddr().String() != to.String() || !strings.HasPrefix(c.LocalAddr().String(), "10.244.1.2:") {
		t.Errorf("from %v to %v", c.LocalAddr(), c.RemoteAddr())
	}
	if _, err := io.WriteString(c, "hello"); err != nil {
		t.Fatal(err)
	}
	if err := c.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(c); string(b) != "hello" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	f.Route(to, nil)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err := a.Dial(ctx, "tcp", to.String()); err == nil {
		t.Error("a route that was removed still leads somewhere")
	}
}

func TestSession(t *testing.T) {
	t.Parallel()
	f, a, b := pair(t)
	view, end := b.Session(func(context.Context, string) ([]netip.Addr, error) { return []netip.Addr{a.IP()}, nil })
	l, err := view.Listen("tcp", ":80")
	if err != nil {
		t.Fatal(err)
	}
	c, err := f.Dial(context.Background(), "", netip.MustParseAddrPort("10.244.2.2:80"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Accept(); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Listen("tcp", ":90"); err != nil {
		t.Fatal(err)
	}
	if _, err := view.Dial(context.Background(), "tcp", "any.name:90"); err != nil {
		t.Errorf("the session's own lookup: %v", err)
	}
	end()
	if _, err := c.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("a connection of a session that ended: %v", err)
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("its listener: %v", err)
	}
	if _, err := view.Listen("tcp", ":81"); err == nil {
		t.Error("an ended session can listen")
	}
	if _, err := b.Listen("tcp", ":80"); err != nil {
		t.Errorf("the port is still taken: %v", err)
	}
}

func TestAttach(t *testing.T) {
	t.Parallel()
	f, a, _ := pair(t)
	if _, err := f.Attach("c", a.IP()); err == nil {
		t.Error("an address was given twice")
	}
	if _, err := f.Attach("a", ip("10.244.1.9")); err == nil {
		t.Error("a name was given twice")
	}
	alone, err := f.Attach("alone", netip.Addr{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := alone.Listen("tcp", ":80"); err != nil {
		t.Fatal(err)
	}
	if c, err := alone.Dial(context.Background(), "tcp", "127.0.0.1:80"); err != nil {
		t.Error(err)
	} else if c.LocalAddr().(*net.TCPAddr).IP.String() != "127.0.0.1" {
		t.Error(c.LocalAddr())
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Attach("a", ip("10.244.1.2")); err != nil {
		t.Errorf("name and address are not free again: %v", err)
	}
}

func TestUDP(t *testing.T) {
	t.Parallel()
	_, a, b := pair(t)
	server, err := b.ListenPacket("udp", ":53")
	if err != nil {
		t.Fatal(err)
	}
	c, err := a.Dial(context.Background(), "udp", "10.244.2.2:53")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(c, "who?")
	buf := make([]byte, 100)
	n, from, err := server.ReadFrom(buf)
	if string(buf[:n]) != "who?" || from.String() != c.LocalAddr().String() || err != nil {
		t.Errorf("%q from %v, %v", buf[:n], from, err)
	}
	_, _ = server.WriteTo([]byte("me"), from)
	if n, err := c.Read(buf); string(buf[:n]) != "me" || err != nil {
		t.Errorf("%q, %v", buf[:n], err)
	}
	_ = server.Close()
	_, _ = io.WriteString(c, "still there?")
	if _, err := c.Read(buf); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("nobody listens: %v", err)
	}
}
