package node

import (
	"os"
	"path/filepath"
	"testing"

	"k8s.io/kubernetes/pkg/volume/util/subpath"
	"k8s.io/mount-utils"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestBindMount: a bind mount shows its source, is found by a kubelet that is
// started again, and leaves an empty directory when it goes.
func TestBindMount(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	source, target := filepath.Join(dir, "data"), filepath.Join(dir, "mount")
	write(t, source+"/file", "kept")
	if err := os.Mkdir(target, 0o755); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := newLinkMounter().Mount(source, target, "", []string{"bind", "ro"}); err != nil {
			t.Fatal(err)
		}
	}
	if got := read(t, target+"/file"); got != "kept" {
		t.Errorf("the mount shows %q", got)
	}
	next := newLinkMounter()
	if is, err := next.IsMountPoint(target); err != nil || !is {
		t.Errorf("after a restart it is a mount: %v, %v", is, err)
	}
	if err := mount.CleanupMountPoint(target, next, true); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(target); !os.IsNotExist(err) {
		t.Errorf("the mount point is still there: %v", err)
	}
	if got := read(t, source+"/file"); got != "kept" {
		t.Errorf("the source has %q", got)
	}
}

func TestBindMountCoversNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir+"/full/file", "x")
	if err := newLinkMounter().Mount(dir, dir+"/full", "", []string{"bind"}); err == nil {
		t.Error("a directory with files was covered")
	}
}

func TestTmpfsIsNoted(t *testing.T) {
	t.Parallel()
	dir, m := t.TempDir(), newLinkMounter()
	if not, err := m.IsLikelyNotMountPoint(dir); err != nil || !not {
		t.Errorf("before: %v, %v", not, err)
	}
	if err := m.MountSensitiveWithoutSystemd("tmpfs", dir, "tmpfs", []string{"size=1"}, nil); err != nil {
		t.Fatal(err)
	}
	if not, err := m.IsLikelyNotMountPoint(dir); err != nil || not {
		t.Errorf("mounted: %v, %v", not, err)
	}
	if list, _ := m.List(); len(list) != 1 || list[0].Type != "tmpfs" || list[0].Path != dir {
		t.Errorf("the list is %v", list)
	}
	if err := m.Unmount(dir); err != nil {
		t.Fatal(err)
	}
	if list, _ := m.List(); len(list) != 0 {
		t.Errorf("afterwards the list is %v", list)
	}
	if _, err := m.IsMountPoint(dir + "/none"); !os.IsNotExist(err) {
		t.Errorf("a path that is not there: %v", err)
	}
}

// TestSubPathOfAFileIsFrozen: a ConfigMap's update swaps ..data; a container
// that mounted one key by subPath keeps the old one, until it is started again.
func TestSubPathOfAFileIsFrozen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	vol, pod := dir+"/pod/volumes/cm", dir+"/pod"
	swap := func(generation, text string) {
		write(t, vol+"/"+generation+"/key", text)
		_ = os.Remove(vol + "/..data")
		if err := os.Symlink(generation, vol+"/..data"); err != nil {
			t.Fatal(err)
		}
	}
	swap("..1", "old")
	if err := os.Symlink("..data/key", vol+"/key"); err != nil {
		t.Fatal(err)
	}
	s := subpath.Subpath{Path: vol + "/key", VolumePath: vol, VolumeName: "cm", PodDir: pod, ContainerName: "c", VolumeMountIndex: 1}
	mounted, cleanup, err := linkSubpath{}.PrepareSafeSubpath(s)
	if err != nil || cleanup != nil {
		t.Fatal(err)
	}
	swap("..2", "new")
	if err := os.RemoveAll(vol + "/..1"); err != nil {
		t.Fatal(err)
	}
	if got := read(t, mounted); got != "old" {
		t.Errorf("the running container reads %q", got)
	}
	if mounted, _, err = (linkSubpath{}).PrepareSafeSubpath(s); err != nil {
		t.Fatal(err)
	}
	if got := read(t, mounted); got != "new" {
		t.Errorf("the next container reads %q", got)
	}
	if err := (linkSubpath{}).CleanSubPaths(pod, "cm"); err != nil {
		t.Fatal(err)
	}
	if got := read(t, vol+"/key"); got != "new" {
		t.Errorf("the volume has %q", got)
	}
}

func TestSubPathStaysInItsVolume(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	vol := dir + "/vol"
	write(t, dir+"/secret", "x")
	write(t, vol+"/sub/file", "x")
	for link, target := range map[string]string{"out": "..", "abs": dir, "in": "sub", "file": dir + "/secret"} {
		if err := os.Symlink(target, filepath.Join(vol, link)); err != nil {
			t.Fatal(err)
		}
	}
	prepare := func(sub string) (string, error) {
		path, _, err := linkSubpath{}.PrepareSafeSubpath(subpath.Subpath{Path: filepath.Join(vol, sub), VolumePath: vol, VolumeName: "v", PodDir: dir, ContainerName: "c"})
		return path, err
	}
	for _, sub := range []string{"out", "abs", "file", "none", "out/secret"} {
		if got, err := prepare(sub); err == nil {
			t.Errorf("subPath %s is %s", sub, got)
		}
	}
	for _, sub := range []string{"sub", "in"} {
		if got, err := prepare(sub); err != nil || got != vol+"/sub" {
			t.Errorf("subPath %s is %s, %v", sub, got, err)
		}
	}
	for _, sub := range []string{"out/made", "abs/made", "../made"} {
		if err := (linkSubpath{}).SafeMakeDir(sub, vol, 0o755); err == nil {
			t.Errorf("%s was made", sub)
		}
	}
	if err := (linkSubpath{}).SafeMakeDir("a/b", vol, 0o2777); err != nil {
		t.Error(err)
	}
}
