package shell

import (
	"testing"

	"kubetutor/internal/engine/kernel"
)

// TestKubectlCopy does what "kubectl cp" runs in a container, both ways.
func TestKubectlCopy(t *testing.T) {
	t.Parallel()
	from := run(t, "", "sh", "-c", "mkdir -p /tmp/d; echo content > /tmp/d/f; chmod 640 /tmp/d/f; tar cf - /tmp/d")
	if from.code != 0 || from.err != "tar: removing leading '/' from member names\n" {
		t.Fatalf("%d %q", from.code, from.err)
	}
	c := newContainer(t, kernel.Config{})
	if _, err := c.Start(kernel.Spec{Args: []string{"sleep", "1000"}, Env: []string{"PATH=/bin"}}); err != nil {
		t.Fatal(err)
	}
	if got := runIn(t, c, from.out, "tar", "-xmf", "-", "-C", "/root"); got != (result{}) {
		t.Fatalf("%+v", got)
	}
	if got := runIn(t, c, "", "sh", "-c", "cat /root/tmp/d/f; stat -c %a /root/tmp/d/f"); got.out != "content\n640\n" {
		t.Errorf("%+v", got)
	}
}

// BenchmarkScript is a container that runs a short script of builtins.
func BenchmarkScript(b *testing.B) {
	tree := image()
	for b.Loop() {
		c := newContainer(b, kernel.Config{Image: tree})
		if got := runIn(b, c, "", "sh", "-c", "x=$(echo hi); echo $x"); got.out != "hi\n" {
			b.Fatal(got)
		}
		_ = c.Close()
	}
}

// BenchmarkLoop is a thousand rounds of a counting loop; it is slower than a real
// shell, because its steps are charged as CPU time.
func BenchmarkLoop(b *testing.B) {
	tree := image()
	for b.Loop() {
		c := newContainer(b, kernel.Config{Image: tree})
		if got := runIn(b, c, "", "sh", "-c", "i=0; while [ $i -lt 1000 ]; do i=$((i+1)); done; echo $i"); got.out != "1000\n" {
			b.Fatal(got)
		}
		_ = c.Close()
	}
}
