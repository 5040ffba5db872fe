package fabric

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/nettest"
)

// behind listens in a space, behind a NodePort of all nodes that masquerades.
func (c *cluster) behind(name string) net.Listener {
	c.t.Helper()
	l, err := c.spaces[name].Listen("tcp", ":8080")
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = l.Close() })
	target := Target{Endpoints: []netip.AddrPort{netip.AddrPortFrom(c.spaces[name].IP(), 8080)}, Masquerade: true}
	c.rules(Forwarding{[]Service{{Name: "shop/web:http", Network: "tcp", Fronts: []Front{
		{Kind: KindNodePort, At: addrport("0.0.0.0:30080"), Inside: target, Outside: target}}}}})
	return l
}

// TestConnThroughService runs the tests that package net's connections pass, on
// connections that pass another node and are masqueraded.
func TestConnThroughService(t *testing.T) {
	t.Parallel()
	nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
		c := newCluster(t)
		l := c.behind("a2")
		defer l.Close()
		c1, c2 = through(t, l, c.spaces["a1"], "172.30.0.13:30080")
		return c1, c2, func() { _, _ = c1.Close(), c2.Close() }, nil
	})
}

// TestNodeBetweenGoesDown: a connection stalls while the node that it passes is
// down, and goes on afterwards; nothing of it is left at the node once it is over.
func TestNodeBetweenGoesDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		l := c.behind("a2")
		near, far := through(t, l, c.spaces["a1"], "172.30.0.13:30080")
		c.spaces["n3"].SetDown(true)
		_, _ = io.WriteString(near, "hello")
		_ = far.SetReadDeadline(time.Now().Add(brief))
		if _, err := far.Read(make([]byte, 10)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("while the node is down: %v", err)
		}
		_ = near.Close()
		if got := c.ask("a1", "tcp", "172.30.0.13:30080"); got != "silence" {
			t.Errorf("a new connection: %s", got)
		}
		c.spaces["n3"].SetDown(false)
		_ = far.SetReadDeadline(time.Now().Add(patient))
		if got, err := io.ReadAll(far); string(got) != "hello" || err != nil {
			t.Errorf("afterwards: %q, %v", got, err)
		}
		_ = far.Close()
		for _, name := range []string{"a1", "n3", "a2"} {
			if n := len(c.spaces[name].space.conns); n != 0 {
				t.Errorf("%d connections are left at %s", n, name)
			}
		}
	})
}

// TestEndpointGoes: who serves and dies resets his connections; when an endpoint
// leaves the rules, they stay.
func TestEndpointGoes(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	l := c.behind("a2")
	near, far := through(t, l, c.spaces["a1"], "172.30.0.11:30080")
	c.rules(Forwarding{})
	_, _ = io.WriteString(near, "unread")
	buf := make([]byte, 3)
	if _, err := io.ReadFull(far, buf); err != nil {
		t.Errorf("after the rules have gone: %v", err)
	}
	_ = c.spaces["a2"].Close()
	if _, err := near.Read(buf); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("after the endpoint died: %v", err)
	}
	if got := c.ask("a1", "tcp", "172.30.0.11:30080"); got != "refused" {
		t.Errorf("a port without rules: %s", got)
	}
}

// TestAsleep: a connection to an endpoint whose node is down waits for that one,
// and is made when the node is back.
func TestAsleep(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.rules(Forwarding{[]Service{c.every("tcp", false, "a2")}})
	c.spaces["n2"].SetDown(true)
	made := make(chan string, 1)
	go func() {
		conn, err := c.spaces["a1"].Dial(t.Context(), "tcp", "10.96.0.10:80")
		if err != nil {
			made <- err.Error()
			return
		}
		defer conn.Close()
		said, _ := io.ReadAll(conn)
		made <- string(said)
	}()
	slept := c.await(func(r Record) bool { return r.Verdict == Asleep })
	if got := slept.Steps[len(slept.Steps)-1]; got.Kind != StepNode || got.Subject != "n2" {
		t.Errorf("who is asleep: %+v", got)
	}
	c.rules(Forwarding{[]Service{c.every("tcp", false, "a3")}}) // the choice was made before
	c.spaces["n2"].SetDown(false)
	if got := <-made; got != "a2 sees 10.244.1.2" {
		t.Errorf("after the node is back: %s", got)
	}
}

// TestOwnNodeDown: nothing leaves a node that is down.
func TestOwnNodeDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		c.rules(Forwarding{[]Service{c.every("tcp", false, "a2")}})
		c.spaces["n1"].SetDown(true)
		for _, from := range []string{"a1", "n1"} {
			if got := c.ask(from, "tcp", "10.96.0.10:80"); got != "silence" {
				t.Errorf("from %s: %s", from, got)
			}
		}
	})
}

// TestNobody: nothing comes from an address that nobody has.
func TestNobody(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	if _, err := c.Fabric.Dial(t.Context(), "10.244.1.77", addrport("10.244.2.2:80")); !errors.Is(err, ErrNobody) {
		t.Errorf("%v", err)
	}
	conn, err := c.Fabric.Dial(t.Context(), "10.244.1.2", addrport("10.244.2.2:80"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if said, _ := io.ReadAll(conn); string(said) != "a2 sees 10.244.1.2" {
		t.Errorf("%s", said)
	}
}

// TestAttachVia: pods may have the same name, as two of a StatefulSet on two nodes
// while one is lost, but not the same address.
func TestAttachVia(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	again, err := c.AttachVia(c.spaces["n2"], "shop/a1", ip("10.244.2.50"))
	if err != nil {
		t.Fatal(err)
	}
	if again.Name() != "shop/a1" || again.Close() != nil {
		t.Errorf("it is called %s", again.Name())
	}
	for _, addr := range []netip.Addr{ip("10.244.1.2"), outerIP, {}} {
		if _, err := c.AttachVia(c.spaces["n2"], "shop/x", addr); err == nil {
			t.Errorf("a pod with the address %v", addr)
		}
	}
}

// TestEndedSessionChangesNoRules: a kube-proxy that was killed cannot do harm.
func TestEndedSessionChangesNoRules(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	view, end := c.spaces["n1"].Session(nil)
	view.SetForwarding(Forwarding{[]Service{c.every("tcp", false, "a2")}})
	end()
	view.SetForwarding(Forwarding{})
	if got := c.ask("a1", "tcp", "10.96.0.10:80"); got != "a2 sees 10.244.1.2" {
		t.Errorf("%s", got)
	}
}

// TestEverythingAtOnce changes rules, policies and machines while many connect, and
// leaves nothing behind.
func TestEverythingAtOnce(t *testing.T) {
	before := runtime.NumGoroutine()
	c := newCluster(t)
	ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
	defer cancel()
	var all sync.WaitGroup
	for _, from := range []string{"a1", "b1", "a2", "n1", "n2", Outside} {
		for _, to := range []string{"10.96.0.10:80", "172.30.0.13:30080", "172.30.200.1:80", "10.244.2.2:80"} {
			all.Go(func() { c.hammer(ctx, from, "tcp", to) })
			if from != Outside {
				all.Go(func() { c.hammer(ctx, from, "udp", strings.Replace(to, ":80", ":53", 1)) })
			}
		}
	}
	all.Go(func() {
		for range c.Records(ctx, 0) {
		}
	})
	for n := 0; ctx.Err() == nil; n++ {
		some := []string{"a2", "b2", "a3"}[:n%4]
		c.rules(Forwarding{[]Service{c.every("tcp", n%2 == 0, some...), c.every("udp", n%2 == 0, some...)}})
		c.isolate("a2", PodPolicy{Ingress: &Isolation{Rules: make([]Rule, n%2)}})
		c.SetAnnouncements(map[netip.Addr][]string{ip("172.30.200.1"): {"n1", "n2"}})
		c.spaces["n3"].SetDown(n%3 == 0)
		c.spaces["b2"].SetDown(n%5 == 0)
		c.Explain(ip("10.244.1.2"), "tcp", addrport("10.96.0.10:80"))
		runtime.Gosched()
	}
	all.Wait()
	for _, n := range c.spaces {
		n.SetDown(false)
		_ = n.Close()
	}
	settle(t, before)
	for name, n := range c.spaces {
		if left := len(n.space.conns); left != 0 {
			t.Errorf("%d connections are left at %s", left, name)
		}
	}
	if left := len(c.flows.sent) + len(c.flows.replies); left != 0 {
		t.Errorf("%d flows are left", left)
	}
}

// hammer asks until ctx ends, whatever the answer.
func (c *cluster) hammer(ctx context.Context, from, network, to string) {
	for ctx.Err() == nil {
		short, cancel := context.WithTimeout(ctx, 5*time.Millisecond)
		conn, err := c.dial(short, from, network, to)
		cancel()
		if err != nil {
			continue
		}
		_ = conn.SetDeadline(time.Now().Add(5 * time.Millisecond))
		_, _ = io.WriteString(conn, "who?")
		_, _ = conn.Read(make([]byte, 100))
		_ = conn.Close()
	}
}

// TestAddressesInTurn: of the addresses of a name, the first that answers is taken.
func TestAddressesInTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		found := map[string][]netip.Addr{
			"web":  {ip("10.244.1.3"), ip("10.244.2.2")},
			"slow": {ip("192.0.2.1"), ip("10.244.2.2")},
			"none": {ip("10.244.1.3"), ip("10.244.2.3")},
		}
		view, end := c.spaces["a1"].Session(func(_ context.Context, name string) ([]netip.Addr, error) { return found[name], nil })
		defer end()
		l, err := c.spaces["a2"].Listen("tcp", ":7")
		if err != nil {
			t.Fatal(err)
		}
		go echoAll(l)
		defer l.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		for _, name := range []string{"web", "slow"} {
			conn, err := view.Dial(ctx, "tcp", name+":7")
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if got := conn.RemoteAddr().String(); got != "10.244.2.2:7" {
				t.Errorf("%s leads to %s", name, got)
			}
			_ = conn.Close()
		}
		if _, err := view.Dial(ctx, "tcp", "none:7"); !errors.Is(err, syscall.ECONNREFUSED) || !strings.Contains(err.Error(), "10.244.1.3:7") {
			t.Errorf("nobody answers: %v, want the first address's error", err)
		}
		if _, err := view.Dial(ctx, "tcp", "unknown:7"); err == nil || !strings.Contains(err.Error(), "no such host") {
			t.Errorf("a name without addresses: %v", err)
		}
		short, stop := context.WithTimeout(t.Context(), brief)
		defer stop()
		if _, err := view.Dial(short, "tcp", "slow:7"); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("too little time: %v", err)
		}
	})
}

// TestDeadWaitForNobody: what waits in the name of a process ends with it, even if
// its own context does not.
func TestDeadWaitForNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		full, err := c.spaces["a2"].Listen("tcp", ":7")
		if err != nil {
			t.Fatal(err)
		}
		defer full.Close()
		view, end := c.spaces["a1"].Session(nil)
		for range backlog {
			if _, err := view.Dial(t.Context(), "tcp", "10.244.2.2:7"); err != nil {
				t.Fatal(err)
			}
		}
		began, ended := time.Now(), make(chan error, 4)
		for _, to := range []string{"192.0.2.1:80", "10.244.2.77:80", "10.244.2.2:7"} {
			go func() {
				_, err := view.Dial(context.Background(), "tcp", to)
				ended <- err
			}()
		}
		go func() {
			_, err := view.Ping(context.Background(), ip("192.0.2.1"))
			ended <- err
		}()
		synctest.Wait()
		end()
		for range cap(ended) {
			if err := <-ended; err == nil {
				t.Error("somebody was reached")
			}
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("they waited for %v", took)
		}
	})
}

// TestPatience: without a deadline, silence lasts two minutes.
func TestPatience(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		began := time.Now()
		_, err := c.spaces["a1"].Dial(context.Background(), "tcp", "192.0.2.1:80")
		if !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != patience {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		if got := slices.Collect(c.recorded()); len(got) != 1 {
			t.Errorf("%d records", len(got))
		}
	})
}
