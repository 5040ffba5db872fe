package cri

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"kubetutor/internal/engine/cri/control"
)

// machine makes a node's directories with a canary beside them.
func machine(t *testing.T) (n *node, outside string) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	n = &node{spec: control.Node{Root: filepath.Join(dir, "root"), KubeletRoot: filepath.Join(dir, "kubelet")}}
	outside = filepath.Join(dir, "outside")
	for _, d := range []string{outside, filepath.Join(n.spec.Root, "data", "deep"), n.spec.KubeletRoot} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return n, outside
}

func TestSourcesOfMounts(t *testing.T) {
	t.Parallel()
	n, outside := machine(t)
	root := n.spec.Root
	for name, target := range map[string]string{"relative": "data", "absolute": "/data/deep", "up": "../../../../outside", "out": outside,
		"loop": "loop", "data/back": "..", "chain": "absolute", "dangling": "/nowhere/yet"} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct{ host, want string }{
		{"/data", root + "/data"},
		{"/data/../data/deep/", root + "/data/deep"},
		{"/new/directory", root + "/new/directory"},
		{"/relative/deep", root + "/data/deep"},
		{"/absolute", root + "/data/deep"},
		{"/chain", root + "/data/deep"},
		{"/data/back/data", root + "/data"},
		{"/up", root + "/outside"},
		{"/out/file", root + outside + "/file"},
		{"/dangling", root + "/nowhere/yet"},
		{"/etc/passwd", root + "/etc/passwd"},
		{"/", root},
		{root + "/data", root + "/data"}, // as the kubelet found it
		{root, root},
		{root + "/../outside", root + outside},
		{n.spec.KubeletRoot + "/pods/uid/volumes/p/v", n.spec.KubeletRoot + "/pods/uid/volumes/p/v"},
		{n.spec.KubeletRoot + "/../outside", root + outside},
		{"/loop", ""},
		{"", ""},
		{"relative", ""},
	}
	for _, test := range tests {
		got, err := n.source(test.host)
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("source(%q) = %q, %v, want %q", test.host, got, err, test.want)
		}
	}
	if left, err := os.ReadDir(outside); err != nil || len(left) != 0 {
		t.Errorf("outside: %v, %v", left, err)
	}
}

// Whatever the path, what is mounted lies below the node's root or the
// kubelet's.
func FuzzSource(f *testing.F) {
	for _, seed := range []string{"/", "/a/../../b", "/up/x", "//../..", "/out/../up"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, host string) {
		n, outside := machine(t)
		for name, target := range map[string]string{"up": "../../outside", "out": outside, "self": "/"} {
			if err := os.Symlink(target, filepath.Join(n.spec.Root, name)); err != nil {
				t.Fatal(err)
			}
		}
		got, err := n.source(host)
		if err == nil && !within(got, n.spec.Root) && !within(got, n.spec.KubeletRoot) {
			t.Errorf("source(%q) = %q", host, got)
		}
		if left, err := os.ReadDir(outside); err != nil || len(left) != 0 {
			t.Errorf("source(%q) touched %v", host, left)
		}
	})
}

func TestVolumesShowTheirGroupAndKind(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	pod := filepath.Join(l.spec.KubeletRoot, "pods", "u1")
	owned, plain := filepath.Join(pod, "volumes", "kubernetes.io~empty-dir", "owned"), filepath.Join(pod, "volumes", "kubernetes.io~empty-dir", "plain")
	sub := filepath.Join(pod, "volume-subpaths", "owned", "main", "0")
	marker := filepath.Join(pod, "plugins", "kubernetes.io~empty-dir", "plain", TmpfsMarker)
	for _, d := range []string{owned, plain, filepath.Dir(sub), filepath.Dir(marker)} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{sub, marker} {
		if err := os.WriteFile(file, []byte("text\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(owned, 0o775|os.ModeSetgid); err != nil {
		t.Fatal(err)
	}
	id, _ := l.run([]string{"wait"}, func(c *runtimeapi.ContainerConfig) {
		c.Linux.SecurityContext.SupplementalGroups = []int64{2000}
		for path, source := range map[string]string{"/owned": owned, "/plain": plain, "/file": sub, "/host": "/data"} {
			c.Mounts = append(c.Mounts, &runtimeapi.Mount{ContainerPath: path, HostPath: source})
		}
	})
	want := map[string]string{"/owned": "ext4 2000", "/plain": "tmpfs 0", "/file": "ext4 2000", "/host": "ext4 0"}
	for path, w := range want {
		if out, _ := l.exec(id, "stat", path); out != w+"\n" {
			t.Errorf("%s: %q, want %q", path, out, w)
		}
	}
	if out, _ := l.exec(id, "read", "/file"); out != "text\n" {
		t.Errorf("the file: %q", out)
	}
}

func TestImageVolume(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	mount := func(sub string) func(*runtimeapi.ContainerConfig) {
		return func(c *runtimeapi.ContainerConfig) {
			c.Mounts = []*runtimeapi.Mount{{ContainerPath: "/volume", Image: &runtimeapi.ImageSpec{Image: testImage}, ImageSubPath: sub, Readonly: true}}
		}
	}
	id, _ := l.run([]string{"wait"}, mount(""))
	if out, _ := l.exec(id, "read", "/volume/etc/group"); !strings.Contains(out, "workers:x:8:") {
		t.Errorf("the image's file: %q", out)
	}
	id, _ = l.run([]string{"wait"}, mount("etc"))
	if out, _ := l.exec(id, "read", "/volume/group"); !strings.Contains(out, "workers:x:8:") {
		t.Errorf("below a sub path: %q", out)
	}
	pod, config := l.pod()
	for _, sub := range []string{"nosuch", "../etc", "etc/group"} {
		if _, err := l.create(pod, config, []string{"wait"}, mount(sub)); err == nil || !strings.Contains(err.Error(), "failed to mount image volume") {
			t.Errorf("sub path %q: %v", sub, err)
		}
	}
}

func TestRecursiveReadOnlyMountsMustBePrivate(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	pod, config := l.pod()
	for _, m := range []*runtimeapi.Mount{
		{RecursiveReadOnly: true},
		{RecursiveReadOnly: true, Readonly: true, Propagation: runtimeapi.MountPropagation_PROPAGATION_HOST_TO_CONTAINER},
	} {
		m.ContainerPath, m.HostPath = "/data", "/data"
		if _, err := l.create(pod, config, []string{"wait"}, func(c *runtimeapi.ContainerConfig) { c.Mounts = []*runtimeapi.Mount{m} }); err == nil {
			t.Errorf("accepted: %v", m)
		}
	}
}
