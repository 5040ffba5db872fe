package doctor

import (
	"github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

func (p *Place) lookAtDisk() {
	var st unix.Statfs_t
	if unix.Statfs(p.Above, &st) != nil {
		return
	}
	p.Free = int64(st.Bavail) * st.Bsize
	p.NoExec = st.Flags&unix.ST_NOEXEC != 0
}

// Landlock is the version of the kernel's Landlock, 0 where there is none or it
// is switched off.
func Landlock() int {
	abi, err := syscall.LandlockGetABIVersion()
	if err != nil {
		return 0
	}
	return abi
}
