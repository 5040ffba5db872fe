//go:build unix

package engine

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// closeInherited closes what the program that started the daemon left open: a
// lock or the end of a pipe that lives on in a daemon keeps others waiting for
// hours. Inherited are those without the close-on-exec flag; Go opens nothing
// without it.
func closeInherited() {
	dir, err := os.Open("/dev/fd")
	if err != nil {
		return
	}
	names, _ := dir.Readdirnames(-1)
	dir.Close()
	for _, name := range names {
		fd, err := strconv.Atoi(name)
		if err != nil || fd <= 2 {
			continue
		}
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
			unix.Close(fd)
		}
	}
}
