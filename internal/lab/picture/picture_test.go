package picture

import (
	"fmt"
	"strings"
	"testing"

	"kubetutor/internal/lab/protocol"
)

func in(name string) protocol.NetworkName {
	return protocol.NetworkName{Namespace: "shop", Name: name}
}

// shape is a picture in a line: SERVICE(ways)[slice node:pod…], then loose Pods by
// node.
func shape(p Picture) string {
	var b strings.Builder
	for _, block := range p.Blocks {
		fmt.Fprintf(&b, "%s(%d", block.Service.Name, len(block.Ways))
		if block.Missing {
			b.WriteString("!")
		}
		b.WriteString(")")
		for _, s := range block.Slices {
			fmt.Fprintf(&b, "[%s", s.Name)
			for _, g := range s.Groups {
				fmt.Fprintf(&b, " %s:", g.Node)
				for _, e := range g.Ends {
					b.WriteString(e.Pod)
				}
			}
			b.WriteString("]")
		}
		b.WriteString(" ")
	}
	for _, g := range p.Loose {
		fmt.Fprintf(&b, "<%s", g.Node)
		for _, pod := range g.Pods {
			b.WriteString(" " + pod.Name)
		}
		b.WriteString(">")
	}
	return b.String()
}

func TestOrderOfThePicture(t *testing.T) {
	t.Parallel()
	end := func(pod, node string) protocol.NetworkEndpoint { return protocol.NetworkEndpoint{Pod: pod, Node: node} }
	pod := func(name, node string) protocol.NetworkPod {
		return protocol.NetworkPod{NetworkName: in(name), Node: node}
	}
	rule := func(backends ...protocol.NetworkBackend) protocol.NetworkRule {
		return protocol.NetworkRule{Backends: backends}
	}
	to := func(name string, weight int32, missing bool) protocol.NetworkBackend {
		return protocol.NetworkBackend{NetworkName: in(name), Weight: weight, Missing: missing}
	}
	n := protocol.Network{
		Entries: []protocol.NetworkEntry{{Rules: []protocol.NetworkRule{rule(to("web", 2, false), to("api", 1, false)), rule(to("cart", 1, true)), rule(to("hidden", 1, false))}}},
		Services: []protocol.NetworkService{
			{NetworkName: in("api")},
			{
				NetworkName: in("web"), Addresses: []string{"172.30.200.1"}, Ports: []protocol.NetworkPort{{Port: 80, NodePort: 30080}},
				Slices: []protocol.NetworkSlice{{Name: "s1", Endpoints: []protocol.NetworkEndpoint{end("a", "n1"), end("b", "n1"), end("c", "n2")}}, {Name: "s2"}},
			},
		},
		Pods: []protocol.NetworkPod{pod("a", "n1"), pod("x", "n2"), pod("y", "n1"), pod("z", "")},
	}
	p := Of(n)
	if got, want := shape(p), "api(1) web(3)[s1 n1:ab n2:c][s2] cart(1!) < z><n1 y><n2 x>"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if a, b := p.Blocks[0].Ways[0].Share, p.Blocks[1].Ways[0].Share; a != 33 || b != 67 {
		t.Errorf("one third and two thirds are %d %% and %d %%", a, b)
	}
	var items []string
	for _, i := range p.Items() {
		items = append(items, i.Name)
	}
	if got := strings.Join(items, " "); got != "api web a z y x" {
		t.Errorf("what can be chosen: %s", got)
	}
}

func TestWhatAConnectionConcerns(t *testing.T) {
	t.Parallel()
	end := protocol.NetworkPeer{Kind: protocol.PeerPod, NetworkName: in("web")}
	c := protocol.NetworkConnection{
		From: protocol.NetworkPeer{Kind: protocol.PeerPod, NetworkName: in("client")}, To: protocol.NetworkPeer{Kind: protocol.PeerService, NetworkName: in("front")}, Endpoint: &end,
	}
	for _, tt := range []struct {
		item Item
		want bool
	}{
		{Item{}, true}, {Item{Pod, in("client")}, true}, {Item{Service, in("front")}, true}, {Item{Pod, in("web")}, true},
		{Item{Service, in("web")}, false}, {Item{Pod, in("front")}, false}, {Item{Pod, in("other")}, false},
	} {
		if got := Concerns(tt.item, c); got != tt.want {
			t.Errorf("%+v: %v", tt.item, got)
		}
	}
}

func TestWhatDecided(t *testing.T) {
	t.Parallel()
	rule := protocol.ExplainStep{Code: protocol.IngressRule}
	stop := protocol.ExplainStep{Code: protocol.ListensNot, Stops: true}
	open := protocol.ExplainStep{Code: protocol.EgressOpen}
	for _, tt := range []struct {
		steps []protocol.ExplainStep
		want  protocol.ExplainCode
	}{
		{nil, ""}, {[]protocol.ExplainStep{open}, ""}, {[]protocol.ExplainStep{open, rule}, protocol.IngressRule}, {[]protocol.ExplainStep{rule, stop}, protocol.ListensNot},
	} {
		if got, ok := Deciding(tt.steps); got.Code != tt.want || ok != (tt.want != "") {
			t.Errorf("%v: %s", tt.steps, got.Code)
		}
	}
}
