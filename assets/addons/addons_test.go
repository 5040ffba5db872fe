package addons_test

import (
	"errors"
	"io/fs"
	"slices"
	"testing"

	"kubetutor/assets/addons"
)

func TestManifests(t *testing.T) {
	t.Parallel()
	names := addons.Names()
	if !slices.Contains(names, "kube-proxy") {
		t.Errorf("the add-ons are %v, without kube-proxy", names)
	}
	for _, name := range names {
		if text, err := addons.Manifest(name); err != nil || len(text) == 0 {
			t.Errorf("the manifest of %s has %d bytes: %v", name, len(text), err)
		}
	}
	if _, err := addons.Manifest("../addons/kube-proxy"); !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("a manifest elsewhere: %v", err)
	}
	if _, err := addons.Manifest("none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a manifest that is not there: %v", err)
	}
}
