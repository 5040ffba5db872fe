package nodes

import (
	"context"
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"

	"kubetutor/internal/course"
	"kubetutor/internal/engine/enginetest"
)

// BenchmarkNodesUp measures a new cluster from the daemon's exec until three
// nodes are Ready, and the memory of all its processes then.
func BenchmarkNodesUp(b *testing.B) { enginetest.MeasureUp(b, course.ProfileNodes) }

// BenchmarkLabStart measures the start of a lab whose set-up has a Pod that runs: that
// of the last attempt is taken away first.
func BenchmarkLabStart(b *testing.B) {
	e := newCluster(b)
	e.Start()
	e.UpWith(course.ProfileNodes)
	l := pageLab()
	l.Files["space.yaml"] += "---\n{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: site}, spec: {containers: [{name: c, image: \"nginx:1.29\"}]}}\n"
	l.Settled = []course.Check{{Object: &course.ObjectRef{APIVersion: "v1", Kind: "Pod", Name: "p"}, Expect: `object.status.phase == "Running"`}}
	for b.Loop() {
		e.StartLab(l, 1)
	}
}

// BenchmarkPodRunning measures a Pod from its creation until a watch says that
// it runs (the bar is 400 ms); the image is on the nodes already.
func BenchmarkPodRunning(b *testing.B) {
	e := newCluster(b)
	e.Start()
	_, client := enginetest.ClientOf(b, e.UpWith(course.ProfileNodes).Kubeconfig)
	runPods(b, client, "warm", 6)
	n := 0
	for b.Loop() {
		n++
		runPods(b, client, fmt.Sprintf("p%d", n), 1)
	}
}

// Benchmark200Pods measures 200 Pods from their creation until all run (the bar
// is 20 s).
func Benchmark200Pods(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		e := newCluster(b)
		e.Start()
		_, client := enginetest.ClientOf(b, e.UpWith(course.ProfileNodes).Kubeconfig)
		runPods(b, client, "warm", 3)
		b.StartTimer()
		runPods(b, client, "many", 200)
		b.StopTimer()
		b.ReportMetric(float64(e.AtRest())/(1<<20), "MiB")
		e.Kill()
		b.StartTimer()
	}
}

// runPods creates Pods and waits until they run.
func runPods(b *testing.B, client *kubernetes.Clientset, name string, n int) {
	b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	pods := client.CoreV1().Pods("default")
	w, err := pods.Watch(ctx, metav1.ListOptions{LabelSelector: "run=" + name})
	if err != nil {
		b.Fatal(err)
	}
	defer w.Stop()
	for i := range n {
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("%s-%d", name, i), Labels: map[string]string{"run": name}},
			Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "nginx:1.29", ImagePullPolicy: corev1.PullIfNotPresent}}},
		}
		if _, err := pods.Create(ctx, pod, metav1.CreateOptions{}); err != nil {
			b.Fatal(err)
		}
	}
	awaitRunning(b, w, n)
}

func awaitRunning(b *testing.B, w watch.Interface, n int) {
	b.Helper()
	running := map[string]bool{}
	for event := range w.ResultChan() {
		if pod, ok := event.Object.(*corev1.Pod); ok && pod.Status.Phase == corev1.PodRunning {
			if running[pod.Name] = true; len(running) == n {
				return
			}
		}
	}
	b.Fatalf("%d of %d Pods run", len(running), n)
}
