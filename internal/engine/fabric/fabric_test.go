package fabric

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/nettest"
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

// TestConn runs the tests that package net's connections pass.
func TestConn(t *testing.T) {
	t.Parallel()
	nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
		_, a, b := pair(t)
		c1, c2 = connected(t, a, b)
		return c1, c2, func() { _, _ = c1.Close(), c2.Close() }, nil
	})
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
}

func TestUnreachablePod(t *testing.T) {
	t.Parallel()
	_, a, _ := pair(t)
	begin := time.Now()
	_, err := a.Dial(context.Background(), "tcp", "10.244.7.7:80")
	if !errors.Is(err, syscall.EHOSTUNREACH) || time.Since(begin) < unreachable {
		t.Errorf("after %v: %v", time.Since(begin), err)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	f, a, b := pair(t)
	f.SetHosts(map[string]netip.Addr{"Web.default.svc": b.IP()})
	if _, err := b.Listen("tcp", ":80"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"web.default.svc", "WEB.default.svc."} {
		c, err := a.Dial(context.Background(), "tcp", name+":80")
		if err != nil {
			t.Fatal(err)
		}
		_ = c.Close()
	}
	f.SetHosts(nil)
	if _, err := a.LookupHost(context.Background(), "web.default.svc"); err == nil {
		t.Error("a name that was taken away is still found")
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

func TestHalfClose(t *testing.T) {
	t.Parallel()
	_, a, b := pair(t)
	near, far := connected(t, a, b)
	_, _ = io.WriteString(near, "question")
	if err := near.(*conn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(far); string(got) != "question" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	_, _ = io.WriteString(far, "answer")
	_ = far.Close()
	if got, err := io.ReadAll(near); string(got) != "answer" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := near.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("writing after CloseWrite: %v", err)
	}
}

func TestReset(t *testing.T) {
	t.Parallel()
	_, a, b := pair(t)
	near, far := connected(t, a, b)
	_, _ = io.WriteString(near, "unread")
	_, _ = io.WriteString(far, "lost")
	_ = far.Close()
	if _, err := near.Read(make([]byte, 10)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("reading after a reset: %v", err)
	}
	near, far = connected(t, a, b)
	_ = far.Close()
	if n, err := near.Write([]byte("first")); n != 5 || err != nil {
		t.Errorf("the first write to one who has closed: %d, %v", n, err)
	}
	if _, err := near.Write([]byte("second")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("the second: %v", err)
	}
}

func TestBackPressure(t *testing.T) {
	t.Parallel()
	_, a, b := pair(t)
	near, far := connected(t, a, b)
	_ = near.SetWriteDeadline(time.Now().Add(20 * time.Millisecond))
	n, err := near.Write(make([]byte, 10*window))
	if n != window || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("wrote %d, %v: want %d and a timeout", n, err, window)
	}
	_ = near.SetWriteDeadline(time.Time{})
	want := bytes.Repeat([]byte("0123456789"), 100_000)
	go func() { _, _ = near.Write(want); _ = near.Close() }()
	got, err := io.ReadAll(far)
	if err != nil || !bytes.Equal(got[window:], want) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestDown(t *testing.T) {
	t.Parallel()
	_, a, b := pair(t)
	near, far := connected(t, a, b)
	b.SetDown(true)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	if _, err := a.Dial(ctx, "tcp", "10.244.2.2:80"); err == nil || !strings.Contains(err.Error(), "i/o timeout") {
		t.Errorf("dialling one who is down: %v", err)
	}
	_, _ = io.WriteString(near, "hello")
	_ = far.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if _, err := far.Read(make([]byte, 10)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("reading while down: %v", err)
	}
	_ = far.SetReadDeadline(time.Time{})
	b.SetDown(false)
	got := make([]byte, 5)
	if _, err := io.ReadFull(far, got); string(got) != "hello" || err != nil {
		t.Errorf("after power came back: %q, %v", got, err)
	}
}

// TestDiesWhileDown: who dies without power says nothing. The other side hears a reset when power is back.
func TestDiesWhileDown(t *testing.T) {
	t.Parallel()
	_, a, b := pair(t)
	near, far := connected(t, a, b)
	b.SetDown(true)
	_ = far.Close()
	_ = near.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if _, err := near.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("while the power is off: %v", err)
	}
	_ = near.SetReadDeadline(time.Time{})
	b.SetDown(false)
	if _, err := near.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("afterwards: %v", err)
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

// TestManyAtOnce opens and closes connections from many goroutines, and leaves nothing behind.
func TestManyAtOnce(t *testing.T) {
	before := runtime.NumGoroutine()
	_, a, b := pair(t)
	l, err := b.Listen("tcp", ":80")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, c); _ = c.Close() }()
		}
	}()
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			for range 20 {
				echo(t, a, "10.244.2.2:80", "hello")
			}
		})
	}
	all.Wait()
	_, _ = a.Close(), b.Close()
	settle(t, before)
	if n := len(a.space.conns) + len(b.space.conns); n != 0 {
		t.Errorf("%d connections are left", n)
	}
}

// echo sends something and expects it back.
func echo(t testing.TB, n *Namespace, to, text string) {
	c, err := n.Dial(context.Background(), "tcp", to)
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	_, _ = io.WriteString(c, text)
	_ = c.(*conn).CloseWrite()
	if got, err := io.ReadAll(c); string(got) != text || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// settle waits until no goroutine is left that was not there before.
func settle(t *testing.T, before int) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines, %d at the beginning", runtime.NumGoroutine(), before)
		}
	}
}

func BenchmarkRoundTrip(b *testing.B) {
	_, a, z := pair(b)
	l, _ := z.Listen("tcp", ":80")
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				buf := make([]byte, 1024)
				_, _ = io.ReadFull(c, buf)
				_, _ = c.Write(buf)
				_ = c.Close()
			}()
		}
	}()
	buf := make([]byte, 1024)
	b.ReportAllocs()
	for b.Loop() {
		c, err := a.Dial(context.Background(), "tcp", "10.244.2.2:80")
		if err != nil {
			b.Fatal(err)
		}
		_, _ = c.Write(buf)
		if _, err := io.ReadFull(c, buf); err != nil {
			b.Fatal(err)
		}
		_ = c.Close()
	}
}

func BenchmarkThroughput(b *testing.B) {
	_, a, z := pair(b)
	near, far := connected(b, a, z)
	go func() { _, _ = io.Copy(io.Discard, far) }()
	buf := make([]byte, 32<<10)
	b.SetBytes(int64(len(buf)))
	for b.Loop() {
		if _, err := near.Write(buf); err != nil {
			b.Fatal(err)
		}
	}
}
