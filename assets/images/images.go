// Package images holds the catalogue of simulated images and the files in them.
// It is apart from package assets, for it is a part of the engine alone: a theme
// or a schema that changes makes no other engine.
package images

import "embed"

// FS holds the files of this directory.
//
//go:embed catalogue.yaml files
var FS embed.FS
