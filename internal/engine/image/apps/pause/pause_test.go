package pause_test

import (
	"strings"
	"testing"

	"kubetutor/internal/engine/image/imagetest"
	"kubetutor/internal/engine/kernel"
)

func TestPauseWaitsForASignal(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run("registry.k8s.io/pause:3.10.2", imagetest.Options{})
	if out, code := c.Exec("/pause", "-v"); code != 0 || out != "pause.c 3.10.2\n" {
		t.Errorf("-v: %d %s", code, out)
	}
	c.Eventually("the signal is handled", func() bool {
		c.Main.Signal(kernel.SIGTERM)
		return strings.Contains(c.Logs(), "got signal: Terminated")
	})
	if code := c.Wait(); code != 0 {
		t.Errorf("status %d", code)
	}
}
