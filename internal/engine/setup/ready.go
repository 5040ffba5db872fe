package setup

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// readyLimit is how long one part of an add-on may take to be ready.
const readyLimit = time.Minute

// AwaitReady waits until what a manifest has applied is at work: Deployments are
// available, DaemonSets run on every node, Jobs are complete, and load balancers
// have an address. Waiting is told what is being awaited.
func (a *Applier) AwaitReady(ctx context.Context, m Manifest, waiting func(string)) error {
	objects, err := parse(m.Text)
	if err != nil {
		return fmt.Errorf("reading %s: %w", m.File, err)
	}
	for _, o := range objects {
		ready := readiness(o)
		if ready == nil {
			continue
		}
		mapping, err := a.mapping(o.GroupVersionKind())
		if err != nil {
			return err
		}
		waiting(fmt.Sprintf("the %s %s", o.GetKind(), o.GetName()))
		if err := a.awaitFor(ctx, readyLimit, mapping.Resource, namespaceOf(o, m.Namespace), o.GetName(), ready); err != nil {
			return fmt.Errorf("waiting until %s is at work: %w", m.File, err)
		}
	}
	return nil
}

// readiness tells when an object is at work; nil for one that is so at once.
func readiness(o *unstructured.Unstructured) func(*unstructured.Unstructured) bool {
	switch o.GetKind() {
	case "Deployment":
		return func(o *unstructured.Unstructured) bool { return observed(o) && holds(o, "Available") }
	case "DaemonSet":
		return func(o *unstructured.Unstructured) bool {
			wanted := number(o, "desiredNumberScheduled")
			return observed(o) && wanted > 0 && number(o, "numberReady") == wanted
		}
	case "Job":
		return func(o *unstructured.Unstructured) bool { return holds(o, "Complete") }
	case "Service":
		if kind, _, _ := unstructured.NestedString(o.Object, "spec", "type"); kind == "LoadBalancer" {
			return func(o *unstructured.Unstructured) bool {
				at, _, _ := unstructured.NestedSlice(o.Object, "status", "loadBalancer", "ingress")
				return len(at) > 0
			}
		}
	}
	return nil
}

// observed tells whether the status is of the object as it is.
func observed(o *unstructured.Unstructured) bool {
	return number(o, "observedGeneration") >= o.GetGeneration()
}

func number(o *unstructured.Unstructured, field string) int64 {
	n, _, _ := unstructured.NestedInt64(o.Object, "status", field)
	return n
}
