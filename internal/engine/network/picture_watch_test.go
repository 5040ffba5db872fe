package network

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/rest"

	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/lab/protocol"
)

// tape is a runtime that tells what comes on a channel.
type tape chan control.Record

func (tape) Policies(context.Context, control.Policies) error { return nil }

func (tape) Explain(context.Context, netip.Addr, string, netip.AddrPort) (control.Record, error) {
	return control.Record{}, errors.ErrUnsupported
}

func (t tape) Records(ctx context.Context, _ uint64) iter.Seq2[control.Record, error] {
	return func(yield func(control.Record, error) bool) {
		for {
			select {
			case r := <-t:
				if !yield(r, nil) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}
}

// apiWithPaths is a fake API with an answer to requests of paths, which fakes have
// not.
type apiWithPaths struct {
	kubernetes.Interface
	paths rest.Interface
}

func (a apiWithPaths) Discovery() discovery.DiscoveryInterfaces {
	return pathDiscovery{a.Interface.Discovery(), a.paths}
}

// IsWatchListSemanticsUnSupported says of fakes that they list before they watch.
func (apiWithPaths) IsWatchListSemanticsUnSupported() bool { return true }

type pathDiscovery struct {
	discovery.DiscoveryInterfaces
	paths rest.Interface
}

func (d pathDiscovery) RESTClient() rest.Interface { return d.paths }

// watching follows the pictures of a cluster.
func watching(t *testing.T, client kubernetes.Interface, records tape) <-chan protocol.Network {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	n, err := start(ctx, client, records, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	pictures, ended := make(chan protocol.Network, 100), make(chan error, 1)
	go func() {
		ended <- n.Watch(ctx, protocol.NetworkView{}, func(p protocol.Network) error {
			pictures <- p
			return nil
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("watching ended: %v", err)
		}
		n.Stop()
	})
	return pictures
}

// next is the next picture.
func next(t *testing.T, pictures <-chan protocol.Network) protocol.Network {
	t.Helper()
	select {
	case p := <-pictures:
		return p
	case <-time.After(10 * time.Second):
		t.Fatal("there is no picture")
		return protocol.Network{}
	}
}

func TestWatchSendsWhatChanges(t *testing.T) {
	t.Parallel()
	s := shopScene()
	client := fake.NewClientset(s.namespaces[0], s.nodes[0], s.nodes[1], s.pods[0], s.pods[1], s.services[0], s.slices[0])
	records := make(tape)
	pictures := watching(t, apiWithPaths{client, gatewayAPI(t, nil)}, records)
	first := next(t, pictures)
	if len(first.Services) != 1 || len(first.Connections) != 0 || first.At.IsZero() {
		t.Fatalf("the first picture: %+v", first)
	}
	now := time.Now()
	for i := range 3 {
		records <- toWeb(uint64(i+1), now, fabric.Connected)
	}
	if p := next(t, pictures); len(p.Connections) != 1 || p.Connections[0].Count != 3 || p.Services[0].Recent.Connected != 3 {
		t.Errorf("after three connections: %+v", p.Connections)
	}
	pod := runningPod("late", "10.244.1.77", "node1", webLabels(), true, 0)
	if _, err := client.CoreV1().Pods("shop").Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if late := next(t, pictures); !slices.ContainsFunc(late.Pods, func(p protocol.NetworkPod) bool { return p.Name == "late" }) {
		t.Errorf("the new Pod is not there: %+v", late.Pods)
	}
}

// TestAPictureAFrame moves the clock of a watch by hand: however much changes,
// there is one picture a frame, and none where nothing did.
func TestAPictureAFrame(t *testing.T) {
	t.Parallel()
	s := shopScene()
	client := fake.NewClientset(s.namespaces[0], s.nodes[0], s.nodes[1], s.pods[0], s.pods[1], s.services[0], s.slices[0])
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	n, err := start(ctx, apiWithPaths{client, gatewayAPI(t, nil)}, make(tape), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	pictures, frames, ended := make(chan protocol.Network, 100), make(chan time.Time), make(chan error, 1)
	w := newWatch(n, protocol.NetworkView{}, func(p protocol.Network) error {
		pictures <- p
		return nil
	})
	go func() { ended <- w.run(ctx, frames) }()
	now := time.Now()
	tick := func() {
		t.Helper()
		now = now.Add(frame)
		select {
		case frames <- now:
		case <-ctx.Done():
			t.Fatal("the watch takes no frame")
		}
	}
	var told uint64
	tell := func(count int) {
		t.Helper()
		for range count {
			told++
			select {
			case w.records <- toWeb(told, now, fabric.Connected):
			case <-ctx.Done():
				t.Fatal("the watch takes no record")
			}
		}
	}
	tick() // the first: nothing happened yet
	tell(10)
	tick()
	for range 2 * framesOfStill { // nothing changes, also where a picture is drawn
		tick()
	}
	tell(5)
	tick()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("watching ended: %v", err)
	}
	n.Stop()
	close(pictures)
	var counts []int
	for p := range pictures {
		count := 0
		for _, c := range p.Connections {
			count += c.Count
		}
		counts = append(counts, count)
	}
	if want := []int{0, 10, 15}; !slices.Equal(counts, want) {
		t.Errorf("pictures with %v connections, want %v", counts, want)
	}
}

// gatewayAPI is an API server that knows some routes.
func gatewayAPI(t *testing.T, answers map[string]string) rest.Interface {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := answers[strings.TrimPrefix(r.URL.Path, routesGroup)]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(server.Close)
	client, err := kubernetes.NewForConfig(&rest.Config{Host: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	return client.Discovery().RESTClient()
}

func TestRoutesOfGateways(t *testing.T) {
	t.Parallel()
	none, err := routes(t.Context(), gatewayAPI(t, nil))
	if err != nil || len(none) > 0 {
		t.Errorf("a cluster without Gateway API has %v, %v", none, err)
	}
	list, err := routes(t.Context(), gatewayAPI(t, map[string]string{
		"": `{"versions": [{"version": "v1"}, {"version": "v1alpha2"}]}`,
		"/v1/httproutes": `{"items": [{"metadata": {"namespace": "shop", "name": "split"}, "spec": {
			"parentRefs": [{"name": "outer"}], "hostnames": ["shop.example"],
			"rules": [{"matches": [{"path": {"type": "PathPrefix", "value": "/"}}], "backendRefs": [{"name": "web", "port": 80, "weight": 9}, {"name": "web2", "port": 80}]}]}}]}`,
		"/v1/grpcroutes": `{"items": [{"metadata": {"namespace": "shop", "name": "rpc"}, "spec": {
			"rules": [{"matches": [{"method": {"service": "shop.Cart", "method": "Add"}}], "backendRefs": [{"name": "web", "port": 80}]}]}}]}`,
		"/v1alpha2/tcproutes": `{"items": [{"metadata": {"namespace": "shop", "name": "raw"}, "spec": {"rules": [{"backendRefs": [{"name": "web", "port": 5432}]}]}}]}`,
	}))
	if err != nil || len(list) != 3 {
		t.Fatalf("%d routes, %v", len(list), err)
	}
	s := shopScene()
	s.routes = list
	n := seen(s, protocol.NetworkView{})
	to := func(name, port string, weight int32) protocol.NetworkBackend {
		return protocol.NetworkBackend{NetworkName: protocol.NetworkName{Namespace: "shop", Name: name}, Port: port, Weight: weight, Missing: name != "web"}
	}
	want := map[string]protocol.NetworkRule{
		"raw":   {Backends: []protocol.NetworkBackend{to("web", "5432", 1)}},
		"rpc":   {Path: "/shop.Cart/Add", Backends: []protocol.NetworkBackend{to("web", "80", 1)}},
		"split": {Host: "shop.example", Path: "/", PathType: "PathPrefix", Backends: []protocol.NetworkBackend{to("web", "80", 9), to("web2", "80", 1)}},
	}
	for _, e := range n.Entries {
		w := want[e.Name]
		if len(e.Rules) != 1 || e.Rules[0].Host != w.Host || e.Rules[0].Path != w.Path || e.Rules[0].PathType != w.PathType || !slices.Equal(e.Rules[0].Backends, w.Backends) {
			t.Errorf("%s %s: %+v, want %+v", e.Kind, e.Name, e.Rules, w)
		}
	}
}
