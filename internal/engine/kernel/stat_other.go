//go:build !unix

package kernel

import "io/fs"

// system adds what only the machine's own structure tells: nothing here.
func system(fs.FileInfo, *attr) {}

// identity is a file's number on the machine, and how many names it has: nobody knows.
func identity(fs.FileInfo) (id fileID, links int) { return fileID{}, 1 }
