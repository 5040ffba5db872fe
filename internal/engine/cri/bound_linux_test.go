package cri

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"kubetutor/internal/engine/kernel"
)

// A program that takes memory without being charged for it ends the process, which
// never has more than the bound.
func TestProcessEndsBeforeItEatsTheMachine(t *testing.T) {
	if testing.Short() {
		t.Skip("takes two gigabytes for a moment")
	}
	t.Parallel()
	dir, l := place(t)
	cmd, client := process(t, dir)
	if err := client.AddNode(t.Context(), l.spec); err != nil {
		t.Fatal(err)
	}
	l.connectOnly()
	l.setCIDR()
	if _, err := l.images.PullImage(t.Context(), &runtimeapi.PullImageRequest{Image: &runtimeapi.ImageSpec{Image: "busybox"}}); err != nil {
		t.Fatal(err)
	}
	makeDir(t, l.spec.Root)
	if err := os.WriteFile(filepath.Join(l.spec.Root, "hog"), kernel.Executable("hog"), 0o755); err != nil {
		t.Fatal(err)
	}
	pod, config := l.pod()
	id, err := l.create(pod, config, []string{"/hog"}, func(c *runtimeapi.ContainerConfig) {
		c.Image.Image = "busybox"
		c.Mounts = []*runtimeapi.Mount{{ContainerPath: "/hog", HostPath: "/hog"}}
	})
	if err != nil {
		t.Fatal(err)
	}
	// It may end before it answers.
	_, _ = l.runtime.StartContainer(t.Context(), &runtimeapi.StartContainerRequest{ContainerId: id})
	if err := exited(t, cmd); err == nil {
		t.Error("the process ended well")
	}
	// What is mapped from files, as the program itself is, is not bounded.
	const files = 128 << 20
	if peak := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10; peak < hardLimit/2 || peak > hardLimit+files {
		t.Errorf("it had %d MiB at most, of %d", peak>>20, hardLimit>>20)
	}
}
