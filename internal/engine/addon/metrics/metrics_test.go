package metrics

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"
)

const patience = 20 * time.Second

// kubeletAddress is where the node of these tests says that its kubelet is.
const kubeletAddress = "172.30.0.11:41001"

// kubelet answers with core-seconds that grow by half a core.
func kubelet(t *testing.T) *httptest.Server {
	began := time.Now()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `# TYPE node_cpu_usage_seconds_total counter
node_cpu_usage_seconds_total %[1]f %[2]d
# TYPE node_memory_working_set_bytes gauge
node_memory_working_set_bytes 1.048576e+06 %[2]d
`, 100+time.Since(began).Seconds()/2, time.Now().UnixMilli())
	}))
	t.Cleanup(s.Close)
	return s
}

// cluster is an API server that has one node, and takes every object.
type cluster struct {
	*httptest.Server
	mu      sync.Mutex
	created []string
}

func newCluster(t *testing.T) *cluster {
	c := &cluster{}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

func (c *cluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.Method == http.MethodPost:
		c.mu.Lock()
		c.created = append(c.created, r.URL.Path)
		c.mu.Unlock()
		w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
		w.WriteHeader(http.StatusCreated)
		_, _ = io.Copy(w, r.Body)
	case r.URL.Query().Get("watch") != "" && r.URL.Query().Get("sendInitialEvents") != "":
		w.WriteHeader(http.StatusBadRequest) // lists only
	case r.URL.Query().Get("watch") != "":
		<-r.Context().Done()
	case r.URL.Path == "/api/v1/nodes":
		_ = json.NewEncoder(w).Encode(corev1.NodeList{TypeMeta: metav1.TypeMeta{Kind: "NodeList", APIVersion: "v1"}, Items: []corev1.Node{node()}})
	default:
		fmt.Fprint(w, `{"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": "1"}, "items": []}`)
	}
}

func node() corev1.Node {
	at := netip.MustParseAddrPort(kubeletAddress)
	return corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: "node1"},
		Status: corev1.NodeStatus{
			Addresses:       []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: at.Addr().String()}},
			DaemonEndpoints: corev1.NodeDaemonEndpoints{KubeletEndpoint: corev1.DaemonEndpoint{Port: int32(at.Port())}},
		},
	}
}

// aggregationLayer asks a server as the API server does.
func aggregationLayer(s *Server) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext:     func(ctx context.Context, _, _ string) (net.Conn, error) { return s.Dial(ctx) },
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
}

func TestMetricsOfANode(t *testing.T) {
	t.Parallel()
	api, node1 := newCluster(t), kubelet(t)
	s, err := Start(t.Context(), Options{
		Config: &rest.Config{Host: api.URL, TLSClientConfig: rest.TLSClientConfig{Insecure: true}}, Resolution: 200 * time.Millisecond,
		Dial: func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
			if to.String() != kubeletAddress {
				return nil, fmt.Errorf("%s was dialled", to)
			}
			return (&net.Dialer{}).DialContext(ctx, "tcp", node1.Listener.Addr().String())
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	if all := strings.Join(api.created, " "); len(api.created) != 4 || !strings.Contains(all, "apiservices") || !strings.Contains(all, "endpointslices") {
		t.Errorf("created were %s", all)
	}
	client := aggregationLayer(s)
	t.Cleanup(client.CloseIdleConnections)
	var got metricsv1beta1.NodeMetricsList
	for deadline := time.Now().Add(patience); len(got.Items) == 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no metrics")
		}
		ask(t, client, &got)
	}
	usage := got.Items[0].Usage
	if cpu := usage.Cpu().MilliValue(); got.Items[0].Name != "node1" || cpu < 400 || cpu > 600 || usage.Memory().Value() != 1<<20 {
		t.Errorf("the metrics are %+v", got.Items)
	}
}

func ask(t *testing.T, client *http.Client, into any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+Address().String()+"/apis/metrics.k8s.io/v1beta1/nodes", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Remote-User", "learner")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", resp.Status, data)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
}

func TestInboxEnds(t *testing.T) {
	t.Parallel()
	in := newInbox(net.TCPAddrFromAddrPort(Address()))
	in.Close()
	in.Close() // the server closes it as well
	if _, err := in.Accept(); err == nil {
		t.Error("a closed inbox accepts")
	}
	if _, err := in.dial(t.Context()); err == nil {
		t.Error("a closed inbox can be dialled")
	}
}
