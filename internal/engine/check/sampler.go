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
// says, a container's log, or what the network answers. Its Pods are watched, and
// it looks again after each of their events; while the check fails, also without
// one. One that looks at the network does so after what happens there as well; see
// traffic.go.
type sampler struct {
	session *session
	rule    *watched
	pods    *objectSource // nil: it looks from outside of the cluster
	take    func(context.Context, *corev1.Pod) sample
	turns   chan struct{} // holds a token for each look that may be taken at once
	wake    chan struct{}
	traffic *traffic // nil: it does not look at the network

	// Guarded by the session's lock.
	last  reading
	seen  string    // the Pods at the last look, by uid and version
	taken time.Time // when the last look began
}

var _ source = (*sampler)(nil)

// sampled makes the source of a subject that is looked at.
func (s *session) sampled(w *watched) source {
	p := &sampler{session: s, rule: w, wake: make(chan struct{}, 1), turns: s.checker.turns, last: reading{pending: true}}
	from := course.FromRef{}
	switch c := w.check; {
	case c.Exec != nil:
		from = course.FromRef{Namespace: c.Exec.Namespace, Pod: c.Exec.Pod, LabelSelector: c.Exec.LabelSelector}
		p.take = func(ctx context.Context, pod *corev1.Pod) sample { return s.checker.run(ctx, c.Exec, pod) }
	case c.Logs != nil:
		from = course.FromRef{Namespace: c.Logs.Namespace, Pod: c.Logs.Pod, LabelSelector: c.Logs.LabelSelector}
		p.take = func(ctx context.Context, pod *corev1.Pod) sample { return s.checker.readLog(ctx, c.Logs, pod, s.since) }
	case c.Request != nil:
		from = c.Request.From
		p.take = func(ctx context.Context, pod *corev1.Pod) sample { return s.request(ctx, w.rule, pod) }
	case c.Resolve != nil:
		from = c.Resolve.From
		p.take = func(ctx context.Context, pod *corev1.Pod) sample { return s.resolve(ctx, c.Resolve, pod) }
	}
	if s.checker.options.Confined && s.spaceOr(from.Namespace) != s.namespace {
		p.last = reading{unjudged: textElsewhere(s.namespace)}
		return p
	}
	if w.looksAtNetwork() {
		p.turns, p.traffic = s.checker.requests, &traffic{moved: s.began}
	}
	if !from.Outside {
		p.pods = s.podsOf(from)
	}
	s.samples = append(s.samples, p)
	return p
}

// podsOf watches the Pods that are meant.
func (s *session) podsOf(from course.FromRef) *objectSource {
	ref := course.ListRef{APIVersion: "v1", Kind: "Pod", Namespace: s.spaceOr(from.Namespace), LabelSelector: from.LabelSelector}
	if from.Pod != "" {
		ref.FieldSelector = fields.OneTermEqualSelector(metav1.ObjectNameField, from.Pod).String()
	}
	return s.list(ref).(*objectSource)
}

// read implements source.
func (p *sampler) read() reading { return p.last }

// podsMoved is called, under the lock, after each change of any source.
func (p *sampler) podsMoved() {
	if r := p.present(); !r.pending && (p.taken.IsZero() || versions(r) != p.seen) {
		notify(p.wake)
	}
}

// versions tells two states of the Pods apart.
func versions(r reading) string {
	var b strings.Builder
	items, _ := r.value.([]any)
	for _, item := range items {
		object, _ := item.(map[string]any) // nil: outside
		meta, _ := object["metadata"].(map[string]any)
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
		unsure := p.look(ctx, began)
		if wait := p.rest(unsure, time.Since(began)); wait > 0 {
			again = time.After(wait)
		}
		if !pause(ctx, lookGap) {
			return ctx.Err()
		}
	}
}

// rest is how long to wait after a look for the next one that nothing asks for; 0
// is for ever. Unsure says that another look may show something else.
func (p *sampler) rest(unsure bool, took time.Duration) time.Duration {
	switch {
	case p.traffic != nil:
		return p.restOfTraffic(unsure)
	case unsure:
		return max(lookAgain, lookShare*took)
	}
	return 0
}

// look looks into the containers. It returns true if looking again may show
// something else although the Pods do not change.
func (p *sampler) look(ctx context.Context, began time.Time) (again bool) {
	s := p.session
	s.mu.Lock()
	pods := p.present()
	s.mu.Unlock()
	next := pods
	if items, ok := pods.value.([]any); ok {
		var complete bool
		if next, complete = p.lookInto(ctx, items); !complete {
			return true
		}
	}
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

// present reads the Pods, under the lock. Outside there is one place to look from.
func (p *sampler) present() reading {
	if p.pods == nil {
		return reading{there: true, value: []any{nil}}
	}
	return p.pods.read()
}

// verdict is the rule's at present, under the lock.
func (p *sampler) verdict() protocol.Verdict {
	if p.last.pending {
		return protocol.Verdict{}
	}
	return p.session.judge(p.rule)
}

// lookInto takes a sample of every Pod that is meant, a few at a time. Complete is
// false if it was cut short: by the end of ctx, or because it is out of date.
func (p *sampler) lookInto(ctx context.Context, items []any) (r reading, complete bool) {
	pods, why := p.meant(items)
	if len(pods) == 0 {
		return reading{have: why}, true
	}
	if len(pods) > maxSampled {
		return reading{unjudged: textManyPods(maxSampled)}, true
	}
	ctx, end := p.undisturbed(ctx)
	defer end()
	samples := make([]sample, len(pods))
	var group sync.WaitGroup
	for i, pod := range pods {
		group.Go(func() {
			if turn(ctx, p.turns) {
				defer func() { <-p.turns }()
				samples[i] = p.take(ctx, pod)
				samples[i].pod = nameOf(pod)
			}
		})
	}
	group.Wait()
	return reading{there: true, samples: p.unsettled(samples)}, ctx.Err() == nil
}

func nameOf(pod *corev1.Pod) string {
	if pod == nil {
		return ""
	}
	return pod.Name
}

// turn waits until one more look may be taken; false means that ctx ended.
func turn(ctx context.Context, turns chan<- struct{}) bool {
	select {
	case turns <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// meant are the Pods to look into: of those that a selector finds, only the ones
// that have not ended, unless it is their logs that are read. Without any, why
// says so. The one of outside is nil.
func (p *sampler) meant(items []any) (pods []*corev1.Pod, why course.Text) {
	if p.pods == nil {
		return []*corev1.Pod{nil}, why
	}
	all := p.rule.check.Logs != nil || p.pods.list.LabelSelector == ""
	for _, item := range items {
		pod := &corev1.Pod{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(item.(map[string]any), pod); err != nil {
			continue // the API server gives Pods
		}
		if all || !hasEnded(pod) && pod.DeletionTimestamp == nil {
			pods = append(pods, pod)
		}
	}
	if p.rule.check.Logs != nil {
		return pods, textNoPodYet()
	}
	return pods, textNoPod()
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
		due := p.due(since)
		if !p.taken.Before(due) {
			continue
		}
		asked = true
		if time.Now().After(due) {
			notify(p.wake)
		}
	}
	return asked
}
