package controlplane

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
)

// Prefixes of objects that make others, and of those that are made.
const (
	podPrefix        = registry + "pods/"
	slicePrefix      = registry + "endpointslices/"
	endpointsPrefix  = registry + "services/endpoints/"
	servicePrefix    = registry + "services/specs/"
	daemonSetPrefix  = registry + "daemonsets/"
	deploymentPrefix = registry + "deployments/"
	replicaSetPrefix = registry + "replicasets/"
)

// made tells what objects of the baseline make by themselves: the Pods of its
// DaemonSets and ReplicaSets, the endpoints of its Services. Those are not the
// baseline's by name: one that somebody deleted is made anew by its controller under
// another name, and a Pod's status is its kubelet's. So they are never restored. A
// Pod that is not as it was is removed, and its controller makes a good one.
type made struct {
	now, baseline keyspace
	owners        map[types.UID]bool
	since         time.Time // when going back began: a Pod made since is a good one
}

func newMade(now, baseline keyspace, since time.Time) made {
	m := made{now: now, baseline: baseline, owners: map[types.UID]bool{}, since: since.Truncate(time.Second)} // as creation times are
	for key, e := range baseline {
		if !startsWith(key, daemonSetPrefix, replicaSetPrefix, servicePrefix) {
			continue
		}
		if o, ok := metadataOf(e.Value); ok {
			m.owners[o.UID] = true
		}
	}
	return m
}

func startsWith(key string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) })
}

// has says whether a key is of an object that the baseline's own make.
func (m made) has(key string, value []byte) bool {
	if name, ok := strings.CutPrefix(key, endpointsPrefix); ok {
		_, ok := m.baseline[servicePrefix+name]
		return ok
	}
	if !startsWith(key, podPrefix, slicePrefix) {
		return false
	}
	o, ok := metadataOf(value)
	return ok && slices.ContainsFunc(o.OwnerReferences, func(r metav1.OwnerReference) bool { return m.owners[r.UID] })
}

// spoilt says whether something that was made is to be made anew.
func (m made) spoilt(key string, e entry) (bool, error) {
	if !strings.HasPrefix(key, podPrefix) {
		return false, nil
	}
	pod, err := decodeAs[*corev1.Pod](e.Value)
	if err != nil {
		return false, err
	}
	if pod.DeletionTimestamp != nil || stuck(pod) || m.configured(pod) || m.stray(pod) {
		return true, nil
	}
	want, ok := m.baseline[key]
	if !ok {
		return pod.CreationTimestamp.Time.Before(m.since), nil
	}
	was, err := decodeAs[*corev1.Pod](want.Value)
	return err == nil && !samePod(pod, was), err
}

// stuck says whether a Pod's containers wait for something that may not come, or
// not soon: for an image, or for the end of a back-off.
func stuck(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodFailed || slices.ContainsFunc(pod.Status.ContainerStatuses, func(s corev1.ContainerStatus) bool {
		return s.State.Waiting != nil && !slices.Contains([]string{"", "ContainerCreating", "PodInitializing"}, s.State.Waiting.Reason)
	})
}

// stray says whether a Pod is on a node that the baseline does not have.
func (m made) stray(pod *corev1.Pod) bool {
	_, ok := m.baseline[nodePrefix+pod.Spec.NodeName]
	return pod.Spec.NodeName != "" && !ok
}

// samePod compares all but the status.
func samePod(a, b *corev1.Pod) bool {
	return a.UID == b.UID && equality.Semantic.DeepEqual(a.Labels, b.Labels) &&
		equality.Semantic.DeepEqual(a.Annotations, b.Annotations) && equality.Semantic.DeepEqual(a.Spec, b.Spec)
}

// configured says whether a Pod has read configuration that is not the baseline's.
func (m made) configured(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.Spec.Volumes, func(v corev1.Volume) bool {
		switch {
		case v.ConfigMap != nil:
			return m.differs(registry + "configmaps/" + pod.Namespace + "/" + v.ConfigMap.Name)
		case v.Secret != nil:
			return m.differs(registry + "secrets/" + pod.Namespace + "/" + v.Secret.SecretName)
		}
		return false
	})
}

func (m made) differs(key string) bool { return !bytes.Equal(m.now[key].Value, m.baseline[key].Value) }

// workloadBack returns what a DaemonSet, a Deployment or a ReplicaSet should be
// written as so that it is as in the baseline; nil if it is. Its status is its
// controller's.
func workloadBack(now, baseline []byte) ([]byte, error) {
	have, err := decodeAs[runtime.Object](now)
	if err != nil {
		return nil, err
	}
	want, err := decodeAs[runtime.Object](baseline)
	if err != nil {
		return nil, err
	}
	if equality.Semantic.DeepEqual(wanted(have), wanted(want)) {
		return nil, nil
	}
	return baseline, nil
}

// wanted is a workload without what its controller says of it, and without who
// has written which field last.
func wanted(o runtime.Object) runtime.Object {
	switch o := o.(type) {
	case *appsv1.DaemonSet:
		o.Status, o.ManagedFields = appsv1.DaemonSetStatus{}, nil
	case *appsv1.Deployment:
		o.Status, o.ManagedFields = appsv1.DeploymentStatus{}, nil
	case *appsv1.ReplicaSet:
		o.Status, o.ManagedFields = appsv1.ReplicaSetStatus{}, nil
	}
	return o
}

// decodeAs reads a stored object of a built-in kind.
func decodeAs[T runtime.Object](value []byte) (T, error) {
	var none T
	o, _, err := scheme.Codecs.UniversalDeserializer().Decode(value, nil, nil)
	if err != nil {
		return none, fmt.Errorf("reading a stored object: %w", err)
	}
	t, ok := o.(T)
	if !ok {
		return none, fmt.Errorf("reading a stored object: it is a %T", o)
	}
	return t, nil
}
