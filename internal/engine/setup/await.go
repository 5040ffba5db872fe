package setup

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	watchtools "k8s.io/client-go/tools/watch"
)

// namespaceUsable waits for the service account without which no pod is
// accepted.
func (a *Applier) namespaceUsable(ctx context.Context, ns *unstructured.Unstructured, waiting func(string)) error {
	waiting("the default service account of " + ns.GetName())
	return a.await(ctx, serviceAccounts, ns.GetName(), "default", func(*unstructured.Unstructured) bool { return true })
}

// definitionUsable waits until the API server serves a new kind: the definition
// says Established a moment before discovery and the handler know.
func (a *Applier) definitionUsable(ctx context.Context, crd *unstructured.Unstructured, waiting func(string)) error {
	waiting("the kind of " + crd.GetName())
	mapping, err := a.mapping(crd.GroupVersionKind())
	if err != nil {
		return err
	}
	if err := a.await(ctx, mapping.Resource, "", crd.GetName(), established); err != nil {
		return err
	}
	for _, gvr := range served(crd) {
		if err := a.awaitServed(ctx, gvr); err != nil {
			return err
		}
	}
	a.mapper.Reset()
	return nil
}

func established(crd *unstructured.Unstructured) bool { return holds(crd, "Established") }

// holds tells whether a condition of an object's status is true.
func holds(o *unstructured.Unstructured, kind string) bool {
	conditions, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	for _, c := range conditions {
		condition, _ := c.(map[string]any)
		if condition["type"] == kind && condition["status"] == "True" {
			return true
		}
	}
	return false
}

// served lists the resources that a definition brings.
func served(crd *unstructured.Unstructured) []schema.GroupVersionResource {
	group, _, _ := unstructured.NestedString(crd.Object, "spec", "group")
	plural, _, _ := unstructured.NestedString(crd.Object, "spec", "names", "plural")
	versions, _, _ := unstructured.NestedSlice(crd.Object, "spec", "versions")
	var out []schema.GroupVersionResource
	for _, v := range versions {
		version, _ := v.(map[string]any)
		name, _ := version["name"].(string)
		if on, _ := version["served"].(bool); on && name != "" {
			out = append(out, schema.GroupVersionResource{Group: group, Version: name, Resource: plural})
		}
	}
	return out
}

// awaitServed asks until the resource is served. There is nothing to watch: the
// API server installs a handler some milliseconds after the condition.
func (a *Applier) awaitServed(ctx context.Context, gvr schema.GroupVersionResource) error {
	return wait.PollUntilContextTimeout(ctx, 10*time.Millisecond, awaitLimit, true, func(ctx context.Context) (bool, error) {
		_, err := a.client.Resource(gvr).List(ctx, metav1.ListOptions{Limit: 1})
		if apierrors.IsNotFound(err) {
			return false, nil
		}
		return err == nil, err
	})
}

// await watches one object until it is there and ready says yes.
func (a *Applier) await(ctx context.Context, gvr schema.GroupVersionResource, namespace, name string, ready func(*unstructured.Unstructured) bool) error {
	return a.awaitFor(ctx, awaitLimit, gvr, namespace, name, ready)
}

func (a *Applier) awaitFor(ctx context.Context, limit time.Duration, gvr schema.GroupVersionResource, namespace, name string, ready func(*unstructured.Unstructured) bool) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	// Without a resource version a watch begins with what is there.
	events, err := a.client.Resource(gvr).Namespace(namespace).Watch(ctx, metav1.ListOptions{
		FieldSelector: fields.OneTermEqualSelector("metadata.name", name).String(),
	})
	if err != nil {
		return fmt.Errorf("watching %s %s: %w", gvr.Resource, name, err)
	}
	_, err = watchtools.UntilWithoutRetry(ctx, events, func(e watch.Event) (bool, error) {
		if e.Type == watch.Error {
			return false, apierrors.FromObject(e.Object)
		}
		o, ok := e.Object.(*unstructured.Unstructured)
		return ok && e.Type != watch.Deleted && ready(o), nil
	})
	if err != nil {
		return fmt.Errorf("%s %s: %w", gvr.Resource, name, err)
	}
	return nil
}
