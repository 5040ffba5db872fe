package gateway

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gw "sigs.k8s.io/gateway-api/apis/v1"

	"kubetutor/internal/engine/addon/edge"
	"kubetutor/internal/engine/addon/gateway/proxy"
)

// route is a route of any kind.
type route struct {
	kind    string
	object  metav1.Object
	parents []gw.ParentReference
	hosts   []gw.Hostname
	old     []gw.RouteParentStatus
	// build translates the rules for a Gateway.
	build func(t *translation, g *gateway, r *route) *built
	built map[*gateway]*built
}

// built are the rules of a route for one Gateway.
type built struct {
	http    []builtRule
	streams []proxy.Backend // of a route of streams or datagrams
	problem *problem        // the first reference that could not be resolved
	invalid *problem        // the first rule that was dropped
	dropped []int           // rules that are not served
	rules   int
}

var routeConditions = []string{string(gw.RouteConditionAccepted), string(gw.RouteConditionResolvedRefs), string(gw.RouteConditionPartiallyInvalid)}

// routeObject is a route of one kind.
type routeObject[T any] interface {
	metav1.Object
	DeepCopy() T
}

// parts are what all kinds of routes have.
type parts struct {
	spec   *gw.CommonRouteSpec
	hosts  []gw.Hostname
	status *gw.RouteStatus
	build  func(*translation, *gateway, *route) *built
}

// routes attaches all routes, and notes those whose status changes.
func (t *translation) routes() {
	out := &t.out.Statuses
	out.HTTPRoutes = attachAll(t, "HTTPRoute", t.HTTPRoutes, func(o *gw.HTTPRoute) parts {
		return parts{&o.Spec.CommonRouteSpec, o.Spec.Hostnames, &o.Status.RouteStatus, buildHTTP(o.Spec.Rules)}
	})
	out.GRPCRoutes = attachAll(t, "GRPCRoute", t.GRPCRoutes, func(o *gw.GRPCRoute) parts {
		return parts{&o.Spec.CommonRouteSpec, o.Spec.Hostnames, &o.Status.RouteStatus, buildGRPC(o.Spec.Rules)}
	})
	out.TLSRoutes = attachAll(t, "TLSRoute", t.TLSRoutes, func(o *gw.TLSRoute) parts {
		refs := allOf(o.Spec.Rules, func(r gw.TLSRouteRule) []gw.BackendRef { return r.BackendRefs })
		return parts{&o.Spec.CommonRouteSpec, o.Spec.Hostnames, &o.Status.RouteStatus, buildStream(refs)}
	})
	out.TCPRoutes = attachAll(t, "TCPRoute", t.TCPRoutes, func(o *gw.TCPRoute) parts {
		refs := allOf(o.Spec.Rules, func(r gw.TCPRouteRule) []gw.BackendRef { return r.BackendRefs })
		return parts{&o.Spec.CommonRouteSpec, nil, &o.Status.RouteStatus, buildStream(refs)}
	})
	out.UDPRoutes = attachAll(t, "UDPRoute", t.UDPRoutes, func(o *gw.UDPRoute) parts {
		refs := allOf(o.Spec.Rules, func(r gw.UDPRouteRule) []gw.BackendRef { return r.BackendRefs })
		return parts{&o.Spec.CommonRouteSpec, nil, &o.Status.RouteStatus, buildStream(refs)}
	})
}

// attachAll attaches routes of a kind, and returns copies with their new status of
// those whose status changes.
func attachAll[T routeObject[T]](t *translation, kind string, list []T, partsOf func(T) parts) (changed []T) {
	for _, o := range byAge(list) {
		p := partsOf(o)
		r := &route{kind: kind, object: o, parents: p.spec.ParentRefs, hosts: p.hosts, old: p.status.Parents, build: p.build}
		if parents, differ := t.attach(r); differ {
			updated := o.DeepCopy()
			partsOf(updated).status.Parents = parents
			changed = append(changed, updated)
		}
	}
	return changed
}

// allOf are the backends of all rules of a route.
func allOf[R any](rules []R, of func(R) []gw.BackendRef) (refs []gw.BackendRef) {
	for _, r := range rules {
		refs = append(refs, of(r)...)
	}
	return refs
}

// attach attaches a route to its parents, and returns what its status says of
// them: what other controllers wrote stays as it is.
func (t *translation) attach(r *route) (parents []gw.RouteParentStatus, changed bool) {
	r.built = map[*gateway]*built{}
	seen := map[*listener]bool{}
	for _, ref := range r.parents {
		g, listeners, ours := t.parent(r, ref)
		if !ours {
			continue
		}
		accepted := t.attachTo(r, g, listeners, ref, seen)
		var conditions []metav1.Condition
		for _, old := range r.old {
			if old.ControllerName == Controller && same(old.ParentRef, ref) {
				conditions = old.Conditions
			}
		}
		parents = append(parents, gw.RouteParentStatus{ParentRef: ref, ControllerName: Controller,
			Conditions: merge(conditions, r.object.GetGeneration(), t.Now, routeConditions, t.outcome(r, g, accepted)...)})
	}
	var foreign []gw.RouteParentStatus
	for _, old := range r.old {
		if old.ControllerName != Controller {
			foreign = append(foreign, old)
		}
	}
	parents = append(foreign, parents...)
	if parents == nil {
		parents = []gw.RouteParentStatus{} // the API wants a list
	}
	return parents, !same(r.old, parents)
}

// parent finds what a reference to a parent means: a Gateway and those listeners
// that it may attach to.
func (t *translation) parent(r *route, ref gw.ParentReference) (g *gateway, listeners []*listener, ours bool) {
	if or(ref.Group, gw.GroupName) != gw.GroupName {
		return nil, nil, false
	}
	name := Name{Namespace: string(or(ref.Namespace, gw.Namespace(r.object.GetNamespace()))), Name: string(ref.Name)}
	switch or(ref.Kind, "Gateway") {
	case "Gateway":
		if g = t.byName[name]; g != nil {
			return g, slices.DeleteFunc(slices.Clone(g.listeners), func(l *listener) bool { return l.set != nil }), true
		}
	case "ListenerSet":
		if s := t.sets[name]; s != nil && s.allowed {
			return s.gateway, s.listeners, true
		}
	}
	return nil, nil, false
}

// attachTo attaches a route to those of the listeners that take it, and returns
// the condition Accepted.
func (t *translation) attachTo(r *route, g *gateway, listeners []*listener, ref gw.ParentReference, seen map[*listener]bool) condition {
	const kind = gw.RouteConditionAccepted
	listeners = keep(listeners, func(l *listener) bool {
		return (ref.SectionName == nil || *ref.SectionName == l.spec.Name) && (ref.Port == nil || *ref.Port == l.spec.Port)
	})
	if len(listeners) == 0 {
		return no(kind, gw.RouteReasonNoMatchingParent, "The parent has no listener with the sectionName and port of the parentRef.")
	}
	listeners = keep(listeners, func(l *listener) bool { return t.takes(l, r) })
	if len(listeners) == 0 {
		return no(kind, gw.RouteReasonNotAllowedByListeners,
			fmt.Sprintf("No listener allows routes of the kind %s from the namespace %s (allowedRoutes).", r.kind, r.object.GetNamespace()))
	}
	listeners = keep(listeners, func(l *listener) bool { return len(l.common(r.hosts)) > 0 })
	if len(listeners) == 0 {
		return no(kind, gw.RouteReasonNoMatchingListenerHostname, "The host names of the route are none of the listeners'.")
	}
	b := r.built[g]
	if b == nil {
		b = r.build(t, g, r)
		r.built[g] = b
	}
	if b.invalid != nil && len(b.dropped) == b.rules {
		return no(kind, b.invalid.reason, b.invalid.message)
	}
	for _, l := range listeners {
		if !seen[l] {
			seen[l] = true
			l.take(attachment{route: r, hosts: l.common(r.hosts)})
		}
	}
	return yes(kind, gw.RouteReasonAccepted, "The route is attached.")
}

func keep(list []*listener, want func(*listener) bool) []*listener {
	return slices.DeleteFunc(slices.Clone(list), func(l *listener) bool { return !want(l) })
}

func (l *listener) take(a attachment) {
	l.attached++
	if a.route.kind == "HTTPRoute" || a.route.kind == "GRPCRoute" {
		l.http = append(l.http, a)
	} else {
		l.streams = append(l.streams, a)
	}
}

// takes says whether a listener allows a route.
func (t *translation) takes(l *listener, r *route) bool {
	if !slices.Contains(l.kinds, r.kind) {
		return false
	}
	from, selector := gw.NamespacesFromSame, (*metav1.LabelSelector)(nil)
	if allowed := l.spec.AllowedRoutes; allowed != nil && allowed.Namespaces != nil {
		from, selector = or(allowed.Namespaces.From, from), allowed.Namespaces.Selector
	}
	return t.allows(from, selector, l.owner().namespace, r.object.GetNamespace())
}

// common are the host names that a listener and a route have both.
func (l *listener) common(hosts []gw.Hostname) []string {
	own := l.hostname()
	if len(hosts) == 0 {
		return []string{own}
	}
	var out []string
	for _, h := range hosts {
		switch host := strings.ToLower(string(h)); {
		case edge.Covers(own, host):
			out = append(out, host)
		case edge.Covers(host, own):
			out = append(out, own)
		}
	}
	return out
}

// outcome are the conditions of a route for a parent.
func (t *translation) outcome(r *route, g *gateway, accepted condition) []condition {
	b := r.built[g]
	if b == nil {
		b = r.build(t, g, r)
		r.built[g] = b
	}
	resolved := yes(gw.RouteConditionResolvedRefs, gw.RouteReasonResolvedRefs, "All references are resolved.")
	if b.problem != nil {
		resolved = no(gw.RouteConditionResolvedRefs, b.problem.reason, b.problem.message)
	}
	out := []condition{accepted, resolved}
	if accepted.status == metav1.ConditionTrue && b.invalid != nil {
		out = append(out, yes(gw.RouteConditionPartiallyInvalid, b.invalid.reason, fmt.Sprintf("Dropped Rule %s: %s", list(b.dropped), b.invalid.message)))
	}
	return out
}

func list(numbers []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(numbers), " ", ", "), "[]")
}
