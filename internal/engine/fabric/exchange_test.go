package fabric

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"
)

func TestExchange(t *testing.T) {
	t.Parallel()
	f := New()
	node, err := f.Attach("node1", netip.MustParseAddr("172.30.0.11"))
	if err != nil {
		t.Fatal(err)
	}
	pod, err := f.AttachVia(node, "shop/web", netip.MustParseAddr("10.244.1.2"))
	if err != nil {
		t.Fatal(err)
	}
	server, err := pod.ListenPacket("udp", ":53")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	go func() {
		b := make([]byte, 100)
		for {
			n, from, err := server.ReadFrom(b)
			if err != nil {
				return
			}
			if string(b[:n]) != "hush" {
				_, _ = server.WriteTo([]byte(from.(interface{ String() string }).String()[:11]+" "+string(b[:n])), from)
			}
		}
	}()
	at := netip.MustParseAddrPort("10.244.1.2:53")
	if got, err := f.Exchange(t.Context(), "node1", at, []byte("hello")); err != nil || string(got) != "172.30.0.11 hello" {
		t.Errorf("got %q, %v", got, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := f.Exchange(ctx, "node1", at, []byte("hush")); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("no answer: %v", err)
	}
	if _, err := f.Exchange(t.Context(), "node1", netip.MustParseAddrPort("10.244.1.2:54"), []byte("x")); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("nobody listens: %v", err)
	}
	if _, err := f.Exchange(t.Context(), "10.244.9.9", at, []byte("x")); !errors.Is(err, ErrNobody) {
		t.Errorf("from nobody: %v", err)
	}
}
