package fleet

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// AwaitReady waits until the named nodes, or all that are not stopped, can take
// pods. It calls tell at the beginning and whenever more or fewer of them can;
// tell may be nil.
func (f *Fleet) AwaitReady(ctx context.Context, tell func(ready, want int), names ...string) error {
	last := -1
	for {
		changed := f.nodes.next() // before looking: no change is missed
		ready, want := f.countReady(names)
		if tell != nil && ready != last {
			tell(ready, want)
		}
		if last = ready; ready == want {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%d of %d nodes are ready: %w", ready, want, ctx.Err())
		}
	}
}

func (f *Fleet) countReady(names []string) (ready, want int) {
	for _, m := range f.all() {
		if m.stopped() || len(names) > 0 && !slices.Contains(names, m.record.Name) {
			continue
		}
		want++
		if f.ready(m) {
			ready++
		}
	}
	return ready, want
}

// ready says whether pods can run on a node now.
func (f *Fleet) ready(m *member) bool {
	node, err := f.nodes.Get(m.record.Name)
	if err != nil || slices.ContainsFunc(node.Spec.Taints, keepsOut) {
		return false
	}
	m.mu.Lock()
	since := m.since
	m.mu.Unlock()
	return saysReady(node, since)
}

// keepsOut tells taints that are there only until a node is ready.
func keepsOut(t corev1.Taint) bool {
	switch t.Key {
	case corev1.TaintNodeNotReady, corev1.TaintNodeUnreachable:
		return true
	default:
		return false
	}
}

// saysReady says whether the kubelet that was started at since has said that it is
// ready: what one before it said is in the API still. The API knows seconds.
func saysReady(node *corev1.Node, since time.Time) bool {
	c := condition(node, corev1.NodeReady)
	return c.Status == corev1.ConditionTrue && !c.LastHeartbeatTime.Time.Before(since.Truncate(time.Second))
}

// condition is a node's condition of a type, the zero value if it has none.
func condition(node *corev1.Node, kind corev1.NodeConditionType) corev1.NodeCondition {
	for _, c := range node.Status.Conditions {
		if c.Type == kind {
			return c
		}
	}
	return corev1.NodeCondition{}
}
