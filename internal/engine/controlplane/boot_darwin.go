package controlplane

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// bootID is the time at which macOS was booted.
func bootID() string {
	t, err := unix.SysctlTimeval("kern.boottime")
	if err != nil {
		return ""
	}
	return strconv.FormatInt(t.Sec, 10)
}
