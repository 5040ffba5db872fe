package enginetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	quantity "k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"kubetutor/internal/lab/protocol"
)

// BenchmarkClusterUp measures a new cluster from the daemon's exec until the API
// is ready and everything is at its baseline, and the memory then.
func BenchmarkClusterUp(b *testing.B) { MeasureUp(b, "") }

// BenchmarkClusterResume measures a cluster that slept.
func BenchmarkClusterResume(b *testing.B) {
	e := New(b)
	e.Start()
	e.Up()
	for b.Loop() {
		b.StopTimer()
		e.Sleep()
		b.StartTimer()
		e.Start()
		e.Up()
	}
}

// BenchmarkLabStart measures lab start on a running cluster: without any set-up
// (the bar is 300 ms), and with that of a lab of the course.
func BenchmarkLabStart(b *testing.B) {
	e := New(b)
	e.Start()
	e.Up()
	whole := LabOf(b, bindClaim)
	bare := *whole
	bare.Setup, bare.Settled = nil, nil
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			e.StartLab(&bare, 1)
		}
	})
	b.Run("bind-claim", func(b *testing.B) {
		for b.Loop() {
			e.StartLab(whole, 1)
		}
	})
}

// BenchmarkWriteToTick measures from before a write to the API server until the
// verdict stream shows what it earned.
func BenchmarkWriteToTick(b *testing.B) {
	e := New(b)
	e.Start()
	st := e.Up()
	l := *LabOf(b, bindClaim)
	e.StartLab(&l, 1)
	_, client := ClientOf(b, st.Kubeconfig)
	ticks := make(chan bool, 1000)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		_ = e.LabVerdicts(ctx, protocol.Since{}, func(v protocol.Verdicts) error {
			ticks <- Holds("exists")(v)
			return nil
		})
	}()
	var took []time.Duration
	for b.Loop() {
		b.StopTimer()
		_ = client.CoreV1().PersistentVolumeClaims("shop").Delete(ctx, "data", metav1.DeleteOptions{})
		_, _ = client.CoreV1().PersistentVolumeClaims("shop").Patch(ctx, "data", types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`), metav1.PatchOptions{})
		if err := awaitTick(ticks, false); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		began := time.Now()
		_, err := client.CoreV1().PersistentVolumeClaims("shop").Create(ctx, claim(), metav1.CreateOptions{})
		if err == nil {
			err = awaitTick(ticks, true)
		}
		if err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

// claim is one that the first check of bind-claim looks for.
func claim() *corev1.PersistentVolumeClaim {
	return &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: "data"},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany},
			Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: quantity.MustParse("1Gi")}},
		},
	}
}

// awaitTick reads ticks until one is as wanted.
func awaitTick(ticks <-chan bool, want bool) error {
	deadline := time.After(Patience)
	for {
		select {
		case now := <-ticks:
			if now == want {
				return nil
			}
		case <-deadline:
			return fmt.Errorf("no tick became %v", want)
		}
	}
}
