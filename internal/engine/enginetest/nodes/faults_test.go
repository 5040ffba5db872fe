package nodes

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"kubetutor/internal/course"
)

// TestFaults breaks parts of a cluster in the middle of a rollout. Each time it
// ends where a real cluster would: with the Deployment available.
func TestFaults(t *testing.T) {
	t.Parallel()
	e, s := runningCluster(t, course.ProfileNodes)
	s.Must("kubectl create deployment web --image=nginx:1.28 --replicas=6")
	s.Must("kubectl rollout status deployment/web --timeout=60s")
	for i, fault := range []struct {
		name  string
		parts []string // words on the command lines of what is killed
	}{
		{"kubelet", []string{"node"}},
		{"runtime", []string{"runtime"}},
		{"engine", []string{"serve"}},
		{"everything", []string{"serve", "runtime", "node"}},
	} {
		t.Run(fault.name, func(t *testing.T) {
			s.Must(fmt.Sprintf("kubectl set env deployment/web ROUND=%d", i))
			killAll(t, e, fault.parts...)
			if fault.parts[0] == "serve" {
				e.Gone()
				e.Start()
				e.UpWith(course.ProfileNodes)
				s = e.Console()
			}
			s.Must("kubectl rollout status deployment/web --timeout=90s")
			e.Await("every Pod to be of this round", func() bool {
				said, code := s.Try(`kubectl get pods -l app=web -o jsonpath='{range .items[*]}{.status.phase}/{..env[0].value} {end}'`)
				return code == 0 && strings.TrimSpace(strings.ReplaceAll(said, fmt.Sprintf("Running/%d", i), "")) == ""
			})
			if said := s.Must("kubectl exec deploy/web -- echo alive"); said != "alive\n" {
				t.Errorf("exec says %q", said)
			}
		})
	}
	if _, err := e.ClusterDown(e.Context()); err != nil {
		t.Fatal(err)
	}
	e.Gone()
	e.NoOrphans()
}

// killAll kills the engine's processes that play these parts, all at once: a
// kubelet ends by itself when its engine does.
func killAll(t *testing.T, e cluster, parts ...string) {
	t.Helper()
	var pids []int
	for _, part := range parts {
		found := e.Parts(part)
		if len(found) == 0 {
			t.Fatalf("no process plays the part %s", part)
		}
		pids = append(pids, found...)
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			t.Error(err)
		}
	}
}

// TestManyExecs opens a thousand sessions in one container, and none is left.
func TestManyExecs(t *testing.T) {
	t.Parallel()
	e, s := runningCluster(t, course.ProfileNodes)
	s.Must("kubectl run busy --image=busybox:1.37 --command -- sleep 1d")
	s.Must("kubectl wait --for=condition=Ready pod/busy --timeout=30s")
	exec := podExecutor(t, e.status().Kubeconfig, "default", "busy")
	var wg sync.WaitGroup
	work := make(chan int)
	for range 20 {
		wg.Go(func() {
			for i := range work {
				if said, err := exec("echo", strconv.Itoa(i)); err != nil || said != fmt.Sprintln(i) {
					t.Errorf("session %d said %q: %v", i, said, err)
				}
			}
		})
	}
	for i := range 1000 {
		work <- i
	}
	close(work)
	wg.Wait()
	e.Await("the sessions' processes to be gone", func() bool {
		said, err := exec("ps")
		return err == nil && strings.Count(said, "echo") == 0
	})
}
