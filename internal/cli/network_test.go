//go:build unix

package cli_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/lab/protocol"
)

// shopNetwork is a network with one Service and one connection.
func shopNetwork() protocol.Network {
	web := protocol.NetworkName{Namespace: "shop", Name: "web"}
	return protocol.Network{
		Namespaces: []string{"default", "shop"}, Entries: []protocol.NetworkEntry{}, Pods: []protocol.NetworkPod{},
		Services: []protocol.NetworkService{{NetworkName: web, Type: "ExternalName", ExternalName: "example.org"}},
		Connections: []protocol.NetworkConnection{{
			ID: 1, Count: 2, Last: time.Date(2026, 11, 21, 12, 0, 0, 0, time.Local), Network: "tcp", Outcome: protocol.OutcomeRejected,
			From: protocol.NetworkPeer{Kind: protocol.PeerEngine}, To: protocol.NetworkPeer{Kind: protocol.PeerService, NetworkName: web, Address: "10.96.0.4:80"},
			Steps: []protocol.ExplainStep{{Code: protocol.ServiceAnswersNone, Stops: true}},
		}},
	}
}

func TestNetworkCommand(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		line    string
		code    int
		out     string // contained
		request string
	}{
		{"network", 0, "Service shop/web, ExternalName, example.org", `network {}`},
		{"network --namespace shop", 0, "Last connections", `network {"namespace":"shop","system":true}`},
		{"network --all --lang zh", 0, "最近的连接", `network {"all":true,"system":true}`},
		{"network --namespace gone", 1, `there is no namespace "gone": there is default, shop`, `network {"namespace":"gone","system":true}`},
		{"network --watch", 0, "12:00:00 rejected, 2 times, outside -> shop/web:80, the Service has no endpoint\n", `network {}`},
		{"network --json", 0, "\"namespaces\": [\n", `network {}`},
		{"network --watch --json", 0, `"externalName":"example.org"`, `network {}`},
		{"network --all --namespace shop", 2, "not both", ""},
		{"network shop", 2, "network", ""},
	} {
		t.Run(tc.line, func(t *testing.T) {
			t.Parallel()
			e := newFakeEngine(t)
			out, code := e.run(strings.Fields(tc.line)...)
			if code != tc.code || !strings.Contains(out, tc.out) {
				t.Errorf("status %d, want %d; it prints\n%s", code, tc.code, out)
			}
			if tc.request != "" && !e.wasAsked(tc.request) {
				t.Errorf("the engine was asked %q", e.asked)
			}
		})
	}
}

func TestNetworkJSONIsThatOfTheEngine(t *testing.T) {
	t.Parallel()
	out, _ := newFakeEngine(t).run("network", "--json")
	var n protocol.Network
	if err := json.Unmarshal([]byte(out), &n); err != nil || len(n.Services) != 1 || n.Connections[0].Count != 2 {
		t.Errorf("%v in\n%s", err, out)
	}
}
