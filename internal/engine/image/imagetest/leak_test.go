package imagetest_test

import (
	"runtime"
	"testing"
	"time"

	"kubetutor/internal/engine/image/imagetest"
)

// TestNothingStays starts and ends servers and counts what is left of them.
func TestNothingStays(t *testing.T) {
	before := runtime.NumGoroutine()
	images := []struct {
		ref  string
		port uint16
		env  string
	}{
		{"nginx:alpine", 80, ""}, {"httpd", 80, ""}, {"redis", 6379, ""}, {"registry.k8s.io/e2e-test-images/agnhost:2.66.1", 0, ""},
		{"traefik/whoami", 80, ""}, {"postgres:17", 5432, "POSTGRES_PASSWORD=x"}, {"mysql:8.4", 3306, "MYSQL_ROOT_PASSWORD=x"},
	}
	t.Run("servers", func(t *testing.T) {
		w := imagetest.NewWorld(t)
		for range 5 {
			for _, i := range images {
				c := w.Run(i.ref, imagetest.Options{Env: []string{i.env}})
				if i.port == 0 {
					continue
				}
				c.Eventually(i.ref+" listens", func() bool {
					conn, err := c.Dial(t.Context(), i.port)
					if err != nil {
						return false
					}
					conn.Close()
					return true
				})
			}
		}
	})
	deadline := time.Now().Add(imagetest.Patience)
	for runtime.NumGoroutine() > before+2 {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
		time.Sleep(10 * time.Millisecond)
	}
}
