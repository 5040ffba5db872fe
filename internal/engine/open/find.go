package open

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// Place is where a target is reached from outside.
type Place struct {
	To    netip.AddrPort
	Via   protocol.DoorWay
	Node  string   // whose port it is, for a node port
	Hosts []string // by which an Ingress or a Gateway tells requests apart
	Web   string   // "http", "https", or "" for what is no web server
}

// NoWay says why nothing outside of the cluster reaches a target, and what would
// help.
type NoWay struct {
	Code protocol.Code
	Why  course.Text
	Hint course.Text
}

// Error implements error.
func (n *NoWay) Error() string { return n.Why.EN }

// Finder finds targets in a cluster.
type Finder struct {
	client  kubernetes.Interface
	dynamic dynamic.Interface
}

// NewFinder returns a finder that asks as the user of config.
func NewFinder(config *rest.Config) (*Finder, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making a client to find targets: %w", err)
	}
	other, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making a client to find targets: %w", err)
	}
	return &Finder{client, other}, nil
}

// Find finds a target; that it cannot be reached from outside is a NoWay.
func (f *Finder) Find(ctx context.Context, target course.Target, namespace string) (Place, error) {
	switch target.Kind {
	case course.TargetNode:
		return f.node(ctx, target)
	case course.TargetIngress:
		return f.ingress(ctx, target, namespace)
	case course.TargetGateway:
		return f.gateway(ctx, target, namespace)
	}
	return f.service(ctx, target, namespace)
}

func (f *Finder) service(ctx context.Context, target course.Target, namespace string) (Place, error) {
	service, err := f.client.CoreV1().Services(namespace).Get(ctx, target.Name, metav1.GetOptions{})
	if err != nil {
		return Place{}, missing("Service", namespace, target.Name, err)
	}
	port, err := portOf(service, target.Port)
	if err != nil {
		return Place{}, err
	}
	p := Place{Web: webOf(port.Name, port.AppProtocol, int(port.Port))}
	if ip, ok := address(service); ok {
		p.To, p.Via = netip.AddrPortFrom(ip, uint16(port.Port)), protocol.DoorLoadBalancer
		return p, nil
	}
	for _, external := range service.Spec.ExternalIPs {
		if ip, err := netip.ParseAddr(external); err == nil {
			p.To, p.Via = netip.AddrPortFrom(ip, uint16(port.Port)), protocol.DoorExternalIP
			return p, nil
		}
	}
	if port.NodePort == 0 {
		return Place{}, inside(service, port)
	}
	node, ip, err := f.anyNode(ctx)
	p.To, p.Via, p.Node = netip.AddrPortFrom(ip, uint16(port.NodePort)), protocol.DoorNodePort, node
	return p, err
}

// address is that of a Service's load balancer, if it has one.
func address(service *corev1.Service) (netip.Addr, bool) {
	for _, at := range service.Status.LoadBalancer.Ingress {
		if ip, err := netip.ParseAddr(at.IP); err == nil {
			return ip, true
		}
	}
	return netip.Addr{}, false
}

// inside says that a Service is for the cluster only.
func inside(service *corev1.Service, port corev1.ServicePort) error {
	if service.Spec.Type == corev1.ServiceTypeExternalName {
		return &NoWay{protocol.CodeConflict, course.Text{
			EN: fmt.Sprintf("the Service %s is another name for %s: it has no address to connect to", service.Name, service.Spec.ExternalName),
			ZH: fmt.Sprintf("Service %s 只是 %s 的别名，没有可以连接的地址", service.Name, service.Spec.ExternalName),
		}, course.Text{}}
	}
	return &NoWay{protocol.CodeConflict, course.Text{
		EN: fmt.Sprintf("the Service %s has the type ClusterIP: no machine outside of a cluster reaches it", service.Name),
		ZH: fmt.Sprintf("Service %s 的类型是 ClusterIP：集群外的机器无法访问它", service.Name),
	}, throughTheServer(service, port)}
}

func throughTheServer(service *corev1.Service, port corev1.ServicePort) course.Text {
	command := fmt.Sprintf("kubectl port-forward -n %s svc/%s 8080:%d", service.Namespace, service.Name, port.Port)
	return course.Text{
		EN: fmt.Sprintf("`%s` in the console leads there by way of the API server; the types NodePort and LoadBalancer are for clients outside", command),
		ZH: fmt.Sprintf("在控制台中运行 `%s`，可以经由 API 服务器访问；NodePort 和 LoadBalancer 类型才面向集群外的客户端", command),
	}
}

// portOf chooses a port by number or name; without either there must be no choice.
func portOf(service *corev1.Service, wanted string) (corev1.ServicePort, error) {
	var names []string
	for _, port := range service.Spec.Ports {
		number := strconv.Itoa(int(port.Port))
		if wanted == number || wanted != "" && wanted == port.Name || wanted == "" && len(service.Spec.Ports) == 1 {
			return port, onlyTCP(service, port)
		}
		names = append(names, number)
	}
	if len(names) == 0 {
		return corev1.ServicePort{}, inside(service, corev1.ServicePort{})
	}
	list := strings.Join(names, ", ")
	return corev1.ServicePort{}, &NoWay{protocol.CodeInvalid, course.Text{
		EN: fmt.Sprintf("which port of the Service %s? It has %s", service.Name, list),
		ZH: fmt.Sprintf("Service %s 的哪个端口？它有 %s", service.Name, list),
	}, course.Text{EN: fmt.Sprintf("write svc/%s:%s", service.Name, names[0]), ZH: fmt.Sprintf("写成 svc/%s:%s", service.Name, names[0])}}
}

func onlyTCP(service *corev1.Service, port corev1.ServicePort) error {
	if port.Protocol == corev1.ProtocolTCP || port.Protocol == "" {
		return nil
	}
	return &NoWay{protocol.CodeUnsupported, course.Text{
		EN: fmt.Sprintf("the port %d of the Service %s is one of %s; only TCP can be opened", port.Port, service.Name, port.Protocol),
		ZH: fmt.Sprintf("Service %s 的端口 %d 使用 %s；只能打开 TCP 端口", service.Name, port.Port, port.Protocol),
	}, course.Text{}}
}

func (f *Finder) node(ctx context.Context, target course.Target) (Place, error) {
	port, err := strconv.ParseUint(target.Port, 10, 16)
	if err != nil || port == 0 {
		return Place{}, &NoWay{protocol.CodeInvalid, course.Text{
			EN: fmt.Sprintf("%q is no port of a node", target.Port), ZH: fmt.Sprintf("%q 不是节点的端口", target.Port),
		}, course.Text{EN: "write node/NAME:PORT", ZH: "写成 node/NAME:PORT"}}
	}
	node, err := f.client.CoreV1().Nodes().Get(ctx, target.Name, metav1.GetOptions{})
	if err != nil {
		return Place{}, missing("Node", "", target.Name, err)
	}
	ip, ok := nodeIP(node)
	if !ok {
		return Place{}, noAddress("Node", target.Name)
	}
	return Place{To: netip.AddrPortFrom(ip, uint16(port)), Via: protocol.DoorNode, Node: node.Name, Web: webOf("", nil, int(port))}, nil
}

// anyNode is a node whose ports answer: the first that is ready.
func (f *Finder) anyNode(ctx context.Context) (string, netip.Addr, error) {
	list, err := f.client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return "", netip.Addr{}, fmt.Errorf("finding a node: %w", err)
	}
	slices.SortFunc(list.Items, func(a, b corev1.Node) int { return strings.Compare(a.Name, b.Name) })
	for _, node := range list.Items {
		if ip, ok := nodeIP(&node); ok && isReady(&node) {
			return node.Name, ip, nil
		}
	}
	return "", netip.Addr{}, &NoWay{protocol.CodeConflict, course.Text{EN: "no node is ready", ZH: "没有就绪的节点"}, course.Text{EN: "`kubetutor node list` tells how they are", ZH: "`kubetutor node list` 显示它们的状态"}}
}

func nodeIP(node *corev1.Node) (netip.Addr, bool) {
	for _, at := range node.Status.Addresses {
		if ip, err := netip.ParseAddr(at.Address); err == nil && at.Type == corev1.NodeInternalIP {
			return ip, true
		}
	}
	return netip.Addr{}, false
}

func isReady(node *corev1.Node) bool {
	return slices.ContainsFunc(node.Status.Conditions, func(c corev1.NodeCondition) bool {
		return c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue
	})
}

// missing says that there is no such object, or why it could not be read.
func missing(kind, namespace, name string, err error) error {
	if !apierrors.IsNotFound(err) {
		return fmt.Errorf("reading %s %s: %w", kind, name, err)
	}
	text := course.Text{EN: fmt.Sprintf("there is no %s %s", kind, name), ZH: fmt.Sprintf("没有名为 %[2]s 的 %[1]s", kind, name)}
	if namespace != "" {
		text = course.Text{
			EN: fmt.Sprintf("there is no %s %s in the namespace %s", kind, name, namespace),
			ZH: fmt.Sprintf("命名空间 %[3]s 中没有名为 %[2]s 的 %[1]s", kind, name, namespace),
		}
	}
	return &NoWay{protocol.CodeNotFound, text, course.Text{}}
}

// noAddress says that nobody has given an object an address.
func noAddress(kind, name string) error {
	return &NoWay{protocol.CodeConflict, course.Text{
		EN: fmt.Sprintf("the %s %s has no address: no controller has taken it up yet", kind, name),
		ZH: fmt.Sprintf("%s %s 还没有地址：没有控制器接管它", kind, name),
	}, course.Text{}}
}

// webOf guesses whether a browser has something to see: by the protocol that a port
// names, then by numbers that everybody uses.
func webOf(name string, protocol *string, port int) string {
	said := strings.ToLower(name)
	if protocol != nil {
		said = strings.ToLower(*protocol)
	}
	switch {
	case strings.HasPrefix(said, "https"), said == "kubernetes.io/wss", port == 443, port == 8443:
		return "https"
	case strings.HasPrefix(said, "http"), strings.HasPrefix(said, "web"), strings.HasPrefix(said, "kubernetes.io/"):
		return "http"
	}
	others := []int{22, 25, 53, 2379, 3306, 5432, 5672, 6379, 9092, 11211, 27017}
	if slices.Contains(others, port) || said != "" {
		return ""
	}
	return "http"
}

// hostPort writes an address as a URL has it.
func hostPort(ip string, port int) string { return net.JoinHostPort(ip, strconv.Itoa(port)) }
