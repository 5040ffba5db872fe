package plain

import (
	"context"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/lab/protocol"
)

// shopNetwork is a Service with one endpoint, one without any, and a connection.
func shopNetwork() protocol.Network {
	in := func(name string) protocol.NetworkName { return protocol.NetworkName{Namespace: "shop", Name: name} }
	pod := func(name, at string) protocol.NetworkPeer {
		return protocol.NetworkPeer{Kind: protocol.PeerPod, NetworkName: in(name), Address: at}
	}
	end := pod("web-1", "10.244.1.5:8080")
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.Local)
	return protocol.Network{
		Namespace: "shop",
		Entries: []protocol.NetworkEntry{{NetworkName: in("front"), Kind: "Ingress", Rules: []protocol.NetworkRule{
			{Host: "shop.example", Path: "/", Backends: []protocol.NetworkBackend{{NetworkName: in("web"), Weight: 1}}},
			{Host: "shop.example", Path: "/cart", Backends: []protocol.NetworkBackend{{NetworkName: in("cart"), Weight: 1, Missing: true}}},
		}}},
		Services: []protocol.NetworkService{
			{NetworkName: in("api"), Type: "ClusterIP", IPs: []string{"10.96.0.9"}, Selector: map[string]string{"app": "api"}, Problems: []protocol.ExplainStep{
				{Code: protocol.SelectsNone, About: map[string]string{"service": "shop/api", "selector": "app=api", "namespace": "shop"}},
			}},
			{
				NetworkName: in("web"), Type: "NodePort", IPs: []string{"10.96.0.4"}, Recent: protocol.Traffic{Connected: 3},
				Ports: []protocol.NetworkPort{{Protocol: "TCP", Port: 80, Target: "8080", NodePort: 30080}},
				Slices: []protocol.NetworkSlice{{Name: "web-abc", Ports: []protocol.NetworkPort{{Port: 8080}}, Endpoints: []protocol.NetworkEndpoint{
					{Addresses: []string{"10.244.1.5"}, Pod: "web-1", Node: "node1", Ready: true, Recent: protocol.Traffic{Connected: 2, Failed: 1}},
				}}},
			},
		},
		Pods: []protocol.NetworkPod{
			{NetworkName: in("client"), IP: "10.244.2.9", Node: "node2", Status: "Running", Ready: true},
			{NetworkName: in("web-1"), IP: "10.244.1.5", Node: "node1", Status: "Running", Ready: true},
		},
		Connections: []protocol.NetworkConnection{
			{ID: 2, Last: at.Add(time.Second), Count: 1, Network: "tcp", From: pod("client", "10.244.2.9"), To: end, Outcome: protocol.OutcomeTimesOut, Steps: []protocol.ExplainStep{
				{Code: protocol.IngressNone, Stops: true, About: map[string]string{"policies": "shop/deny"}},
			}},
			{ID: 1, Last: at, Count: 4, Network: "tcp", From: pod("client", "10.244.2.9"), Endpoint: &end, Outcome: protocol.OutcomeConnects,
				To: protocol.NetworkPeer{Kind: protocol.PeerService, NetworkName: in("web"), Address: "10.96.0.4:80"}},
		},
	}
}

func TestNetworkAsText(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	Network(&out, shopNetwork(), i18n.CLIWords(course.English), Style{Width: 100, Plain: true})
	want := `Service api, ClusterIP, 10.96.0.9, selector app=api
  shop/api selects app=api, and no Pod of the namespace shop has such labels.
Service web, NodePort, 10.96.0.4:80 -> 8080, no selector, 3 in 10 s
  from shop.example/, Ingress front
  from every node:30080
  EndpointSlice web-abc :8080
    10.244.1.5, ready, web-1, node1, 3 in 10 s, 1 failed
Service cart, there is no such Service
  from shop.example/cart, Ingress front
Pods behind no Service
  client, Running, node2, address 10.244.2.9
Last connections
  timed out, client -> web-1:8080, no rule lets it in: shop/deny, now
  connected, 4 times, client -> web:80 -> web-1:8080, now
`
	if got := out.String(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestNoNetworkAsText(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	Network(&out, protocol.Network{}, i18n.CLIWords(course.Chinese), Style{Width: 80, Plain: true})
	for _, want := range []string{"这里还没有 Service 和 Pod。", "最近的连接，还没有"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, out.String())
		}
	}
}

// A log tells of every connection once, however many pictures show it.
func TestNetworkLog(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	log := NetworkLog{Out: &out, Words: i18n.CLIWords(course.English)}
	n := shopNetwork()
	log.Show(n)
	log.Show(n)
	n = shopNetwork()
	n.Connections[1].Count, n.Connections[1].Last = 6, n.Connections[0].Last.Add(time.Second)
	log.Show(n)
	n.Connections = n.Connections[1:]
	n.Connections[0].Count = 1 // the runtime is another one
	log.Show(n)
	want := `12:00:00 connected, 4 times, client -> web:80 -> web-1:8080
12:00:01 timed out, client -> web-1:8080, no rule lets it in: shop/deny
12:00:02 connected, 2 times, client -> web:80 -> web-1:8080
12:00:02 connected, client -> web:80 -> web-1:8080
`
	if got := out.String(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// Network is a cluster with a network, or one that says why it has none.
func (c *cluster) Network(_ context.Context, view protocol.NetworkView, changed func(protocol.Network) error) error {
	if view.Namespace == "gone" {
		return changed(protocol.Network{Error: &protocol.Error{Code: protocol.CodeConflict, Message: "this cluster has no nodes", Hint: "bring some"}})
	}
	return changed(shopNetwork())
}

func TestNetworkAtThePrompt(t *testing.T) {
	t.Parallel()
	l := sit(t, "network shop\nnetwork gone\nq\n")
	if err := l.Read(soon(t), lesson()); err != errQuit {
		t.Fatal(err)
	}
	l.says(t, "Service web, NodePort", "Last connections", "this cluster has no nodes bring some")
}
