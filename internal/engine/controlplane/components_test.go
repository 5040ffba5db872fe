package controlplane_test

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kubetutor/internal/engine/controlplane"
	"kubetutor/internal/lab/protocol"
)

// stateOf is what a component does, as the control plane tells it.
func stateOf(t *testing.T, c *controlplane.ControlPlane, name string) protocol.ComponentState {
	t.Helper()
	for _, one := range c.Components() {
		if one.Name == name {
			return one.State
		}
	}
	t.Fatalf("there is no component %s", name)
	return ""
}

// TestPause pauses each component that can be, sees that its work is not done,
// and that it is once it runs again.
func TestPause(t *testing.T) {
	c, client := use(t)
	ctx := context.Background()
	for _, name := range []string{"kube-controller-manager", "kube-scheduler", "kube-apiserver"} {
		for range 2 { // the second does no harm
			if err := c.Pause(ctx, name); err != nil {
				t.Fatal(err)
			}
		}
		if got := stateOf(t, c, name); got != protocol.ComponentPaused {
			t.Errorf("%s is %s", name, got)
		}
	}
	if _, err := client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{}); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("a paused API server: %v", err)
	}
	if err := c.Resume(ctx, "kube-apiserver"); err != nil {
		t.Fatal(err)
	}
	eventually(t, 10*time.Second, func() error { return createDeployment(client, "web") })
	if sets, err := client.AppsV1().ReplicaSets("default").List(ctx, metav1.ListOptions{}); err != nil || len(sets.Items) != 0 {
		t.Errorf("paused controllers made %v, %v", sets.Items, err)
	}
	if err := c.Resume(ctx, "kube-controller-manager"); err != nil {
		t.Fatal(err)
	}
	eventually(t, 30*time.Second, func() error { return hasPods(client, 1) })
	if err := c.Pause(ctx, "etcd"); !errors.Is(err, controlplane.ErrNoPause) {
		t.Errorf("pausing etcd: %v", err)
	}
	if err := c.Pause(ctx, "kube-proxy"); !errors.Is(err, controlplane.ErrNoPause) {
		t.Errorf("pausing what is not there: %v", err)
	}
	if err := c.Reset(ctx); err != nil {
		t.Fatal(err)
	}
	for _, one := range c.Components() {
		if one.State != protocol.ComponentRunning {
			t.Errorf("after a reset %s is %s", one.Name, one.State)
		}
	}
}

// TestResetAfterPause: with the API server paused, a reset brings all back.
func TestResetAfterPause(t *testing.T) {
	c, client := use(t)
	ctx := context.Background()
	if err := createDeployment(client, "web"); err != nil {
		t.Fatal(err)
	}
	if err := c.Pause(ctx, "kube-apiserver"); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	if err := c.Reset(ctx); err != nil {
		t.Fatal(err)
	}
	t.Logf("reset in %v", time.Since(begin))
	expectBaseline(t, client)
}

// TestUse changes the profile, and finds the clock of the new one in what the
// API server gives to Pods.
func TestUse(t *testing.T) {
	c, client := use(t)
	ctx := context.Background()
	for profile, want := range map[string]int64{protocol.ProfileNodesFast: 10, protocol.ProfileControlPlane: 300} {
		begin := time.Now()
		if err := c.Use(ctx, profile); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s in %v", profile, time.Since(begin))
		if got := c.Profile().Name; got != profile {
			t.Errorf("the profile is %s", got)
		}
		eventually(t, 10*time.Second, func() error { return createDeployment(client, "web") })
		eventually(t, 20*time.Second, func() error { return hasPods(client, 1) })
		pods, err := client.CoreV1().Pods("default").List(ctx, metav1.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got := pods.Items[0].Spec.Tolerations[0].TolerationSeconds; got == nil || *got != want {
			t.Errorf("%s: the toleration is %v s, want %d", profile, got, want)
		}
	}
	if err := c.Use(ctx, "planets"); err == nil {
		t.Error("there is a profile planets")
	}
	if err := c.Use(ctx, protocol.ProfileControlPlane); err != nil {
		t.Fatal(err)
	}
}

func createDeployment(client clientset, name string) error {
	labels := map[string]string{"app": name}
	_, err := client.AppsV1().Deployments("default").Create(context.Background(), &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "nginx"}}},
			},
		},
	}, metav1.CreateOptions{})
	return err
}

func hasPods(client clientset, want int) error {
	pods, err := client.CoreV1().Pods("default").List(context.Background(), metav1.ListOptions{})
	if err == nil && len(pods.Items) != want {
		err = fmt.Errorf("there are %d pods", len(pods.Items))
	}
	return err
}
