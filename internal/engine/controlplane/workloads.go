package controlplane

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
)

// workloadLimit is how long Pods of the baseline that had to be made anew may take
// to be ready: a second or two on an idle machine.
const workloadLimit = 30 * time.Second

// awaitWorkloads waits until all that the baseline's workloads run is ready, and
// makes their present Pods those of the baseline. Where nothing was made anew it
// returns at once.
func (c *ControlPlane) awaitWorkloads(ctx context.Context) error {
	var now keyspace
	var missing []string
	err := poll(ctx, workloadLimit, "the baseline's Pods to be ready", func() (bool, error) {
		var err error
		if now, err = readKeyspace(ctx, c.store.client); err != nil {
			return false, err
		}
		missing, err = now.unready()
		return len(missing) == 0, err
	})
	if err != nil {
		if ctx.Err() == nil && len(missing) > 0 {
			return &StuckError{Keys: missing}
		}
		return err
	}
	return c.adopt(now)
}

// adopt makes the Pods that the baseline's workloads have now those of the baseline.
func (c *ControlPlane) adopt(now keyspace) error {
	m := newMade(now, c.baseline, time.Time{})
	fresh := maps.Clone(c.baseline)
	maps.DeleteFunc(fresh, func(key string, e entry) bool { return strings.HasPrefix(key, podPrefix) && m.has(key, e.Value) })
	for key, e := range now {
		if strings.HasPrefix(key, podPrefix) && m.has(key, e.Value) {
			fresh[key] = e
		}
	}
	if maps.EqualFunc(fresh, c.baseline, func(a, b entry) bool { return true }) { // the same Pods
		return nil
	}
	c.baseline = fresh
	return fresh.save(c.nodesBaseline())
}

// nodesBaseline is the file of the baseline with the nodes of the profile.
func (c *ControlPlane) nodesBaseline() string { return c.file(baselineFile + "." + c.profile.Name) }

// outdated says whether the kept cluster is of an engine that gave clusters with
// nodes no Pods of their own. It cannot get them now: its baseline is of before.
func (c *ControlPlane) outdated() bool {
	files, err := filepath.Glob(c.file(baselineFile + ".*"))
	return err == nil && slices.ContainsFunc(files, func(file string) bool {
		kept, err := loadKeyspace(file)
		return err == nil && !kept.hasWorkloads()
	})
}

func (k keyspace) hasWorkloads() bool {
	for key := range k {
		if strings.HasPrefix(key, daemonSetPrefix) {
			return true
		}
	}
	return false
}

// unready names the workloads that do not have all of their Pods ready: those of a
// DaemonSet on every node, those of a ReplicaSet as many as it wants.
func (k keyspace) unready() (keys []string, err error) {
	nodes, err := k.nodes()
	if err != nil {
		return nil, err
	}
	ready, err := k.readyPods()
	if err != nil {
		return nil, err
	}
	for key, e := range k {
		want, of, err := pods(key, e, len(nodes))
		if err != nil {
			return nil, err
		}
		if ready[of] < want {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys, nil
}

// pods is how many Pods a workload wants, and its UID. A Deployment whose
// controller has not seen it wants one more than it can have.
func pods(key string, e entry, nodes int) (count int, of types.UID, err error) {
	switch {
	case strings.HasPrefix(key, daemonSetPrefix):
		o, err := decodeAs[*appsv1.DaemonSet](e.Value)
		if err != nil {
			return 0, "", err
		}
		return nodes, o.UID, nil
	case strings.HasPrefix(key, replicaSetPrefix):
		o, err := decodeAs[*appsv1.ReplicaSet](e.Value)
		if err != nil {
			return 0, "", err
		}
		return int(ptr.Deref(o.Spec.Replicas, 1)), o.UID, nil
	case strings.HasPrefix(key, deploymentPrefix):
		o, err := decodeAs[*appsv1.Deployment](e.Value)
		if err != nil || o.Status.ObservedGeneration >= o.Generation {
			return 0, "", err
		}
		return 1, o.UID, nil
	}
	return 0, "", nil
}

// readyPods counts the ready Pods by the UID of their owner.
func (k keyspace) readyPods() (map[types.UID]int, error) {
	count := map[types.UID]int{}
	for key, e := range k {
		if !strings.HasPrefix(key, podPrefix) {
			continue
		}
		pod, err := decodeAs[*corev1.Pod](e.Value)
		if err != nil {
			return nil, err
		}
		if !readyPod(pod) {
			continue
		}
		for _, owner := range pod.OwnerReferences {
			count[owner.UID]++
		}
	}
	return count, nil
}

func readyPod(pod *corev1.Pod) bool {
	return pod.DeletionTimestamp == nil && slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}
