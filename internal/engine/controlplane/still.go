package controlplane

import (
	"context"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/cache"
)

// Still tells whether the control plane has nothing to do: every informer has seen
// all that is written and no more, and no object waits for its controller. Mark is of
// what is written; the same mark twice means that nothing was written in between,
// events and what lives by itself left out.
//
// Controllers act as soon as they have seen something, with exceptions: what they do
// later (Jobs, autoscalers, namespaces that end) is never still here. Nor is a
// cluster with nodes: what kubelets and containers are about to do is not known.
func (c *ControlPlane) Still(ctx context.Context) (mark string, still bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, err := readKeyspace(ctx, c.store.client)
	if err != nil || c.profile.Nodes > 0 {
		return "", false, err
	}
	now.withoutEvents()
	if now.awaitsSomething(c.baseline) {
		return now.mark(), false, nil
	}
	return now.mark(), c.isKnown(ctx, now), nil
}

// isKnown tells whether every informer shows the objects of its kind as they are
// written, and no others.
func (c *ControlPlane) isKnown(ctx context.Context, now keyspace) bool {
	written := now.sightings()
	for _, factory := range c.informers() {
		for kind, informer := range startedInformers(ctx, factory) {
			if !shows(informer, kind, written[kind]) {
				return false
			}
		}
	}
	return true
}

// sightings are what informers should show, by kind and key.
func (k keyspace) sightings() map[schema.GroupKind]map[string]sighting {
	all := map[schema.GroupKind]map[string]sighting{}
	for _, e := range k {
		s, ok := identify(e.Value)
		if !ok {
			continue
		}
		if all[s.kind] == nil {
			all[s.kind] = map[string]sighting{}
		}
		s.revision = e.Rev
		all[s.kind][s.key] = s
	}
	return all
}

// mark tells two states of the keyspace apart.
func (k keyspace) mark() string {
	newest := int64(0)
	for _, e := range k {
		newest = max(newest, e.Rev)
	}
	return strconv.FormatInt(newest, 10) + "/" + strconv.Itoa(len(k))
}

// awaitsSomething tells whether somebody has, or may have, something left to do for
// an object. What is as in the baseline awaits nothing.
func (k keyspace) awaitsSomething(baseline keyspace) bool {
	for key, e := range k {
		if was, ok := baseline[key]; (!ok || string(was.Value) != string(e.Value)) && awaited(key, e.Value) {
			return true
		}
	}
	return false
}

// late are the kinds whose controllers act, or try again, after a time of their own.
func late() []string {
	return []string{
		"jobs", "cronjobs", "horizontalpodautoscalers", "apiregistration.k8s.io", "apiextensions.k8s.io",
		"validatingadmissionpolicies", "validatingadmissionpolicybindings", "mutatingadmissionpolicies", "mutatingadmissionpolicybindings",
		"validatingwebhookconfigurations", "mutatingwebhookconfigurations", "resourceclaims", "certificatesigningrequests", "minions",
		"resourcequotas", "poddisruptionbudgets",
	}
}

func awaited(key string, value []byte) bool {
	resource, _, _ := strings.Cut(strings.TrimPrefix(key, registry), "/")
	if slices.Contains(late(), resource) {
		return true
	}
	meta, ok := metadataOf(value)
	if !ok || meta.Name == "" {
		return false // an allocation map and the like
	}
	return meta.DeletionTimestamp != nil || behind(value)
}

// behind tells whether an object's controller has not come to its present form, or
// a claim or a volume may find its other half.
func behind(value []byte) bool {
	o, _, err := scheme.Codecs.UniversalDeserializer().Decode(value, nil, nil)
	if err != nil {
		return true // of what is not known nothing is known
	}
	switch o := o.(type) {
	case *corev1.Pod:
		return !judgedByScheduler(o)
	case *corev1.PersistentVolumeClaim:
		return o.Status.Phase != corev1.ClaimBound
	case *corev1.PersistentVolume:
		return !(o.Status.Phase == corev1.VolumeAvailable && o.Spec.ClaimRef == nil || o.Status.Phase == corev1.VolumeBound)
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
	if err != nil {
		return true
	}
	generation, _, _ := unstructured.NestedInt64(content, "metadata", "generation")
	seen, reports, _ := unstructured.NestedInt64(content, "status", "observedGeneration")
	_, scales, _ := unstructured.NestedFieldNoCopy(content, "spec", "replicas")
	return scales && !reports || reports && seen < generation
}

// judgedByScheduler tells whether a Pod has been given a node, or refused one.
func judgedByScheduler(pod *corev1.Pod) bool {
	return len(pod.Spec.SchedulingGates) > 0 || slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodScheduled
	})
}

// shows tells whether an informer shows what is written of its kind. What lives by
// itself is left out.
func shows(informer cache.SharedInformer, kind schema.GroupKind, written map[string]sighting) bool {
	for _, s := range written {
		if !s.seenBy(informer) {
			return false
		}
	}
	for _, key := range informer.GetStore().ListKeys() {
		if _, there := written[key]; !there && !livesByItself(kind, key) {
			return false
		}
	}
	return true
}

// livesByItself is isLive for an informer's keys.
func livesByItself(kind schema.GroupKind, key string) bool {
	return kind.Kind == "Lease" || kind.Kind == "Event" || strings.HasPrefix(key, "default/kubernetes")
}
