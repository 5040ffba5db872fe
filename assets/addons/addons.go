// Package addons holds the manifests of what a cluster with nodes has beside
// Kubernetes itself, one file of several documents for each add-on. It is apart
// from package assets, as the images are: it is a part of the engine, and a theme
// that changes makes no other engine.
package addons

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed *.yaml
var files embed.FS

const suffix = ".yaml"

// Manifest is the manifest of an add-on. The error wraps fs.ErrNotExist if there
// is none of that name.
func Manifest(name string) ([]byte, error) {
	text, err := files.ReadFile(name + suffix)
	if err != nil {
		return nil, fmt.Errorf("reading the manifest of the add-on %q: %w", name, err)
	}
	return text, nil
}

// Names are the names of all add-ons, sorted.
func Names() []string {
	entries, _ := files.ReadDir(".") // of an embedded directory: no error
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), suffix))
	}
	return names
}
