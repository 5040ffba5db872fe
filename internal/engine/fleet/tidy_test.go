package fleet

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestTidy: what was left on a node's disk goes, its own directories and the
// kubelet's logs stay.
func TestTidy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	outside := filepath.Join(dir, "outside")
	f := &Fleet{paths: layout{dir: filepath.Join(dir, "nodes")}, members: []*member{{record: freshRecord(1)}}}
	root := f.paths.root("node1")
	for _, file := range []string{"etc/kubernetes/manifests/web.yaml", "data/db/file", "etc/hosts", "etc/app/conf", "lib/modules/x", "run/x", "run/xtables.lock", "tmp/x", "var/lib/app/y", "var/log/pods/p/0.log", "var/log/app.log"} {
		put(t, filepath.Join(root, file))
	}
	put(t, filepath.Join(f.paths.volumes(), "pvc-1/file"))
	put(t, filepath.Join(outside, "precious"))
	if err := os.Symlink(outside, filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(root, "data/db"), 0o500); err != nil {
		t.Fatal(err)
	}
	if err := f.Tidy(); err != nil {
		t.Fatal(err)
	}
	want := []string{"etc", "etc/hosts", "etc/kubernetes", "etc/kubernetes/manifests", "lib", "lib/modules", "run", "run/xtables.lock", "tmp", "var", "var/log", "var/log/pods", "var/log/pods/p", "var/log/pods/p/0.log"}
	if got := tree(t, root); !slices.Equal(got, want) {
		t.Errorf("left: %q", got)
	}
	if got := tree(t, f.paths.volumes()); len(got) != 0 {
		t.Errorf("left of volumes: %q", got)
	}
	if got := tree(t, outside); len(got) != 1 {
		t.Errorf("outside: %q", got)
	}
}

func put(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func tree(t *testing.T, root string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if rel, _ := filepath.Rel(root, path); rel != "." {
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
