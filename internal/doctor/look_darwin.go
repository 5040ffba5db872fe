package doctor

import "golang.org/x/sys/unix"

func (p *Place) lookAtDisk() {
	var st unix.Statfs_t
	if unix.Statfs(p.Above, &st) != nil {
		return
	}
	p.Free = int64(st.Bavail) * int64(st.Bsize)
	p.NoExec = st.Flags&unix.MNT_NOEXEC != 0
}

// Landlock is Linux's.
func Landlock() int { return 0 }
