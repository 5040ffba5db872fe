package node

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/volume"
)

// tree makes a node's root with files that lead out of it, beside a directory
// that is not the node's.
func tree(t *testing.T) (root, outside string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "n")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	root, outside = filepath.Join(dir, "root"), filepath.Join(dir, "outside")
	for _, d := range []string{root + "/etc", root + "/run/app", outside} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{
		"var": "run", "abs": "/run/app", "up": "../../..", "out": outside, "self": "self", "etc/rel": "../run/app",
	} {
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(root+"/etc/file", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", root+"/run/s")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return root, outside
}

func TestPathsStayOnTheNode(t *testing.T) {
	t.Parallel()
	root, _ := tree(t)
	for path, want := range map[string]string{
		"/":             "",
		"/etc/file":     "/etc/file",
		"/var/app":      "/run/app",
		"/abs":          "/run/app",
		"/etc/rel/x":    "/run/app/x",
		"/up/etc":       "/etc",
		"/../../etc":    "/etc",
		"/none/../..":   "",
		"/not/there":    "/not/there",
		"/out":          strings.ReplaceAll(filepath.Dir(root)+"/outside", "//", "/"),
		"/abs/../../..": "",
	} {
		got, err := rootDir(root).find(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if got != root+want {
			t.Errorf("%s is %s, want %s below the root", path, got, want)
		}
	}
	if got, err := rootDir(root).find("/self"); err == nil {
		t.Errorf("a link to itself leads to %s", got)
	}
}

func FuzzPathsStayOnTheNode(f *testing.F) {
	for _, seed := range []string{"/", "..", "/up/../..", "/out/x", "/var/../../out", "\x00", "//abs/./.."} {
		f.Add(seed)
	}
	dir := f.TempDir()
	root := filepath.Join(dir, "root")
	if err := os.MkdirAll(root+"/a/b", 0o755); err != nil {
		f.Fatal(err)
	}
	for link, target := range map[string]string{"up": "../..", "out": dir, "a/l": "/a/b", "a/b/r": "../../up"} {
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, path string) {
		got, err := rootDir(root).find(path)
		if err != nil {
			return
		}
		rel, err := filepath.Rel(root, got)
		if err != nil || rel != "." && !filepath.IsLocal(rel) {
			t.Errorf("%q leads to %s", path, got)
		}
	})
}

func setUp(root, path string, kind v1.HostPathType) (string, error) {
	spec := volume.NewSpecFromVolume(&v1.Volume{VolumeSource: v1.VolumeSource{HostPath: &v1.HostPathVolumeSource{Path: path, Type: &kind}}})
	m, err := newHostPathPlugin(root).NewMounter(spec, &v1.Pod{})
	if err != nil {
		return "", err
	}
	return m.GetPath(), m.SetUp(volume.MounterArgs{})
}

func TestHostPathTypes(t *testing.T) {
	t.Parallel()
	root, outside := tree(t)
	const no = "hostPath type check failed: "
	for _, tt := range []struct {
		path string
		kind v1.HostPathType
		want string // error's beginning
	}{
		{"/etc", v1.HostPathDirectory, ""},
		{"/abs", v1.HostPathDirectory, ""},
		{"/etc/file", v1.HostPathDirectory, no + "/etc/file is not a directory"},
		{"/none", v1.HostPathDirectory, no + "/none is not a directory"},
		{"/etc/file", v1.HostPathFile, ""},
		{"/etc", v1.HostPathFile, no + "/etc is not a file"},
		{"/run/s", v1.HostPathSocket, ""},
		{"/etc/file", v1.HostPathSocket, no + "/etc/file is not a socket"},
		{"/etc", v1.HostPathCharDev, no + "/etc is not a character device"},
		{"/etc", v1.HostPathBlockDev, no + "/etc is not a block device"},
		{"/new/dir", v1.HostPathDirectoryOrCreate, ""},
		{"/etc/new", v1.HostPathFileOrCreate, ""},
		{"/etc/file", v1.HostPathFileOrCreate, ""},
		{"/etc/file", v1.HostPathDirectoryOrCreate, no + "/etc/file is not a directory"},
		{"/no/parent", v1.HostPathFileOrCreate, "open /no/parent: no such file"},
		{"/unset", v1.HostPathUnset, ""},
		{"/out", v1.HostPathUnset, ""},
		{"/a/../b", v1.HostPathUnset, "invalid HostPath `/a/../b`"},
		{"/etc", "Odd", "Odd is an invalid volume type"},
	} {
		path, err := setUp(root, tt.path, tt.kind)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s %s: %v", tt.kind, tt.path, err)
		case tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want)):
			t.Errorf("%s %s: %v, want %s", tt.kind, tt.path, err, tt.want)
		case err == nil && !strings.HasPrefix(path, root):
			t.Errorf("%s %s is mounted from %s", tt.kind, tt.path, path)
		}
	}
	if text, err := os.ReadFile(root + "/etc/file"); err != nil || string(text) != "x" {
		t.Errorf("a file that was there: %q, %v", text, err)
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) > 0 {
		t.Errorf("outside the node: %v, %v", entries, err)
	}
}

func TestErrorsHideTheMachine(t *testing.T) {
	t.Parallel()
	err := rootDir("/secret/place").hide(&fs.PathError{Op: "open", Path: "/secret/place/etc/x", Err: fs.ErrNotExist})
	if err.Error() != "open /etc/x: file does not exist" || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if rootDir("/x").hide(nil) != nil {
		t.Error("no error became one")
	}
}
