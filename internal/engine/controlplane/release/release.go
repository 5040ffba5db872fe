// Package release says which Kubernetes this is.
//
// Upstream's build script writes the release into private variables of
// k8s.io/component-base/version with linker flags. Modules fetched with
// the go command carry placeholders instead (v0.0.0-master), and so would
// `kubectl version`, /version, every node and every user agent. [Stamp]
// writes the release in code, so that any build of the engine (go build, go
// run, a test binary) tells the truth.
package release

import (
	_ "unsafe" // for go:linkname

	"k8s.io/component-base/version"
)

// Version is the release of the k8s.io/kubernetes module in go.mod. A test
// compares the two.
const Version = "v1.37.1"

const major, minor = "1", "37"

//go:linkname gitMajor k8s.io/component-base/version.gitMajor
var gitMajor string

//go:linkname gitMinor k8s.io/component-base/version.gitMinor
var gitMinor string

//go:linkname gitVersion k8s.io/component-base/version.gitVersion
var gitVersion string

//go:linkname gitTreeState k8s.io/component-base/version.gitTreeState
var gitTreeState string

// Stamp makes k8s.io/component-base/version answer with this release. Call it
// before any component or kubectl is built; calling it again does no harm.
func Stamp() error {
	gitMajor, gitMinor, gitVersion, gitTreeState = major, minor, Version, "clean"
	return version.SetDynamicVersion(Version)
}
