package fabric

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// cluster is one in miniature: two nodes with two pods each, and one pod that is
// alone on a third. All listen on TCP port 80 and UDP port 53, and tell who they
// are and whom they see.
type cluster struct {
	t testing.TB
	*Fabric
	spaces map[string]*Namespace
}

// brief is how long a test waits for somebody who is silent.
const brief = 60 * time.Millisecond

// patient is how long it waits for who is not.
const patient = 10 * time.Second

func addrport(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

func newCluster(t testing.TB) *cluster {
	t.Helper()
	c := &cluster{t: t, Fabric: New(), spaces: map[string]*Namespace{}}
	for name, addr := range map[string]string{"n1": "172.30.0.11", "n2": "172.30.0.12", "n3": "172.30.0.13"} {
		c.spaces[name] = attach(t, c.Fabric, name, addr)
	}
	for name, addr := range map[string]string{"a1": "10.244.1.2", "b1": "10.244.1.3", "a2": "10.244.2.2", "b2": "10.244.2.3", "a3": "10.244.3.2"} {
		pod, err := c.AttachVia(c.spaces["n"+name[1:]], "shop/"+name, ip(addr))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = pod.Close() })
		c.spaces[name] = pod
	}
	for name, n := range c.spaces {
		c.serve(name, n)
	}
	return c
}

func (c *cluster) serve(name string, n *Namespace) {
	l, err := n.Listen("tcp", ":80")
	if err != nil {
		c.t.Fatal(err)
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			fmt.Fprintf(conn, "%s sees %s", name, host(conn.RemoteAddr()))
			_ = conn.Close()
		}
	}()
	p, err := n.ListenPacket("udp", ":53")
	if err != nil {
		c.t.Fatal(err)
	}
	go func() {
		for buf := make([]byte, 100); ; {
			_, from, err := p.ReadFrom(buf)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			_, _ = p.WriteTo(fmt.Appendf(nil, "%s sees %s", name, host(from)), from)
		}
	}()
}

func host(a net.Addr) string {
	h, _, _ := net.SplitHostPort(a.String())
	return h
}

// rules gives rules to all nodes, or to those that are named.
func (c *cluster) rules(f Forwarding, nodes ...string) {
	if len(nodes) == 0 {
		nodes = []string{"n1", "n2", "n3"}
	}
	for _, n := range nodes {
		c.spaces[n].SetForwarding(f)
	}
}

// dial connects from a space, from outside or from the engine ("").
func (c *cluster) dial(ctx context.Context, from, network, to string) (net.Conn, error) {
	if n := c.spaces[from]; n != nil {
		return n.Dial(ctx, network, to)
	}
	return c.Fabric.Dial(ctx, from, addrport(to))
}

// ask asks who is there, and says in a word what happened if nobody answers.
func (c *cluster) ask(from, network, to string) string {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), brief)
	defer cancel()
	conn, err := c.dial(ctx, from, network, to)
	if err != nil {
		return outcome(err)
	}
	defer conn.Close()
	if conn.RemoteAddr().String() != to && !strings.HasPrefix(to, "0.0.0.0") {
		c.t.Errorf("%s asked %s, and speaks with %v", from, to, conn.RemoteAddr())
	}
	if network == "udp" {
		_, _ = conn.Write([]byte("who?"))
		_ = conn.SetReadDeadline(time.Now().Add(brief))
		buf := make([]byte, 100)
		n, err := conn.Read(buf)
		if err != nil {
			return outcome(err)
		}
		return string(buf[:n])
	}
	_ = conn.SetReadDeadline(time.Now().Add(patient))
	said, err := io.ReadAll(conn)
	if err != nil {
		return outcome(err)
	}
	return string(said)
}

func outcome(err error) string {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "silence"
	}
	return err.Error()
}

// port is what a service's network leads to.
func port(network string) string { return map[string]string{"tcp": "80", "udp": "53"}[network] }

// to makes a target of names of spaces.
func (c *cluster) to(network string, masquerade bool, names ...string) Target {
	t := Target{Masquerade: masquerade}
	for _, name := range names {
		t.Endpoints = append(t.Endpoints, addrport(c.spaces[name].IP().String()+":"+port(network)))
	}
	return t
}

// every is a Service of every kind on one network, with the same endpoints.
func (c *cluster) every(network string, local bool, endpoints ...string) Service {
	cluster, masked := c.to(network, false, endpoints...), c.to(network, true, endpoints...)
	inside, outside := masked, masked
	if local {
		inside, outside = cluster, Target{Otherwise: Dropped}
	}
	p := port(network)
	return Service{Name: "shop/web:" + network, Network: network, Fronts: []Front{
		{Kind: KindClusterIP, At: addrport("10.96.0.10:" + p), Inside: cluster, Outside: cluster},
		{Kind: KindNodePort, At: addrport("0.0.0.0:30080"), Inside: inside, Outside: outside},
		{Kind: KindLoadBalancer, At: addrport("172.30.200.1:" + p), Inside: inside, Outside: outside},
		{Kind: KindExternalIP, At: addrport("172.30.0.13:8" + p), Inside: inside, Outside: outside},
	}}
}

// local gives each node the rules of a Service with the external traffic policy
// Local: what comes from outside goes to the node's own endpoints only.
func (c *cluster) local(network string, endpoints ...string) {
	for _, node := range []string{"n1", "n2", "n3"} {
		s := c.every(network, true, endpoints...)
		own := slices.DeleteFunc(slices.Clone(endpoints), func(e string) bool { return e[1] != node[1] })
		for i := range s.Fronts[1:] {
			s.Fronts[i+1].Outside = c.to(network, false, own...)
			s.Fronts[i+1].Outside.Otherwise = Dropped
		}
		c.rules(Forwarding{[]Service{s}}, node)
	}
}

// isolate sets the policies of one pod.
func (c *cluster) isolate(pod string, p PodPolicy) {
	c.SetPolicies(Policies{c.spaces[pod].Name(): p})
}

// TestServices is who reaches whom through every kind of Service, and which source
// is seen. The endpoint is a2, on node n2.
func TestServices(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const service, node, balancer, external = "10.96.0.10:80", ":30080", "172.30.200.1:80", "172.30.0.13:880"
		tests := []struct{ from, to, want, local string }{
			{"a1", service, "a2 sees 10.244.1.2", ""},
			{"b2", service, "a2 sees 10.244.2.3", ""},
			{"a2", service, "a2 sees 172.30.0.12", ""}, // to itself
			{"n1", service, "a2 sees 172.30.0.11", ""},
			{"n2", service, "a2 sees 172.30.0.12", ""},
			{"", service, "a2 sees 172.30.0.1", ""}, // the control plane's machine
			{Outside, service, "silence", ""},
			{"a1", "10.96.0.10:81", "silence", ""},
			{"a1", "10.96.77.77:80", "silence", ""},

			{"a1", "172.30.0.11" + node, "a2 sees 172.30.0.11", "a2 sees 10.244.1.2"}, // its own node: never external
			{"a1", "172.30.0.12" + node, "a2 sees 172.30.0.12", "a2 sees 172.30.0.11"},
			{"a1", "172.30.0.13" + node, "a2 sees 172.30.0.13", "silence"},
			{"a2", "172.30.0.12" + node, "a2 sees 172.30.0.12", "a2 sees 172.30.0.12"},
			{"n1", "172.30.0.11" + node, "a2 sees 172.30.0.11", "a2 sees 172.30.0.11"},
			{"n1", "127.0.0.1" + node, "a2 sees 172.30.0.11", "a2 sees 172.30.0.11"},
			{"n1", "172.30.0.12" + node, "a2 sees 172.30.0.12", "a2 sees 172.30.0.11"},
			{"n1", "172.30.0.13" + node, "a2 sees 172.30.0.13", "silence"},
			{"", "172.30.0.11" + node, "a2 sees 172.30.0.11", "silence"},
			{Outside, "172.30.0.11" + node, "a2 sees 172.30.0.11", "silence"},
			{Outside, "172.30.0.12" + node, "a2 sees 172.30.0.12", "a2 sees 172.30.0.1"},
			{"a1", "127.0.0.1" + node, "refused", ""}, // a pod's loopback is its own
			{"a1", "172.30.0.11:30081", "refused", ""},

			{"a1", balancer, "a2 sees 172.30.0.11", "a2 sees 10.244.1.2"},
			{"n1", balancer, "a2 sees 172.30.0.11", "a2 sees 172.30.0.11"},
			{Outside, balancer, "a2 sees 172.30.0.12", "a2 sees 172.30.0.1"}, // n2 announces it
			{Outside, "172.30.200.2:80", "silence", ""},
			{"a1", "172.30.200.2:80", "silence", ""},

			{"a1", external, "a2 sees 172.30.0.11", "a2 sees 10.244.1.2"},
			{Outside, external, "a2 sees 172.30.0.13", "silence"},

			{"a1", "172.30.0.12:80", "n2 sees 172.30.0.11", ""}, // other nodes do not see pods
			{"a1", "172.30.0.11:80", "n1 sees 10.244.1.2", ""},
			{"a1", "10.244.2.2:80", "a2 sees 10.244.1.2", ""},
			{"", "10.244.2.2:80", "a2 sees 172.30.0.1", ""},
			{Outside, "10.244.2.2:80", "silence", ""},
		}
		whole, local := newCluster(t), newCluster(t)
		whole.rules(Forwarding{[]Service{whole.every("tcp", false, "a2")}})
		local.local("tcp", "a2")
		for _, c := range []*cluster{whole, local} {
			c.SetAnnouncements(map[netip.Addr][]string{ip("172.30.200.1"): {"n2"}, ip("172.30.200.2"): {"gone"}})
		}
		for _, test := range tests {
			if got := whole.ask(test.from, "tcp", test.to); got != test.want {
				t.Errorf("from %q to %s: %s, want %s", test.from, test.to, got, test.want)
			}
			if test.local == "" {
				test.local = test.want
			}
			if got := local.ask(test.from, "tcp", test.to); got != test.local {
				t.Errorf("from %q to %s, local: %s, want %s", test.from, test.to, got, test.local)
			}
		}
	})
}

// TestServicesUDP is the same for datagrams.
func TestServicesUDP(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		c.rules(Forwarding{[]Service{c.every("udp", false, "a2")}})
		for _, test := range []struct{ from, to, want string }{
			{"a1", "10.96.0.10:53", "a2 sees 10.244.1.2"},
			{"a2", "10.96.0.10:53", "a2 sees 172.30.0.12"},
			{"n1", "10.96.0.10:53", "a2 sees 172.30.0.11"},
			{"a1", "172.30.0.11:30080", "a2 sees 172.30.0.11"},
			{"n1", "127.0.0.1:30080", "a2 sees 172.30.0.11"},
			{"a1", "172.30.0.13:30080", "a2 sees 172.30.0.13"},
			{"a1", "172.30.200.1:53", "a2 sees 172.30.0.11"},
			{"a1", "10.244.2.2:53", "a2 sees 10.244.1.2"},
			{"a1", "172.30.0.12:53", "n2 sees 172.30.0.11"},
			{"a1", "127.0.0.1:53", "a1 sees 127.0.0.1"},
			{"a1", "10.244.1.2:53", "a1 sees 10.244.1.2"},
			{"a1", "10.244.2.2:54", "refused"},
			{"a1", "10.96.0.10:54", "silence"},
			{"a1", "10.244.3.9:53", "silence"},
		} {
			if got := c.ask(test.from, "udp", test.to); got != test.want {
				t.Errorf("from %s to %s: %s, want %s", test.from, test.to, got, test.want)
			}
		}
	})
}

// TestEndpoints is what becomes of connections to endpoints of other kinds, or to
// none.
func TestEndpoints(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		endpoint := func(s string) Target { return Target{Endpoints: []netip.AddrPort{addrport(s)}} }
		for _, test := range []struct {
			name    string
			target  Target
			network string
			want    string
		}{
			{"none", Target{}, "tcp", "refused"},
			{"none", Target{Otherwise: Rejected}, "udp", "refused"},
			{"none-local", Target{Otherwise: Dropped}, "tcp", "silence"},
			{"none-local", Target{Otherwise: Dropped}, "udp", "silence"},
			{"host-network", endpoint("172.30.0.12:80"), "tcp", "n2 sees 172.30.0.11"},
			{"own-node", endpoint("172.30.0.11:80"), "tcp", "n1 sees 10.244.1.2"},
			{"own-node-masquerade", Target{Endpoints: endpoint("172.30.0.11:80").Endpoints, Masquerade: true}, "tcp", "n1 sees 10.244.1.2"},
			{"nobody-listens", endpoint("10.244.2.2:81"), "tcp", "refused"},
			{"gone", endpoint("10.244.2.9:80"), "tcp", "silence"}, // three seconds, in fact
			{"route", endpoint("172.30.0.1:6443"), "tcp", "the API server"},
		} {
			c.Route(addrport("172.30.0.1:6443"), func(context.Context) (net.Conn, error) {
				near, far := net.Pipe()
				go func() { _, _ = io.WriteString(far, "the API server"); _ = far.Close() }()
				return near, nil
			})
			front := Front{Kind: KindClusterIP, At: addrport("10.96.0.20:80"), Inside: test.target, Outside: test.target}
			c.rules(Forwarding{[]Service{{Name: "shop/" + test.name, Network: test.network, Fronts: []Front{front}}}})
			if got := c.ask("a1", test.network, "10.96.0.20:80"); got != test.want {
				t.Errorf("%s, %s: %s, want %s", test.name, test.network, got, test.want)
			}
		}
	})
}

// TestRouteBeforeRules is a cluster whose API server has a route until its Service
// has rules.
func TestRouteBeforeRules(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.Route(addrport("10.96.0.1:443"), func(context.Context) (net.Conn, error) {
		near, far := net.Pipe()
		go func() { _, _ = io.WriteString(far, "the route"); _ = far.Close() }()
		return near, nil
	})
	if got := c.ask("a1", "tcp", "10.96.0.1:443"); got != "the route" {
		t.Errorf("without rules: %s", got)
	}
	target := c.to("tcp", false, "a2")
	c.rules(Forwarding{[]Service{{Name: "default/kubernetes:https", Network: "tcp", Fronts: []Front{
		{Kind: KindClusterIP, At: addrport("10.96.0.1:443"), Inside: target, Outside: target}}}}})
	if got := c.ask("a1", "tcp", "10.96.0.1:443"); got != "a2 sees 10.244.1.2" {
		t.Errorf("with rules: %s", got)
	}
}

// TestSources is loadBalancerSourceRanges.
func TestSources(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		s := c.every("tcp", false, "a2")
		s.Fronts[2].Sources = []netip.Prefix{netip.MustParsePrefix("172.30.0.0/16"), netip.MustParsePrefix("10.244.1.3/32")}
		c.rules(Forwarding{[]Service{s}})
		c.SetAnnouncements(map[netip.Addr][]string{ip("172.30.200.1"): {"n1"}})
		for from, want := range map[string]string{"a1": "silence", "b1": "a2 sees 172.30.0.11", Outside: "a2 sees 172.30.0.11"} {
			if got := c.ask(from, "tcp", "172.30.200.1:80"); got != want {
				t.Errorf("from %s: %s, want %s", from, got, want)
			}
		}
		stranger := c.Explain(ip("203.0.113.7"), "tcp", addrport("172.30.200.1:80"))
		if stranger.Verdict != Dropped || stranger.Steps[1].Subject != "shop/web:tcp" {
			t.Errorf("from elsewhere: %+v", stranger)
		}
	})
}

// TestAnnouncementsByTurns spreads what comes from outside over the nodes.
func TestAnnouncementsByTurns(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.rules(Forwarding{[]Service{c.every("tcp", false, "a2")}})
	c.SetAnnouncements(map[netip.Addr][]string{ip("172.30.200.1"): {"n1", "n2", "n3"}})
	seen := map[string]int{}
	for range 6 {
		seen[c.ask(Outside, "tcp", "172.30.200.1:80")]++
	}
	want := map[string]int{"a2 sees 172.30.0.11": 2, "a2 sees 172.30.0.12": 2, "a2 sees 172.30.0.13": 2}
	if !maps.Equal(seen, want) {
		t.Errorf("%v, want %v", seen, want)
	}
	// A pod whose node has no rules goes to a node that announces the address.
	c.spaces["n1"].SetForwarding(Forwarding{})
	c.SetAnnouncements(map[netip.Addr][]string{ip("172.30.200.1"): {"n2"}})
	if got := c.ask("a1", "tcp", "172.30.200.1:80"); got != "a2 sees 172.30.0.12" {
		t.Errorf("without rules: %s", got)
	}
}

// recorded are the records up to now.
func (c *cluster) recorded() iter.Seq[Record] {
	batch, _, _ := c.journal.after(0)
	return slices.Values(batch)
}

// await waits for a record.
func (c *cluster) await(is func(Record) bool) Record {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patient)
	defer cancel()
	for r := range c.Records(ctx, 0) {
		if is(r) {
			return r
		}
	}
	c.t.Fatal("there is no such record")
	return Record{}
}

// joined is a connection to a port of its own, both sides.
func joined(t testing.TB, a, b *Namespace) (near, far net.Conn) {
	t.Helper()
	l, err := b.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return through(t, l, a, netip.AddrPortFrom(b.IP(), uint16(l.Addr().(*net.TCPAddr).Port)).String())
}

// through is a connection to whoever listens behind an address.
func through(t testing.TB, l net.Listener, a *Namespace, to string) (near, far net.Conn) {
	t.Helper()
	near, err := a.Dial(t.Context(), "tcp", to)
	if err != nil {
		t.Fatal(err)
	}
	if far, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = near.Close(); _ = far.Close() })
	return near, far
}
