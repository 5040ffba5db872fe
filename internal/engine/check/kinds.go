package check

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
)

// followKinds looks up the kinds that the checks name and watches them. Kinds
// that are not Kubernetes' own come and go with their definitions, which are
// watched too.
func (s *session) followKinds(ctx context.Context) error {
	if s.hasForeignKinds() {
		s.checker.kinds.Reset()
		s.mu.Lock()
		s.feed(feedKey{resource: definitions()}, func() { notify(s.discover) })
		s.mu.Unlock()
	}
	if len(s.access) > 0 {
		s.mu.Lock()
		for _, resource := range permissions() {
			s.feed(feedKey{resource: resource}, func() {
				s.ruled = time.Now()
				notify(s.review)
			})
		}
		s.mu.Unlock()
	}
	if err := s.lookUpUntilKnown(ctx); err != nil {
		return err
	}
	s.watchTraffic()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.discover:
			if err := s.rediscover(ctx); err != nil {
				return err
			}
		}
	}
}

func definitions() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
}

func permissions() []schema.GroupVersionResource {
	rbac := schema.GroupVersion{Group: "rbac.authorization.k8s.io", Version: "v1"}
	return []schema.GroupVersionResource{
		rbac.WithResource("roles"), rbac.WithResource("rolebindings"),
		rbac.WithResource("clusterroles"), rbac.WithResource("clusterrolebindings"),
	}
}

func (s *session) hasForeignKinds() bool {
	for _, o := range s.objects {
		if !scheme.Scheme.Recognizes(o.kind) {
			return true
		}
	}
	return false
}

// lookUpUntilKnown looks all kinds up, again every second while the cluster
// does not say what it has.
func (s *session) lookUpUntilKnown(ctx context.Context) error {
	for !s.lookUp() {
		if !pause(ctx, time.Second) {
			return ctx.Err()
		}
	}
	return nil
}

// rediscover looks the kinds up after definitions have changed. Discovery
// follows a definition within some hundred milliseconds, without an event of
// its own, so it is asked a few times.
func (s *session) rediscover(ctx context.Context) error {
	for wait := 20 * time.Millisecond; wait < 2*time.Second; wait *= 2 {
		s.checker.kinds.Reset()
		s.lookUp()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.discover: // changed again: begin anew
			wait = 10 * time.Millisecond
		case <-time.After(wait):
		}
	}
	return nil
}

// lookUp finds each source's kind and starts or ends watches accordingly. It
// returns false if some kind could be neither found nor ruled out.
func (s *session) lookUp() bool {
	complete := true
	for _, o := range s.objects {
		mapping, err := s.checker.kinds.RESTMapping(o.kind.GroupKind(), o.kind.Version)
		s.mu.Lock()
		switch {
		case meta.IsNoMatchError(err):
			o.known, o.feed, o.err = true, nil, nil
		case err != nil:
			complete, o.err = false, fmt.Errorf("asking for the cluster's kinds: %w", err)
		default:
			namespaced := mapping.Scope.Name() == meta.RESTScopeNameNamespace
			o.known, o.err = true, nil
			o.feed = s.feed(o.wants(mapping.Resource, namespaced), nil)
		}
		s.mu.Unlock()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropUnused()
	s.moved()
	return complete
}

// dropUnused ends the watches of kinds that are gone, under the lock.
func (s *session) dropUnused() {
	used := make(map[*feed]bool)
	for _, o := range s.objects {
		used[o.feed] = true
	}
	for key, f := range s.feeds {
		if !used[f] && f.after == nil {
			f.stop()
			delete(s.feeds, key)
		}
	}
}
