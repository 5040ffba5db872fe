package loadbalancer

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/utils/ptr"
)

const patience = 10 * time.Second

func aService(name string, change ...func(*corev1.Service)) *corev1.Service {
	s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: types.UID("uid-" + name)},
		Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeLoadBalancer}}
	for _, f := range change {
		f(s)
	}
	return s
}

func asks(ip string) func(*corev1.Service) {
	return func(s *corev1.Service) { s.Spec.LoadBalancerIP = ip }
}

func has(ip string) func(*corev1.Service) {
	return func(s *corev1.Service) { s.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: ip}} }
}

func local(s *corev1.Service) {
	s.Spec.ExternalTrafficPolicy, s.Spec.HealthCheckNodePort = corev1.ServiceExternalTrafficPolicyLocal, 32000
}

func nodes(names ...string) (list []*corev1.Node) {
	for _, n := range names {
		list = append(list, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: n}, Status: corev1.NodeStatus{Addresses: []corev1.NodeAddress{
			{Type: corev1.NodeHostName, Address: n}, {Type: corev1.NodeInternalIP, Address: "172.30.0.1" + n[len(n)-1:]}}}})
	}
	return list
}

func (c *cloud) ensured(t *testing.T, s *corev1.Service, names ...string) string {
	t.Helper()
	status, err := c.EnsureLoadBalancer(t.Context(), "", s, nodes(names...))
	if err != nil {
		return err.Error()
	}
	return status.Ingress[0].IP
}

// TestAddresses: who gets which address of the pool.
func TestAddresses(t *testing.T) {
	t.Parallel()
	c := newCloud(Options{})
	client := fake.NewClientset(
		aService("old", has("172.30.200.1")), // of before the engine was started
		aService("other", has("172.30.200.2"), func(s *corev1.Service) { s.Spec.LoadBalancerClass = ptr.To("example.com/other") }),
		aService("plain", has("192.0.2.1"), func(s *corev1.Service) { s.Spec.Type = corev1.ServiceTypeClusterIP }))
	if err := c.restore(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		service *corev1.Service
		want    string
	}{
		{aService("new"), "172.30.200.2"},
		{aService("old"), "172.30.200.1"},
		{aService("new"), "172.30.200.2"},
		{aService("picky", asks("172.30.200.77")), "172.30.200.77"},
		{aService("late", asks("172.30.200.77")), "the address 172.30.200.77 belongs to the Service shop/picky"},
		{aService("lost", asks("192.0.2.9")), "the address 192.0.2.9 is not in the pool 172.30.200.0/24"},
		{aService("lost", asks("172.30.200.255")), "the address 172.30.200.255 is not in the pool 172.30.200.0/24"},
		{aService("lost", asks("nowhere")), "the address nowhere is not in the pool 172.30.200.0/24"},
		{aService("new", asks("172.30.200.5")), "172.30.200.5"},
		{aService("new"), "172.30.200.5"}, // it keeps what it has
		{aService("third"), "172.30.200.2"},
	} {
		if got := c.ensured(t, step.service, "node1"); got != step.want {
			t.Errorf("%s gets %s, want %s", step.service.Name, got, step.want)
		}
	}
	if err := c.EnsureLoadBalancerDeleted(t.Context(), "", aService("old")); err != nil {
		t.Fatal(err)
	}
	if _, exists, _ := c.GetLoadBalancer(t.Context(), "", aService("old")); exists {
		t.Error("a deleted balancer is still there")
	}
	again := aService("fourth")
	if got := c.ensured(t, again); got != "172.30.200.1" {
		t.Errorf("the address that is free again is not taken: %s", got)
	}
	again.UID = "another"
	if _, exists, _ := c.GetLoadBalancer(t.Context(), "", again); exists {
		t.Error("a Service that was made anew has the balancer of the old one")
	}
}

// TestPoolEnds: the pool has 254 addresses.
func TestPoolEnds(t *testing.T) {
	t.Parallel()
	c := newCloud(Options{})
	seen := map[string]bool{}
	for i := range 254 {
		seen[c.ensured(t, aService(strings.Repeat("x", i+1)))] = true
	}
	if got := c.ensured(t, aService("one-more")); len(seen) != 254 || !strings.Contains(got, "no address left") {
		t.Errorf("%d addresses, and then %s", len(seen), got)
	}
}

// town answers health checks as nodes do, and hears what is announced.
type town struct {
	mu    sync.Mutex
	well  map[string]bool // by address and port
	heard map[netip.Addr][]string
	told  int
	fails bool
}

func (w *town) dial(_ context.Context, to netip.AddrPort) (net.Conn, error) {
	w.mu.Lock()
	well, there := w.well[to.String()]
	w.mu.Unlock()
	if !there {
		return nil, errors.New("no such node")
	}
	ours, theirs := net.Pipe()
	server := http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		if !well {
			rw.WriteHeader(http.StatusServiceUnavailable)
		}
	})}
	go server.Serve(&once{conn: theirs}) //nolint:errcheck // it ends after one
	return ours, nil
}

// once is a listener with one connection.
type once struct {
	conn net.Conn
	done bool
}

func (o *once) Accept() (net.Conn, error) {
	if o.done {
		return nil, io.EOF
	}
	o.done = true
	return o.conn, nil
}
func (*once) Close() error     { return nil }
func (o *once) Addr() net.Addr { return o.conn.LocalAddr() }

func (w *town) announce(_ context.Context, to map[netip.Addr][]string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fails {
		return errors.New("the runtime is away")
	}
	w.heard, w.told = to, w.told+1
	return nil
}

func (w *town) set(address string, well bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.well[address] = well
}

func (w *town) await(t *testing.T, want map[netip.Addr][]string) {
	t.Helper()
	var got map[netip.Addr][]string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		w.mu.Lock()
		got = w.heard
		w.mu.Unlock()
		if got != nil && maps.EqualFunc(got, want, slices.Equal[[]string]) {
			return
		}
	}
	t.Fatalf("announced is %v, want %v", got, want)
}

// TestAnnounce: a balancer's traffic goes to the nodes that answer its health check.
func TestAnnounce(t *testing.T) {
	t.Parallel()
	w := &town{well: map[string]bool{"172.30.0.11:10256": true, "172.30.0.12:10256": true, "172.30.0.11:32000": false, "172.30.0.12:32000": true}}
	c := newCloud(Options{Log: slog.New(slog.DiscardHandler), Announce: w.announce, Dial: w.dial})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); c.watch(ctx) }()
	defer func() { cancel(); <-done }()

	w.await(t, map[netip.Addr][]string{})
	one, two := netip.MustParseAddr("172.30.200.1"), netip.MustParseAddr("172.30.200.2")
	c.ensured(t, aService("any"), "node1", "node2", "node3")
	w.await(t, map[netip.Addr][]string{one: {"node1", "node2"}})
	c.ensured(t, aService("near", local), "node1", "node2")
	w.await(t, map[netip.Addr][]string{one: {"node1", "node2"}, two: {"node2"}})
	w.set("172.30.0.11:32000", true)
	w.await(t, map[netip.Addr][]string{one: {"node1", "node2"}, two: {"node1", "node2"}})
	if err := c.UpdateLoadBalancer(t.Context(), "", aService("any"), nodes("node2")); err != nil {
		t.Fatal(err)
	}
	w.await(t, map[netip.Addr][]string{one: {"node2"}, two: {"node1", "node2"}})

	w.mu.Lock()
	w.heard = nil // a runtime that has just come
	w.mu.Unlock()
	if err := c.announceAgain(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.await(t, map[netip.Addr][]string{one: {"node2"}, two: {"node1", "node2"}})
	if err := c.EnsureLoadBalancerDeleted(t.Context(), "", aService("any")); err != nil {
		t.Fatal(err)
	}
	w.await(t, map[netip.Addr][]string{two: {"node1", "node2"}})
}

// TestAnnouncesAgain: what the network did not hear it is told again.
func TestAnnouncesAgain(t *testing.T) {
	t.Parallel()
	w := &town{well: map[string]bool{"172.30.0.11:10256": true}, fails: true}
	c := newCloud(Options{Log: slog.New(slog.DiscardHandler), Announce: w.announce, Dial: w.dial})
	c.ensured(t, aService("any"), "node1")
	c.refresh(t.Context())
	w.mu.Lock()
	w.fails = false
	w.mu.Unlock()
	c.refresh(t.Context())
	c.refresh(t.Context())
	w.await(t, map[netip.Addr][]string{netip.MustParseAddr("172.30.200.1"): {"node1"}})
	if w.told != 1 {
		t.Errorf("the same was told %d times", w.told)
	}
}
