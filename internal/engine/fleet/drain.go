package fleet

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
)

// drainEvery is how often it is looked which pods are left. kubectl asks again
// after 5 s when a disruption budget forbids an eviction; a lab is in a hurry.
const drainEvery = 250 * time.Millisecond

// drainNode cordons a node and evicts its pods, but those of DaemonSets and static
// ones, as kubectl drain --ignore-daemonsets does; it returns when they are gone.
func drainNode(ctx context.Context, client kubernetes.Interface, node string) error {
	cordon := []byte(`{"spec":{"unschedulable":true}}`)
	if _, err := client.CoreV1().Nodes().Patch(ctx, node, types.MergePatchType, cordon, metav1.PatchOptions{}); err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("cordoning node %s: %w", node, err)
	}
	tick := time.NewTicker(drainEvery)
	defer tick.Stop()
	for {
		left, err := evictable(ctx, client, node)
		if err == nil && len(left) == 0 {
			return nil
		}
		for _, pod := range left {
			if e := evict(ctx, client, pod); e != nil {
				err = e
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("draining node %s: %d pods are left (last: %v): %w", node, len(left), err, ctx.Err())
		case <-tick.C:
		}
	}
}

// evictable are the pods that keep a node from being drained.
func evictable(ctx context.Context, client kubernetes.Interface, node string) ([]corev1.Pod, error) {
	pods, err := podsOn(ctx, client, node)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(pods, func(p corev1.Pod) bool {
		owner := metav1.GetControllerOf(&p)
		_, static := p.Annotations[corev1.MirrorPodAnnotationKey]
		return static || owner != nil && owner.Kind == "DaemonSet"
	}), nil
}

// podsOn lists the pods that are bound to a node, or to any if node is empty.
func podsOn(ctx context.Context, client kubernetes.Interface, node string) ([]corev1.Pod, error) {
	options := metav1.ListOptions{}
	if node != "" {
		options.FieldSelector = fields.OneTermEqualSelector("spec.nodeName", node).String()
	}
	pods, err := client.CoreV1().Pods(metav1.NamespaceAll).List(ctx, options)
	if err != nil {
		return nil, fmt.Errorf("listing pods: %w", err)
	}
	return pods.Items, nil
}

// evict asks for a pod's end. A budget that forbids it for now is an error.
func evict(ctx context.Context, client kubernetes.Interface, pod corev1.Pod) error {
	if pod.DeletionTimestamp != nil {
		return nil
	}
	err := client.PolicyV1().Evictions(pod.Namespace).Evict(ctx, &policyv1.Eviction{
		ObjectMeta:    metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name},
		DeleteOptions: &metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions(string(pod.UID))},
	})
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) { // gone, or another one by now
		return nil
	}
	return err
}
