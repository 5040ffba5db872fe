package durable

import "golang.org/x/sys/unix"

// OnNetwork tells whether a directory is on a network file system, as far as that
// can be told.
func OnNetwork(dir string) bool {
	var st unix.Statfs_t
	return unix.Statfs(dir, &st) == nil && st.Flags&unix.MNT_LOCAL == 0
}
