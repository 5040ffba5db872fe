//go:build !unix

package kernel

import "io/fs"

// system adds what only the machine's own structure tells: nothing here.
func system(fs.FileInfo, *attr) {}
