package stress_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/engine/image/imagetest"
	"kubetutor/internal/engine/kernel"
)

func TestMemoryBeyondTheLimitKills(t *testing.T) {
	t.Parallel()
	w := imagetest.NewWorld(t)
	limits := kernel.Limits{Memory: 100 << 20}
	for ref, command := range map[string][]string{
		"polinux/stress":    {"stress", "--vm", "1", "--vm-bytes", "250M", "--vm-hang", "1"},
		"polinux/stress-ng": {"stress-ng", "--vm", "1", "--vm-bytes", "250M", "--vm-keep"},
		"vish/stress":       {"/stress", "-mem-total", "250Mi", "-mem-alloc-size", "10Mi", "-mem-alloc-sleep", "1ms"},
	} {
		c := w.Run(ref, imagetest.Options{Command: command, Limits: limits})
		if code := c.Wait(); code != 137 || !c.OOMKilled() {
			t.Errorf("%s: status %d, OOM killed %v\n%s", ref, code, c.OOMKilled(), c.Logs())
		}
	}
}

func TestWithinTheLimit(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run("polinux/stress", imagetest.Options{Command: []string{"stress", "--vm", "1", "--vm-bytes", "150M", "--vm-hang", "1", "--cpu", "2", "-t", "1"}, Limits: kernel.Limits{Memory: 200 << 20}})
	c.Eventually("memory is held", func() bool { return c.Usage().Memory >= 150<<20 })
	if code := c.Wait(); code != 0 || !strings.Contains(c.Logs(), "stress: info: [1] dispatching hogs: 2 cpu, 0 io, 1 vm, 0 hdd") || !strings.Contains(c.Logs(), "successful run completed in 1s") {
		t.Errorf("%d\n%s", code, c.Logs())
	}
	if used := c.Usage().CPU; used < 1500*time.Millisecond || used > 2500*time.Millisecond {
		t.Errorf("two cores for a second used %v", used)
	}
}

func TestConsumer(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run("registry.k8s.io/e2e-test-images/resource-consumer:1.14", imagetest.Options{})
	post := func(path string) imagetest.Answer {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://pod"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		return c.Do(8080, req)
	}
	if got := post("/ConsumeMem?megabytes=50&durationSec=60"); got.Body != "ConsumeMem\n50 megabytes\n60 durationSec\n" {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	c.Eventually("memory is held", func() bool { return c.Usage().Memory >= 50<<20 })
	post("/BumpMetric?metric=m&delta=7&durationSec=60")
	if got := c.Get(8080, "/metrics").Body; !strings.Contains(got, "m 7.000000") {
		t.Errorf("metrics: %s", got)
	}
	if got := post("/ConsumeCPU?millicores=x&durationSec=1"); got.Status != http.StatusBadRequest || got.Body != "incorrect function argument\n" {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	if got := c.Get(8080, "/ConsumeCPU"); got.Status != http.StatusBadRequest {
		t.Errorf("GET: %d", got.Status)
	}
}
