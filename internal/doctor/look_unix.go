//go:build unix

package doctor

import (
	"io/fs"

	"golang.org/x/sys/unix"
)

// writable asks the system, which knows of read-only file systems and of access
// lists, too.
func writable(dir string) error {
	if err := unix.Faccessat(unix.AT_FDCWD, dir, unix.W_OK|unix.X_OK, unix.AT_EACCESS); err != nil {
		return &fs.PathError{Op: "write", Path: dir, Err: err}
	}
	return nil
}

// OpenFiles is how many files a process may have open at most; 0 where that is
// not known. A Go program raises its limit to that by itself.
func OpenFiles() uint64 {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return uint64(limit.Max)
}
