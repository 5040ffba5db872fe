package tui_test

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/tui"
)

// inShop names an object of the namespace of these tests.
func inShop(name string) protocol.NetworkName {
	return protocol.NetworkName{Namespace: "shop", Name: name}
}

func shopPod(name, ip, node, status string, ready bool, in, out protocol.Traffic, labels map[string]string) protocol.NetworkPod {
	return protocol.NetworkPod{NetworkName: inShop(name), IP: ip, Node: node, Status: status, Ready: ready, Incoming: in, Outgoing: out, Labels: labels}
}

func endpoint(pod, ip, node string, ready bool, recent protocol.Traffic) protocol.NetworkEndpoint {
	return protocol.NetworkEndpoint{Addresses: []string{ip}, Pod: pod, Node: node, Ready: ready, Serving: ready, Recent: recent}
}

func tcp(port int32, target string, node int32) []protocol.NetworkPort {
	return []protocol.NetworkPort{{Protocol: "TCP", Port: port, Target: target, NodePort: node}}
}

// shopNetwork is a network in which a bit of everything is to be seen.
func shopNetwork() protocol.Network {
	web, api := map[string]string{"app": "web"}, map[string]string{"app": "api", "track": "stable"}
	busy, some, vain := protocol.Traffic{Connected: 14}, protocol.Traffic{Connected: 7}, protocol.Traffic{Failed: 3}
	to := func(name, port string, weight int32) protocol.NetworkBackend {
		return protocol.NetworkBackend{NetworkName: inShop(name), Port: port, Weight: weight, Missing: name == "cart"}
	}
	return protocol.Network{
		At: evening(), Namespace: "shop", Namespaces: []string{"default", "shop", "warehouse"},
		Nodes: []protocol.NetworkNode{{Name: "node1", IP: "172.30.0.11", Ready: true}, {Name: "node2", IP: "172.30.0.12", Ready: true}},
		Entries: []protocol.NetworkEntry{
			{NetworkName: inShop("front"), Kind: "Ingress", Class: "nginx", Rules: []protocol.NetworkRule{
				{Host: "shop.example", Path: "/", PathType: "Prefix", TLS: true, Backends: []protocol.NetworkBackend{to("web", "80", 1)}},
				{Host: "shop.example", Path: "/cart", PathType: "Prefix", TLS: true, Backends: []protocol.NetworkBackend{to("cart", "80", 1)}},
				{Backends: []protocol.NetworkBackend{to("web", "80", 1)}},
			}},
			{NetworkName: inShop("split"), Kind: "HTTPRoute", Class: "outer", Rules: []protocol.NetworkRule{
				{Host: "api.example", Path: "/", Backends: []protocol.NetworkBackend{to("api", "80", 9), to("web", "80", 1)}},
			}},
		},
		Services: []protocol.NetworkService{
			{
				NetworkName: inShop("api"), Type: "ClusterIP", IPs: []string{"10.96.44.7"}, Ports: tcp(80, "http", 0), Selector: api, Recent: vain,
				Slices:   []protocol.NetworkSlice{{Name: "api-x7k2p"}},
				Problems: []protocol.ExplainStep{{Code: protocol.SelectsNone, About: map[string]string{"service": "shop/api", "selector": "app=api,track=stable", "namespace": "shop"}}},
			},
			{
				NetworkName: inShop("db"), Type: "ClusterIP", IPs: []string{"None"}, Ports: tcp(5432, "5432", 0), Selector: map[string]string{"app": "db"},
				Slices: []protocol.NetworkSlice{{Name: "db-9dfw2", Ports: tcp(5432, "", 0), Endpoints: []protocol.NetworkEndpoint{endpoint("db-0", "10.244.1.9", "node1", false, protocol.Traffic{})}}},
			},
			{NetworkName: inShop("mail"), Type: "ExternalName", ExternalName: "smtp.example.org"},
			{
				NetworkName: inShop("web"), Type: "LoadBalancer", IPs: []string{"10.96.12.4"}, Addresses: []string{"172.30.200.1"}, Ports: tcp(80, "8080", 30080), Selector: web, Affinity: "ClientIP", External: "Local", Recent: busy,
				Slices: []protocol.NetworkSlice{{Name: "web-m4q8z", Ports: tcp(8080, "", 0), Endpoints: []protocol.NetworkEndpoint{
					endpoint("web-5d4f8c7b9-2xkqp", "10.244.1.5", "node1", true, some), endpoint("web-5d4f8c7b9-t9vlm", "10.244.1.6", "node1", true, protocol.Traffic{Connected: 6, Failed: 1}),
					endpoint("web-5d4f8c7b9-zz7hd", "10.244.2.4", "node2", false, protocol.Traffic{}),
				}}},
			},
		},
		Pods: []protocol.NetworkPod{
			shopPod("client", "10.244.2.9", "node2", "Running", true, protocol.Traffic{}, busy, map[string]string{"run": "client"}),
			shopPod("db-0", "10.244.1.9", "node1", "Running", false, protocol.Traffic{}, protocol.Traffic{}, map[string]string{"app": "db"}),
			shopPod("report", "", "", "Pending", false, protocol.Traffic{}, protocol.Traffic{}, nil),
			shopPod("web-5d4f8c7b9-2xkqp", "10.244.1.5", "node1", "Running", true, some, protocol.Traffic{}, web),
			shopPod("web-5d4f8c7b9-t9vlm", "10.244.1.6", "node1", "Running", true, some, protocol.Traffic{}, web),
			shopPod("web-5d4f8c7b9-zz7hd", "10.244.2.4", "node2", "CrashLoopBackOff", false, protocol.Traffic{}, protocol.Traffic{}, web),
		},
		Policies: []protocol.NetworkPolicy{
			{NetworkName: inShop("db-from-api"), Ingress: true, Selector: "app=db", Pods: []string{"db-0"}},
			{NetworkName: inShop("no-egress"), Egress: true, Selector: "app=db", Pods: []string{"db-0"}},
		},
		Connections: shopConnections(),
	}
}

func shopConnections() []protocol.NetworkConnection {
	pod := func(name, ip string) protocol.NetworkPeer {
		return protocol.NetworkPeer{Kind: protocol.PeerPod, NetworkName: inShop(name), Address: ip}
	}
	service := func(name, at string) protocol.NetworkPeer {
		return protocol.NetworkPeer{Kind: protocol.PeerService, NetworkName: inShop(name), Address: at}
	}
	step := func(code protocol.ExplainCode, stops bool, about ...string) protocol.ExplainStep {
		s := protocol.ExplainStep{Code: code, Stops: stops, About: map[string]string{}}
		for i := 0; i < len(about); i += 2 {
			s.About[about[i]] = about[i+1]
		}
		return s
	}
	end := pod("web-5d4f8c7b9-2xkqp", "10.244.1.5:8080")
	at := func(ago time.Duration) time.Time { return evening().Add(-ago) }
	return []protocol.NetworkConnection{
		{
			ID: 41, Began: at(8 * time.Second), Last: at(2 * time.Second), Count: 3, Network: "tcp", From: pod("client", "10.244.2.9"), To: pod("db-0", "10.244.1.9:5432"), Outcome: protocol.OutcomeTimesOut,
			Steps: []protocol.ExplainStep{step(protocol.EgressOpen, false, "pod", "shop/client"), step(protocol.IngressNone, true, "pod", "shop/db-0", "policies", "shop/db-from-api")},
		},
		{
			ID: 37, Began: at(20 * time.Second), Last: at(12 * time.Second), Age: 10 * time.Second, Count: 1, Network: "tcp", From: pod("client", "10.244.2.9"), To: service("api", "10.96.44.7:80"), Outcome: protocol.OutcomeRejected,
			Steps: []protocol.ExplainStep{step(protocol.ServiceAnswersNone, true, "service", "shop/api")},
		},
		{
			ID: 12, Began: at(90 * time.Second), Last: at(time.Second), Count: 88, Network: "tcp", From: pod("client", "10.244.2.9"), To: service("web", "10.96.12.4:80"), Endpoint: &end, Outcome: protocol.OutcomeConnects,
			Steps: []protocol.ExplainStep{
				step(protocol.ServicePort, false, "service", "shop/web", "port", "80", "target", "8080", "kind", "ClusterIP"), step(protocol.EndpointChosen, false, "address", "10.244.1.5:8080", "endpoint", "shop/web-5d4f8c7b9-2xkqp", "node", "node1", "count", "2"),
				step(protocol.EgressOpen, false, "pod", "shop/client"), step(protocol.IngressOpen, false, "pod", "shop/web-5d4f8c7b9-2xkqp"), step(protocol.Listens, false, "who", "shop/web-5d4f8c7b9-2xkqp", "port", "8080"),
			},
		},
		{
			ID: 3, Began: at(200 * time.Second), Last: at(130 * time.Second), Age: 2 * time.Minute, Count: 2, Network: "udp", From: pod("client", "10.244.2.9"), Outcome: protocol.OutcomeConnects,
			To: protocol.NetworkPeer{Kind: protocol.PeerService, NetworkName: protocol.NetworkName{Namespace: "kube-system", Name: "kube-dns"}, PortName: "dns", Address: "10.96.0.10:53"},
		},
	}
}

// networked are options with a cluster in which there is something to be seen.
func networked(_ *tui.Options, l *fakeLabs) {
	l.status = protocol.Status{State: protocol.StateUp, Nodes: 3}
	l.network = []protocol.Network{shopNetwork()}
}

func networkScenes() []scene {
	return []scene{
		{name: "network", keys: []string{"T"}, prep: networked},
		{name: "network-service", keys: []string{"T", "down"}, prep: networked},
		{name: "network-pod", keys: []string{"T", "down", "down", "down"}, prep: networked},
		{name: "network-connection", keys: []string{"T", "tab"}, prep: networked},
		{name: "network-empty", keys: []string{"T"}, prep: func(_ *tui.Options, l *fakeLabs) {
			l.status = protocol.Status{State: protocol.StateUp, Nodes: 3}
			l.network = []protocol.Network{{At: evening(), Namespaces: []string{"default"}}}
		}},
	}
}

func TestNetworkComesAndGoes(t *testing.T) {
	t.Parallel()
	for _, sc := range networkScenes() {
		s := sc.play(t, small(t), 80, 24)
		s.shows("Network", "Namespace")
		s.press("T")
		s.shows("Good evening.")
	}
}

// inNetwork is the picture of the shop, in a window of that size.
func inNetwork(t *testing.T, w, h int) (*sim, *fakeLabs) {
	t.Helper()
	o, l := small(t), labs()
	networked(&o, l)
	o.Lab = l
	s := newSim(t, o, w, h)
	s.press("T")
	return s, l
}

func TestNetworkOfWhatIsChosen(t *testing.T) {
	t.Parallel()
	s, _ := inNetwork(t, 160, 50)
	s.shows("client → db-0:5432", "client → api:80", "×88 now")
	s.press("down")
	s.shows("▸ api", "Last connections of api", "client → api:80", "Service api", "shop/api selects app=api,track=stable")
	s.hides("client → db-0:5432")
	s.press("down", "down")
	s.shows("▸ db-0", "Last connections of db-0", "isolated by db-from-api", "isolated by no-egress", "labels app=db")
	s.press("G")
	s.shows("▸ client", "Pod client", "no NetworkPolicy isolates it")
	s.press("esc")
	s.hides("▸")
	s.shows("Network")
	s.press("tab")
	s.shows("▸ ✗ timed out", "isolated for ingress by shop/db-from-api")
	s.press("down", "down")
	s.shows("▸ ✓ connected", "10.244.1.5:8080", "88 times, from 20:13:30")
	s.press("esc", "esc")
	s.shows("Good evening.")
}

// In a narrow window what is said of something is scrolled where it is long.
func TestNetworkIsReadToItsEnd(t *testing.T) {
	t.Parallel()
	s, _ := inNetwork(t, 44, 18)
	s.press("tab", "down", "down")
	s.shows("client → web:80", "…")
	s.hides("88 times")
	s.press("pgdown", "pgdown", "pgdown")
	s.shows("88 times")
	s.press("pgup", "pgup", "pgup")
	s.hides("88 times")
}

func TestNetworkOfOtherNamespaces(t *testing.T) {
	t.Parallel()
	s, l := inNetwork(t, 80, 24)
	s.shows("< shop >")
	s.press("right")
	s.shows("< warehouse >")
	s.press("right")
	s.shows("< all >", "shop/db-0")
	s.press("left", "s")
	s.shows("< warehouse >", "with system namespaces")
	last := l.views[len(l.views)-1]
	if want := (protocol.NetworkView{Namespace: "warehouse", System: true}); last != want || l.views[2] != (protocol.NetworkView{All: true}) {
		t.Errorf("it asked for %+v", l.views)
	}
}

// Where there is nothing to be seen, it says what to do.
func TestNetworkThatCannotBeSeen(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		status protocol.Status
		want   string
	}{
		{"no cluster", protocol.Status{State: protocol.StateDown}, "No cluster is up."},
		{"no nodes", protocol.Status{State: protocol.StateUp}, "This cluster has no nodes"},
		{"the learner's own", protocol.Status{State: protocol.StateUp, Foreign: "home"}, "only, not in home"},
		{"something else", protocol.Status{State: protocol.StateUp, Nodes: 3}, "the moon is down"},
	} {
		o, l := small(t), labs()
		l.status = tt.status
		l.network = []protocol.Network{{Error: &protocol.Error{Code: protocol.CodeConflict, Message: "the moon is down"}}}
		o.Lab = l
		s := newSim(t, o, 80, 24)
		s.press("T")
		s.shows(tt.want)
		s.press("down", "tab", "down", "pgdown", "space", "right", "esc", "esc")
		s.shows("Good evening.")
	}
	s := newSim(t, small(t), 80, 24)
	s.press("T")
	s.shows("There are no clusters here.")
}

// A lab and its console go on beneath.
func TestNetworkOverALab(t *testing.T) {
	t.Parallel()
	o, l := small(t), labs()
	l.network = []protocol.Network{shopNetwork()}
	o.Lab, o.Lesson = l, claim
	s := newSim(t, o, 120, 30)
	s.press("tab", "enter", "shift+tab")
	before := s.screen()
	s.press("T")
	s.shows("Network", "< shop >")
	s.press("T")
	if got := s.screen(); got != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, got)
	}
}

func TestNetworkWithTheMouse(t *testing.T) {
	t.Parallel()
	o, l := small(t), labs()
	networked(&o, l)
	o.Lab, o.Mouse = l, true
	s := newSim(t, o, 80, 24)
	s.press("T")
	s.send(tea.MouseClickMsg{X: 8, Y: 11, Button: tea.MouseLeft})
	s.shows("▸ db-0", "Pod db-0")
}

func TestNetworkFromTheSearch(t *testing.T) {
	t.Parallel()
	o := searchable(t)
	l := labs()
	networked(&o, l)
	o.Lab = l
	s := newSim(t, o, 80, 24)
	s.press("ctrl+k")
	s.write("netw")
	s.shows("the live picture of Services")
	s.press("enter")
	s.shows("< shop >", "Last connections")
	s.press("esc")
	s.shows("Good evening.")
}

// On a terminal without line drawing nothing of the picture needs any.
func TestNetworkInASCII(t *testing.T) {
	t.Parallel()
	for _, w := range []int{80, 160} {
		o, l := small(t), labs()
		networked(&o, l)
		o.Lab, o.ASCII = l, true
		s := newSim(t, o, w, 50)
		s.press("T", "down", "tab")
		for _, line := range strings.Split(s.screen(), "\n")[2:48] { // the frame has the language's own name
			if strings.ContainsFunc(line, func(r rune) bool { return r > 126 && r != '…' }) {
				t.Errorf("%d columns: %q", w, line)
			}
		}
	}
}
