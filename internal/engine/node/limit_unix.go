//go:build unix

package node

import "syscall"

// openFiles is how many files this process may hold. The kubelet wants to be
// told a number and asks for it; asking for what is allowed anyway never fails.
func openFiles() uint64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 1024
	}
	return uint64(limit.Cur)
}
