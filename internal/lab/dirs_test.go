package lab

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSocketDirMustBeOurs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		make func(dir string) error
		want string // in the error
	}{
		{"missing", func(string) error { return nil }, ""},
		{"ours", func(dir string) error { return os.Mkdir(dir, 0o700) }, ""},
		{"open to others", func(dir string) error { return errors.Join(os.Mkdir(dir, 0o755), os.Chmod(dir, 0o755)) }, "chmod 700"},
		{"a file", func(dir string) error { return os.WriteFile(dir, nil, 0o600) }, "not a directory"},
		{"a link", func(dir string) error {
			return errors.Join(os.Mkdir(dir+"x", 0o700), os.Symlink(dir+"x", dir))
		}, "is a link"},
		{"a dangling link", func(dir string) error { return os.Symlink(dir+"y", dir) }, "is a link"},
		{"another user's", func(dir string) error {
			if os.Geteuid() != 0 {
				t.Skip("only root can give a directory away")
			}
			return errors.Join(os.Mkdir(dir, 0o700), os.Chown(dir, 12345, 12345))
		}, "another user"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "sockets")
			if err := test.make(dir); err != nil {
				t.Fatal(err)
			}
			err := makeSocketDir(dir)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestSocketsFallBackFromLongPaths(t *testing.T) {
	t.Parallel()
	env := func(dir string) func(string) string {
		return lookup([]string{"XDG_RUNTIME_DIR=" + dir})
	}
	if got := socketBase(env("/run/user/1")); got != "/run/user/1/kubetutor" {
		t.Errorf("got %s", got)
	}
	for _, dir := range []string{"", "relative", "/" + strings.Repeat("x", 90)} {
		if got := socketBase(env(dir)); got != "/tmp/kubetutor-"+userID() {
			t.Errorf("%q: got %s", dir, got)
		}
	}
	if _, err := socketPath("/"+strings.Repeat("x", 90), "main"); err == nil {
		t.Error("a path too long for a socket was accepted")
	}
}

func TestClusterNames(t *testing.T) {
	t.Parallel()
	for name, good := range map[string]bool{
		"main": true, "a": true, "two-3": true, strings.Repeat("x", 31): true,
		"": false, "-a": false, "a-": false, "A": false, "../x": false, "a/b": false, "a.b": false, strings.Repeat("x", 32): false,
	} {
		if err := checkName(name); (err == nil) != good {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestDirsNeedAHome(t *testing.T) {
	t.Parallel()
	if _, err := findDirs(lookup(nil)); err == nil || !strings.Contains(err.Error(), "HOME") {
		t.Errorf("got %v", err)
	}
	d, err := findDirs(lookup([]string{"HOME=/h", "XDG_CACHE_HOME=/c", "XDG_STATE_HOME=relative"}))
	if err != nil || d.cache != "/c/kubetutor" || d.clusters != "/h/.local/state/kubetutor/clusters" {
		t.Errorf("got %v, %v", d, err)
	}
}
