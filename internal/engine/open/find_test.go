package open

import (
	"errors"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/fake"

	"kubetutor/internal/course"
)

func service(name string, kind corev1.ServiceType, ports ...corev1.ServicePort) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "shop"},
		Spec:       corev1.ServiceSpec{Type: kind, Ports: ports, ExternalName: map[bool]string{true: "shop.example"}[kind == corev1.ServiceTypeExternalName]},
	}
}

func balanced(s *corev1.Service, ip string) *corev1.Service {
	s.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: ip}}
	return s
}

func node(name, ip string, ready corev1.ConditionStatus) *corev1.Node {
	return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}, Status: corev1.NodeStatus{
		Addresses:  []corev1.NodeAddress{{Type: corev1.NodeHostName, Address: name}, {Type: corev1.NodeInternalIP, Address: ip}},
		Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: ready}},
	}}
}

func finder(t *testing.T) *Finder {
	t.Helper()
	http := corev1.ServicePort{Name: "http", Port: 80, NodePort: 30080}
	external := service("external", corev1.ServiceTypeClusterIP, http)
	external.Spec.ExternalIPs = []string{"172.30.0.99"}
	controller := balanced(service("controller", corev1.ServiceTypeLoadBalancer, http), "172.30.200.9")
	controller.Labels = map[string]string{"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller"}
	ingress := func(name string, ips ...string) *networkingv1.Ingress {
		i := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "shop"}}
		i.Spec.Rules = []networkingv1.IngressRule{{Host: name + ".example"}, {}}
		for _, ip := range ips {
			i.Status.LoadBalancer.Ingress = append(i.Status.LoadBalancer.Ingress, networkingv1.IngressLoadBalancerIngress{IP: ip})
		}
		return i
	}
	gateway := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": map[string]any{"name": "edge", "namespace": "shop"},
		"spec": map[string]any{"listeners": []any{
			map[string]any{"name": "web", "port": int64(8080), "hostname": "a.example"}, map[string]any{"name": "tls", "port": int64(443)},
		}},
		"status": map[string]any{"addresses": []any{map[string]any{"value": "172.30.200.7"}}},
	}}
	others := dynamicfake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{gateways(): "GatewayList"})
	if _, err := others.Resource(gateways()).Namespace("shop").Create(t.Context(), gateway, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	return &Finder{
		client: fake.NewClientset(
			service("inner", corev1.ServiceTypeClusterIP, corev1.ServicePort{Port: 80}), service("alias", corev1.ServiceTypeExternalName),
			service("port", corev1.ServiceTypeNodePort, http), service("pending", corev1.ServiceTypeLoadBalancer, http), external, controller,
			balanced(service("lb", corev1.ServiceTypeLoadBalancer, http, corev1.ServicePort{Name: "db", Port: 5432, NodePort: 30432}), "172.30.200.1"),
			service("dns", corev1.ServiceTypeNodePort, corev1.ServicePort{Port: 53, NodePort: 30053, Protocol: corev1.ProtocolUDP}),
			node("node1", "172.30.0.11", corev1.ConditionFalse), node("node2", "172.30.0.12", corev1.ConditionTrue),
			ingress("shop", "172.30.200.9"), ingress("new"),
		),
		dynamic: others,
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	f := finder(t)
	for text, want := range map[string]string{
		"svc/lb:http":      "172.30.200.1:80 LoadBalancer http",
		"svc/lb:5432":      "172.30.200.1:5432 LoadBalancer ",
		"svc/port":         "172.30.0.12:30080 NodePort node2 http",
		"svc/pending":      "172.30.0.12:30080 NodePort node2 http",
		"svc/external":     "172.30.0.99:80 ExternalIP http",
		"node/node1:30080": "172.30.0.11:30080 Node node1 http",
		"ingress":          "172.30.200.9:80 Ingress http new.example shop.example",
		"ingress:443":      "172.30.200.9:443 Ingress https new.example shop.example",
		"ingress/shop":     "172.30.200.9:80 Ingress http shop.example",
		"gateway/edge":     "172.30.200.7:8080 Gateway http a.example",
		"gateway/edge:tls": "172.30.200.7:443 Gateway https a.example",
	} {
		target, err := course.ParseTarget(text)
		if err != nil {
			t.Fatal(err)
		}
		p, err := f.Find(t.Context(), target, "shop")
		slices.Sort(p.Hosts)
		words := append([]string{p.To.String(), string(p.Via)}, slices.DeleteFunc([]string{p.Node}, func(s string) bool { return s == "" })...)
		if got := strings.Join(append(append(words, p.Web), p.Hosts...), " "); err != nil || got != want {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
}

func TestNoWay(t *testing.T) {
	t.Parallel()
	f := finder(t)
	for text, want := range map[string]string{
		"svc/none":      "there is no Service none in the namespace shop",
		"svc/inner":     "the Service inner has the type ClusterIP",
		"svc/alias":     "is another name for shop.example",
		"svc/lb":        "which port of the Service lb? It has 80, 5432",
		"svc/lb:81":     "which port of the Service lb?",
		"svc/dns":       "is one of UDP",
		"node/none:80":  "there is no Node none",
		"node/node1:no": `"no" is no port of a node`,
		"ingress/none":  "there is no Ingress none",
		"ingress/new":   "the Ingress new has no address",
		"gateway/none":  "there is no Gateway none",
	} {
		target, err := course.ParseTarget(text)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.Find(t.Context(), target, "shop")
		var no *NoWay
		if !errors.As(err, &no) || !strings.Contains(no.Why.EN, want) || no.Why.ZH == "" {
			t.Errorf("%s: %v", text, err)
		}
	}
	empty := &Finder{client: fake.NewClientset()}
	var no *NoWay
	if _, err := empty.Find(t.Context(), course.Target{Kind: course.TargetIngress}, "shop"); !errors.As(err, &no) {
		t.Errorf("without a controller: %v", err)
	}
}

func TestWebOf(t *testing.T) {
	t.Parallel()
	h2c, tcp := "kubernetes.io/h2c", "tcp"
	for _, tc := range []struct {
		name     string
		protocol *string
		port     int
		want     string
	}{
		{"", nil, 80, "http"}, {"http", nil, 9000, "http"}, {"https-api", nil, 9443, "https"}, {"", nil, 443, "https"},
		{"", nil, 5432, ""}, {"redis", nil, 6380, ""}, {"", &h2c, 9000, "http"}, {"http", &tcp, 80, ""}, {"", nil, 8080, "http"},
	} {
		if got := webOf(tc.name, tc.protocol, tc.port); got != tc.want {
			t.Errorf("%s %v %d: %q", tc.name, tc.protocol, tc.port, got)
		}
	}
}
