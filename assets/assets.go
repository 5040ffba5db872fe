// Package assets holds what the programs bring along as data: themes, JSON
// schemas and kubectl's flags.
package assets

import "embed"

// FS holds the files of this directory.
//
//go:embed kubectl.json schema themes
var FS embed.FS
