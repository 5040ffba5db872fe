package gateway

import (
	"context"
	"errors"
	"time"

	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/tools/cache"
	gw "sigs.k8s.io/gateway-api/apis/v1"
	gwclient "sigs.k8s.io/gateway-api/pkg/client/clientset/versioned"
	gwinformers "sigs.k8s.io/gateway-api/pkg/client/informers/externalversions"
	gwv1 "sigs.k8s.io/gateway-api/pkg/client/informers/externalversions/apis/v1"
)

// Pointers to the kinds, as clients have them.
type (
	gwClass       = *gw.GatewayClass
	gwGateway     = *gw.Gateway
	gwListenerSet = *gw.ListenerSet
	gwHTTPRoute   = *gw.HTTPRoute
	gwGRPCRoute   = *gw.GRPCRoute
	gwTLSRoute    = *gw.TLSRoute
	gwTCPRoute    = *gw.TCPRoute
	gwUDPRoute    = *gw.UDPRoute
	gwPolicy      = *gw.BackendTLSPolicy
)

const bundleVersion = "gateway.networking.k8s.io/bundle-version"

// caches follow all kinds that a translation looks at.
type caches struct {
	core    informers.SharedInformerFactory
	gateway gwinformers.SharedInformerFactory
	crds    metadatainformer.SharedInformerFactory
	crd     cache.SharedIndexInformer
	changed chan struct{} // holds something after a change
}

func newCaches(kube kubernetes.Interface, api gwclient.Interface, crds metadata.Interface) (*caches, error) {
	c := &caches{changed: make(chan struct{}, 1)}
	c.core = informers.NewSharedInformerFactoryWithOptions(kube, 0, informers.WithTransform(trim))
	c.gateway = gwinformers.NewSharedInformerFactoryWithOptions(api, 0, gwinformers.WithTransform(trim))
	c.crds = metadatainformer.NewFilteredSharedInformerFactory(crds, 0, "", func(o *metav1.ListOptions) {
		o.FieldSelector = fields.OneTermEqualSelector("metadata.name", "gateways."+gw.GroupName).String()
	})
	c.crd = c.crds.ForResource(schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}).Informer()
	handler := cache.ResourceEventHandlerFuncs{AddFunc: func(any) { c.signal() }, DeleteFunc: func(any) { c.signal() },
		UpdateFunc: func(any, any) { c.signal() }}
	var errs []error
	for _, informer := range c.informers() {
		_, err := informer.AddEventHandler(handler)
		errs = append(errs, err)
	}
	return c, errors.Join(errs...)
}

// informers are those of all kinds.
func (c *caches) informers() []cache.SharedIndexInformer {
	v1, core := c.gateway.Gateway().V1(), c.core.Core().V1()
	return []cache.SharedIndexInformer{c.crd,
		v1.GatewayClasses().Informer(), v1.Gateways().Informer(), v1.ListenerSets().Informer(), v1.HTTPRoutes().Informer(), v1.GRPCRoutes().Informer(),
		v1.TLSRoutes().Informer(), v1.TCPRoutes().Informer(), v1.UDPRoutes().Informer(), v1.ReferenceGrants().Informer(), v1.BackendTLSPolicies().Informer(),
		core.Namespaces().Informer(), core.Services().Informer(), core.Secrets().Informer(), core.ConfigMaps().Informer(),
		c.core.Discovery().V1().EndpointSlices().Informer(), c.core.Apps().V1().Deployments().Informer()}
}

// trim drops what nobody reads here.
func trim(object any) (any, error) {
	if o, err := meta.Accessor(object); err == nil {
		o.SetManagedFields(nil)
	}
	return object, nil
}

func (c *caches) signal() {
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// start follows all kinds, and returns when everything is known.
func (c *caches) start(ctx context.Context) error {
	c.core.StartWithContext(ctx)
	c.gateway.StartWithContext(ctx)
	c.crds.Start(ctx.Done())
	for _, informer := range c.informers() {
		if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
			return ctx.Err()
		}
	}
	return nil
}

// shutdown waits for those that follow; their context has ended.
func (c *caches) shutdown() {
	c.core.Shutdown()
	c.gateway.Shutdown()
	c.crds.Shutdown()
}

// version is the version of an object that is followed; "none" if there is none,
// empty if its kind is not followed.
func (c *caches) version(kind string, name Name) string {
	var object metav1.Object
	var err error
	switch kind {
	case "Secret":
		object, err = c.core.Core().V1().Secrets().Lister().Secrets(name.Namespace).Get(name.Name)
	case "Service":
		object, err = c.core.Core().V1().Services().Lister().Services(name.Namespace).Get(name.Name)
	case "Deployment":
		object, err = c.core.Apps().V1().Deployments().Lister().Deployments(name.Namespace).Get(name.Name)
	default:
		return ""
	}
	if err != nil {
		return "none"
	}
	return object.GetResourceVersion()
}

// objects are all objects as they are known now.
func (c *caches) objects() (*Objects, error) {
	o := &Objects{Now: time.Now(), BundleVersion: c.bundle()}
	v1, core := c.gateway.Gateway().V1(), c.core.Core().V1()
	all := labels.Everything()
	var errs [16]error
	errs[0] = c.routes(o, v1)
	o.Classes, errs[1] = v1.GatewayClasses().Lister().List(all)
	o.Gateways, errs[2] = v1.Gateways().Lister().List(all)
	o.ListenerSets, errs[3] = v1.ListenerSets().Lister().List(all)
	o.Grants, errs[4] = v1.ReferenceGrants().Lister().List(all)
	o.Policies, errs[5] = v1.BackendTLSPolicies().Lister().List(all)
	namespaces, err := core.Namespaces().Lister().List(all)
	errs[6], o.Namespaces = err, byKey(namespaces, metav1.Object.GetName)
	services, err := core.Services().Lister().List(all)
	errs[7], o.Services = err, byKey(services, nameOf)
	secrets, err := core.Secrets().Lister().List(all)
	errs[8], o.Secrets = err, byKey(secrets, nameOf)
	maps, err := core.ConfigMaps().Lister().List(all)
	errs[9], o.ConfigMaps = err, byKey(maps, nameOf)
	deployments, err := c.core.Apps().V1().Deployments().Lister().List(all)
	errs[10], o.Proxies = err, byKey(deployments, nameOf)
	slices, err := c.core.Discovery().V1().EndpointSlices().Lister().List(all)
	errs[11], o.Slices = err, byService(slices)
	return o, errors.Join(errs[:]...)
}

func (c *caches) routes(o *Objects, v1 gwv1.Interface) error {
	all := labels.Everything()
	var errs [5]error
	o.HTTPRoutes, errs[0] = v1.HTTPRoutes().Lister().List(all)
	o.GRPCRoutes, errs[1] = v1.GRPCRoutes().Lister().List(all)
	o.TLSRoutes, errs[2] = v1.TLSRoutes().Lister().List(all)
	o.TCPRoutes, errs[3] = v1.TCPRoutes().Lister().List(all)
	o.UDPRoutes, errs[4] = v1.UDPRoutes().Lister().List(all)
	return errors.Join(errs[:]...)
}

// bundle is the version of the CRDs.
func (c *caches) bundle() string {
	for _, object := range c.crd.GetStore().List() {
		if o, err := meta.Accessor(object); err == nil {
			return o.GetAnnotations()[bundleVersion]
		}
	}
	return ""
}

func byKey[K comparable, T metav1.Object](list []T, key func(metav1.Object) K) map[K]T {
	out := make(map[K]T, len(list))
	for _, o := range list {
		out[key(o)] = o
	}
	return out
}

func byService(list []*discoveryv1.EndpointSlice) map[Name][]*discoveryv1.EndpointSlice {
	out := map[Name][]*discoveryv1.EndpointSlice{}
	for _, s := range list {
		name := Name{Namespace: s.Namespace, Name: s.Labels[discoveryv1.LabelServiceName]}
		out[name] = append(out[name], s)
	}
	return out
}
