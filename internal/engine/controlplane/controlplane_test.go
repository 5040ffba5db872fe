package controlplane_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"kubetutor/internal/engine/controlplane/release"
)

func TestVersion(t *testing.T) {
	c, client := use(t)
	got, err := client.Discovery().ServerVersion()
	if err != nil {
		t.Fatal(err)
	}
	if got.GitVersion != release.Version || c.Version() != release.Version || got.Major != "1" || got.Minor != "37" {
		t.Errorf("the server says %+v", got)
	}
}

// TestBind is the way of a claim through API server, controllers and scheduler.
func TestBind(t *testing.T) {
	_, client := use(t)
	createVolume(t, client, "pv", "/tmp/none", corev1.PersistentVolumeReclaimRetain)
	createClaim(t, client, "default", "data")
	begin := time.Now()
	awaitBound(t, client, "default", "data")
	t.Logf("bound after %v", time.Since(begin))
}

func createVolume(t testing.TB, client kubernetes.Interface, name, path string, policy corev1.PersistentVolumeReclaimPolicy) {
	t.Helper()
	_, err := client.CoreV1().PersistentVolumes().Create(context.Background(), &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: corev1.PersistentVolumeSpec{
			StorageClassName: "manual", Capacity: gigabyte(), PersistentVolumeReclaimPolicy: policy,
			AccessModes:            []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			PersistentVolumeSource: corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: path}}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

func createClaim(t testing.TB, client kubernetes.Interface, namespace, name string) {
	t.Helper()
	class := "manual"
	_, err := client.CoreV1().PersistentVolumeClaims(namespace).Create(context.Background(), &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: corev1.PersistentVolumeClaimSpec{StorageClassName: &class,
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:   corev1.VolumeResourceRequirements{Requests: gigabyte()}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

func awaitBound(t testing.TB, client kubernetes.Interface, namespace, name string) {
	t.Helper()
	eventually(t, 10*time.Second, func() error {
		claim, err := client.CoreV1().PersistentVolumeClaims(namespace).Get(context.Background(), name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		if claim.Status.Phase != corev1.ClaimBound {
			return fmt.Errorf("the claim is %s", claim.Status.Phase)
		}
		return nil
	})
}

func gigabyte() corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}
}
