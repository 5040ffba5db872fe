package controlplane_test

import (
	"context"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kubetutor/internal/engine/controlplane"
)

// awaitStill waits until the cluster is still.
func awaitStill(t *testing.T, c *controlplane.ControlPlane) (mark string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		mark, still, err := c.Still(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if still {
			return mark
		}
	}
	t.Fatal("the cluster is never still")
	return ""
}

// TestStill has a cluster that comes to rest by itself, one in which a controller may
// act later, and that of the baseline.
func TestStill(t *testing.T) {
	c, client := use(t)
	ctx := context.Background()
	if err := c.Reset(ctx); err != nil {
		t.Fatal(err)
	}
	first := awaitStill(t, c)
	if again := awaitStill(t, c); again != first {
		t.Errorf("nothing was written, and the mark is %s after %s", again, first)
	}

	if _, err := client.AppsV1().Deployments("default").Create(ctx, deployment("web"), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if mark := awaitStill(t, c); mark == first {
		t.Error("the mark does not tell of a Deployment")
	}
	d, err := client.AppsV1().Deployments("default").Get(ctx, "web", metav1.GetOptions{})
	if err != nil || d.Status.ObservedGeneration != d.Generation || d.Status.Replicas == 0 {
		t.Errorf("still, and the Deployment's status is %+v, %v", d.Status, err)
	}

	if _, err := client.BatchV1().Jobs("default").Create(ctx, job("once"), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if _, still, err := c.Still(ctx); still || err != nil {
			t.Errorf("with a Job nobody knows that it is still: %v, %v", still, err)
		}
	}
	if err := c.Reset(ctx); err != nil {
		t.Fatal(err)
	}
	awaitStill(t, c)
}
