package control

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"kubetutor/internal/engine/fabric"
)

func TestNetworkCalls(t *testing.T) {
	t.Parallel()
	f := &fake{}
	c, _, _ := serve(t, f, time.Minute)
	balancer := netip.MustParseAddr("172.30.200.1")
	policies := Policies{"shop/web": {Ingress: &Isolation{By: []string{"shop/deny"}, Rules: []Rule{{Policy: "shop/deny",
		Peers: []Peer{{Pods: map[string]bool{"shop/web": true}}}}}}}}
	announcements := Announcements{balancer: {"node1", "node2"}}
	if err := errors.Join(c.Policies(t.Context(), policies), c.Announce(t.Context(), announcements)); err != nil {
		t.Fatal(err)
	}
	if want := []any{policies, announcements}; !reflect.DeepEqual(f.said, want) {
		t.Errorf("the runtime was told\n%v, want\n%v", f.said, want)
	}
	to := netip.MustParseAddrPort("10.96.0.10:53")
	r, err := c.Explain(t.Context(), netip.Addr{}, "udp", to)
	if err != nil || r.To != to || r.Network != "udp" || r.From.Addr().IsValid() || r.Verdict != fabric.Refused {
		t.Errorf("explained: %+v, %v", r, err)
	}
}

// TestManyPolicies: those of a thousand pods with a hundred peers each are taken.
func TestManyPolicies(t *testing.T) {
	t.Parallel()
	f := &fake{}
	c, _, _ := serve(t, f, time.Minute)
	peers := map[string]bool{}
	for n := range 100 {
		peers[fmt.Sprintf("some-namespace/some-pod-of-a-deployment-%d", n)] = true
	}
	policies := Policies{}
	for n := range 1000 {
		policies[fmt.Sprintf("some-namespace/isolated-%d", n)] = PodPolicy{Ingress: &Isolation{Rules: []Rule{{Peers: []Peer{{Pods: peers}}}}}}
	}
	if err := c.Policies(t.Context(), policies); err != nil {
		t.Fatal(err)
	}
	if len(f.said) != 1 || len(f.said[0].(Policies)) != 1000 {
		t.Error("the runtime was told something else")
	}
}

func TestRecords(t *testing.T) {
	t.Parallel()
	c, _, end := serve(t, &fake{}, time.Minute)
	for range 2 { // who has read enough leaves nothing behind
		for r, err := range c.Records(t.Context(), 5) {
			if err != nil || r.ID != 6 {
				t.Errorf("%+v, %v", r, err)
			}
			break
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var got []uint64
	for r, err := range c.Records(ctx, 5) {
		if err != nil {
			t.Error(err)
		}
		if got = append(got, r.ID); len(got) == 2 {
			cancel()
		}
	}
	if !reflect.DeepEqual(got, []uint64{6, 7}) {
		t.Errorf("records %v", got)
	}
	var last error
	for _, err := range c.Records(t.Context(), 0) {
		if last = err; err == nil {
			end() // the runtime ends while somebody reads
		}
	}
	if last == nil {
		t.Error("the end of the runtime is no error")
	}
}

func TestRecordsRefuseNonsense(t *testing.T) {
	t.Parallel()
	c, _, _ := serve(t, &fake{}, time.Minute)
	for _, since := range []string{"", "-1", "x"} {
		if _, err := c.do(t.Context(), http.MethodGet, "/records?since="+since, nil); err == nil {
			t.Errorf("records since %q", since)
		}
	}
}

func TestConnectFromNobody(t *testing.T) {
	t.Parallel()
	to := netip.MustParseAddrPort("10.244.1.2:80")
	f := &fake{dials: map[netip.AddrPort]func(context.Context) (net.Conn, error){
		to: func(context.Context) (net.Conn, error) { return nil, ErrNobody }}}
	c, _, _ := serve(t, f, time.Minute)
	var op *net.OpError
	if _, err := c.Dial(t.Context(), "10.244.9.9", to); !errors.Is(err, ErrNobody) || !errors.As(err, &op) {
		t.Errorf("%v", err)
	}
	if f.from != "10.244.9.9" {
		t.Errorf("from %q", f.from)
	}
}
