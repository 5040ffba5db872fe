package control

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"
)

func TestExchange(t *testing.T) {
	t.Parallel()
	good, silent := netip.MustParseAddrPort("10.96.0.10:53"), netip.MustParseAddrPort("10.96.0.11:53")
	f := &fake{dials: map[netip.AddrPort]func(context.Context) (net.Conn, error){
		good: func(context.Context) (net.Conn, error) { a, _ := net.Pipe(); return a, nil },
		silent: func(ctx context.Context) (net.Conn, error) {
			<-ctx.Done()
			return nil, os.ErrDeadlineExceeded
		},
		netip.MustParseAddrPort("10.96.0.12:53"): func(context.Context) (net.Conn, error) { return nil, ErrNobody },
	}}
	c, _, _ := serve(t, f, Grace)
	if got, err := c.Exchange(t.Context(), "10.244.1.5", good, []byte("who")); err != nil || string(got) != "10.244.1.5 who" {
		t.Errorf("got %q, %v", got, err)
	}
	for to, want := range map[string]error{"10.96.0.12:53": ErrNobody, "10.96.0.13:53": syscall.ECONNREFUSED} {
		if _, err := c.Exchange(t.Context(), "", netip.MustParseAddrPort(to), nil); !errors.Is(err, want) {
			t.Errorf("%s: %v", to, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := c.Exchange(ctx, "", silent, nil); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("silence: %v", err)
	}
}
