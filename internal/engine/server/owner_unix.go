//go:build unix

package server

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

const sharedModeMatters = true

// ownedByUs refuses what belongs to another user, who could replace it.
func ownedByUs(info fs.FileInfo) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("its owner cannot be told")
	}
	if int(st.Uid) != os.Getuid() {
		return fmt.Errorf("it belongs to user %d, not to user %d", st.Uid, os.Getuid())
	}
	return nil
}
