//go:build unix

package kernel

import (
	"io/fs"
	"syscall"
)

// system adds what only the machine's own structure tells.
func system(fi fs.FileInfo, a *attr) {
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		a.nlink, a.ino = int(st.Nlink), st.Ino
	}
}

// identity is a file's number on the machine, and how many names it has.
func identity(fi fs.FileInfo) (id fileID, links int) {
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		return fileID{dev: uint64(st.Dev), ino: st.Ino}, int(st.Nlink)
	}
	return fileID{}, 1
}
