package controlplane_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"kubetutor/internal/engine/controlplane"
)

// TestReset makes a mess of every kind, goes back, and makes the same mess
// again at once: nothing of the first may stand in the way.
func TestReset(t *testing.T) {
	c, client := use(t)
	ctx := context.Background()
	for round := range 3 {
		mess(t, c, client)
		begin := time.Now()
		if err := c.Reset(ctx); err != nil {
			t.Fatal(err)
		}
		t.Logf("round %d: reset in %v", round, time.Since(begin))
		if got := c.RemovedPods(); len(got) == 0 {
			t.Error("the reset tells of no removed Pod")
		}
		expectBaseline(t, client)
	}
	// Controllers that come late would make something again.
	deadline := time.Now().Add(time.Second)
	for time.Now().Before(deadline) {
		expectBaseline(t, client)
		time.Sleep(50 * time.Millisecond)
	}
}

// mess makes, changes and deletes objects as a learner would.
func mess(t *testing.T, c *controlplane.ControlPlane, client kubernetes.Interface) {
	t.Helper()
	ctx := context.Background()
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, ns := range []string{"shop", "stuck"} {
		must(client.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ns}}, metav1.CreateOptions{}))
	}
	createVolume(t, client, "pv", "/data", corev1.PersistentVolumeReclaimRetain)
	createClaim(t, client, "shop", "data")
	must(client.CoreV1().Services("shop").Create(ctx, &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeNodePort, ClusterIP: "10.96.7.7", Selector: map[string]string{"app": "web"},
			Ports: []corev1.ServicePort{{Port: 80, NodePort: 30080}}}}, metav1.CreateOptions{}))
	for _, ns := range []string{"shop", "default"} {
		must(client.AppsV1().Deployments(ns).Create(ctx, deployment("web"), metav1.CreateOptions{}))
	}
	must(client.BatchV1().Jobs("shop").Create(ctx, job("once"), metav1.CreateOptions{}))
	must(client.CoreV1().ConfigMaps("stuck").Create(ctx, &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "held", Finalizers: []string{"example.com/never"}}}, metav1.CreateOptions{}))
	must(nil, client.CoreV1().Namespaces().Delete(ctx, "stuck", metav1.DeleteOptions{}))
	must(nil, client.RbacV1().ClusterRoles().Delete(ctx, "view", metav1.DeleteOptions{}))
	must(client.RbacV1().ClusterRoles().Patch(ctx, "edit", types.MergePatchType, []byte(`{"metadata":{"labels":{"changed":"yes"}}}`), metav1.PatchOptions{}))
	must(nil, client.CoreV1().ServiceAccounts("default").Delete(ctx, "default", metav1.DeleteOptions{}))
	must(nil, client.CoreV1().Services("default").Delete(ctx, "kubernetes", metav1.DeleteOptions{}))
	customResources(t, c)
	awaitBound(t, client, "shop", "data")
	eventually(t, 5*time.Second, func() error {
		pods, err := client.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
		if err == nil && len(pods.Items) < 7 {
			err = fmt.Errorf("%d pods", len(pods.Items))
		}
		return err
	})
	// Last, for it locks the learner out of everything.
	must(client.RbacV1().ClusterRoleBindings().Patch(ctx, "kubetutor:learner", types.MergePatchType, []byte(`{"subjects":[]}`), metav1.PatchOptions{}))
}

// customResources defines a kind and makes one, with a finalizer.
func customResources(t *testing.T, c *controlplane.ControlPlane) {
	t.Helper()
	ctx := context.Background()
	client, err := dynamic.NewForConfig(c.Config(controlplane.LearnerUser))
	if err != nil {
		t.Fatal(err)
	}
	crd := map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"metadata": map[string]any{"name": "boats.example.com"},
		"spec": map[string]any{"group": "example.com", "scope": "Namespaced",
			"names": map[string]any{"plural": "boats", "singular": "boat", "kind": "Boat", "listKind": "BoatList"},
			"versions": []any{map[string]any{"name": "v1", "served": true, "storage": true, "schema": map[string]any{
				"openAPIV3Schema": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}}},
	}
	crds := client.Resource(schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"})
	if _, err := crds.Create(ctx, &unstructured.Unstructured{Object: crd}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	boats := client.Resource(schema.GroupVersionResource{Group: "example.com", Version: "v1", Resource: "boats"}).Namespace("default")
	eventually(t, 10*time.Second, func() error {
		_, err := boats.Create(ctx, &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "example.com/v1", "kind": "Boat",
			"metadata": map[string]any{"name": "ark", "finalizers": []any{"example.com/never"}}}}, metav1.CreateOptions{})
		if apierrors.IsAlreadyExists(err) {
			return nil
		}
		return err
	})
}

func expectBaseline(t *testing.T, client kubernetes.Interface) {
	t.Helper()
	ctx := context.Background()
	namespaces, err := client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{})
	if err != nil || len(namespaces.Items) != 4 {
		t.Errorf("namespaces: %v %d", err, len(namespaces.Items))
	}
	if pods, err := client.CoreV1().Pods("").List(ctx, metav1.ListOptions{}); err != nil || len(pods.Items) != 0 {
		t.Errorf("pods: %v %d", err, len(pods.Items))
	}
	if sets, err := client.AppsV1().ReplicaSets("").List(ctx, metav1.ListOptions{}); err != nil || len(sets.Items) != 0 {
		t.Errorf("replica sets: %v %d", err, len(sets.Items))
	}
	if pvs, err := client.CoreV1().PersistentVolumes().List(ctx, metav1.ListOptions{}); err != nil || len(pvs.Items) != 0 {
		t.Errorf("volumes: %v %d", err, len(pvs.Items))
	}
	if _, err := client.CoreV1().ServiceAccounts("default").Get(ctx, "default", metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
	if _, err := client.CoreV1().Services("default").Get(ctx, "kubernetes", metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
	if view, err := client.RbacV1().ClusterRoles().Get(ctx, "view", metav1.GetOptions{}); err != nil || len(view.Rules) == 0 {
		t.Errorf("role view: %v", err)
	}
	if edit, err := client.RbacV1().ClusterRoles().Get(ctx, "edit", metav1.GetOptions{}); err != nil || edit.Labels["changed"] != "" {
		t.Errorf("role edit: %v", err)
	}
	groups, err := client.Discovery().ServerGroups()
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups.Groups {
		if g.Name == "example.com" {
			t.Error("the custom group is still there")
		}
	}
}

func deployment(name string) *appsv1.Deployment {
	replicas := int32(3)
	labels := map[string]string{"app": name}
	return &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: podSpec()}}}
}

func job(name string) *batchv1.Job {
	spec := podSpec()
	spec.RestartPolicy = corev1.RestartPolicyNever
	return &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: batchv1.JobSpec{Template: corev1.PodTemplateSpec{Spec: spec}}}
}

func podSpec() corev1.PodSpec {
	return corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "busybox"}}}
}

// TestResetKeepsGrants: the learner's rights work as soon as Reset returns.
func TestResetKeepsGrants(t *testing.T) {
	c, client := use(t)
	ctx := context.Background()
	for range 5 {
		if err := client.RbacV1().ClusterRoleBindings().Delete(ctx, "kubetutor:learner", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		eventually(t, 5*time.Second, func() error {
			if _, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{}); !apierrors.IsForbidden(err) {
				return fmt.Errorf("not locked out: %v", err)
			}
			return nil
		})
		if err := c.Reset(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := client.RbacV1().Roles("default").Create(ctx, &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: "r"}}, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}

// BenchmarkReset measures going back from the objects of an ordinary lab.
func BenchmarkReset(b *testing.B) {
	c, client := use(b)
	ctx := context.Background()
	for b.Loop() {
		b.StopTimer()
		if _, err := client.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}, metav1.CreateOptions{}); err != nil {
			b.Fatal(err)
		}
		createVolume(b, client, "pv", "/data", corev1.PersistentVolumeReclaimRetain)
		createClaim(b, client, "shop", "data")
		if _, err := client.AppsV1().Deployments("shop").Create(ctx, deployment("web"), metav1.CreateOptions{}); err != nil {
			b.Fatal(err)
		}
		awaitBound(b, client, "shop", "data")
		b.StartTimer()
		if err := c.Reset(ctx); err != nil {
			b.Fatal(err)
		}
	}
}
