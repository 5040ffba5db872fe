package kubeproxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-logr/logr"
	v1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/kubernetes/pkg/proxy/apis/config"
	"k8s.io/kubernetes/pkg/proxy/apis/config/scheme"
	"k8s.io/kubernetes/pkg/proxy/apis/config/v1alpha1"

	external "k8s.io/kube-proxy/config/v1alpha1"

	"kubetutor/internal/engine/fabric"
)

// patience is how long a test waits for anything.
const patience = 10 * time.Second

// village is a node with a kube-proxy, a client on it, and pods that say their name.
type village struct {
	*testing.T
	api    *fake.Clientset
	fabric *fabric.Fabric
	node   *fabric.Namespace
	client *fabric.Namespace
	ended  chan error
}

func aNode() *v1.Node {
	return &v1.Node{ObjectMeta: metav1.ObjectMeta{Name: thisNode, Labels: map[string]string{v1.LabelTopologyZone: "zone-a"}},
		Status: v1.NodeStatus{Addresses: []v1.NodeAddress{{Type: v1.NodeInternalIP, Address: "172.30.0.11"}}}}
}

// defaults are the configuration that upstream has where none is given.
func defaults(t *testing.T) *config.KubeProxyConfiguration {
	t.Helper()
	var given external.KubeProxyConfiguration
	v1alpha1.SetDefaults_KubeProxyConfiguration(&given)
	var c config.KubeProxyConfiguration
	if err := scheme.Scheme.Convert(&given, &c, nil); err != nil {
		t.Fatal(err)
	}
	c.Mode, c.MinSyncPeriod.Duration = config.ProxyModeIPTables, time.Millisecond
	return &c
}

// newVillage runs kube-proxy on a node with two pods behind it.
func newVillage(t *testing.T) *village {
	v := &village{T: t, api: fake.NewClientset(aNode()), fabric: fabric.New(), ended: make(chan error, 1)}
	v.node = v.attach(thisNode, "172.30.0.11")
	var err error
	if v.client, err = v.fabric.AttachVia(v.node, "shop/client", netip.MustParseAddr("10.244.1.9")); err != nil {
		t.Fatal(err)
	}
	for i := 1; i <= 2; i++ {
		v.pod(fmt.Sprintf("pod%d", i), fmt.Sprintf("10.244.%d.2", i))
	}
	v.start()
	return v
}

func (v *village) attach(name, ip string) *fabric.Namespace {
	v.Helper()
	ns, err := v.fabric.Attach(name, netip.MustParseAddr(ip))
	if err != nil {
		v.Fatal(err)
	}
	v.Cleanup(func() { _ = ns.Close() })
	return ns
}

// pod says its name to whoever connects to its port 8080.
func (v *village) pod(name, ip string) {
	v.Helper()
	l, err := v.attach("shop/"+name, ip).Listen("tcp", ":8080")
	if err != nil {
		v.Fatal(err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, name)
			_ = c.Close()
		}
	}()
}

// start runs kube-proxy until the returned function is called, or the test ends.
func (v *village) start() (stop func()) {
	v.Helper()
	ctx, cancel := context.WithCancel(v.Context())
	session, end := v.node.Session(nil)
	done := make(chan struct{})
	s := &server{config: defaults(v.T), client: v.api, network: session, node: thisNode, log: logr.Discard()}
	go func() {
		defer close(done)
		v.ended <- s.run(ctx)
	}()
	stop = func() { cancel(); <-done; end() }
	v.Cleanup(stop)
	return stop
}

// says is what is answered at an address; an error says itself.
func (v *village) says(from *fabric.Namespace, at string) string {
	ctx, cancel := context.WithTimeout(v.Context(), 50*time.Millisecond)
	defer cancel()
	c, err := from.Dial(ctx, "tcp", at)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case err != nil:
		return "silence"
	}
	defer c.Close()
	text, _ := io.ReadAll(c)
	return string(text)
}

// eventually waits until an address answers as wanted.
func (v *village) eventually(at, want string) {
	v.Helper()
	var got string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if got = v.says(v.client, at); got == want {
			return
		}
	}
	v.Fatalf("%s answers %q, want %q", at, got, want)
}

func (v *village) must(err error) {
	v.Helper()
	if err != nil {
		v.Fatal(err)
	}
}

func (v *village) apply(s *v1.Service, endpoints ...discovery.Endpoint) {
	v.Helper()
	_, err := v.api.CoreV1().Services(s.Namespace).Create(v.Context(), s, metav1.CreateOptions{})
	v.must(err)
	_, err = v.api.DiscoveryV1().EndpointSlices(s.Namespace).Create(v.Context(), aSlice(s, endpoints), metav1.CreateOptions{})
	v.must(err)
}

// TestServer: rules follow what the API says, and outlive kube-proxy.
func TestServer(t *testing.T) {
	t.Parallel()
	v := newVillage(t)
	s := aService(nodePort, externalLocal)
	v.apply(s, at(1, ready))
	v.eventually("10.96.0.7:80", "pod1")
	v.eventually("127.0.0.1:30080", "refused") // of the pod itself
	if got := v.says(v.node, "127.0.0.1:30080"); got != "pod1" {
		t.Errorf("the node port at the node's loopback answers %q", got)
	}

	_, err := v.api.DiscoveryV1().EndpointSlices("shop").Update(t.Context(), aSlice(s, []discovery.Endpoint{at(1, ending), at(2, ready)}), metav1.UpdateOptions{})
	v.must(err)
	v.eventually("10.96.0.7:80", "pod2")
	if got := v.says(v.client, "172.30.0.11:30080"); got != "pod2" {
		t.Errorf("the node port answers the node's own pod %q", got)
	}

	v.must(v.api.DiscoveryV1().EndpointSlices("shop").Delete(t.Context(), "web-x", metav1.DeleteOptions{}))
	v.eventually("10.96.0.7:80", "refused")
	v.must(v.api.CoreV1().Services("shop").Delete(t.Context(), "web", metav1.DeleteOptions{}))
	v.eventually("10.96.0.7:80", "silence")
}

// TestRulesOutlive: when kube-proxy is gone the node goes on with what it had, and
// the next one takes over from there.
func TestRulesOutlive(t *testing.T) {
	t.Parallel()
	v := &village{T: t, api: fake.NewClientset(aNode()), fabric: fabric.New(), ended: make(chan error, 2)}
	v.node = v.attach(thisNode, "172.30.0.11")
	var err error
	v.client, err = v.fabric.AttachVia(v.node, "shop/client", netip.MustParseAddr("10.244.1.9"))
	v.must(err)
	v.pod("pod1", "10.244.1.2")
	stop := v.start()
	v.apply(aService(), at(1, ready))
	v.eventually("10.96.0.7:80", "pod1")
	stop()
	if got := v.says(v.client, "10.96.0.7:80"); got != "pod1" {
		t.Errorf("without kube-proxy the Service answers %q", got)
	}
	v.must(v.api.CoreV1().Services("shop").Delete(t.Context(), "web", metav1.DeleteOptions{}))
	v.start()
	v.eventually("10.96.0.7:80", "silence")
}

// TestNodeGoes: kube-proxy ends when its node is removed.
func TestNodeGoes(t *testing.T) {
	t.Parallel()
	v := newVillage(t)
	v.apply(aService(), at(1, ready))
	v.eventually("10.96.0.7:80", "pod1")
	v.must(v.api.CoreV1().Nodes().Delete(t.Context(), thisNode, metav1.DeleteOptions{}))
	select {
	case err := <-v.ended:
		if !errors.Is(err, errNodeGone) {
			t.Errorf("it ends with %v", err)
		}
	case <-time.After(patience):
		t.Error("it goes on without its node")
	}
}

// get asks a page of the node.
func (v *village) get(at, path string) (int, string, http.Header) {
	v.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		return v.node.Dial(ctx, network, address)
	}}}
	resp, err := client.Get("http://" + at + path)
	if err != nil {
		return 0, err.Error(), nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	v.must(err)
	return resp.StatusCode, string(body), resp.Header
}

// TestHealth: what balancers and learners ask of kube-proxy.
func TestHealth(t *testing.T) {
	t.Parallel()
	v := newVillage(t)
	v.apply(aService(balanced, externalLocal), at(1, ready), at(2, ready))
	v.eventually("10.96.0.7:80", v.says(v.client, "10.244.1.2:8080"))
	var code int
	var body string
	var header http.Header
	for end := time.Now().Add(patience); code == 0 && time.Now().Before(end); time.Sleep(time.Millisecond) {
		code, body, header = v.get("172.30.0.11:32000", "/")
	}
	if code != http.StatusOK || !strings.Contains(body, `"localEndpoints": 1`) || header.Get("X-Load-Balancing-Endpoint-Weight") != "1" {
		t.Errorf("the Service's health is %d %s", code, body)
	}
	if code, body, _ := v.get("172.30.0.11:10256", "/healthz"); code != http.StatusOK || !strings.Contains(body, `"nodeEligible":true`) {
		t.Errorf("kube-proxy's health is %d %s", code, body)
	}
	if code, body, _ := v.get("127.0.0.1:10249", "/proxyMode"); code != http.StatusOK || body != "iptables" {
		t.Errorf("the mode is %d %q", code, body)
	}
	v.must(v.api.CoreV1().Services("shop").Delete(t.Context(), "web", metav1.DeleteOptions{}))
	for end := time.Now().Add(patience); code != 0; time.Sleep(time.Millisecond) {
		if code, body, _ = v.get("172.30.0.11:32000", "/"); time.Now().After(end) {
			t.Fatalf("the health check of a Service that is gone answers %d %s", code, body)
		}
	}
}
