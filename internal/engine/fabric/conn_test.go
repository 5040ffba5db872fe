package fabric

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/nettest"
)

// TestConn runs the tests that package net's connections pass.
func TestConn(t *testing.T) {
	t.Parallel()
	nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
		_, a, b := pair(t)
		c1, c2 = connected(t, a, b)
		return c1, c2, func() { _, _ = c1.Close(), c2.Close() }, nil
	})
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
	synctest.Test(t, func(t *testing.T) {
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
	})
}

// TestDiesWhileDown: who dies without power says nothing. The other side hears a reset when power is back.
func TestDiesWhileDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
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
	})
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
