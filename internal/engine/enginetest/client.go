package enginetest

import (
	"testing"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// ClientOf is a client of whom a kubeconfig is for, and its configuration: without
// a client's own brake, or that is what would be measured.
func ClientOf(t testing.TB, kubeconfig string) (*rest.Config, *kubernetes.Clientset) {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	config.QPS = -1
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return config, client
}

// MeasureUp measures a new cluster of a profile ("" is the engine's choice) from
// the daemon's exec until everything is at its baseline, and the memory of all its
// processes then.
func MeasureUp(b *testing.B, profile string) {
	for b.Loop() {
		e := New(b)
		e.Start()
		st := e.UpWith(profile)
		b.StopTimer()
		for _, s := range st.Stages {
			b.ReportMetric(s.Took.Seconds(), s.ID+"-s")
		}
		b.ReportMetric(float64(e.AtRest())/(1<<20), "MiB")
		e.Kill()
		b.StartTimer()
	}
}
