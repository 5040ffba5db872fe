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
