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
	"kubetutor/internal/lab/protocol"
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
	once  sync.Once
	mu    sync.Mutex // held by a test that resets, or that a reset would disturb
	plane *controlplane.ControlPlane
	dir   string
	log   *os.File
	err   error
}

var shared sharedPlane

// use returns the shared control plane for the rest of the test, alone and at
// its baseline.
func use(t *testing.T) (*controlplane.ControlPlane, kubernetes.Interface) {
	t.Helper()
	shared.once.Do(shared.start)
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	shared.mu.Lock()
	t.Cleanup(func() {
		defer shared.mu.Unlock()
		if err := shared.plane.Reset(context.Background()); err != nil {
			t.Errorf("going back to the baseline after the test: %v", err)
		}
		if t.Failed() {
			t.Logf("log: %s", tail(shared.log.Name()))
		}
	})
	return shared.plane, clientOf(t, shared.plane, controlplane.LearnerUser)
}

func (s *sharedPlane) start() {
	if s.dir, s.err = os.MkdirTemp("", "kt-cp"); s.err != nil {
		return
	}
	if s.log, s.err = os.Create(filepath.Join(s.dir, "log")); s.err != nil {
		return
	}
	s.plane, s.err = controlplane.Start(context.Background(), controlplane.Options{
		Dir: filepath.Join(s.dir, "state"), Sockets: filepath.Join(s.dir, "s"), Log: s.log},
		func(p protocol.Stage) {
			if p.Done && testing.Verbose() {
				fmt.Printf("stage %-12s %v %s\n", p.ID, p.Took.Round(time.Millisecond), p.Detail)
			}
		})
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
