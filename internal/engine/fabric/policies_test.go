package fabric

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
)

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// TestIsolation is what rules let through.
func TestIsolation(t *testing.T) {
	t.Parallel()
	f := New()
	node, err := f.Attach("n1", ip("172.30.0.11"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.AttachVia(node, "shop/web", ip("10.244.1.2")); err != nil {
		t.Fatal(err)
	}
	pods := func(name string) Peer { return Peer{Pods: map[string]bool{name: true}} }
	tests := []struct {
		name    string
		rules   []Rule
		peer    string
		network string
		port    uint16
		want    string // the rule
	}{
		{"no rules", nil, "10.244.1.2", "tcp", 80, ""},
		{"an empty rule", []Rule{{Policy: "shop/all"}}, "10.244.1.2", "udp", 53, "shop/all rule 1"},
		{"pods", []Rule{{Policy: "p", Peers: []Peer{pods("shop/web")}}}, "10.244.1.2", "tcp", 80, "p rule 1"},
		{"other pods", []Rule{{Policy: "p", Peers: []Peer{pods("shop/db")}}}, "10.244.1.2", "tcp", 80, ""},
		{"a selector of nobody", []Rule{{Policy: "p", Peers: []Peer{{}}}}, "10.244.1.2", "tcp", 80, ""},
		{"the second rule", []Rule{{Policy: "p", Peers: []Peer{{}}}, {Policy: "p", Index: 1}}, "10.244.1.2", "tcp", 80, "p rule 2"},
		{"a range of addresses", []Rule{{Policy: "p", Peers: []Peer{{CIDR: prefix("10.0.0.0/8")}}}}, "10.244.1.2", "tcp", 80, "p rule 1"},
		{"but for some", []Rule{{Policy: "p", Peers: []Peer{{CIDR: prefix("10.0.0.0/8"), Except: []netip.Prefix{prefix("10.244.1.0/24")}}}}}, "10.244.1.2", "tcp", 80, ""},
		{"another peer has him", []Rule{{Policy: "p",
			Peers: []Peer{{CIDR: prefix("10.0.0.0/8"), Except: []netip.Prefix{prefix("10.244.1.0/24")}}, pods("shop/web")}}}, "10.244.1.2", "tcp", 80, "p rule 1"},
		{"a port", []Rule{{Policy: "p", Ports: []Ports{{"tcp", 80, 0}}}}, "10.244.1.2", "tcp", 80, "p rule 1"},
		{"another port", []Rule{{Policy: "p", Ports: []Ports{{"tcp", 81, 0}}}}, "10.244.1.2", "tcp", 80, ""},
		{"another protocol", []Rule{{Policy: "p", Ports: []Ports{{"udp", 80, 0}}}}, "10.244.1.2", "tcp", 80, ""},
		{"all ports of a protocol", []Rule{{Policy: "p", Ports: []Ports{{"udp", 0, 0}}}}, "10.244.1.2", "udp", 9, "p rule 1"},
		{"a range", []Rule{{Policy: "p", Ports: []Ports{{"tcp", 8000, 9000}}}}, "10.244.1.2", "tcp", 9000, "p rule 1"},
		{"beyond it", []Rule{{Policy: "p", Ports: []Ports{{"tcp", 8000, 9000}}}}, "10.244.1.2", "tcp", 9001, ""},
		{"port and peer of one rule", []Rule{{Policy: "p",
			Ports: []Ports{{"tcp", 80, 0}}, Peers: []Peer{{}}}, {Policy: "q", Ports: []Ports{{"tcp", 81, 0}}}}, "10.244.1.2", "tcp", 80, ""},
	}
	for _, test := range tests {
		j := newJudge(f, &Isolation{By: []string{"p"}, Rules: test.rules})
		rule, ok := j.allows(ip(test.peer), test.network, test.port)
		if rule != test.want || ok != (test.want != "") {
			t.Errorf("%s: %q, %t, want %q", test.name, rule, ok, test.want)
		}
	}
}

// TestPolicies is who still reaches a2 by which way, when it lets nobody in, or
// when somebody lets nothing out.
func TestPolicies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		closed := &Isolation{By: []string{"shop/deny-all"}}
		for _, network := range []string{"tcp", "udp"} {
			p := port(network)
			c := newCluster(t)
			c.rules(Forwarding{[]Service{c.every(network, false, "a2")}})
			tests := []struct {
				from, to    string
				in, out     string // with a2 closed for ingress, and the sender for egress
				allowed, by string // with a2 closed but for the address, who is seen
			}{
				{"a1", "10.244.2.2:" + p, "silence", "silence", "10.244.1.2", "a2 sees 10.244.1.2"},
				{"a1", "10.96.0.10:" + p, "silence", "silence", "10.244.1.2", "a2 sees 10.244.1.2"},
				{"a1", "172.30.0.13:30080", "silence", "silence", "172.30.0.13", "a2 sees 172.30.0.13"},
				{"a1", "172.30.0.11:30080", "silence", "silence", "172.30.0.11", "a2 sees 172.30.0.11"},
				{"n1", "10.244.2.2:" + p, "silence", "a2 sees 172.30.0.11", "172.30.0.11", "a2 sees 172.30.0.11"},
				{"n2", "10.244.2.2:" + p, "a2 sees 172.30.0.12", "a2 sees 172.30.0.12", "10.0.0.1", "a2 sees 172.30.0.12"},
				{"a1", "172.30.0.12:30080", "a2 sees 172.30.0.12", "silence", "10.0.0.1", "a2 sees 172.30.0.12"},
				{"a2", "10.96.0.10:" + p, "a2 sees 172.30.0.12", "a2 sees 172.30.0.12", "10.0.0.1", "a2 sees 172.30.0.12"},
				{"a2", "127.0.0.1:" + p, "a2 sees 127.0.0.1", "a2 sees 127.0.0.1", "10.0.0.1", "a2 sees 127.0.0.1"},
				{"a2", "10.244.2.2:" + p, "a2 sees 10.244.2.2", "a2 sees 10.244.2.2", "10.0.0.1", "a2 sees 10.244.2.2"},
				{"a1", "172.30.0.11:" + p, "n1 sees 10.244.1.2", "n1 sees 10.244.1.2", "10.0.0.1", "n1 sees 10.244.1.2"},
				{"a1", "172.30.0.12:" + p, "n2 sees 172.30.0.11", "silence", "10.0.0.1", "n2 sees 172.30.0.11"},
			}
			for _, test := range tests {
				for _, try := range []struct {
					want     string
					policies Policies
				}{
					{test.in, Policies{"shop/a2": {Ingress: closed}}},
					{test.out, Policies{c.spaces[test.from].Name(): {Egress: closed}}},
					{test.by, Policies{"shop/a2": {Ingress: &Isolation{By: []string{"shop/some"}, Rules: []Rule{
						{Policy: "shop/some", Peers: []Peer{{CIDR: prefix(test.allowed + "/32")}}}}}}}},
				} {
					c.SetPolicies(try.policies)
					if got := c.ask(test.from, network, test.to); got != try.want {
						t.Errorf("%s from %s to %s with %v: %s, want %s", network, test.from, test.to, try.policies, got, try.want)
					}
				}
			}
		}
	})
}

// TestEgressSeesEndpoints: rules of egress are about the endpoint and its port, not
// about the Service.
func TestEgressSeesEndpoints(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		target := c.to("tcp", false, "a2")
		c.rules(Forwarding{[]Service{{Name: "shop/web", Network: "tcp", Fronts: []Front{
			{Kind: KindClusterIP, At: addrport("10.96.0.10:8080"), Inside: target, Outside: target}}}}})
		for rule, want := range map[*Rule]string{
			{Ports: []Ports{{"tcp", 80, 0}}}:                 "a2 sees 10.244.1.2",
			{Ports: []Ports{{"tcp", 8080, 0}}}:               "silence",
			{Peers: []Peer{{CIDR: prefix("10.96.0.0/16")}}}:  "silence",
			{Peers: []Peer{{CIDR: prefix("10.244.2.0/24")}}}: "a2 sees 10.244.1.2",
			{Peers: []Peer{{Pods: map[string]bool{}}}}:       "silence",
		} {
			c.isolate("a1", PodPolicy{Egress: &Isolation{By: []string{"p"}, Rules: []Rule{*rule}}})
			if got := c.ask("a1", "tcp", "10.96.0.10:8080"); got != want {
				t.Errorf("%+v: %s, want %s", rule, got, want)
			}
		}
	})
}

// TestPoliciesChange: open connections stay, new ones are judged, and who waits for
// an answer gets one when he is let in.
func TestPoliciesChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		near, far := joined(t, c.spaces["a1"], c.spaces["b2"])
		c.isolate("b2", PodPolicy{Ingress: &Isolation{By: []string{"shop/deny-all"}}})
		if _, err := near.Write([]byte("still here")); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 100)
		if n, err := far.Read(buf); string(buf[:n]) != "still here" {
			t.Errorf("an open connection: %q, %v", buf[:n], err)
		}
		answers := make(chan error, 1)
		go func() {
			conn, err := c.spaces["a1"].Dial(t.Context(), "tcp", "10.244.2.3:80")
			if err == nil {
				_ = conn.Close()
			}
			answers <- err
		}()
		c.await(func(r Record) bool { return r.Verdict == Dropped })
		c.SetPolicies(nil)
		if err := <-answers; err != nil {
			t.Errorf("after the policy has gone: %v", err)
		}
		c.await(func(r Record) bool { return r.Verdict == Connected && r.Took >= 500e6 })
	})
}

// TestPoliciesOverTheWire: what the control socket takes is what was sent.
func TestPoliciesOverTheWire(t *testing.T) {
	t.Parallel()
	want := Policies{"shop/w": {
		Ingress: &Isolation{By: []string{"shop/a"}, Rules: []Rule{{Policy: "shop/a", Index: 1,
			Peers: []Peer{{Pods: map[string]bool{"shop/x": true}}, {CIDR: prefix("10.0.0.0/8"), Except: []netip.Prefix{prefix("10.1.0.0/16")}}},
			Ports: []Ports{{"tcp", 80, 90}}}}},
	}}
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Policies
	if err := json.Unmarshal(data, &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %+v, %v", data, got, err)
	}
}

// TestHostPorts: a node's port leads to a pod, who sees his client; a pod of the
// same node is masqueraded, as the plugin portmap does it.
func TestHostPorts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		for _, network := range []string{"tcp", "udp"} {
			p := port(network)
			remove := c.spaces["n2"].MapPort(network, addrport("0.0.0.0:8080"), addrport("10.244.2.2:"+p))
			bound := c.spaces["n2"].MapPort(network, addrport("127.0.0.1:8081"), addrport("10.244.2.2:"+p))
			defer bound()
			for _, test := range []struct{ from, to, want string }{
				{"a1", "172.30.0.12:8080", "a2 sees 172.30.0.11"},
				{"n1", "172.30.0.12:8080", "a2 sees 172.30.0.11"},
				{"n2", "172.30.0.12:8080", "a2 sees 172.30.0.12"},
				{"n2", "127.0.0.1:8080", "a2 sees 172.30.0.12"},
				{"b2", "172.30.0.12:8080", "a2 sees 172.30.0.12"},
				{"a2", "172.30.0.12:8080", "a2 sees 172.30.0.12"},
				{"n2", "127.0.0.1:8081", "a2 sees 172.30.0.12"},
				{"n1", "172.30.0.12:8081", "refused"},
				{"n1", "172.30.0.11:8080", "refused"},
			} {
				if got := c.ask(test.from, network, test.to); got != test.want {
					t.Errorf("%s from %s to %s: %s, want %s", network, test.from, test.to, got, test.want)
				}
			}
			if network == "tcp" {
				if got := c.ask(Outside, network, "172.30.0.12:8080"); got != "a2 sees 172.30.0.1" {
					t.Errorf("from outside: %s", got)
				}
			}
			remove()
			remove()
			if got := c.ask("n1", network, "172.30.0.12:8080"); got != "refused" {
				t.Errorf("a port that was taken back: %s", got)
			}
		}
	})
}

// TestRejectedReadsAsRefused: a Service without endpoints is told from a port where nobody listens by its record only.
func TestRejectedReadsAsRefused(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.rules(Forwarding{[]Service{c.every("tcp", false)}})
	_, err := c.spaces["a1"].Dial(t.Context(), "tcp", "10.96.0.10:80")
	if err == nil || !strings.HasSuffix(err.Error(), "dial tcp 10.96.0.10:80: connect: connection refused") {
		t.Errorf("%v, want %v", err, syscall.ECONNREFUSED)
	}
	r := slices.Collect(c.recorded())[0]
	if r.Verdict != Rejected || r.Steps[0].Subject != "shop/web:tcp" || r.Steps[0].Verdict != Rejected {
		t.Errorf("%+v", r)
	}
}
