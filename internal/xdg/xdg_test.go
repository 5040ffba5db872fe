package xdg_test

import (
	"path/filepath"
	"testing"

	"kubetutor/internal/xdg"
)

func TestDir(t *testing.T) {
	t.Parallel()
	root := t.TempDir() // absolute on every system
	at := func(path string) string { return filepath.Join(root, filepath.FromSlash(path)) }
	for _, tt := range []struct {
		name string
		env  map[string]string
		want string
	}{
		{"named", map[string]string{"XDG_DATA_HOME": at("data"), "HOME": at("home")}, at("data/kubetutor")},
		{"by default", map[string]string{"HOME": at("home")}, at("home/.local/share/kubetutor")},
		{"relative", map[string]string{"XDG_DATA_HOME": "data", "HOME": at("home")}, at("home/.local/share/kubetutor")},
		{"of Windows", map[string]string{"USERPROFILE": at("me")}, at("me/.local/share/kubetutor")},
		{"relative home", map[string]string{"HOME": "home"}, ""},
		{"none", nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := xdg.Dir(func(name string) string { return tt.env[name] }, "XDG_DATA_HOME", ".local/share")
			if got != tt.want || (err != nil) != (tt.want == "") {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}
