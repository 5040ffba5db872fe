package fleet

import (
	"context"
	"errors"
	"time"

	corev1 "k8s.io/api/core/v1"

	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/engine/node/config"
	"kubetutor/internal/lab/protocol"
)

const millicore = 1_000_000 // billionths of a core

// List tells how all nodes are, by number. What cannot be found out at the moment
// (usage while the runtime starts, pods while the API server is paused) is left
// empty.
func (f *Fleet) List(ctx context.Context) []protocol.Node {
	pods := f.podCounts(ctx)
	members := f.all()
	out := make([]protocol.Node, len(members))
	for i, m := range members {
		out[i] = f.describe(ctx, m)
		out[i].Pods = pods[m.record.Name]
	}
	return out
}

// Node tells how one node is.
func (f *Fleet) Node(ctx context.Context, name string) (protocol.Node, error) {
	for _, n := range f.List(ctx) {
		if n.Name == name {
			return n, nil
		}
	}
	_, err := f.find(name)
	return protocol.Node{}, err
}

func (f *Fleet) describe(ctx context.Context, m *member) protocol.Node {
	r := m.snapshot()
	m.mu.Lock()
	pid, since, removing := m.pid, m.since, m.removing
	m.mu.Unlock()
	n := protocol.Node{
		Name: r.Name, IP: ipOf(r.Number).String(), Zone: r.Zone, Added: r.Added, Pressure: r.Pressure,
		Kubelet: pid, Since: since, Usage: f.usage(ctx, r.Name),
		Capacity: protocol.Resources{CPU: nodeCPUs * millisOfCore, Memory: nodeMemory, Disk: nodeDisk, Pods: nodePods, PIDs: config.MaxPIDs},
	}
	node, err := f.nodes.Get(r.Name)
	switch {
	case r.Stopped:
		n.State = protocol.NodeStopped
	case removing:
		n.State = protocol.NodeRemoving
	case err != nil:
		n.State = protocol.NodeJoining
	default:
		n.State, n.Since = stateOf(node, since)
	}
	n.Unschedulable = err == nil && node.Spec.Unschedulable
	return n
}

// stateOf is what the API says of a node, and since when.
func stateOf(node *corev1.Node, started time.Time) (protocol.NodeState, time.Time) {
	c := condition(node, corev1.NodeReady)
	switch {
	case saysReady(node, started):
		return protocol.NodeReady, c.LastTransitionTime.Time
	case c.Status == corev1.ConditionTrue:
		return protocol.NodeJoining, started // an earlier kubelet said so
	case c.Status == corev1.ConditionUnknown:
		return protocol.NodeUnknown, c.LastTransitionTime.Time
	default:
		return protocol.NodeNotReady, c.LastTransitionTime.Time
	}
}

func (f *Fleet) usage(ctx context.Context, name string) protocol.Resources {
	u, err := f.control.Usage(ctx, name)
	if err != nil {
		u = control.Usage{}
	}
	return protocol.Resources{CPU: u.CPU / millicore, Memory: u.Memory, Disk: u.Disk, PIDs: int64(u.PIDs)}
}

// podCounts counts the pods on each node that have not finished.
func (f *Fleet) podCounts(ctx context.Context) map[string]int {
	counts := map[string]int{}
	pods, err := podsOn(ctx, f.o.Client, "")
	if err != nil && !errors.Is(err, context.Canceled) {
		f.o.Log.Warn("counting pods", "error", err)
	}
	for _, p := range pods {
		if p.Status.Phase != corev1.PodSucceeded && p.Status.Phase != corev1.PodFailed {
			counts[p.Spec.NodeName]++
		}
	}
	return counts
}

// Count is how many nodes there are, stopped ones included.
func (f *Fleet) Count() int { return len(f.all()) }

// Names are the nodes' names, by number.
func (f *Fleet) Names() (names []string) {
	for _, m := range f.all() {
		names = append(names, m.record.Name)
	}
	return names
}

// RuntimePID is the number of the runtime's process, 0 while there is none. One
// that was taken over is nobody's child.
func (f *Fleet) RuntimePID() int { return f.runtime.process() }
