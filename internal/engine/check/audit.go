package check

import (
	"context"
	"strings"
	"sync/atomic"

	"kubetutor/internal/course"
)

// auditSource is the list of the learner's requests that a check asks for.
type auditSource struct {
	session  *session
	ref      course.AuditRef
	stale    atomic.Bool // a request has come since requests was made
	started  bool
	requests []any
}

func (s *session) audit(ref course.AuditRef) source {
	a := &auditSource{session: s, ref: ref}
	s.audits = append(s.audits, a)
	return a
}

// read implements source.
func (a *auditSource) read() reading {
	from := a.session.checker.options.Audit
	switch {
	case from == nil:
		return reading{unjudged: textNoAudit()}
	case a.session.gap && !isComplete(from, a.session):
		return reading{unjudged: textGap()}
	case !a.started:
		return reading{pending: true}
	}
	if a.stale.Swap(false) {
		a.requests = []any{}
		for _, r := range from.Since(a.session.since) {
			if isLearners(r) && matches(a.ref, r) {
				a.requests = append(a.requests, asMap(r))
			}
		}
	}
	return reading{there: true, value: a.requests}
}

func isComplete(from AuditSource, s *session) bool {
	h, ok := from.(History)
	return ok && h.Complete(s.since)
}

// followAudit keeps the requests up to date. The source calls while it holds
// its own lock, and so nothing is done here but to leave word.
func (s *session) followAudit(ctx context.Context) error {
	if len(s.audits) == 0 || s.checker.options.Audit == nil {
		return nil
	}
	cancel := s.checker.options.Audit.Subscribe(func(r Request) {
		for _, a := range s.audits {
			if matches(a.ref, r) {
				a.stale.Store(true)
				s.nudge()
			}
		}
	})
	defer cancel()
	s.mu.Lock()
	for _, a := range s.audits {
		a.stale.Store(true)
		a.started = true
	}
	s.moved()
	s.mu.Unlock()
	<-ctx.Done()
	return ctx.Err()
}

// isLearners tells whether a person made the request, and not the engine or a
// part of the cluster.
func isLearners(r Request) bool {
	return !strings.HasPrefix(r.User, "kubetutor:") && !strings.HasPrefix(r.User, "system:")
}

func matches(ref course.AuditRef, r Request) bool {
	for _, f := range [][2]string{
		{ref.Verb, r.Verb}, {ref.Group, r.Group}, {ref.Resource, r.Resource}, {ref.Subresource, r.Subresource},
		{ref.Namespace, r.Namespace}, {ref.Name, r.Name},
	} {
		if f[0] != "" && f[0] != f[1] {
			return false
		}
	}
	return true
}

// asMap binds a request under the names of an audit.k8s.io/v1 Event.
func asMap(r Request) map[string]any {
	groups := make([]any, len(r.Groups))
	for i, g := range r.Groups {
		groups[i] = g
	}
	return map[string]any{
		"verb": r.Verb, "user": r.User, "groups": groups, "impersonatedUser": r.Impersonated,
		"group": r.Group, "resource": r.Resource, "subresource": r.Subresource,
		"namespace": r.Namespace, "name": r.Name, "uri": r.URI, "code": int64(r.Code),
	}
}
