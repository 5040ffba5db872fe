package check

import (
	"context"
	"slices"
	"strings"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"kubetutor/internal/course"
)

// reviewTimeout is how long one question about a permission may take.
const reviewTimeout = 5 * time.Second

// accessSource is the answer of the cluster's authorizers to one question.
type accessSource struct {
	session *session
	ref     course.AccessRef
	known   bool
	allowed bool
	asked   time.Time // when that answer was asked for
	err     error
}

func (s *session) accessTo(ref course.AccessRef) source {
	a := &accessSource{session: s, ref: ref}
	s.access = append(s.access, a)
	return a
}

// read implements source.
func (a *accessSource) read() reading {
	switch {
	case a.known:
		return reading{there: true, value: a.allowed}
	case a.err != nil && (isFinal(a.err) || a.session.impatient):
		return reading{unjudged: textUnreadable("subjectaccessreviews", a.err)}
	}
	return reading{pending: true}
}

// followAccess asks again after every change of a role or a binding. The API
// server's authorizer learns of such a change by a watch of its own, which may
// be later than ours, so it is asked several times.
func (s *session) followAccess(ctx context.Context) error {
	if len(s.access) == 0 {
		return nil
	}
	for {
		if err := s.askRepeatedly(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.review:
		}
	}
}

func (s *session) askRepeatedly(ctx context.Context) error {
	for wait := 10 * time.Millisecond; wait < time.Second; wait *= 3 {
		s.askAll(ctx)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.review: // changed again: begin anew
			wait = 10 * time.Millisecond
		case <-time.After(wait):
		}
	}
	s.askAll(ctx)
	return ctx.Err()
}

func (s *session) askAll(ctx context.Context) {
	for _, a := range s.access {
		asked := time.Now()
		allowed, err := s.ask(ctx, a.ref)
		s.mu.Lock()
		changed := err == nil && (!a.known || a.allowed != allowed)
		if err == nil {
			a.known, a.allowed, a.asked = true, allowed, asked
		}
		a.err = err
		if changed {
			s.moved()
		} else {
			s.nudge()
		}
		s.mu.Unlock()
	}
}

func (s *session) ask(ctx context.Context, ref course.AccessRef) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, reviewTimeout)
	defer cancel()
	answer, err := s.checker.reviews.Create(ctx, s.question(ref), metav1.CreateOptions{})
	if err != nil {
		return false, err
	}
	return answer.Status.Allowed, nil
}

func (s *session) question(ref course.AccessRef) *authorizationv1.SubjectAccessReview {
	spec := authorizationv1.SubjectAccessReviewSpec{User: ref.User, Groups: groupsOf(ref)}
	if ref.Path != "" {
		spec.NonResourceAttributes = &authorizationv1.NonResourceAttributes{Path: ref.Path, Verb: ref.Verb}
	} else {
		spec.ResourceAttributes = &authorizationv1.ResourceAttributes{
			Verb: ref.Verb, Group: ref.Group, Resource: ref.Resource, Subresource: ref.Subresource,
			Name: ref.Name, Namespace: s.accessSpace(ref), Version: "*",
		}
	}
	return &authorizationv1.SubjectAccessReview{Spec: spec}
}

// accessSpace is the namespace that is asked about: none for kinds without
// namespaces, and for "*", which asks about all namespaces.
func (s *session) accessSpace(ref course.AccessRef) string {
	if ref.Namespace == "*" || s.isClusterWide(schema.GroupResource{Group: ref.Group, Resource: ref.Resource}) {
		return ""
	}
	return s.spaceOr(ref.Namespace)
}

func (s *session) isClusterWide(resource schema.GroupResource) bool {
	kind, err := s.checker.kinds.KindFor(resource.WithVersion(""))
	if err != nil {
		return false
	}
	mapping, err := s.checker.kinds.RESTMapping(kind.GroupKind(), kind.Version)
	return err == nil && mapping.Scope.Name() == meta.RESTScopeNameRoot
}

// groupsOf adds the groups that authentication would: every service account is
// in three, anybody else who is somebody in one.
func groupsOf(ref course.AccessRef) []string {
	groups := slices.Clone(ref.Groups)
	add := func(g string) {
		if !slices.Contains(groups, g) {
			groups = append(groups, g)
		}
	}
	if account, ok := strings.CutPrefix(ref.User, "system:serviceaccount:"); ok {
		namespace, _, _ := strings.Cut(account, ":")
		add("system:serviceaccounts")
		add("system:serviceaccounts:" + namespace)
	}
	if ref.User == "system:anonymous" {
		add("system:unauthenticated")
	} else {
		add("system:authenticated")
	}
	return groups
}
