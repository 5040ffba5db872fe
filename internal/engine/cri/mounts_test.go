package cri

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/engine/kernel"
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

// swap is a directory that a container replaces by a link. Paths are below the
// machine's directory; a host that begins with a slash is the node's.
type swap struct {
	host    string // what the kubelet names
	content string // the directory that is replaced, if that is another
	to      string // what the link leads to
	ok      bool   // it may be mounted all the same
}

const (
	emptyDirs   = "kubelet/pods/u1/volumes/kubernetes.io~empty-dir/"
	csiVolume   = "kubelet/pods/u1/volumes/kubernetes.io~csi/v/"
	localVolume = "kubelet/pods/u1/volumes/kubernetes.io~local-volume/v"
)

func swaps() map[string]swap {
	return map[string]swap{
		"another pod's volume":    {host: emptyDirs + "v/sub", to: "kubelet/pods/u2/volumes/kubernetes.io~secret/s"},
		"the machine":             {host: emptyDirs + "v/sub", to: "outside"},
		"a part of a CSI volume":  {host: csiVolume + "mount/sub", content: "volumes/handle/sub", to: "volumes/other"},
		"a local volume":          {host: localVolume, content: "root/disk", to: "outside"},
		"a directory of the node": {host: "/data/sub", content: "root/data/sub", to: "outside"},
		"one of the kubelet's":    {host: "/data/sub", content: "root/data/sub", to: "kubelet"},
		"the same volume":         {host: emptyDirs + "v/sub", to: emptyDirs + "v/other", ok: true},
		"the same node":           {host: localVolume, content: "root/disk", to: "root/data", ok: true},
	}
}

// volumes makes a machine with a volume of each kind.
func volumes(t *testing.T) (n *node, dir string) {
	t.Helper()
	n, outside := machine(t)
	dir = filepath.Dir(outside)
	for _, d := range []string{emptyDirs + "v/sub", emptyDirs + "v/other", "volumes/handle/sub", "volumes/other", "root/disk", "root/data/sub",
		"kubelet/pods/u2/volumes/kubernetes.io~secret/s", csiVolume, path.Dir(localVolume)} {
		makeDir(t, filepath.Join(dir, d))
	}
	link(t, filepath.Join(dir, "volumes/handle"), filepath.Join(dir, csiVolume, "mount"))
	link(t, filepath.Join(dir, "root/disk"), filepath.Join(dir, localVolume))
	return n, dir
}

// in gives the paths of a swap on the machine, and what does it.
func (s swap) in(t *testing.T, dir string) (host string, do func()) {
	if host = s.host; !path.IsAbs(host) {
		host = filepath.Join(dir, host)
	}
	content := host
	if s.content != "" {
		content = filepath.Join(dir, s.content)
	}
	return host, func() {
		if err := os.RemoveAll(content); err != nil {
			t.Fatal(err)
		}
		link(t, filepath.Join(dir, s.to), content)
	}
}

// mounted mounts what the kubelet names; meanwhile is done when its source has
// been found.
func mounted(t *testing.T, n *node, host string, meanwhile func()) (source string, err error) {
	t.Helper()
	c := &container{node: n, config: &runtimeapi.ContainerConfig{}}
	m, err := c.mount(&runtimeapi.Mount{HostPath: host, ContainerPath: "/v"})
	if err != nil {
		t.Fatal(err)
	}
	meanwhile()
	inner, err := kernel.New(kernel.Config{Mounts: []kernel.Mount{m}})
	if err == nil {
		_ = inner.Close()
	}
	return m.Source, err
}

// A container that shares a volume may replace a directory by a link between the
// moment in which the runtime finds a mount's source and that in which it opens
// it.
func TestSwappedSourceIsNotMounted(t *testing.T) {
	t.Parallel()
	for name, s := range swaps() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n, dir := volumes(t)
			host, swap := s.in(t, dir)
			if source, err := mounted(t, n, host, swap); (err == nil) != s.ok {
				t.Errorf("mounted %s: %v", source, err)
			}
		})
	}
}

// Or it did so before. A link among the node's own files leads to what it means
// on the node.
func TestLinkInPlaceOfASourceIsNotMounted(t *testing.T) {
	t.Parallel()
	for name, s := range swaps() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n, dir := volumes(t)
			host, swap := s.in(t, dir)
			swap()
			source, err := mounted(t, n, host, func() {})
			if (err == nil) != (s.ok || path.IsAbs(s.host)) || path.IsAbs(s.host) && !within(source, n.spec.Root) {
				t.Errorf("mounted %s: %v", source, err)
			}
		})
	}
}

func makeDir(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, to, name string) {
	t.Helper()
	if err := os.Symlink(to, name); err != nil {
		t.Fatal(err)
	}
}

// A file of a volume is mounted by a name of its own; a link that leads such a
// name out of the volume is not.
func TestLinkedFilesStayInTheirVolume(t *testing.T) {
	t.Parallel()
	n, outside := machine(t)
	pod := filepath.Join(n.spec.KubeletRoot, "pods", "u1")
	volume, subpaths := filepath.Join(pod, "volumes", "p", "v"), filepath.Join(pod, "volume-subpaths")
	for _, d := range []string{volume, outside, filepath.Join(n.spec.Root, "data"), filepath.Join(subpaths, "v", "main"), filepath.Join(subpaths, "host", "main")} {
		makeDir(t, d)
		if err := os.WriteFile(filepath.Join(d, "file"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	link(t, filepath.Join(volume, "file"), filepath.Join(subpaths, "v", "main", "linked"))
	link(t, filepath.Join(outside, "file"), filepath.Join(subpaths, "v", "main", "out"))
	link(t, filepath.Join(n.spec.Root, "data", "file"), filepath.Join(subpaths, "host", "main", "0"))
	for name, ok := range map[string]bool{"v/main/file": true, "v/main/linked": true, "v/main/out": false, "host/main/0": true} {
		if _, err := mounted(t, n, filepath.Join(subpaths, name), func() {}); (err == nil) != ok {
			t.Errorf("%s: %v", name, err)
		}
	}
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
