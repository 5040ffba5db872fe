package controlplane

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/runtime"
)

// nodePrefix is where Node objects are.
const nodePrefix = registry + "minions/"

func isNodeKey(key string) bool { return strings.HasPrefix(key, nodePrefix) }

// nodeBack returns what a Node should be written as so that it is as in the
// baseline: its own are metadata, spec and what it has to offer; the rest of its
// status is the kubelet's, which goes on telling it. Nothing to do is nil.
func nodeBack(now, baseline []byte) ([]byte, error) {
	have, err := decodeNode(now)
	if err != nil {
		return nil, err
	}
	want, err := decodeNode(baseline)
	if err != nil {
		return nil, err
	}
	back := have.DeepCopy()
	back.ObjectMeta, back.Spec = want.ObjectMeta, want.Spec
	back.Status.Capacity, back.Status.Allocatable = want.Status.Capacity, want.Status.Allocatable
	if sameNode(have, back) {
		return nil, nil
	}
	return encodeNode(back)
}

// sameNode leaves out who has written which field last.
func sameNode(a, b *corev1.Node) bool {
	a, b = a.DeepCopy(), b.DeepCopy()
	a.ManagedFields, b.ManagedFields = nil, nil
	return equality.Semantic.DeepEqual(a, b)
}

// protobufMark begins every stored value of a built-in kind.
var protobufMark = []byte("k8s\x00")

func decodeNode(value []byte) (*corev1.Node, error) {
	raw, ok := bytes.CutPrefix(value, protobufMark)
	var envelope runtime.Unknown
	var node corev1.Node
	if !ok {
		return nil, fmt.Errorf("a stored Node is not protobuf")
	}
	if err := envelope.Unmarshal(raw); err != nil {
		return nil, fmt.Errorf("reading a stored Node: %w", err)
	}
	if err := node.Unmarshal(envelope.Raw); err != nil {
		return nil, fmt.Errorf("reading a stored Node: %w", err)
	}
	return &node, nil
}

func encodeNode(node *corev1.Node) ([]byte, error) {
	raw, err := node.Marshal()
	if err != nil {
		return nil, fmt.Errorf("writing a Node: %w", err)
	}
	envelope := runtime.Unknown{TypeMeta: runtime.TypeMeta{APIVersion: "v1", Kind: "Node"}, Raw: raw}
	data, err := envelope.Marshal()
	if err != nil {
		return nil, fmt.Errorf("writing a Node: %w", err)
	}
	return append(slices.Clone(protobufMark), data...), nil
}

// nodes returns the Node objects by name.
func (k keyspace) nodes() (map[string]*corev1.Node, error) {
	found := map[string]*corev1.Node{}
	for key, e := range k {
		if !isNodeKey(key) {
			continue
		}
		n, err := decodeNode(e.Value)
		if err != nil {
			return nil, err
		}
		found[n.Name] = n
	}
	return found, nil
}

// settledNode says whether a Node has all that the cluster gives it by itself, and
// is ready for Pods.
func settledNode(n *corev1.Node) bool {
	return isReady(n) && n.Spec.PodCIDR != "" && len(n.Spec.Taints) == 0 && n.Annotations["node.alpha.kubernetes.io/ttl"] != ""
}

func isReady(n *corev1.Node) bool {
	return slices.ContainsFunc(n.Status.Conditions, func(c corev1.NodeCondition) bool {
		return c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue
	})
}
