package network

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	discoverylisters "k8s.io/client-go/listers/discovery/v1"
	networkinglisters "k8s.io/client-go/listers/networking/v1"
	"k8s.io/client-go/tools/cache"
)

// objects are what the API says of the network, kept up to date and shared by all
// of this package. What comes out of the listers is read only.
type objects struct {
	factory informers.SharedInformerFactory

	pods       corelisters.PodLister // trimmed: see trim
	namespaces corelisters.NamespaceLister
	services   corelisters.ServiceLister
	nodes      corelisters.NodeLister
	slices     discoverylisters.EndpointSliceLister
	policies   networkinglisters.NetworkPolicyLister
	ingresses  networkinglisters.IngressLister

	// all are the informers behind the listers, by the kind of their objects.
	all map[string]cache.SharedIndexInformer
}

// The kinds of objects that are followed.
const (
	kindPod           = "Pod"
	kindNamespace     = "Namespace"
	kindService       = "Service"
	kindNode          = "Node"
	kindEndpointSlice = "EndpointSlice"
	kindNetworkPolicy = "NetworkPolicy"
	kindIngress       = "Ingress"
)

func newObjects(client kubernetes.Interface) *objects {
	f := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithTransform(trim))
	core, networking, discovery := f.Core().V1(), f.Networking().V1(), f.Discovery().V1()
	return &objects{
		factory: f,
		pods:    core.Pods().Lister(), namespaces: core.Namespaces().Lister(), services: core.Services().Lister(), nodes: core.Nodes().Lister(),
		slices: discovery.EndpointSlices().Lister(), policies: networking.NetworkPolicies().Lister(), ingresses: networking.Ingresses().Lister(),
		all: map[string]cache.SharedIndexInformer{
			kindPod: core.Pods().Informer(), kindNamespace: core.Namespaces().Informer(), kindService: core.Services().Informer(),
			kindNode: core.Nodes().Informer(), kindEndpointSlice: discovery.EndpointSlices().Informer(),
			kindNetworkPolicy: networking.NetworkPolicies().Informer(), kindIngress: networking.Ingresses().Informer(),
		},
	}
}

// follow calls changed, with the object as it is now or was last, for every
// object of a kind that comes, changes or goes, from the present ones on, until
// cancel is called. Changed must not block.
func (o *objects) follow(kind string, changed func(object any)) (cancel func(), err error) {
	informer := o.all[kind]
	handle, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    changed,
		UpdateFunc: func(_, now any) { changed(now) },
		DeleteFunc: func(last any) {
			if unseen, ok := last.(cache.DeletedFinalStateUnknown); ok {
				last = unseen.Obj
			}
			changed(last)
		},
	})
	if err != nil {
		return nil, fmt.Errorf("following objects of the kind %s: %w", kind, err)
	}
	return func() { _ = informer.RemoveEventHandler(handle) }, nil // an informer that has ended has no handlers
}

func (o *objects) run(ctx context.Context) { o.factory.Start(ctx.Done()) }

// await waits until every object has been read once.
func (o *objects) await(ctx context.Context) error {
	for kind, synced := range o.factory.WaitForCacheSync(ctx.Done()) {
		if !synced {
			return fmt.Errorf("reading all %v: %w", kind, errNotSynced)
		}
	}
	return nil
}

func (o *objects) shutdown() { o.factory.Shutdown() }

// trim drops what nobody here reads, so that a large cluster costs little memory.
func trim(object any) (any, error) {
	if m, ok := object.(metav1.Object); ok {
		m.SetManagedFields(nil)
	}
	if pod, ok := object.(*corev1.Pod); ok {
		return slimPod(pod), nil
	}
	return object, nil
}

// slimPod is what is kept of a Pod: who it is, what its network is like, and how
// far it has come.
func slimPod(p *corev1.Pod) *corev1.Pod {
	slim := &corev1.Pod{ObjectMeta: p.ObjectMeta, Status: p.Status}
	slim.Annotations, slim.Finalizers = nil, nil
	slim.Spec = corev1.PodSpec{
		NodeName: p.Spec.NodeName, HostNetwork: p.Spec.HostNetwork,
		DNSPolicy: p.Spec.DNSPolicy, Containers: slimContainers(p.Spec.Containers), InitContainers: slimContainers(p.Spec.InitContainers),
	}
	return slim
}

func slimContainers(list []corev1.Container) []corev1.Container {
	slim := make([]corev1.Container, len(list))
	for i, c := range list {
		slim[i] = corev1.Container{Name: c.Name, Image: c.Image, Ports: c.Ports, RestartPolicy: c.RestartPolicy, ReadinessProbe: c.ReadinessProbe}
	}
	return slim
}
