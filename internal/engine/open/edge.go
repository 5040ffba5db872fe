package open

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// controllerLabels are those by which upstream's manifest of ingress-nginx names
// the controller's Service.
const controllerLabels = "app.kubernetes.io/name=ingress-nginx,app.kubernetes.io/component=controller"

const (
	httpPort  = "80"
	httpsPort = "443"
)

// ingress finds what an Ingress is served by; without a name, the controller.
func (f *Finder) ingress(ctx context.Context, target course.Target, namespace string) (Place, error) {
	if target.Name == "" {
		return f.controller(ctx, target, namespace)
	}
	ingress, err := f.client.NetworkingV1().Ingresses(namespace).Get(ctx, target.Name, metav1.GetOptions{})
	if err != nil {
		return Place{}, missing("Ingress", namespace, target.Name, err)
	}
	for _, at := range ingress.Status.LoadBalancer.Ingress {
		if ip, err := netip.ParseAddr(at.IP); err == nil {
			return served(ip, target.Port, protocol.DoorIngress, hostsOf(*ingress))
		}
	}
	return Place{}, noAddress("Ingress", target.Name)
}

// controller finds the address of the controller itself; the hosts are those of all
// Ingresses of the namespace.
func (f *Finder) controller(ctx context.Context, target course.Target, namespace string) (Place, error) {
	services, err := f.client.CoreV1().Services(metav1.NamespaceAll).List(ctx, metav1.ListOptions{LabelSelector: controllerLabels})
	if err != nil {
		return Place{}, fmt.Errorf("finding the Ingress controller: %w", err)
	}
	ingresses, err := f.client.NetworkingV1().Ingresses(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return Place{}, fmt.Errorf("finding Ingresses: %w", err)
	}
	for _, service := range services.Items {
		if ip, ok := address(&service); ok {
			return served(ip, target.Port, protocol.DoorIngress, hostsOf(ingresses.Items...))
		}
	}
	if i := slices.IndexFunc(services.Items, isLoadBalancer); i >= 0 {
		return Place{}, noAddress("Service", services.Items[i].Name)
	}
	return Place{}, &NoWay{protocol.CodeConflict, course.Text{
		EN: "this cluster has no Ingress controller with an address", ZH: "这个集群没有带地址的 Ingress 控制器",
	}, course.Text{EN: "labs that are about Ingress bring one along", ZH: "与 Ingress 有关的实验会自带一个"}}
}

func isLoadBalancer(s corev1.Service) bool { return s.Spec.Type == corev1.ServiceTypeLoadBalancer }

// served is a place that web servers are at, by default the one without TLS.
func served(ip netip.Addr, port string, via protocol.DoorWay, hosts []string) (Place, error) {
	port = cmp.Or(port, httpPort)
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return Place{}, &NoWay{protocol.CodeInvalid, course.Text{EN: fmt.Sprintf("%q is no port", port), ZH: fmt.Sprintf("%q 不是端口", port)}, course.Text{}}
	}
	web := "http"
	if port == httpsPort {
		web = "https"
	}
	return Place{To: netip.AddrPortFrom(ip, uint16(number)), Via: via, Hosts: hosts, Web: web}, nil
}

// hostsOf are the hosts that rules name, in their order.
func hostsOf(ingresses ...networkingv1.Ingress) (hosts []string) {
	for _, ingress := range ingresses {
		for _, rule := range ingress.Spec.Rules {
			if rule.Host != "" && !slices.Contains(hosts, rule.Host) {
				hosts = append(hosts, rule.Host)
			}
		}
	}
	return hosts
}

// gateways are the Gateways of the Gateway API.
func gateways() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "gateway.networking.k8s.io", Version: "v1", Resource: "gateways"}
}

func (f *Finder) gateway(ctx context.Context, target course.Target, namespace string) (Place, error) {
	gateway, err := f.dynamic.Resource(gateways()).Namespace(namespace).Get(ctx, target.Name, metav1.GetOptions{})
	if err != nil {
		return Place{}, missing("Gateway", namespace, target.Name, err)
	}
	listeners := each(gateway, "spec", "listeners")
	port := target.Port
	var hosts []string
	for _, l := range listeners {
		number, _ := l["port"].(int64)
		if name, _ := l["name"].(string); target.Port == "" && port == "" || target.Port == name {
			port = strconv.FormatInt(number, 10)
		}
		if host, _ := l["hostname"].(string); host != "" {
			hosts = append(hosts, host)
		}
	}
	for _, at := range each(gateway, "status", "addresses") {
		value, _ := at["value"].(string)
		if ip, err := netip.ParseAddr(value); err == nil {
			return served(ip, port, protocol.DoorGateway, hosts)
		}
	}
	return Place{}, noAddress("Gateway", target.Name)
}

// each lists the objects in a list.
func each(o *unstructured.Unstructured, fields ...string) (all []map[string]any) {
	list, _, _ := unstructured.NestedSlice(o.Object, fields...)
	for _, item := range list {
		if m, ok := item.(map[string]any); ok {
			all = append(all, m)
		}
	}
	return all
}
