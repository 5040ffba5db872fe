package controlplane

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestNodeBack: what a learner changes of a Node goes back, what its kubelet
// says of it stays.
func TestNodeBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*corev1.Node)
		back   bool
	}{
		"heartbeat": {change: func(n *corev1.Node) {
			n.Status.Conditions[0].LastHeartbeatTime = metav1.Now()
			n.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "kubelet"}}
		}},
		"images":   {change: func(n *corev1.Node) { n.Status.Images = []corev1.ContainerImage{{SizeBytes: 7}} }},
		"cordon":   {back: true, change: func(n *corev1.Node) { n.Spec.Unschedulable = true }},
		"label":    {back: true, change: func(n *corev1.Node) { n.Labels = map[string]string{"disk": "ssd"} }},
		"taint":    {back: true, change: func(n *corev1.Node) { n.Spec.Taints = []corev1.Taint{{Key: "a", Effect: "NoSchedule"}} }},
		"extended": {back: true, change: func(n *corev1.Node) { n.Status.Capacity["example.com/dongle"] = resource.MustParse("4") }},
	} {
		want, now := aNode(), aNode()
		now.Status.NodeInfo.KubeletVersion = "v9"
		c.change(now)
		got, err := nodeBack(stored(t, now), stored(t, want))
		if err != nil {
			t.Fatal(err)
		}
		if (got != nil) != c.back {
			t.Errorf("%s: written back %v, want %v", name, got != nil, c.back)
		}
		if got == nil {
			continue
		}
		expect := aNode()
		expect.Status.NodeInfo.KubeletVersion = "v9"
		if n, err := decodeNode(got); err != nil || !sameNode(n, expect) {
			t.Errorf("%s: written back as %v, %v", name, n, err)
		}
	}
}

func aNode() *corev1.Node {
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: "node1", UID: "u"},
		Spec:       corev1.NodeSpec{PodCIDR: "10.244.1.0/24"},
		Status: corev1.NodeStatus{
			Capacity:   corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("4")},
			Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}},
		},
	}
}

func stored(t *testing.T, n *corev1.Node) []byte {
	t.Helper()
	data, err := encodeNode(n)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestFreeRange: a node's number is its range's, where that is free.
func TestFreeRange(t *testing.T) {
	t.Parallel()
	taken := map[string]bool{"10.244.3.0/24": true, "10.244.255.0/24": true}
	for node, want := range map[string]string{
		"node2": "10.244.2.0/24", "node3": "10.244.254.0/24", "node0": "10.244.254.0/24", "edge": "10.244.254.0/24", "node999": "10.244.254.0/24",
	} {
		if got, err := freeRange(node, taken); err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", node, got, err, want)
		}
	}
	all := map[string]bool{}
	for n := range 256 {
		all[rangeNumber(n)] = true
	}
	if got, err := freeRange("node1", all); err == nil {
		t.Errorf("with none left: %s", got)
	}
}
