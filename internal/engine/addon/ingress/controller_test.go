package ingress

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/fake"

	"kubetutor/internal/engine/addon/incluster"
	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/engine/kernel"
	"kubetutor/internal/engine/transcript"
)

// miniature is a controller in a container, with an API that is not a server's.
type miniature struct {
	t          *testing.T
	client     *fake.Clientset
	fabric     *fabric.Fabric
	container  *kernel.Container
	process    *kernel.Process
	controller chan *controller
	log        transcript.Buffer
}

const patience = 20 * time.Second

// start starts a controller with these flags, in a cluster with these objects.
func start(t *testing.T, args []string, objects ...runtime.Object) *miniature {
	t.Helper()
	labels := map[string]string{"app": "controller"}
	objects = append(objects, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "ingress-nginx", Name: "c-1", Labels: labels}},
		&networkingv1.IngressClass{ObjectMeta: metav1.ObjectMeta{Name: "nginx"}, Spec: networkingv1.IngressClassSpec{Controller: "k8s.io/ingress-nginx"}},
		&networkingv1.IngressClass{ObjectMeta: metav1.ObjectMeta{Name: "other"}, Spec: networkingv1.IngressClassSpec{Controller: "example.com/other"}},
		&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "ingress-nginx", Name: "settings"}},
		&corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "ingress-nginx", Name: "front"}, Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeLoadBalancer},
			Status: corev1.ServiceStatus{LoadBalancer: corev1.LoadBalancerStatus{Ingress: []corev1.LoadBalancerIngress{{IP: "172.30.200.1"}}}}})
	m := &miniature{t: t, client: fake.NewClientset(objects...), fabric: fabric.New(), controller: make(chan *controller, 1)}
	n, err := m.fabric.Attach("ingress-nginx/c-1", netip.MustParseAddr("10.244.1.2"))
	if err != nil {
		t.Fatal(err)
	}
	tree := kernel.NewTree()
	tree.File("/c", kernel.Executable("c"), 0o755, 0, 0)
	tree.Mkdir("/etc/nginx", 0o755, 0, 0)
	tree.Mkdir("/tmp/nginx", 0o777, 0, 0)
	m.container, err = kernel.New(kernel.Config{Image: tree, Net: n, Programs: kernel.Programs{"c": m.run}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.container.Close(); n.Close() })
	args = append([]string{"/c", "--configmap=ingress-nginx/settings", "--publish-service=ingress-nginx/front", "--disable-leader-election",
		"--post-shutdown-grace-period=0"}, args...)
	m.process, err = m.container.Start(kernel.Spec{Args: args, Env: []string{"POD_NAME=c-1", "POD_NAMESPACE=ingress-nginx"}, Stdout: &m.log, Stderr: &m.log})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// run is the program, with the client of the test.
func (m *miniature) run(ctx context.Context, p *kernel.Process) int {
	f, err := parseFlags(p.Args()[1:], p.Stderr())
	if err != nil {
		return exitUsage
	}
	certificate, err := fakeCertificate()
	if err != nil {
		return exitFatal
	}
	c, err := newController(ctx, p, f, journal{Logger: incluster.Log(p, f.verbosity), to: p.Stderr(), pid: p.PID()}, m.client, certificate)
	if err != nil {
		m.log.Write([]byte(err.Error()))
		return exitFatal
	}
	m.controller <- c
	return c.run(ctx)
}

func (m *miniature) eventually(what string, holds func() bool) {
	m.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if holds() {
			return
		}
	}
	m.t.Fatalf("not within %v: %s\n%s", patience, what, m.log.String())
}

// get asks a port of the controller.
func (m *miniature) get(port, host, path string) (int, string) {
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return m.fabric.Dial(ctx, "", netip.MustParseAddrPort("10.244.1.2:"+port))
	}}}
	resp, err := client.Get("http://" + host + path)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body)
}

// backend makes a Service with a pod that says who it is.
func (m *miniature) backend(name, ip string) []runtime.Object {
	m.t.Helper()
	n, err := m.fabric.Attach("shop/"+name, netip.MustParseAddr(ip))
	if err != nil {
		m.t.Fatal(err)
	}
	l, err := n.Listen("tcp", ":80")
	if err != nil {
		m.t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, name) })}
	go server.Serve(l)
	m.t.Cleanup(func() { server.Close(); n.Close() })
	port, protocol, portName := int32(80), corev1.ProtocolTCP, ""
	return []runtime.Object{&corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name},
		Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromInt32(80)}}}},
		&discoveryv1.EndpointSlice{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name + "-x", Labels: map[string]string{discoveryv1.LabelServiceName: name}},
			Ports: []discoveryv1.EndpointPort{{Name: &portName, Port: &port, Protocol: &protocol}}, Endpoints: []discoveryv1.Endpoint{{Addresses: []string{ip}}}}}
}

func ingressOf(name, class, host, path, service string, annotations map[string]string) *networkingv1.Ingress {
	kind := networkingv1.PathTypePrefix
	ing := &networkingv1.Ingress{TypeMeta: metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "Ingress"},
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Annotations: map[string]string{}}}
	for key, value := range annotations {
		ing.Annotations["nginx.ingress.kubernetes.io/"+key] = value
	}
	if class != "" {
		ing.Spec.IngressClassName = &class
	}
	ing.Spec.Rules = []networkingv1.IngressRule{{Host: host,
		IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{Paths: []networkingv1.HTTPIngressPath{{Path: path, PathType: &kind,
			Backend: networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: service, Port: networkingv1.ServiceBackendPort{Number: 80}}}}}}}}}
	return ing
}

func (m *miniature) create(objects ...runtime.Object) {
	m.t.Helper()
	for _, o := range objects {
		if err := m.client.Tracker().Add(o); err != nil {
			m.t.Fatal(err)
		}
	}
}

func TestFollowsTheAPI(t *testing.T) {
	t.Parallel()
	m := start(t, nil)
	m.eventually("a healthy controller", func() bool { status, _ := m.get("10254", "c", "/healthz"); return status == http.StatusOK })
	if status, body := m.get("80", "shop.example.com", "/"); status != http.StatusNotFound || !strings.Contains(body, "<center>nginx</center>") {
		t.Errorf("without an Ingress: %d %s", status, body)
	}
	m.create(m.backend("web", "10.244.1.3")...)
	m.create(ingressOf("shop", "nginx", "shop.example.com", "/", "web", nil), ingressOf("foreign", "other", "foreign.example.com", "/", "web", nil),
		ingressOf("none", "", "none.example.com", "/", "web", nil))
	m.eventually("the Ingress to be served", func() bool { _, body := m.get("80", "shop.example.com", "/"); return body == "web" })
	for _, host := range []string{"foreign.example.com", "none.example.com"} {
		if status, _ := m.get("80", host, "/"); status != http.StatusNotFound {
			t.Errorf("%s is served: %d", host, status)
		}
	}
	m.eventually("the status", func() bool {
		ing, err := m.client.NetworkingV1().Ingresses("shop").Get(t.Context(), "shop", metav1.GetOptions{})
		return err == nil && len(ing.Status.LoadBalancer.Ingress) == 1 && ing.Status.LoadBalancer.Ingress[0].IP == "172.30.200.1"
	})
	text, err := m.container.FS().ReadFile(confFile)
	if err != nil || !strings.Contains(string(text), `server_name "shop.example.com"`) {
		t.Errorf("nginx.conf: %v", err)
	}
	// A path that is no expression is refused by nginx's own test: what was served stays.
	m.create(ingressOf("broken", "nginx", "shop.example.com", "/[", "web", map[string]string{"use-regex": "true"}))
	m.eventually("the failure in the log", func() bool { return strings.Contains(m.log.String(), "pcre2_compile() failed: missing closing ]") })
	if _, body := m.get("80", "shop.example.com", "/"); body != "web" {
		t.Errorf("after the failure: %s", body)
	}
	if err := m.client.NetworkingV1().Ingresses("shop").Delete(t.Context(), "broken", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := m.client.NetworkingV1().Ingresses("shop").Delete(t.Context(), "shop", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	m.eventually("the Ingress to be gone", func() bool { status, _ := m.get("80", "shop.example.com", "/"); return status == http.StatusNotFound })
	if err := m.process.Signal(kernel.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if status, err := m.process.Wait(t.Context()); err != nil || status.ExitCode() != 0 {
		t.Errorf("it ends with %v %v\n%s", status, err, m.log.String())
	}
	for _, want := range []string{"Received SIGTERM, shutting down", "Handled quit, delaying controller exit for 0 seconds",
		`"Found valid IngressClass" ingress="shop/shop" ingressclass="nginx"`, "Scheduled for sync"} {
		if !strings.Contains(m.log.String(), want) {
			t.Errorf("the log has no %q", want)
		}
	}
}

// review asks the webhook about an Ingress.
func review(t *testing.T, c *controller, ing *networkingv1.Ingress) *admissionv1.AdmissionResponse {
	t.Helper()
	raw, err := json.Marshal(ing)
	if err != nil {
		t.Fatal(err)
	}
	response, err := c.answer(&admissionv1.AdmissionRequest{UID: "1", Namespace: ing.Namespace, Name: ing.Name,
		Kind: metav1.GroupVersionKind{Group: "networking.k8s.io", Version: "v1", Kind: "Ingress"}, Object: runtime.RawExtension{Raw: raw}})
	if err != nil {
		t.Fatal(err)
	}
	return response
}

func TestReviews(t *testing.T) {
	t.Parallel()
	m := start(t, nil, ingressOf("first", "nginx", "shop.example.com", "/", "web", nil))
	c := <-m.controller
	m.eventually("the first Ingress to be known", func() bool { return len(c.store.list()) == 1 })
	type annotations = map[string]string
	for _, tc := range []struct {
		name, class, path string
		annotations       annotations
		want              string
	}{
		{"good", "nginx", "/other", nil, ""}, {"first", "nginx", "/", nil, ""}, {"foreign", "other", "/", nil, ""}, {"canary", "nginx", "/",
			annotations{"canary": "true"}, ""},
		{"twice", "nginx", "/", nil, `host "shop.example.com" and path "/" is already defined in ingress shop/first`},
		{"regex", "nginx", "/a(.*)", nil, "ingress contains invalid paths: path /a(.*) cannot be used with pathType Prefix"},
		{"snippet", "nginx", "/x", annotations{"server-snippet": "x"},
			"nginx.ingress.kubernetes.io/server-snippet annotation cannot be used. Snippet directives are disabled by the Ingress administrator"},
		{"value", "nginx", "/x", annotations{"limit-rpm": "x"}, "annotation nginx.ingress.kubernetes.io/limit-rpm contains invalid value"},
		{"inject", "nginx", "/etc/passwd", nil, "invalid object: invalid rule in ingress shop/inject: invalid http path: invalid value found: /etc/passwd"},
	} {
		response := review(t, c, ingressOf(tc.name, tc.class, "shop.example.com", tc.path, "web", tc.annotations))
		got := ""
		if !response.Allowed {
			got = response.Result.Message
		}
		if got != tc.want || response.UID != "1" {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
	if response := review(t, c, ingressOf("warned", "other", "h", "/a(.*)", "web",
		nil)); len(response.Warnings) != 1 || response.Warnings[0] != "path /a(.*) cannot be used with pathType Prefix" {
		t.Errorf("warnings: %q", response.Warnings)
	}
	if _, err := c.answer(&admissionv1.AdmissionRequest{Kind: metav1.GroupVersionKind{Kind: "Pod"}}); err == nil {
		t.Error("a Pod is reviewed")
	}
}

func TestClasses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name        string
		args        []string
		class, note string
		want        bool
	}{
		{"by its name", nil, "nginx", "", true}, {"another's", nil, "other", "", false}, {"nobody's", nil, "missing", "", false}, {"none", nil, "", "", false},
		{"by the annotation", nil, "", "nginx", true}, {"by another annotation", nil, "", "other", false}, {"by the flag's annotation",
			[]string{"--ingress-class=edge"}, "", "edge", true},
		{"without any", []string{"--watch-ingress-without-class"}, "", "", true}, {"of another controller",
			[]string{"--controller-class=example.com/other"}, "other", "", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			ing := ingressOf("i", tc.class, "h", "/", "web", nil)
			if tc.note != "" {
				ing.Annotations["kubernetes.io/ingress.class"] = tc.note
			}
			m := start(t, tc.args, ing)
			c := <-m.controller
			m.eventually("the controller to be ready", c.ready.Load)
			if got := len(c.store.list()) == 1; got != tc.want {
				t.Errorf("it is served: %v\n%s", got, m.log.String())
			}
		})
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"--election-id=x --controller-class=a --enable-metrics=false --watch-ingress-without-class --v=3 --sync-rate-limit=1 --default-backend-service=a/b": "",
		"--no-such-flag": "unknown flag: --no-such-flag", "--http-port=x": "invalid argument \"x\" for \"--http-port\" flag",
		"--publish-service=a/b --publish-status-address=1.2.3.4": "flags --publish-service and --publish-status-address are mutually exclusive",
		"--watch-namespace=a --watch-namespace-selector=b=c":     "flags --watch-namespace and --watch-namespace-selector are mutually exclusive",
		"--watch-namespace-selector=!!":                          "failed to parse --watch-namespace-selector=!!",
	} {
		var said bytes.Buffer
		_, err := parseFlags(strings.Fields(text), &said)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
