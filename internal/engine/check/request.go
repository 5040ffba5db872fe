package check

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"

	"kubetutor/internal/course"
)

const (
	requestsAtOnce = 4                // of one check
	manyLimit      = 20 * time.Second // of all requests of a check
)

// request makes the requests of a check from a Pod, or from outside where that is
// nil.
func (s *session) request(ctx context.Context, rule *rule, pod *corev1.Pod) sample {
	from, without := placeOf(pod)
	if without != nil {
		return *without
	}
	r, err := s.requester(ctx, rule.check.Request, pod)
	if err != nil {
		return notMade(err)
	}
	r.from = from
	if rule.check.Request.Times == 0 {
		a, err := r.answer(ctx)
		if err != nil {
			return notMade(err)
		}
		return sample{values: map[string]any{"response": a.values}, missing: a.missing()}
	}
	return s.requests(ctx, rule, r)
}

// requests makes several, and counts them.
func (s *session) requests(ctx context.Context, rule *rule, r *requester) sample {
	ctx, cancel := context.WithTimeout(ctx, manyLimit)
	defer cancel()
	answers, err := r.answers(ctx, rule.check.Request.Times)
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return sample{have: textTooSlow(manyLimit)}
	case err != nil:
		return notMade(err)
	}
	list := make([]any, len(answers))
	for i, a := range answers {
		list[i] = a.values
	}
	return sample{values: map[string]any{"responses": list, "shares": rule.shares(answers, s.vars)}}
}

// requester finds what a request needs besides its words.
func (s *session) requester(ctx context.Context, ref *course.RequestRef, pod *corev1.Pod) (*requester, error) {
	network, err := s.checker.network()
	if err != nil {
		return nil, err
	}
	limit, err := ref.Limit()
	if err != nil {
		return nil, err
	}
	r := &requester{reachOut: reachOut{network: network}, ref: ref, limit: limit, pod: pod}
	if ref.To != "" {
		target, err := course.ParseTarget(ref.To)
		if err != nil {
			return nil, err
		}
		if r.to, err = network.Locate(ctx, target, s.spaceOr("")); err != nil {
			return nil, fmt.Errorf("finding %s: %w", target, err)
		}
	}
	if t := ref.TLS; t != nil && t.Secret != "" {
		r.trusted, err = s.checker.authority(ctx, s.spaceOr(t.Namespace), t.Secret)
	}
	return r, err
}

// answers makes n requests, a few at once. An error means that one could not be
// made.
func (r *requester) answers(ctx context.Context, n int) ([]answer, error) {
	answers, errs := make([]answer, n), make([]error, n)
	turns := make(chan struct{}, requestsAtOnce)
	var group sync.WaitGroup
	for i := range n {
		turns <- struct{}{}
		group.Go(func() {
			defer func() { <-turns }()
			if errs[i] = ctx.Err(); errs[i] == nil {
				answers[i], errs[i] = r.answer(ctx)
			}
		})
	}
	group.Wait()
	return answers, errors.Join(errs...)
}
