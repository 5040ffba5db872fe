package check

import (
	"context"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

const (
	// maxAtOnce is how many containers of a cluster are looked into at a time.
	maxAtOnce = 4
	// maxSampled is the largest number of Pods that one check looks into.
	maxSampled = 50
	// lookGap lies between two looks that events ask for.
	lookGap = 50 * time.Millisecond
	// lookAgain lies between two looks while the check fails.
	lookAgain = 250 * time.Millisecond
	// lookShare keeps slow commands from running all the time: one that takes a
	// second is not run again for this many.
	lookShare = 4
)

// sampler is a subject that cannot be watched: what a command in a container
// says, or a container's log. Its Pods are watched, and it looks again after
// each of their events; while the check fails, also without one.
type sampler struct {
	session *session
	rule    *watched
	pods    *objectSource
	take    func(context.Context, *corev1.Pod) sample
	wake    chan struct{}

	// Guarded by the session's lock.
	last  reading
	seen  string    // the Pods at the last look, by uid and version
	taken time.Time // when the last look began
}

var _ source = (*sampler)(nil)

// sampled makes the source of an exec or a logs subject.
func (s *session) sampled(w *watched) source {
	p := &sampler{session: s, rule: w, wake: make(chan struct{}, 1), last: reading{pending: true}}
	space, name, selector := "", "", ""
	if e := w.check.Exec; e != nil {
		space, name, selector = e.Namespace, e.Pod, e.LabelSelector
		p.take = func(ctx context.Context, pod *corev1.Pod) sample { return s.checker.run(ctx, e, pod) }
	}
	if l := w.check.Logs; l != nil {
		space, name, selector = l.Namespace, l.Pod, l.LabelSelector
		p.take = func(ctx context.Context, pod *corev1.Pod) sample { return s.checker.readLog(ctx, l, pod, s.since) }
	}
	if s.checker.options.Confined && s.spaceOr(space) != s.namespace {
		p.last = reading{unjudged: textElsewhere(s.namespace)}
		return p
	}
	ref := course.ListRef{APIVersion: "v1", Kind: "Pod", Namespace: s.spaceOr(space), LabelSelector: selector}
	if name != "" {
		ref.FieldSelector = fields.OneTermEqualSelector(metav1.ObjectNameField, name).String()
	}
	p.pods = s.list(ref).(*objectSource)
	s.samples = append(s.samples, p)
	return p
}

// read implements source.
func (p *sampler) read() reading { return p.last }

// podsMoved is called, under the lock, after each change of any source.
func (p *sampler) podsMoved() {
	if r := p.pods.read(); !r.pending && (p.taken.IsZero() || versions(r) != p.seen) {
		notify(p.wake)
	}
}

// versions tells two states of the Pods apart.
func versions(r reading) string {
	var b strings.Builder
	items, _ := r.value.([]any)
	for _, item := range items {
		meta, _ := item.(map[string]any)["metadata"].(map[string]any)
		uid, _ := meta["uid"].(string)
		version, _ := meta["resourceVersion"].(string)
		b.WriteString(uid + "@" + version + " ")
	}
	return b.String()
}

// follow looks until ctx ends.
func (p *sampler) follow(ctx context.Context) error {
	var again <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.wake:
		case <-again:
		}
		again = nil
		began := time.Now()
		if p.look(ctx, began) {
			again = time.After(max(lookAgain, lookShare*time.Since(began)))
		}
		if !pause(ctx, lookGap) {
			return ctx.Err()
		}
	}
}

// look looks into the containers. It returns true if looking again may show
// something else although the Pods do not change.
func (p *sampler) look(ctx context.Context, began time.Time) (again bool) {
	pods := p.present()
	next := pods
	if items, ok := pods.value.([]any); ok {
		next = p.lookInto(ctx, items)
	}
	if ctx.Err() != nil {
		return false
	}
	s := p.session
	s.mu.Lock()
	defer s.mu.Unlock()
	first := p.taken.IsZero() && p.last.pending
	before := p.verdict()
	p.last, p.taken, p.seen = next, began, versions(pods)
	after := p.verdict()
	if first || before != after {
		s.moved()
	}
	return after.Result != protocol.Pass && next.samples != nil
}

// present reads the Pods.
func (p *sampler) present() reading {
	p.session.mu.Lock()
	defer p.session.mu.Unlock()
	return p.pods.read()
}

// verdict is the rule's at present, under the lock.
func (p *sampler) verdict() protocol.Verdict {
	if p.last.pending {
		return protocol.Verdict{}
	}
	return p.session.judge(p.rule)
}

// lookInto takes a sample of every Pod that is meant, a few at a time.
func (p *sampler) lookInto(ctx context.Context, items []any) reading {
	pods, why := p.meant(items)
	if len(pods) == 0 {
		return reading{have: why}
	}
	if len(pods) > maxSampled {
		return reading{unjudged: textManyPods(maxSampled)}
	}
	samples := make([]sample, len(pods))
	var group sync.WaitGroup
	for i, pod := range pods {
		group.Go(func() {
			if p.session.checker.turn(ctx) {
				defer func() { <-p.session.checker.turns }()
				samples[i] = p.take(ctx, pod)
				samples[i].pod = pod.Name
			}
		})
	}
	group.Wait()
	return reading{there: true, samples: samples}
}

// turn waits until a container may be looked into; false means that ctx ended.
func (c *Checker) turn(ctx context.Context) bool {
	select {
	case c.turns <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// meant are the Pods to look into: for a command found by a selector, those that
// have not ended. Without any, why says so.
func (p *sampler) meant(items []any) (pods []*corev1.Pod, why course.Text) {
	byName := p.rule.check.Exec == nil || p.rule.check.Exec.Pod != ""
	for _, item := range items {
		pod := &corev1.Pod{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(item.(map[string]any), pod); err != nil {
			continue // the API server gives Pods
		}
		if byName || !hasEnded(pod) && pod.DeletionTimestamp == nil {
			pods = append(pods, pod)
		}
	}
	if p.rule.check.Exec != nil {
		return pods, textNoPod()
	}
	return pods, textNoPodYet()
}

func hasEnded(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

// sampleAgain asks those samplers that have not looked since a time to do so. It
// returns false if there are none.
func (s *session) sampleAgain(since time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := false
	for _, p := range s.samples {
		if p.taken.Before(since) {
			notify(p.wake)
			asked = true
		}
	}
	return asked
}
