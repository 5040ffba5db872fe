package controlplane

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"
)

// TestDoorway: a shut one refuses and has cut what was open; an opened one has
// the same address.
func TestDoorway(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp4", loopback(0))
	if err != nil {
		t.Fatal(err)
	}
	d := newDoorway(l)
	ended := make(chan error, 1)
	go func() { ended <- echoAll(d) }()
	old := knock(t, d)
	for range 3 {
		if err := errors.Join(d.shut(), d.shut()); err != nil {
			t.Fatal(err)
		}
		if _, err := old.Read(make([]byte, 1)); err == nil {
			t.Error("an open connection was not cut")
		}
		if _, err := net.Dial("tcp", d.Addr().String()); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("a shut doorway: %v", err)
		}
		if err := errors.Join(d.open(), d.open()); err != nil {
			t.Fatal(err)
		}
		old = knock(t, d)
	}
	if err := errors.Join(d.shut(), d.Close(), d.Close()); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("Accept ended with %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("Accept does not end")
	}
	if n := len(d.conns); n != 0 {
		t.Errorf("%d connections are remembered", n)
	}
}

// echoAll answers everybody with what they say.
func echoAll(l net.Listener) error {
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer conn.Close()
			_, _ = io.Copy(conn, conn)
		}()
	}
}

// knock connects and gets an answer.
func knock(t *testing.T, l net.Listener) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	word := []byte("hello")
	if _, err := conn.Write(word); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, word); err != nil || string(word) != "hello" {
		t.Fatalf("answered %q, %v", word, err)
	}
	return conn
}
