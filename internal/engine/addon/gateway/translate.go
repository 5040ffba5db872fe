package gateway

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	gw "sigs.k8s.io/gateway-api/apis/v1"

	"kubetutor/internal/engine/addon/gateway/proxy"
)

// Controller is the name by which GatewayClasses choose this controller.
const Controller gw.GatewayController = "kubetutor.io/gateway-controller"

// Result is what comes of a translation.
type Result struct {
	// Gateways are what to run, for each Gateway of ours.
	Gateways []Plan
	// The objects whose status is to be written: copies with their new status, of
	// those that change alone.
	Statuses Statuses
}

// Statuses are objects with a new status.
type Statuses struct {
	Classes      []*gw.GatewayClass
	Gateways     []*gw.Gateway
	ListenerSets []*gw.ListenerSet
	HTTPRoutes   []*gw.HTTPRoute
	GRPCRoutes   []*gw.GRPCRoute
	TLSRoutes    []*gw.TLSRoute
	TCPRoutes    []*gw.TCPRoute
	UDPRoutes    []*gw.UDPRoute
	Policies     []*gw.BackendTLSPolicy
}

// Plan is the data plane of one Gateway.
type Plan struct {
	Gateway *gw.Gateway
	Config  proxy.Config
	Ports   []corev1.ServicePort
	Address string // that the load balancer must have; empty: any
}

// translation is one in the making.
type translation struct {
	*Objects
	classes  map[string]bool // of ours that are accepted
	gateways []*gateway
	byName   map[Name]*gateway
	sets     map[Name]*listenerSet
	policies *policies
	out      Result
}

// Translate says what proxies do and what statuses say.
func Translate(o *Objects) Result {
	t := &translation{Objects: o, classes: map[string]bool{}, byName: map[Name]*gateway{}, sets: map[Name]*listenerSet{}}
	t.policies = newPolicies(t)
	for _, c := range o.Classes {
		t.class(c)
	}
	for _, g := range byAge(o.Gateways) {
		if t.classes[string(g.Spec.GatewayClassName)] {
			t.addGateway(g)
		}
	}
	t.attachListenerSets()
	for _, g := range t.gateways {
		g.findConflicts()
	}
	t.routes()
	for _, g := range t.gateways {
		t.finish(g)
	}
	t.policies.finish()
	return t.out
}

// class accepts a GatewayClass of ours.
func (t *translation) class(c *gw.GatewayClass) {
	if c.Spec.ControllerName != Controller {
		return
	}
	accepted := yes(gw.GatewayClassConditionStatusAccepted, gw.GatewayClassReasonAccepted, "Gateways of this class are run by "+string(Controller)+".")
	if ref := c.Spec.ParametersRef; ref != nil {
		accepted = no(gw.GatewayClassConditionStatusAccepted, gw.GatewayClassReasonInvalidParameters,
			fmt.Sprintf("This controller takes no parameters, and knows no %s.", ref.Kind))
	}
	t.classes[c.Name] = accepted.reason == string(gw.GatewayClassReasonAccepted)
	updated := c.DeepCopy()
	updated.Status.Conditions = merge(c.Status.Conditions, c.Generation, t.Now, nil, accepted, t.version())
	updated.Status.SupportedFeatures = Features()
	if !equality.Semantic.DeepEqual(c.Status, updated.Status) {
		t.out.Statuses.Classes = append(t.out.Statuses.Classes, updated)
	}
}

func (t *translation) version() condition {
	const kind = gw.GatewayClassConditionStatusSupportedVersion
	if t.BundleVersion != SupportedVersion {
		return no(kind, gw.GatewayClassReasonUnsupportedVersion,
			fmt.Sprintf("The CRDs of Gateway API are of version %q; this controller supports %s.", t.BundleVersion, SupportedVersion))
	}
	return yes(kind, gw.GatewayClassReasonSupportedVersion, "The CRDs of Gateway API are of version "+SupportedVersion+".")
}
