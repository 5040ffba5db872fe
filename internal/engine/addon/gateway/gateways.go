package gateway

import (
	"fmt"
	"net/netip"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gw "sigs.k8s.io/gateway-api/apis/v1"

	"kubetutor/internal/engine/addon/edge"
	"kubetutor/internal/engine/addon/gateway/proxy"
)

// gateway is a Gateway of ours in the making.
type gateway struct {
	object    *gw.Gateway
	listeners []*listener // its own first, then those of ListenerSets by age
	sets      []*listenerSet
	// client is the certificate that backends are shown, if any.
	client   *proxy.KeyPair
	resolved condition // ResolvedRefs, of what is not a listener's
}

// kinds of conditions that are this controller's.
var (
	gatewayConditions = [...]string{string(gw.GatewayConditionAccepted), string(gw.GatewayConditionProgrammed),
		string(gw.GatewayConditionResolvedRefs), string(gw.GatewayConditionInsecureFrontendValidationMode)}
	listenerConditions = [...]string{string(gw.ListenerConditionAccepted), string(gw.ListenerConditionProgrammed), string(gw.ListenerConditionResolvedRefs),
		string(gw.ListenerConditionConflicted), string(gw.ListenerConditionOverlappingTLSConfig)}
)

func (t *translation) addGateway(o *gw.Gateway) {
	g := &gateway{object: o}
	for i := range o.Spec.Listeners {
		g.listeners = append(g.listeners, t.newListener(g, nil, o.Spec.Listeners[i]))
	}
	t.clientCertificate(g)
	t.gateways = append(t.gateways, g)
	t.byName[nameOf(o)] = g
}

// clientCertificate resolves what backends are shown.
func (t *translation) clientCertificate(g *gateway) {
	g.resolved = yes(gw.GatewayConditionResolvedRefs, gw.GatewayReasonResolvedRefs, "All references are resolved.")
	spec := g.object.Spec.TLS
	if spec == nil || spec.Backend == nil || spec.Backend.ClientCertificateRef == nil {
		return
	}
	pair, problem := t.keyPair(referrer{"Gateway", g.object.Namespace}, *spec.Backend.ClientCertificateRef)
	switch {
	case problem == nil:
		g.client = pair
	case problem.reason == string(gw.ListenerReasonRefNotPermitted):
		g.resolved = no(gw.GatewayConditionResolvedRefs, gw.GatewayReasonRefNotPermitted, problem.message)
	default:
		g.resolved = no(gw.GatewayConditionResolvedRefs, gw.GatewayReasonInvalidClientCertificateRef, problem.message)
	}
}

// finish plans the data plane of a Gateway and writes its status.
func (t *translation) finish(g *gateway) {
	accepted, stop := g.accepted()
	plan := Plan{Gateway: g.object, Address: wantedAddress(g.object)}
	if !stop {
		plan.Config = g.config()
		plan.Ports = servicePorts(plan.Config.Ports)
	}
	t.out.Gateways = append(t.out.Gateways, plan)

	updated := g.object.DeepCopy()
	status := &updated.Status
	programmed := t.programmed(g, accepted, status)
	given := []condition{accepted, programmed, g.references()}
	if insecure(g.object) {
		given = append(given, yes(gw.GatewayConditionInsecureFrontendValidationMode, gw.GatewayReasonConfigurationChanged,
			"Clients are let in without a valid certificate."))
	}
	status.Conditions = merge(g.object.Status.Conditions, g.object.Generation, t.Now, gatewayConditions[:], given...)
	attached := int32(0)
	for _, s := range g.sets {
		if s.valid() {
			attached++
		}
	}
	status.AttachedListenerSets = &attached
	status.Listeners = nil
	for _, l := range g.listeners {
		if l.set == nil {
			status.Listeners = append(status.Listeners, t.listenerStatus(l, g.object.Status.Listeners))
		}
	}
	t.setGatewayStatus(g.object, updated)
	for _, s := range g.sets {
		t.finishSet(s, programmed)
	}
}

// accepted is the condition of a Gateway; stop says that nothing of it is run.
func (g *gateway) accepted() (c condition, stop bool) {
	const kind = gw.GatewayConditionAccepted
	spec := &g.object.Spec
	if spec.Infrastructure != nil && spec.Infrastructure.ParametersRef != nil {
		ref := spec.Infrastructure.ParametersRef
		return no(kind, gw.GatewayReasonInvalidParameters, fmt.Sprintf("This controller takes no parameters, and knows no %s %q.", ref.Kind, ref.Name)), true
	}
	for _, a := range spec.Addresses {
		if or(a.Type, gw.IPAddressType) != gw.IPAddressType {
			return no(kind, gw.GatewayReasonUnsupportedAddress, fmt.Sprintf("Addresses of the type %s are not supported, IPAddress is.", *a.Type)), true
		}
	}
	own, valid := 0, 0
	for _, l := range g.listeners {
		if l.set == nil {
			own++
			if l.takesPart() {
				valid++
			}
		}
	}
	switch {
	case valid == 0:
		return no(kind, gw.GatewayReasonListenersNotValid, "No listener is valid; their own conditions say why."), false
	case valid < own:
		return yes(kind, gw.GatewayReasonListenersNotValid, fmt.Sprintf("%d of %d listeners are valid; the conditions of the others say why.", valid, own)), false
	}
	return yes(kind, gw.GatewayReasonAccepted, "The Gateway is run by "+string(Controller)+"."), false
}

// references sums up what could be resolved.
func (g *gateway) references() condition {
	if g.resolved.status == metav1.ConditionFalse {
		return g.resolved
	}
	for _, l := range g.listeners {
		if l.set == nil && l.resolved.status == metav1.ConditionFalse {
			return no(gw.GatewayConditionResolvedRefs, gw.GatewayReasonListenersNotResolved, fmt.Sprintf("Listener %q: %s", l.spec.Name, l.resolved.message))
		}
	}
	return g.resolved
}

// programmed says whether the data plane is up, and fills in its addresses.
func (t *translation) programmed(g *gateway, accepted condition, status *gw.GatewayStatus) condition {
	const kind = gw.GatewayConditionProgrammed
	status.Addresses = nil
	if accepted.status == metav1.ConditionFalse {
		return no(kind, gw.GatewayReasonInvalid, accepted.message)
	}
	if len(g.object.Spec.Addresses) > 1 {
		return no(kind, gw.GatewayReasonAddressNotUsable, "A Gateway has one address here; spec.addresses asks for more.")
	}
	service := t.Services[infrastructureName(g.object)]
	if service == nil || len(service.Status.LoadBalancer.Ingress) == 0 {
		if want := wantedAddress(g.object); want != "" {
			return no(kind, gw.GatewayReasonAddressNotUsable, fmt.Sprintf("The load balancer has not given the address %s.", want))
		}
		return no(kind, gw.GatewayReasonAddressNotAssigned, "The load balancer has not given an address yet.")
	}
	for _, in := range service.Status.LoadBalancer.Ingress {
		kind := gw.IPAddressType
		status.Addresses = append(status.Addresses, gw.GatewayStatusAddress{Type: &kind, Value: in.IP})
	}
	if want := wantedAddress(g.object); want != "" && status.Addresses[0].Value != want {
		status.Addresses = nil
		return no(kind, gw.GatewayReasonAddressNotUsable, fmt.Sprintf("The load balancer does not give the address %s.", want))
	}
	if d := t.Proxies[infrastructureName(g.object)]; d == nil || !available(d) {
		return no(kind, gw.GatewayReasonPending, "No pod of the Deployment "+infrastructureName(g.object).Name+" is ready.")
	}
	return yes(kind, gw.GatewayReasonProgrammed, "The proxies have their configuration.")
}

func available(d *appsv1.Deployment) bool { return d.Status.AvailableReplicas > 0 }

// wantedAddress is the address that a Gateway asks for.
func wantedAddress(g *gw.Gateway) string {
	for _, a := range g.Spec.Addresses {
		if _, err := netip.ParseAddr(a.Value); err == nil {
			return a.Value
		}
	}
	return ""
}

func servicePorts(ports []proxy.Port) []corev1.ServicePort {
	out := make([]corev1.ServicePort, len(ports))
	for i, p := range ports {
		network := corev1.ProtocolTCP
		if p.Protocol == edge.UDP {
			network = corev1.ProtocolUDP
		}
		out[i] = corev1.ServicePort{Name: portName(p), Port: int32(p.Number), Protocol: network}
	}
	return out
}

func (t *translation) setGatewayStatus(old, updated *gw.Gateway) {
	if !same(old.Status, updated.Status) {
		t.out.Statuses.Gateways = append(t.out.Statuses.Gateways, updated)
	}
}
