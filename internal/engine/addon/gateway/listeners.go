package gateway

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gw "sigs.k8s.io/gateway-api/apis/v1"

	"kubetutor/internal/engine/addon/edge"
	"kubetutor/internal/engine/addon/gateway/proxy"
)

// listener is a listener of a Gateway or of a ListenerSet in the making.
type listener struct {
	gateway *gateway
	set     *listenerSet // nil: the Gateway's own
	spec    gw.Listener
	kinds   []string // of routes that may attach

	accepted   condition
	resolved   condition
	conflict   *condition
	overlaps   bool
	attached   int32
	http       []attachment
	streams    []attachment // of TLS, TCP and UDP routes, by age
	pairs      []proxy.KeyPair
	clientCA   []byte
	askClients bool
}

// attachment is a route at a listener.
type attachment struct {
	route *route
	hosts []string // those of the route that the listener has too; one that is empty for any
}

// owner is whose references the listener's are.
func (l *listener) owner() referrer {
	if l.set != nil {
		return referrer{"ListenerSet", l.set.object.Namespace}
	}
	return referrer{"Gateway", l.gateway.object.Namespace}
}

func (l *listener) hostname() string { return string(or(l.spec.Hostname, "")) }

// takesPart says whether the listener is served, or would be with certificates.
func (l *listener) takesPart() bool {
	return l.accepted.status == metav1.ConditionTrue && l.conflict == nil
}

// served says whether the data plane has the listener.
func (l *listener) served() bool {
	return l.takesPart() && (!l.ends() || len(l.pairs) > 0)
}

// ends says whether TLS ends at the listener.
func (l *listener) ends() bool {
	return l.spec.Protocol == gw.HTTPSProtocolType || l.spec.Protocol == gw.TLSProtocolType && l.mode() == gw.TLSModeTerminate
}

func (l *listener) mode() gw.TLSModeType {
	if l.spec.TLS == nil {
		return gw.TLSModeTerminate
	}
	return or(l.spec.TLS.Mode, gw.TLSModeTerminate)
}

// protocolKinds are the kinds of routes that a protocol carries.
func protocolKinds(p gw.ProtocolType) []string {
	switch p {
	case gw.HTTPProtocolType, gw.HTTPSProtocolType:
		return []string{"HTTPRoute", "GRPCRoute"}
	case gw.TLSProtocolType:
		return []string{"TLSRoute"}
	case gw.TCPProtocolType:
		return []string{"TCPRoute"}
	case gw.UDPProtocolType:
		return []string{"UDPRoute"}
	}
	return nil
}

func (t *translation) newListener(g *gateway, set *listenerSet, spec gw.Listener) *listener {
	l := &listener{gateway: g, set: set, spec: spec,
		accepted: yes(gw.ListenerConditionAccepted, gw.ListenerReasonAccepted, "The listener is valid."),
		resolved: yes(gw.ListenerConditionResolvedRefs, gw.ListenerReasonResolvedRefs, "All references are resolved.")}
	carried := protocolKinds(spec.Protocol)
	if carried == nil {
		l.accepted = no(gw.ListenerConditionAccepted, gw.ListenerReasonUnsupportedProtocol, fmt.Sprintf("The protocol %s is not supported.", spec.Protocol))
		return l
	}
	if spec.Port == proxy.ReadyPort && network(spec.Protocol) == "tcp" {
		l.accepted = no(gw.ListenerConditionAccepted, gw.ListenerReasonPortUnavailable, fmt.Sprintf("Port %d is where proxies say that they are ready.", spec.Port))
	}
	l.kinds = carried
	l.restrictKinds()
	if l.ends() {
		t.certificates(l)
	}
	if spec.Protocol == gw.HTTPSProtocolType {
		t.clientValidation(l)
	}
	return l
}

// restrictKinds keeps the kinds of routes that the listener allows.
func (l *listener) restrictKinds() {
	if l.spec.AllowedRoutes == nil || len(l.spec.AllowedRoutes.Kinds) == 0 {
		return
	}
	carried := l.kinds
	l.kinds = nil
	for _, k := range l.spec.AllowedRoutes.Kinds {
		if or(k.Group, gw.GroupName) != gw.GroupName || !slices.Contains(carried, string(k.Kind)) {
			l.resolved = no(gw.ListenerConditionResolvedRefs, gw.ListenerReasonInvalidRouteKinds,
				fmt.Sprintf("A listener of %s carries no routes of the kind %s.", l.spec.Protocol, k.Kind))
			continue
		}
		if !slices.Contains(l.kinds, string(k.Kind)) {
			l.kinds = append(l.kinds, string(k.Kind))
		}
	}
}

// class tells protocols apart that cannot share a port.
func class(p gw.ProtocolType) string {
	switch p {
	case gw.HTTPSProtocolType, gw.TLSProtocolType:
		return "TLS" // both begin with a server name
	}
	return string(p)
}

func network(p gw.ProtocolType) string {
	if p == gw.UDPProtocolType {
		return "udp"
	}
	return "tcp"
}

// findConflicts marks listeners that cannot be told from others. Of the Gateway's
// own no one wins; those of ListenerSets lose against all that come before them.
func (g *gateway) findConflicts() {
	for i, l := range g.listeners {
		if l.accepted.status == metav1.ConditionFalse {
			continue
		}
		for j, other := range g.listeners {
			first := j < i && (other.set == nil || other.conflict == nil)
			if i == j || other.accepted.status == metav1.ConditionFalse || l.set != nil && !first || l.set == nil && other.set != nil {
				continue
			}
			l.clash(other)
		}
	}
}

// clash compares a listener with another.
func (l *listener) clash(other *listener) {
	if l.spec.Port != other.spec.Port || network(l.spec.Protocol) != network(other.spec.Protocol) || l.conflict != nil {
		return
	}
	alike := strings.EqualFold(l.hostname(), other.hostname())
	switch {
	case class(l.spec.Protocol) != class(other.spec.Protocol):
		c := yes(gw.ListenerConditionConflicted, gw.ListenerReasonProtocolConflict,
			fmt.Sprintf("Port %d is that of another listener, whose protocol is %s.", l.spec.Port, other.spec.Protocol))
		l.conflict = &c
	case alike || class(l.spec.Protocol) == string(gw.TCPProtocolType) || class(l.spec.Protocol) == string(gw.UDPProtocolType):
		c := yes(gw.ListenerConditionConflicted, gw.ListenerReasonHostnameConflict,
			fmt.Sprintf("Another listener has port %d and the host name %q too.", l.spec.Port, l.hostname()))
		l.conflict = &c
	case l.ends() && other.ends() && (edge.Covers(l.hostname(), other.hostname()) || edge.Covers(other.hostname(), l.hostname())):
		l.overlaps = true
	}
}

// conditions are those of the listener.
func (l *listener) conditions() []condition {
	conflicted, accepted := no(gw.ListenerConditionConflicted, gw.ListenerReasonNoConflicts, "No other listener is in the way."), l.accepted
	programmed := yes(gw.ListenerConditionProgrammed, gw.ListenerReasonProgrammed, "The proxies have the listener.")
	switch {
	case l.conflict != nil:
		conflicted = *l.conflict
		accepted = no(gw.ListenerConditionAccepted, conflicted.reason, conflicted.message)
		programmed = no(gw.ListenerConditionProgrammed, conflicted.reason, conflicted.message)
	case accepted.status == metav1.ConditionFalse:
		programmed = no(gw.ListenerConditionProgrammed, gw.ListenerReasonInvalid, accepted.message)
	case !l.served() || len(l.kinds) == 0:
		programmed = no(gw.ListenerConditionProgrammed, gw.ListenerReasonInvalid, l.resolved.message)
	}
	out := []condition{accepted, programmed, l.resolved, conflicted}
	if l.overlaps && l.conflict == nil {
		out = append(out, yes(gw.ListenerConditionOverlappingTLSConfig, gw.ListenerReasonOverlappingHostnames,
			"Another listener of the port has a host name that overlaps with this one's; clients that share connections may be told so (421)."))
	}
	return out
}

func (t *translation) listenerStatus(l *listener, old []gw.ListenerStatus) gw.ListenerStatus {
	generation, conditions := l.gateway.object.Generation, []metav1.Condition(nil)
	if l.set != nil {
		generation = l.set.object.Generation
	}
	for _, o := range old {
		if o.Name == l.spec.Name {
			conditions = o.Conditions
		}
	}
	return gw.ListenerStatus{Name: l.spec.Name, SupportedKinds: l.supportedKinds(), AttachedRoutes: l.attached,
		Conditions: merge(conditions, generation, t.Now, listenerConditions[:], l.conditions()...)}
}

func (l *listener) supportedKinds() []gw.RouteGroupKind {
	out := []gw.RouteGroupKind{}
	for _, k := range l.kinds {
		group := gw.Group(gw.GroupName)
		out = append(out, gw.RouteGroupKind{Group: &group, Kind: gw.Kind(k)})
	}
	return out
}

// same compares what the API server would hold for the same.
func same(a, b any) bool { return equality.Semantic.DeepEqual(a, b) }
