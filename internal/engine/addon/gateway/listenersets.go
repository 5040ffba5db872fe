package gateway

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gw "sigs.k8s.io/gateway-api/apis/v1"
)

// listenerSet is a ListenerSet of a Gateway of ours in the making.
type listenerSet struct {
	object    *gw.ListenerSet
	gateway   *gateway
	allowed   bool
	listeners []*listener
}

// attachListenerSets adds the listeners of ListenerSets to their Gateways.
func (t *translation) attachListenerSets() {
	for _, o := range byAge(t.ListenerSets) {
		ref := &o.Spec.ParentRef
		if or(ref.Group, gw.GroupName) != gw.GroupName || or(ref.Kind, "Gateway") != "Gateway" {
			continue
		}
		g := t.byName[Name{Namespace: string(or(ref.Namespace, gw.Namespace(o.Namespace))), Name: string(ref.Name)}]
		if g == nil {
			continue
		}
		s := &listenerSet{object: o, gateway: g, allowed: t.allowsSet(g.object, o)}
		g.sets = append(g.sets, s)
		t.sets[nameOf(o)] = s
		for i := range o.Spec.Listeners {
			s.listeners = append(s.listeners, t.newListener(g, s, gw.Listener(o.Spec.Listeners[i])))
		}
		if s.allowed {
			g.listeners = append(g.listeners, s.listeners...)
		}
	}
}

func (t *translation) allowsSet(g *gw.Gateway, s *gw.ListenerSet) bool {
	allowed := g.Spec.AllowedListeners
	if allowed == nil || allowed.Namespaces == nil {
		return false
	}
	return t.allows(or(allowed.Namespaces.From, gw.NamespacesFromNone), allowed.Namespaces.Selector, g.Namespace, s.Namespace)
}

// valid says whether the set counts as attached.
func (s *listenerSet) valid() bool { return s.allowed && s.count() > 0 }

// count is how many listeners are served: a set that brings nothing is of no use,
// where a Gateway would wait for the certificates of its own.
func (s *listenerSet) count() int {
	n := 0
	for _, l := range s.listeners {
		if l.served() {
			n++
		}
	}
	return n
}

// finishSet writes the status of a ListenerSet.
func (t *translation) finishSet(s *listenerSet, gatewayProgrammed condition) {
	updated := s.object.DeepCopy()
	own := []string{string(gw.ListenerSetConditionAccepted), string(gw.ListenerSetConditionProgrammed)}
	accepted, programmed := s.conditions(gatewayProgrammed)
	updated.Status.Conditions = merge(s.object.Status.Conditions, s.object.Generation, t.Now, own, accepted, programmed)
	updated.Status.Listeners = nil
	if s.allowed {
		old := make([]gw.ListenerStatus, len(s.object.Status.Listeners))
		for i, l := range s.object.Status.Listeners {
			old[i] = gw.ListenerStatus(l)
		}
		for _, l := range s.listeners {
			updated.Status.Listeners = append(updated.Status.Listeners, gw.ListenerEntryStatus(t.listenerStatus(l, old)))
		}
	}
	if !same(s.object.Status, updated.Status) {
		t.out.Statuses.ListenerSets = append(t.out.Statuses.ListenerSets, updated)
	}
}

func (s *listenerSet) conditions(gatewayProgrammed condition) (accepted, programmed condition) {
	const a, p = gw.ListenerSetConditionAccepted, gw.ListenerSetConditionProgrammed
	valid := s.count()
	switch {
	case !s.allowed:
		message := fmt.Sprintf("The Gateway %s does not allow listeners of this namespace (spec.allowedListeners).", nameOf(s.gateway.object))
		return no(a, gw.ListenerSetReasonNotAllowed, message), no(p, gw.ListenerSetReasonNotAllowed, message)
	case valid == 0:
		const message = "No listener is valid; their own conditions say why."
		return no(a, gw.ListenerSetReasonListenersNotValid, message), no(p, gw.ListenerSetReasonListenersNotValid, message)
	case valid < len(s.listeners):
		accepted = yes(a, gw.ListenerSetReasonListenersNotValid, fmt.Sprintf("%d of %d listeners are valid; the conditions of the others say why.", valid, len(s.listeners)))
	default:
		accepted = yes(a, gw.ListenerSetReasonAccepted, fmt.Sprintf("The listeners are those of the Gateway %s.", nameOf(s.gateway.object)))
	}
	if gatewayProgrammed.status != metav1.ConditionTrue {
		return accepted, no(p, gw.ListenerSetReasonPending, "The Gateway is not programmed: "+gatewayProgrammed.message)
	}
	return accepted, yes(p, gw.ListenerSetReasonProgrammed, "The proxies have the listeners.")
}
