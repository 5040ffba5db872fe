package controlplane_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes"

	"kubetutor/internal/engine/controlplane"
)

// The package has one test binary, which links Kubernetes, and most tests share
// one running control plane. TestMain also makes the binary serve as the
// process that TestKilled kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv(victimDir); dir != "" {
		runVictim(dir)
	}
	code := m.Run()
	shared.stop()
	os.Exit(code)
}

// sharedPlane is started by the first test that wants it.
type sharedPlane struct {
	mu    sync.Mutex // held by the test that uses it
	plane *controlplane.ControlPlane
	dir   string
	log   *os.File
}

var shared sharedPlane

// use returns the shared control plane for the rest of the test, alone and at
// its baseline, and a client of the learner.
func use(t testing.TB) (*controlplane.ControlPlane, kubernetes.Interface) {
	t.Helper()
	shared.mu.Lock()
	t.Cleanup(shared.mu.Unlock)
	if shared.plane == nil {
		if err := shared.start(); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if err := shared.plane.Reset(context.Background()); err != nil {
			t.Errorf("going back to the baseline after the test: %v", err)
		}
		if t.Failed() {
			t.Logf("log: %s", tail(shared.log.Name()))
		}
	})
	return shared.plane, clientOf(t, shared.plane, controlplane.LearnerUser)
}

// alone makes sure that no other control plane runs in this process for the
// rest of the test.
func alone(t testing.TB) {
	t.Helper()
	shared.mu.Lock()
	t.Cleanup(shared.mu.Unlock)
	shared.stop()
}

func (s *sharedPlane) start() (err error) {
	if s.dir, err = os.MkdirTemp("", "kt"); err != nil {
		return err
	}
	if s.log, err = os.Create(filepath.Join(s.dir, "log")); err != nil {
		return err
	}
	s.plane, err = controlplane.Start(context.Background(), controlplane.Options{
		Dir: filepath.Join(s.dir, "state"), Sockets: filepath.Join(s.dir, "s"), Log: s.log}, nil)
	return err
}

func (s *sharedPlane) stop() {
	if s.plane == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := s.plane.Stop(ctx); err != nil {
		fmt.Println("stopping the shared control plane:", err)
	}
	s.plane = nil
	s.log.Close()
	os.RemoveAll(s.dir)
}

func clientOf(t testing.TB, c *controlplane.ControlPlane, user string) kubernetes.Interface {
	t.Helper()
	client, err := kubernetes.NewForConfig(c.Config(user))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// eventually polls until ask has no complaint.
func eventually(t testing.TB, limit time.Duration, ask func() error) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for {
		err := ask()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %v: %v", limit, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// tail returns the end of a file.
func tail(file string) string {
	data, _ := os.ReadFile(file)
	return string(data[max(0, len(data)-3000):])
}
