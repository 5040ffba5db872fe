package fabric

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
)

// ranges tells the nodes of a cluster their pods' ranges.
func (c *cluster) ranges() {
	for n := 1; n <= 3; n++ {
		c.spaces[fmt.Sprint("n", n)].SetPods(prefix(fmt.Sprintf("10.244.%d.0/24", n)))
	}
}

func TestPing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		c.ranges()
		c.rules(Forwarding{[]Service{c.every("tcp", false, "a2")}})
		c.SetPolicies(Policies{
			"shop/b2": {Ingress: &Isolation{By: []string{"shop/ports"}, Rules: []Rule{{Ports: []Ports{{"tcp", 80, 0}}}}}},
			"shop/a3": {Ingress: &Isolation{By: []string{"shop/all"}, Rules: []Rule{{}}}},
		})
		c.spaces["n3"].SetDown(true)
		for _, test := range []struct{ from, to, want string }{
			{"a1", "10.244.1.3", "64 []"},
			{"a1", "10.244.2.2", "62 [10.244.1.1 172.30.0.12]"},
			{"a1", "10.244.1.1", "64 []"},
			{"a1", "172.30.0.11", "64 []"},
			{"a1", "172.30.0.12", "63 [10.244.1.1]"},
			{"a1", "172.30.0.1", "63 [10.244.1.1]"},
			{"a1", "127.0.0.1", "64 []"},
			{"a1", "10.244.1.2", "64 []"},
			{"n1", "10.244.1.2", "64 []"},
			{"n1", "10.244.2.2", "63 [172.30.0.12]"},
			{"a1", "10.96.0.10", "silence"}, // no machine has it
			{"a1", "172.30.200.1", "silence"},
			{"a1", "10.244.2.3", "silence"}, // only a port is open
			{"n2", "10.244.2.3", "64 []"},
			{"a1", "10.244.3.2", "silence"}, // its node is down
			{"a1", "192.0.2.1", "silence"},
		} {
			ctx, cancel := context.WithTimeout(t.Context(), brief)
			echo, err := c.spaces[test.from].Ping(ctx, ip(test.to))
			cancel()
			got := fmt.Sprint(echo.TTL, " ", echo.Hops)
			if err != nil {
				got = outcome(err)
			}
			if got != test.want {
				t.Errorf("%s pings %s: %s, want %s", test.from, test.to, got, test.want)
			}
		}
		c.spaces["n3"].SetDown(false)
		if _, err := c.spaces["a1"].Ping(t.Context(), ip("10.244.3.2")); err != nil {
			t.Errorf("a rule without ports: %v", err)
		}
	})
}

func TestPingErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		var op *net.OpError
		if _, err := c.spaces["a1"].Ping(t.Context(), ip("10.244.1.77")); !errors.Is(err, syscall.EHOSTUNREACH) || !errors.As(err, &op) {
			t.Errorf("a pod that is not there: %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 0)
		defer cancel()
		if _, err := c.spaces["a1"].Ping(ctx, ip("192.0.2.1")); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("nobody: %v", err)
		}
	})
}

func TestHops(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.ranges()
	for _, test := range []struct{ from, to, want string }{
		{"a1", "10.244.2.2", "[10.244.1.1 172.30.0.12] true"},
		{"a1", "10.244.1.2", "[] true"},
		{"a1", "192.0.2.1", "[10.244.1.1 172.30.0.1] false"},
		{"n1", "10.96.0.10", "[172.30.0.1] false"},
	} {
		hops, last := c.spaces[test.from].Hops(ip(test.to))
		if got := fmt.Sprint(hops, " ", last); got != test.want {
			t.Errorf("%s to %s: %s, want %s", test.from, test.to, got, test.want)
		}
	}
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	want := "[{0.0.0.0/0 10.244.1.1 eth0 invalid IP} {10.244.1.0/24 invalid IP eth0 10.244.1.2}]"
	if got := fmt.Sprint(c.spaces["a1"].Routes()); got != want {
		t.Errorf("a pod, before its node has a range: %s", got)
	}
	c.ranges()
	if got := fmt.Sprint(c.spaces["a1"].Routes()); got != want {
		t.Errorf("a pod: %s", got)
	}
	want = "[{0.0.0.0/0 172.30.0.1 eth0 invalid IP} {10.244.1.0/24 invalid IP cni0 10.244.1.1} {10.244.2.0/24 172.30.0.12 eth0 invalid IP} " +
		"{10.244.3.0/24 172.30.0.13 eth0 invalid IP} {172.30.0.0/16 invalid IP eth0 172.30.0.11}]"
	if got := fmt.Sprint(c.spaces["n1"].Routes()); got != want {
		t.Errorf("a node: %s", got)
	}
	alone, err := c.Attach("alone", netip.Addr{})
	if err != nil || alone.Routes() != nil {
		t.Errorf("loopback only: %v, %v", alone.Routes(), err)
	}
}

// TestGateway: a node has an address among its pods, at which it listens too.
func TestGateway(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.ranges()
	c.rules(Forwarding{[]Service{c.every("tcp", false, "a2")}})
	for _, test := range []struct{ from, to, want string }{
		{"a1", "10.244.1.1:80", "n1 sees 10.244.1.2"},
		{"a1", "10.244.1.1:30080", "a2 sees 172.30.0.11"},
		{"n1", "10.244.1.1:80", "n1 sees 172.30.0.11"},
	} {
		if got := c.ask(test.from, "tcp", test.to); got != test.want {
			t.Errorf("%s asks %s: %s, want %s", test.from, test.to, got, test.want)
		}
	}
	c.spaces["n1"].SetPods(prefix("10.244.9.0/24"))
	if got := c.ask("n1", "tcp", "10.244.9.1:80"); got != "n1 sees 172.30.0.11" {
		t.Errorf("after the range has changed: %s", got)
	}
	if _, err := c.AttachVia(c.spaces["n1"], "shop/x", ip("10.244.9.1")); err == nil {
		t.Error("a pod has its gateway's address")
	}
}
