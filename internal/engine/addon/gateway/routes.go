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

// routes attaches all routes and writes their status.
func (t *translation) routes() {
	for _, o := range byAge(t.HTTPRoutes) {
		r := &route{kind: "HTTPRoute", object: o, parents: o.Spec.ParentRefs, hosts: o.Spec.Hostnames, old: o.Status.Parents, build: buildHTTP(o.Spec.Rules)}
		if parents, changed := t.attach(r); changed {
			updated := o.DeepCopy()
			updated.Status.Parents = parents
			t.out.Statuses.HTTPRoutes = append(t.out.Statuses.HTTPRoutes, updated)
		}
	}
	for _, o := range byAge(t.GRPCRoutes) {
		r := &route{kind: "GRPCRoute", object: o, parents: o.Spec.ParentRefs, hosts: o.Spec.Hostnames, old: o.Status.Parents, build: buildGRPC(o.Spec.Rules)}
		if parents, changed := t.attach(r); changed {
			updated := o.DeepCopy()
			updated.Status.Parents = parents
			t.out.Statuses.GRPCRoutes = append(t.out.Statuses.GRPCRoutes, updated)
		}
	}
	for _, o := range byAge(t.TLSRoutes) {
		var refs []gw.BackendRef
		for _, rule := range o.Spec.Rules {
			refs = append(refs, rule.BackendRefs...)
		}
		r := &route{kind: "TLSRoute", object: o, parents: o.Spec.ParentRefs, hosts: o.Spec.Hostnames, old: o.Status.Parents, build: buildStream(refs)}
		if parents, changed := t.attach(r); changed {
			updated := o.DeepCopy()
			updated.Status.Parents = parents
			t.out.Statuses.TLSRoutes = append(t.out.Statuses.TLSRoutes, updated)
		}
	}
	t.datagramAndStreamRoutes()
}

func (t *translation) datagramAndStreamRoutes() {
	for _, o := range byAge(t.TCPRoutes) {
		var refs []gw.BackendRef
		for _, rule := range o.Spec.Rules {
			refs = append(refs, rule.BackendRefs...)
		}
		r := &route{kind: "TCPRoute", object: o, parents: o.Spec.ParentRefs, old: o.Status.Parents, build: buildStream(refs)}
		if parents, changed := t.attach(r); changed {
			updated := o.DeepCopy()
			updated.Status.Parents = parents
			t.out.Statuses.TCPRoutes = append(t.out.Statuses.TCPRoutes, updated)
		}
	}
	for _, o := range byAge(t.UDPRoutes) {
		var refs []gw.BackendRef
		for _, rule := range o.Spec.Rules {
			refs = append(refs, rule.BackendRefs...)
		}
		r := &route{kind: "UDPRoute", object: o, parents: o.Spec.ParentRefs, old: o.Status.Parents, build: buildStream(refs)}
		if parents, changed := t.attach(r); changed {
			updated := o.DeepCopy()
			updated.Status.Parents = parents
			t.out.Statuses.UDPRoutes = append(t.out.Statuses.UDPRoutes, updated)
		}
	}
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
