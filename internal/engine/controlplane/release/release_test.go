package release_test

import (
	"os"
	"regexp"
	"testing"

	"k8s.io/component-base/version"

	"kubetutor/internal/engine/controlplane/release"
)

// TestStamp: the version is that of the module, and what kubectl prints.
func TestStamp(t *testing.T) {
	for range 2 {
		if err := release.Stamp(); err != nil {
			t.Fatal(err)
		}
	}
	mod, err := os.ReadFile("../../../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	required := regexp.MustCompile(`k8s\.io/kubernetes (v\S+)`).FindSubmatch(mod)
	if required == nil || string(required[1]) != release.Version {
		t.Errorf("go.mod requires %s, release.Version is %s", required, release.Version)
	}
	if got := version.Get(); got.GitVersion != release.Version || got.Major+"."+got.Minor != "1.37" {
		t.Errorf("the version is %+v", got)
	}
}
