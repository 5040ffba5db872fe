package controlplane_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"kubetutor/internal/engine/controlplane"
	"kubetutor/internal/lab/protocol"
)

// BenchmarkStart measures the start of a new cluster and the resumption of one
// that sleeps: from Start to an API server that is ready, and to a claim that
// is bound. Run it alone on the machine:
//
//	go test -run '^$' -bench Start -benchtime 5x ./internal/engine/controlplane
func BenchmarkStart(b *testing.B) {
	alone(b)
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			measureStart(b, shortDir(b))
		}
	})
	b.Run("resumed", func(b *testing.B) {
		dir := shortDir(b)
		measureStart(b, dir)
		b.ResetTimer()
		for b.Loop() {
			measureStart(b, dir)
		}
	})
}

// measureStart starts, binds a claim, goes back to the baseline and stops.
func measureStart(b *testing.B, dir string) {
	begin := time.Now()
	c := startIn(b, dir, func(s protocol.Stage) {
		if s.Done {
			b.Logf("%-12s at %v, took %v", s.ID, time.Since(begin).Round(time.Millisecond), s.Took.Round(time.Millisecond))
		}
		if s.ID == "api-server" && s.Done {
			b.ReportMetric(time.Since(begin).Seconds(), "s-to-ready")
		}
	})
	client := clientOf(b, c, controlplane.LearnerUser)
	createVolume(b, client, "pv", "/data", corev1.PersistentVolumeReclaimRetain)
	createClaim(b, client, "default", "data")
	awaitBound(b, client, "default", "data")
	b.ReportMetric(time.Since(begin).Seconds(), "s-to-bound")
	b.StopTimer()
	b.ReportMetric(settledMemory(b), "MB-PSS")
	if err := c.Reset(context.Background()); err != nil {
		b.Error(err)
	}
	stop(b, c)
	b.StartTimer()
}

// settledMemory is the proportional set size of this process in megabytes,
// once the collector has had its turn. It includes the test itself.
func settledMemory(b *testing.B) float64 {
	debug.FreeOSMemory()
	data, err := os.ReadFile("/proc/self/smaps_rollup")
	if err != nil {
		b.Skip("memory is measured on Linux only:", err)
	}
	for line := range strings.Lines(string(data)) {
		var kb float64
		if _, err := fmt.Sscanf(line, "Pss: %f kB", &kb); err == nil {
			return kb / 1024
		}
	}
	return 0
}

// startIn starts a control plane in dir.
func startIn(t testing.TB, dir string, stage func(protocol.Stage)) *controlplane.ControlPlane {
	t.Helper()
	log, err := os.OpenFile(filepath.Join(dir, "log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	c, err := controlplane.Start(context.Background(), controlplane.Options{
		Dir: filepath.Join(dir, "state"), Sockets: filepath.Join(dir, "s"), Log: log}, stage)
	if err != nil {
		t.Fatalf("%v\n%s", err, tail(log.Name()))
	}
	return c
}

func stop(t testing.TB, c *controlplane.ControlPlane) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := c.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// shortDir is a temporary directory with a path short enough for sockets.
func shortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "kt")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
