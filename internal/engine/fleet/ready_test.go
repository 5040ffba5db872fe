package fleet

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kubetutor/internal/lab/protocol"
)

func TestAwaitReady(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.kubelet("node1")
	w.kubelet("node2")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var said []int
	done := make(chan error, 1)
	go func() { done <- w.AwaitReady(ctx, func(ready, _ int) { said = append(said, ready) }) }()
	w.register("node1")
	one, cancelOne := context.WithTimeout(t.Context(), patience)
	defer cancelOne()
	if err := w.AwaitReady(one, nil, "node1"); err != nil {
		t.Fatal(err)
	}
	w.register("node2")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if said[len(said)-1] != 2 {
		t.Errorf("it told of %v", said)
	}
}

func TestReadinessIsOfTheKubeletThatRuns(t *testing.T) {
	t.Parallel()
	started := time.Now()
	node := func(status corev1.ConditionStatus, beat time.Time) *corev1.Node {
		return &corev1.Node{Status: corev1.NodeStatus{Conditions: []corev1.NodeCondition{
			{Type: corev1.NodeReady, Status: status, LastHeartbeatTime: metav1.NewTime(beat.Truncate(time.Second))},
		}}}
	}
	for name, c := range map[string]struct {
		node *corev1.Node
		want protocol.NodeState
	}{
		"ready":       {node(corev1.ConditionTrue, started), protocol.NodeReady},
		"said before": {node(corev1.ConditionTrue, started.Add(-2*time.Second)), protocol.NodeJoining},
		"not ready":   {node(corev1.ConditionFalse, started), protocol.NodeNotReady},
		"unknown":     {node(corev1.ConditionUnknown, started), protocol.NodeUnknown},
		"nothing yet": {&corev1.Node{}, protocol.NodeNotReady},
	} {
		if got, _ := stateOf(c.node, started); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
