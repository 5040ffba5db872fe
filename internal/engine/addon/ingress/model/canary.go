package model

import (
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
)

// mergeCanaries makes the upstreams of canaries alternatives of those that other
// Ingresses have for the same host and path. A canary without one serves nothing.
func (b *builder) mergeCanaries() {
	canary := func(ing *Ingress) bool { return ing.Config.Canary.Enabled }
	if !slices.ContainsFunc(b.Ingresses, func(ing *Ingress) bool { return !canary(ing) }) {
		return
	}
	for _, ing := range b.Ingresses {
		if canary(ing) {
			b.mergeCanary(ing)
		}
	}
}

func (b *builder) mergeCanary(ing *Ingress) {
	if backend := ing.Spec.DefaultBackend; backend != nil && backend.Service != nil {
		b.merge(ing, upstreamName(ing.Namespace, backend.Service), b.servers[DefaultServer], func(*Location) bool { return true })
	}
	eachPath(ing, func(host string, path *networkingv1.HTTPIngressPath) {
		name := upstreamName(ing.Namespace, path.Backend.Service)
		server := b.servers[host]
		if server == nil {
			b.Warn("cannot merge alternative backend %s into hostname %s that does not exist", name, host)
			return
		}
		b.merge(ing, name, server, func(l *Location) bool { return l.Path == pathOf(path) && l.Type == typeOf(path) })
	})
}

// merge makes an upstream an alternative of those of a server's locations that
// match; of none, it is dropped.
func (b *builder) merge(ing *Ingress, name string, server *Server, matches func(*Location) bool) {
	canary := b.upstreams[name]
	if canary == nil {
		b.Warn("alternative backend %s has already been removed", name)
		return
	}
	merged := false
	for _, l := range server.Locations {
		primary := b.upstreams[l.Upstream]
		if primary == nil {
			b.Warn("cannot find primary backend %s for location %s%s", l.Upstream, server.Name, l.Path)
			continue
		}
		if primary == canary {
			b.Warn("alternative upstream %s in Ingress %s is primary upstream in Other Ingress for location %s%s!", name, ing.key(), server.Name, l.Path)
			return
		}
		if primary.Name != DefaultUpstream && !primary.Canary && matches(l) {
			primary.alternate(canary, ing)
			merged = true
		}
	}
	if !merged {
		b.Warn("unable to find real backend for alternative backend %v. Deleting.", name)
		delete(b.upstreams, name)
	}
}

// alternate adds a canary; clients that an upstream knows by a cookie it knows
// by the same one.
func (u *Upstream) alternate(canary *Upstream, ing *Ingress) {
	if slices.Contains(u.Alternatives, canary.Name) {
		return
	}
	if ing.Config.Affinity.CanaryBehavior != "legacy" {
		canary.Affinity, canary.AffinityPaths = u.Affinity, u.AffinityPaths
	}
	u.Alternatives = append(u.Alternatives, canary.Name)
}
