package metrics

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	apiregistrationv1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	aggregator "k8s.io/kube-aggregator/pkg/client/clientset_generated/clientset"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"
	"k8s.io/utils/ptr"
)

// The names of upstream's manifest.
const (
	namespace   = metav1.NamespaceSystem
	serviceName = "metrics-server"
	portName    = "https"
	servicePort = 443
	apiName     = "v1beta1." + metricsv1beta1.GroupName
	readerName  = "system:aggregated-metrics-reader"
)

// createObjects creates what upstream's manifest does, less what runs it: a Service
// without Pods, the APIService behind it, and the right to read metrics for
// everybody who may view a namespace.
func createObjects(ctx context.Context, config *rest.Config) error {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	registry, err := aggregator.NewForConfig(config)
	if err != nil {
		return err
	}
	_, e1 := client.CoreV1().Services(namespace).Create(ctx, service(), metav1.CreateOptions{})
	_, e2 := client.DiscoveryV1().EndpointSlices(namespace).Create(ctx, endpoints(), metav1.CreateOptions{})
	_, e3 := client.RbacV1().ClusterRoles().Create(ctx, reader(), metav1.CreateOptions{})
	_, e4 := registry.ApiregistrationV1().APIServices().Create(ctx, apiService(), metav1.CreateOptions{})
	for _, err := range []error{e1, e2, e3, e4} {
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("registering metrics-server: %w", err)
		}
	}
	return nil
}

func meta(name string, labels map[string]string) metav1.ObjectMeta {
	all := map[string]string{"k8s-app": serviceName}
	for k, v := range labels {
		all[k] = v
	}
	return metav1.ObjectMeta{Name: name, Labels: all}
}

func service() *corev1.Service {
	return &corev1.Service{
		ObjectMeta: meta(serviceName, nil),
		Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{
			Name: portName, Port: servicePort, Protocol: corev1.ProtocolTCP, TargetPort: intstr.FromInt32(port), AppProtocol: ptr.To(portName),
		}}},
	}
}

func endpoints() *discoveryv1.EndpointSlice {
	return &discoveryv1.EndpointSlice{
		ObjectMeta:  meta(serviceName, map[string]string{discoveryv1.LabelServiceName: serviceName}),
		AddressType: discoveryv1.AddressTypeIPv4,
		Endpoints:   []discoveryv1.Endpoint{{Addresses: []string{address}, Conditions: discoveryv1.EndpointConditions{Ready: ptr.To(true)}}},
		Ports:       []discoveryv1.EndpointPort{{Name: ptr.To(portName), Port: ptr.To[int32](port), Protocol: ptr.To(corev1.ProtocolTCP)}},
	}
}

func apiService() *apiregistrationv1.APIService {
	return &apiregistrationv1.APIService{
		ObjectMeta: meta(apiName, nil),
		Spec: apiregistrationv1.APIServiceSpec{
			Group: metricsv1beta1.GroupName, Version: "v1beta1",
			Service:               &apiregistrationv1.ServiceReference{Namespace: namespace, Name: serviceName, Port: ptr.To[int32](servicePort)},
			InsecureSkipTLSVerify: true, GroupPriorityMinimum: 100, VersionPriority: 100,
		},
	}
}

func reader() *rbacv1.ClusterRole {
	const aggregate = "rbac.authorization.k8s.io/aggregate-to-"
	return &rbacv1.ClusterRole{
		ObjectMeta: meta(readerName, map[string]string{aggregate + "admin": "true", aggregate + "edit": "true", aggregate + "view": "true"}),
		Rules:      []rbacv1.PolicyRule{{APIGroups: []string{metricsv1beta1.GroupName}, Resources: []string{"pods", "nodes"}, Verbs: []string{"get", "list", "watch"}}},
	}
}
