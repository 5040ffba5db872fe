package console

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// errOutside refuses a path. A link that leads out of the workspace is refused
// by os.Root in its own words.
var errOutside = errors.New("outside the workspace")

func (p place) kubeconfig() string { return filepath.Join(p.Private, "kube", "config") }
func (p place) temporary() string  { return filepath.Join(p.Private, "tmp") }
func (p place) cache() string      { return filepath.Join(p.Private, "cache") }

// helper is this program under the name kubectl, by which it finds KubectlMain.
func (p place) helper() string { return filepath.Join(p.Private, "kubectl") }

// furnish makes what a private directory needs.
func (p place) furnish() error {
	for _, dir := range []string{filepath.Dir(p.kubeconfig()), p.temporary(), p.cache()} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return fmt.Errorf("making a directory for the console: %w", err)
		}
	}
	if err := os.Symlink(p.Program, p.helper()); err != nil {
		return fmt.Errorf("naming the helper of the console: %w", err)
	}
	return nil
}

// inside is a path relative to the workspace, if it lies in it.
func (p place) inside(dir, path string) (string, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	rel, err := filepath.Rel(p.Workspace, filepath.Clean(path))
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", errOutside
	}
	return rel, nil
}

// setenv sets a variable given as KEY=VALUE.
func setenv(kv string) {
	key, value, _ := strings.Cut(kv, "=")
	_ = os.Setenv(key, value) // fails for an empty key only
}
