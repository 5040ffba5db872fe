package fabric

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// socket opens an unconnected socket and returns how to ask with it.
func (c *cluster) socket(from string) (p net.PacketConn, ask func(to string) string) {
	c.t.Helper()
	p, err := c.spaces[from].ListenPacket("udp", ":0")
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = p.Close() })
	return p, func(to string) string {
		c.t.Helper()
		_, _ = p.WriteTo([]byte("who?"), net.UDPAddrFromAddrPort(addrport(to)))
		_ = p.SetReadDeadline(time.Now().Add(brief))
		buf := make([]byte, 100)
		n, sender, err := p.ReadFrom(buf)
		if err != nil {
			return outcome(err)
		}
		if sender.String() != to {
			c.t.Errorf("%s was asked, %s answers", to, sender)
		}
		return string(buf[:n])
	}
}

// TestFlowStays: a flow keeps its endpoint while that is in the rules, and finds
// another when it is not.
func TestFlowStays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		c.rules(Forwarding{[]Service{c.every("udp", false, "a2", "b2", "a3", "b1")}})
		_, ask := c.socket("a1")
		first := ask("10.96.0.10:53")
		for range 20 {
			if got := ask("10.96.0.10:53"); got != first {
				t.Fatalf("%s, then %s", first, got)
			}
		}
		c.rules(Forwarding{[]Service{c.every("udp", false, first[:2], "a2", "b2")}})
		if got := ask("10.96.0.10:53"); got != first {
			t.Errorf("%s after others have gone, %s before", got, first)
		}
		rest := slices.DeleteFunc([]string{"a2", "b2", "a3"}, func(s string) bool { return s == first[:2] })
		c.rules(Forwarding{[]Service{c.every("udp", false, rest...)}})
		if got := ask("10.96.0.10:53"); !slices.Contains(rest, got[:2]) {
			t.Errorf("%s answers, and has gone", got)
		}
		c.rules(Forwarding{[]Service{c.every("udp", false)}})
		if got := ask("10.96.0.10:53"); got != "silence" { // the socket is not connected: nobody tells it
			t.Errorf("without endpoints: %s", got)
		}
		c.rules(Forwarding{[]Service{c.every("udp", false, "a3")}})
		if got := ask("10.96.0.10:53"); got[:2] != "a3" {
			t.Errorf("with an endpoint again: %s", got)
		}
	})
}

// TestSameSocketTwoWays: one socket asks an endpoint directly and through two
// Services; each answer comes from whom it had asked.
func TestSameSocketTwoWays(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.rules(Forwarding{[]Service{c.every("udp", false, "a2")}})
	_, ask := c.socket("a1")
	for range 3 {
		for _, to := range []string{"10.96.0.10:53", "10.244.2.2:53", "172.30.0.11:30080", "172.30.200.1:53"} {
			if got := ask(to); got[:2] != "a2" {
				t.Errorf("asked %s: %s", to, got)
			}
		}
	}
}

// TestAnswersComeIn: who may send nothing but answers, answers; who lets nobody in
// is answered.
func TestAnswersComeIn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		_, ask := c.socket("a1")
		closed := &Isolation{By: []string{"shop/deny-all"}}
		c.SetPolicies(Policies{"shop/a1": {Ingress: closed}, "shop/a2": {Egress: closed}})
		if got := ask("10.244.2.2:53"); got != "a2 sees 10.244.1.2" {
			t.Errorf("an answer: %s", got)
		}
		c.SetPolicies(Policies{"shop/a2": {Ingress: closed}})
		if got := ask("10.244.2.2:53"); got != "a2 sees 10.244.1.2" {
			t.Errorf("a flow that had answers: %s", got)
		}
		_, other := c.socket("a1")
		if got := other("10.244.2.2:53"); got != "silence" {
			t.Errorf("a new flow: %s", got)
		}
		c.SetPolicies(nil)
		if got := other("10.244.2.2:53"); got != "a2 sees 10.244.1.2" {
			t.Errorf("once it is let in: %s", got)
		}
	})
}

// TestFlowDown: datagrams to and through machines that are down are lost.
func TestFlowDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		c.rules(Forwarding{[]Service{c.every("udp", false, "a2")}})
		_, ask := c.socket("a1")
		for to, machine := range map[string]string{"10.96.0.10:53": "n2", "10.244.2.2:53": "a2", "172.30.0.13:30080": "n3"} {
			if got := ask(to); got[:2] != "a2" {
				t.Fatalf("asked %s: %s", to, got)
			}
			c.spaces[machine].SetDown(true)
			if got := ask(to); got != "silence" {
				t.Errorf("asked %s, %s is down: %s", to, machine, got)
			}
			c.spaces[machine].SetDown(false)
			if got := ask(to); got[:2] != "a2" {
				t.Errorf("asked %s, %s is up again: %s", to, machine, got)
			}
		}
	})
}

// TestRefusedThroughService: a connected socket hears that nobody listens, at the
// next call of any kind.
func TestRefusedThroughService(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		target := Target{Endpoints: []netip.AddrPort{addrport("10.244.2.2:54")}}
		c.rules(Forwarding{[]Service{{Name: "shop/dns", Network: "udp", Fronts: []Front{
			{Kind: KindClusterIP, At: addrport("10.96.0.10:53"), Inside: target, Outside: target}}}}})
		conn, err := c.spaces["a1"].Dial(t.Context(), "udp", "10.96.0.10:53")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, "who?")
		if _, err := conn.Read(make([]byte, 10)); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("reading: %v", err)
		}
		_, _ = io.WriteString(conn, "who?")
		if _, err := io.WriteString(conn, "who?"); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("writing again: %v", err)
		}
		_ = conn.SetReadDeadline(time.Now().Add(brief))
		if _, err := conn.Read(make([]byte, 10)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("it is told twice: %v", err)
		}
		if got := slices.Collect(c.recorded()); len(got) != 1 || got[0].Verdict != Refused {
			t.Errorf("%d records: %+v", len(got), got)
		}
	})
}

// TestFlowTimes is how long flows are remembered, and that the oldest make room.
func TestFlowTimes(t *testing.T) {
	t.Parallel()
	var all flows
	client := newSpace(New(), "a", ip("10.244.1.2"))
	now := time.Unix(1_000_000, 0)
	make1 := func(port uint16) *flow {
		at := netip.AddrPortFrom(client.ip, port)
		return all.put(&flow{client: client, from: at, asked: addrport("10.96.0.10:53"), seen: at, to: addrport("10.244.2.2:53"), verdict: Connected}, now)
	}
	quiet, busy := make1(1), make1(2)
	now = now.Add(20 * time.Second)
	if all.answer(busy.replyKey(), now) != busy {
		t.Fatal("an answer belongs to no flow")
	}
	now = now.Add(unanswered)
	if all.find(quiet.sentKey(), now) != nil || all.find(busy.sentKey(), now) != busy {
		t.Error("after half a minute, only the flow that was answered is left")
	}
	now = now.Add(answered)
	if all.find(busy.sentKey(), now) == nil {
		t.Error("it goes two minutes after the last datagram, not earlier")
	}
	now = now.Add(answered + time.Second)
	make1(3)
	if len(all.sent) != 1 || len(all.replies) != 1 || all.going.Len() != 0 {
		t.Errorf("%d flows are left, %d in the list", len(all.sent), all.going.Len())
	}
	kept := make1(4)
	all.answer(kept.replyKey(), now)
	for n := range maxFlows + 100 {
		at := netip.AddrPortFrom(ip("10.244.1.3"), uint16(n))
		asked := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 97, byte(n >> 16), 1}), 53)
		all.put(&flow{client: client, from: at, asked: asked, seen: at, to: asked, verdict: Connected}, now)
	}
	if len(all.sent) > maxFlows || len(all.replies) != len(all.sent) || all.waiting.Len()+all.going.Len() != len(all.sent) {
		t.Errorf("%d flows, %d ways back, %d in the lists", len(all.sent), len(all.replies), all.waiting.Len()+all.going.Len())
	}
	if all.find(kept.sentKey(), now) == nil {
		t.Error("a flow that was answered made room for ones that were not")
	}
	all.forget(client)
	if len(all.sent)+len(all.replies)+all.waiting.Len()+all.going.Len() != 0 {
		t.Error("flows of a client who has gone are left")
	}
}

// TestFlowPorts: at the other end, two flows never have the same source.
func TestFlowPorts(t *testing.T) {
	t.Parallel()
	var all flows
	client := newSpace(New(), "a", ip("10.244.1.2"))
	at, to := addrport("10.244.1.2:40000"), addrport("10.244.2.2:53")
	for n := range 200 {
		asked := netip.AddrPortFrom(to.Addr(), uint16(n+1))
		all.put(&flow{client: client, from: at, asked: asked, seen: at, to: to, verdict: Connected}, time.Now())
	}
	if len(all.sent) != 200 || len(all.replies) != 200 {
		t.Errorf("%d flows, %d ways back", len(all.sent), len(all.replies))
	}
}

// TestManyFlows asks from many sockets at once.
func TestManyFlows(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.rules(Forwarding{[]Service{c.every("udp", false, "a2", "b2", "a3")}})
	const sockets = 300
	answers := make(chan error, sockets)
	for range sockets {
		go func() { answers <- c.questions(20) }()
	}
	seen := map[error]int{}
	for range sockets {
		seen[<-answers]++
	}
	if len(seen) != 1 || seen[nil] != sockets {
		t.Errorf("%v", seen)
	}
}

// questions asks several times from one socket, whose endpoint must stay the same.
func (c *cluster) questions(times int) error {
	conn, err := c.spaces["a1"].Dial(context.Background(), "udp", "10.96.0.10:53")
	if err != nil {
		return err
	}
	defer conn.Close()
	first, buf := "", make([]byte, 100)
	for range times {
		_, _ = io.WriteString(conn, "who?")
		_ = conn.SetReadDeadline(time.Now().Add(patient))
		n, err := conn.Read(buf)
		if err != nil {
			return err
		}
		if first == "" {
			first = string(buf[:n])
		}
		if got := string(buf[:n]); got != first {
			return fmt.Errorf("%s, then %s", first, got)
		}
	}
	return nil
}

// TestFloodIsBounded: who does not read loses packets, and takes no memory.
func TestFloodIsBounded(t *testing.T) {
	t.Parallel()
	_, a, b := pair(t)
	server, err := b.ListenPacket("udp", ":53")
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1, maxDatagram} {
		for range 3 * datagrams {
			a.space.carry(addrport("10.244.1.2:1"), addrport("10.244.2.2:53"), make([]byte, size))
		}
		packets, bytes := 0, 0
		for buf := make([]byte, maxDatagram); ; packets++ {
			_ = server.SetReadDeadline(time.Now().Add(brief))
			n, _, err := server.ReadFrom(buf)
			if err != nil {
				break
			}
			bytes += n
		}
		if packets == 0 || packets > datagrams || bytes > receiveBytes {
			t.Errorf("%d packets of %d bytes were kept", packets, size)
		}
	}
	if held := server.(*packetConn).held.Load(); held != 0 {
		t.Errorf("%d bytes are held by an empty queue", held)
	}
}
