package controlplane_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"kubetutor/internal/engine/controlplane"
)

// TestHostPathIsKept gives the reclaimer a directory of this machine.
func TestHostPathIsKept(t *testing.T) {
	_, client := use(t)
	ctx := context.Background()
	for _, policy := range []corev1.PersistentVolumeReclaimPolicy{corev1.PersistentVolumeReclaimDelete, corev1.PersistentVolumeReclaimRecycle} {
		dir, err := os.MkdirTemp("/tmp", "kubetutor-precious")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		file := filepath.Join(dir, "thesis")
		if err := os.WriteFile(file, []byte("ten years"), 0o600); err != nil {
			t.Fatal(err)
		}
		name := strings.ToLower(string(policy))
		createVolume(t, client, name, dir, policy)
		createClaim(t, client, "default", name)
		awaitBound(t, client, "default", name)
		if err := client.CoreV1().PersistentVolumeClaims("default").Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		eventually(t, 10*time.Second, func() error { // the reclaimer has done its work
			pv, err := client.CoreV1().PersistentVolumes().Get(ctx, name, metav1.GetOptions{})
			if apierrors.IsNotFound(err) || err == nil && pv.Status.Phase == corev1.VolumeAvailable {
				return nil
			}
			return fmt.Errorf("the volume is %q: %s; %v", pv.Status.Phase, pv.Status.Message, err)
		})
		if data, err := os.ReadFile(file); err != nil || string(data) != "ten years" {
			t.Errorf("%s: the host's file is gone: %v", policy, err)
		}
	}
	pods, err := client.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
	if err != nil || len(pods.Items) != 0 {
		t.Errorf("a recycler pod: %v %v", pods.Items, err)
	}
}

// bait is a listener that nobody should connect to.
func bait(t *testing.T) (address string, caught *atomic.Int32) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	caught = new(atomic.Int32)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			caught.Add(1)
			conn.Close()
		}
	}()
	return l.Addr().String(), caught
}

// TestWebhooksReachNothing points webhooks at this machine, at the world and
// at a service.
func TestWebhooksReachNothing(t *testing.T) {
	_, client := use(t)
	ctx := context.Background()
	address, caught := bait(t)
	createService(t, client, "hook")
	service := &admissionv1.ServiceReference{Namespace: "default", Name: "hook"}
	for i, where := range []admissionv1.WebhookClientConfig{
		{URL: ptr("https://" + address)}, {URL: ptr("https://192.0.2.1/validate")}, {URL: ptr("https://example.com/")}, {Service: service},
	} {
		for _, policy := range []admissionv1.FailurePolicyType{admissionv1.Fail, admissionv1.Ignore} {
			hook := webhook(where, policy)
			hooks := client.AdmissionregistrationV1().ValidatingWebhookConfigurations()
			if _, err := hooks.Create(ctx, hook, metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
			name := fmt.Sprintf("x-%d-%s", i, strings.ToLower(string(policy)))
			if policy == admissionv1.Fail {
				expectRefused(t, client, name)
			} else if err := createSecret(client, name); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if err := hooks.Delete(ctx, hook.Name, metav1.DeleteOptions{}); err != nil {
				t.Fatal(err)
			}
			eventually(t, 5*time.Second, func() error { return createSecret(client, name+"-after") })
		}
	}
	if n := caught.Load(); n != 0 {
		t.Errorf("the API server connected %d times", n)
	}
}

// expectRefused waits for the webhook to take effect, then reads the message.
func expectRefused(t *testing.T, client clientset, name string) {
	t.Helper()
	eventually(t, 5*time.Second, func() error {
		err := createSecret(client, name)
		if err == nil {
			name += "x"
			return fmt.Errorf("a secret was admitted")
		}
		if !strings.Contains(err.Error(), "outside the lab") {
			return fmt.Errorf("an unclear message: %w", err)
		}
		return nil
	})
}

func createSecret(client clientset, name string) error {
	_, err := client.CoreV1().Secrets("default").Create(context.Background(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	return err
}

func webhook(where admissionv1.WebhookClientConfig, policy admissionv1.FailurePolicyType) *admissionv1.ValidatingWebhookConfiguration {
	none := admissionv1.SideEffectClassNone
	return &admissionv1.ValidatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: "hook"},
		Webhooks: []admissionv1.ValidatingWebhook{{Name: "hook.example.com", ClientConfig: where, FailurePolicy: &policy,
			SideEffects: &none, AdmissionReviewVersions: []string{"v1"}, TimeoutSeconds: ptr(int32(2)),
			Rules: []admissionv1.RuleWithOperations{{Operations: []admissionv1.OperationType{admissionv1.Create},
				Rule: admissionv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"secrets"}}}}}}}
}

// createService makes a service with an endpoint of the learner's choice, which
// may be any address but a loopback one.
func createService(t *testing.T, client clientset, name string) {
	t.Helper()
	ctx := context.Background()
	_, err := client.CoreV1().Services("default").Create(ctx, &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Name: "web", Port: 443}}}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.DiscoveryV1().EndpointSlices("default").Create(ctx, &discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Name: name + "-1", Labels: map[string]string{discoveryv1.LabelServiceName: name}},
		AddressType: discoveryv1.AddressTypeIPv4, Endpoints: []discoveryv1.Endpoint{{Addresses: []string{"192.0.2.1"}}},
		Ports: []discoveryv1.EndpointPort{{Name: ptr("web"), Port: ptr(int32(443))}}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

// TestAggregatedAPIReachesNothing registers an API behind a service, and asks
// the proxies to nodes, pods and services for addresses of this machine.
func TestAggregatedAPIReachesNothing(t *testing.T) {
	c, client := use(t)
	ctx := context.Background()
	address, caught := bait(t)
	host, port, _ := net.SplitHostPort(address)
	createService(t, client, "api")
	objects, err := dynamic.NewForConfig(c.Config(controlplane.LearnerUser))
	if err != nil {
		t.Fatal(err)
	}
	services := objects.Resource(schema.GroupVersionResource{Group: "apiregistration.k8s.io", Version: "v1", Resource: "apiservices"})
	_, err = services.Create(ctx, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": map[string]any{"name": "v1.example.com"},
		"spec": map[string]any{"group": "example.com", "version": "v1", "groupPriorityMinimum": int64(100), "versionPriority": int64(10),
			"insecureSkipTLSVerify": true, "service": map[string]any{"namespace": "default", "name": "api"}}}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, 10*time.Second, func() error {
		o, err := services.Get(ctx, "v1.example.com", metav1.GetOptions{})
		if err != nil {
			return err
		}
		if text := fmt.Sprint(o.Object["status"]); !strings.Contains(text, "outside the lab") {
			return fmt.Errorf("the status is %s", text)
		}
		return nil
	})
	addNode(t, client, host, port)
	for _, path := range []string{"/api/v1/nodes/n/proxy/", "/api/v1/nodes/n:" + port + "/proxy/", "/apis/example.com/v1/boats",
		"/api/v1/namespaces/default/services/https:api:443/proxy/"} {
		if _, err := client.CoreV1().RESTClient().Get().AbsPath(path).DoRaw(ctx); err == nil {
			t.Errorf("%s was answered", path)
		}
	}
	if n := caught.Load(); n != 0 {
		t.Errorf("the API server connected %d times", n)
	}
}

// addNode makes a node that says that it is this machine.
func addNode(t *testing.T, client clientset, host, port string) {
	t.Helper()
	ctx := context.Background()
	nodes := client.CoreV1().Nodes()
	if _, err := nodes.Create(ctx, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n"}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	// A patch: controllers write to a new node, too.
	status := fmt.Sprintf(`{"status":{"addresses":[{"type":"InternalIP","address":%q}],"daemonEndpoints":{"kubeletEndpoint":{"Port":%s}}}}`, host, port)
	if _, err := nodes.Patch(ctx, "n", types.StrategicMergePatchType, []byte(status), metav1.PatchOptions{}, "status"); err != nil {
		t.Fatal(err)
	}
}

// TestListeners looks at every TCP socket that this process listens on.
func TestListeners(t *testing.T) {
	c, _ := use(t)
	var own []string
	for _, file := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		own = append(own, listening(t, file)...)
	}
	if len(own) != 1 || !strings.HasSuffix(c.Server(), own[0]) {
		t.Errorf("this process listens on %v, the API server is %s", own, c.Server())
	}
}

// TestSocketsArePrivate: every unix socket is for its owner alone, and not only
// by its directory.
func TestSocketsArePrivate(t *testing.T) {
	use(t)
	sockets, err := filepath.Glob(filepath.Join(shared.dir, "s", "*.sock"))
	if err != nil || len(sockets) < 2 {
		t.Fatalf("the control plane has the sockets %v, %v", sockets, err)
	}
	for _, socket := range sockets {
		info, err := os.Stat(socket)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has the mode %o", socket, mode)
		}
	}
}

// TestHostFilesAreNotServed: /logs would show the machine's /var/log.
func TestHostFilesAreNotServed(t *testing.T) {
	_, client := use(t)
	if _, err := client.CoreV1().RESTClient().Get().AbsPath("/logs/").DoRaw(context.Background()); !apierrors.IsNotFound(err) {
		t.Errorf("GET /logs/: %v", err)
	}
}

func ptr[T any](v T) *T { return &v }
