package check

import (
	"context"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// What the network answers depends on far more than the Pod that asks: on
// Services and their endpoints, policies, routes, and on proxies and controllers
// that follow these after a moment. So such a subject is looked at again after
// every event of any of them, a few times while the network may still be
// following. What fails then is waiting, and that all checks hold is believed only
// of a look that was taken once the network has settled.
const (
	// followed is how long the network may take to follow a change: kube-proxy
	// writes its rules at most once a second.
	followed = 3 * time.Second
	// settledAfter is when it has, unless much happens at once.
	settledAfter = 500 * time.Millisecond
	// firstFollow is after how long the first further look is taken; the next ones
	// after twice as long each.
	firstFollow = 100 * time.Millisecond
	// overtaken is how long a look goes on that began before a change: its
	// connections may be waiting for what the change has brought.
	overtaken = 100 * time.Millisecond
	// maxOvertaken is how many looks in a row are ended so.
	maxOvertaken = 2
	// requestsOfAll is how many looks at the network are taken at a time.
	requestsOfAll = 16
)

// traffic is what a sampler knows of the network; the session's lock guards it.
type traffic struct {
	moved time.Time          // the last event; at first, when the attempt was first looked at
	end   context.CancelFunc // of the look that is being taken
	ended int                // how many in a row were ended before their time
}

// looksAtNetwork tells whether the subject is what the network answers.
func (r *rule) looksAtNetwork() bool { return r.check.Request != nil || r.check.Resolve != nil }

// watchTraffic watches all that decides what the network answers, if that matters.
func (s *session) watchTraffic() {
	if !slices.ContainsFunc(s.samples, func(p *sampler) bool { return p.traffic != nil }) {
		return
	}
	s.checker.kinds.Reset()
	keys := s.checker.trafficKeys()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range keys {
		s.feed(key, s.trafficFeed(key))
	}
}

// trafficFeed is told of what one of them shows: first of what there is, which is
// no event.
func (s *session) trafficFeed(key feedKey) (after func()) {
	f := s.feeds[key]
	known := f != nil && f.ready
	return func() {
		if known {
			s.trafficMoved()
		}
		known = true
	}
}

// trafficKeys are those kinds of them that the cluster has.
func (c *Checker) trafficKeys() []feedKey {
	keys := []feedKey{{
		resource:  schema.GroupVersionResource{Version: "v1", Resource: "configmaps"},
		namespace: metav1.NamespaceSystem, fields: fields.OneTermEqualSelector(metav1.ObjectNameField, "coredns").String(),
	}}
	for _, kind := range trafficKinds() {
		mapping, err := c.kinds.RESTMapping(kind)
		if err == nil {
			keys = append(keys, feedKey{resource: mapping.Resource})
		}
	}
	return keys
}

func trafficKinds() []schema.GroupKind {
	kinds := []schema.GroupKind{
		{Kind: "Namespace"}, {Kind: "Pod"}, {Kind: "Service"},
		{Group: "discovery.k8s.io", Kind: "EndpointSlice"},
		{Group: "networking.k8s.io", Kind: "Ingress"}, {Group: "networking.k8s.io", Kind: "NetworkPolicy"},
	}
	for _, kind := range []string{"Gateway", "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "ReferenceGrant", "BackendTLSPolicy"} {
		kinds = append(kinds, schema.GroupKind{Group: "gateway.networking.k8s.io", Kind: kind})
	}
	return kinds
}

// trafficMoved is called, under the lock, after each change of what is watched so.
func (s *session) trafficMoved() {
	for _, p := range s.samples {
		if p.traffic == nil {
			continue
		}
		p.traffic.moved = time.Now()
		if p.traffic.end != nil {
			time.AfterFunc(overtaken, p.traffic.end)
		}
		notify(p.wake)
	}
}

// undisturbed is ctx for one look, which ends soon after something has changed.
func (p *sampler) undisturbed(ctx context.Context) (look context.Context, end func()) {
	if p.traffic == nil {
		return ctx, func() {}
	}
	look, cancel := context.WithCancel(ctx)
	p.session.mu.Lock()
	defer p.session.mu.Unlock()
	if p.traffic.ended < maxOvertaken {
		p.traffic.end = cancel
	}
	return look, func() {
		p.session.mu.Lock()
		defer p.session.mu.Unlock()
		p.traffic.end = nil
		if p.traffic.ended++; look.Err() == nil {
			p.traffic.ended = 0
		}
		cancel()
	}
}

// restOfTraffic is rest for a look at the network.
func (p *sampler) restOfTraffic(unsure bool) time.Duration {
	p.session.mu.Lock()
	defer p.session.mu.Unlock()
	switch since := time.Since(p.traffic.moved); {
	case since < followed && (!unsure || since < lookAgain):
		return max(firstFollow, since)
	case unsure:
		return lookAgain
	}
	return 0
}

// unsettled has what fails wait while the network may still be following.
func (p *sampler) unsettled(samples []sample) []sample {
	if p.traffic == nil {
		return samples
	}
	p.session.mu.Lock()
	defer p.session.mu.Unlock()
	if time.Since(p.traffic.moved) < followed {
		for i := range samples {
			if samples[i].waiting.IsZero() {
				samples[i].waiting = textFollows()
			}
		}
	}
	return samples
}

// due is when a look must have begun to tell how things are after a moment, under
// the lock.
func (p *sampler) due(after time.Time) time.Time {
	if p.traffic == nil {
		return after
	}
	if settled := p.traffic.moved.Add(settledAfter); settled.After(after) {
		return settled
	}
	return after
}
