package gateway

import (
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	gw "sigs.k8s.io/gateway-api/apis/v1"
)

// Name is an object's namespace and name.
type Name = types.NamespacedName

// Objects are all that a translation looks at. They are not changed.
type Objects struct {
	Now           time.Time // of transitions of conditions
	BundleVersion string    // of the CRDs that are installed

	Classes      []*gw.GatewayClass
	Gateways     []*gw.Gateway
	ListenerSets []*gw.ListenerSet
	HTTPRoutes   []*gw.HTTPRoute
	GRPCRoutes   []*gw.GRPCRoute
	TLSRoutes    []*gw.TLSRoute
	TCPRoutes    []*gw.TCPRoute
	UDPRoutes    []*gw.UDPRoute
	Grants       []*gw.ReferenceGrant
	Policies     []*gw.BackendTLSPolicy

	Namespaces map[string]*corev1.Namespace
	Services   map[Name]*corev1.Service
	Slices     map[Name][]*discoveryv1.EndpointSlice // by their Service
	Secrets    map[Name]*corev1.Secret
	ConfigMaps map[Name]*corev1.ConfigMap
	Proxies    map[Name]*appsv1.Deployment
}

func nameOf(o metav1.Object) Name { return Name{Namespace: o.GetNamespace(), Name: o.GetName()} }

// older sorts objects as Gateway API ranks them: by age, then by name.
func older(a, b metav1.Object) int {
	x, y := a.GetCreationTimestamp(), b.GetCreationTimestamp()
	if c := x.Time.Compare(y.Time); c != 0 {
		return c
	}
	return strings.Compare(nameOf(a).String(), nameOf(b).String())
}

// byAge is a sorted copy of a list.
func byAge[T metav1.Object](list []T) []T {
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b T) int { return older(a, b) })
	return out
}

// or is what a pointer points to, or another value.
func or[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}
