//go:build !linux

package yard

import (
	"fmt"
	"runtime"
)

// Confined tells why what learners type cannot be confined to their own files on
// this machine: that takes Linux.
func Confined() error {
	return fmt.Errorf("%s has nothing to confine processes with: it takes Linux 6.7 or later", runtime.GOOS)
}
