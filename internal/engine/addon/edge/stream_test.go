package edge

import (
	"fmt"
	"io"
	"net/netip"
	"testing"
)

func TestStreamsAndDatagrams(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	backend := w.attach()
	l, err := backend.Listen("tcp", ":7")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				said, _ := io.ReadAll(c) // until the client has said all
				fmt.Fprintf(c, "you said %s", said)
				c.Close()
			}()
		}
	}()
	packets, err := backend.ListenPacket("udp", ":7")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		b := make([]byte, 100)
		for {
			n, from, err := packets.ReadFrom(b)
			if err != nil {
				return
			}
			packets.WriteTo(append([]byte("you sent "), b[:n]...), from)
		}
	}()
	at := netip.AddrPortFrom(backend.IP(), 7)
	w.set(Listener{Port: 7, Protocol: TCP, Forward: w.edge.NewPool("t", one(at))}, Listener{Port: 7, Protocol: UDP, Forward: w.edge.NewPool("u", one(at))})

	c := w.dial("tcp", 7)
	fmt.Fprint(c, "all")
	c.(interface{ CloseWrite() error }).CloseWrite()
	if got, err := io.ReadAll(c); string(got) != "you said all" || err != nil {
		t.Errorf("over TCP: %q, %v", got, err)
	}
	u := w.dial("udp", 7)
	for range 2 {
		fmt.Fprint(u, "some")
		b := make([]byte, 100)
		if n, err := u.Read(b); string(b[:n]) != "you sent some" || err != nil {
			t.Errorf("over UDP: %q, %v", b[:n], err)
		}
	}
}
