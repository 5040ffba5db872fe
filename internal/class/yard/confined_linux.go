package yard

import (
	"fmt"

	"github.com/landlock-lsm/go-landlock/landlock/syscall"
)

// confiningABI is the version of Landlock that has all that the engine asks for: rules
// for files since 1 (Linux 5.13), for truncation since 3 (6.2), for the ports that a
// process may connect to since 4 (6.7).
const confiningABI = 4

// Confined tells why what learners type cannot be confined to their own files and
// their own cluster on this machine; nil where it can. It asks the kernel for what
// the engine asks of it, which is Landlock; the engine itself confines what it can.
func Confined() error {
	version, err := syscall.LandlockGetABIVersion()
	switch {
	case err != nil:
		return fmt.Errorf("this kernel has no Landlock, or it is switched off (%w): Linux 6.7 and later have it", err)
	case version < confiningABI:
		return fmt.Errorf("the Landlock of this kernel is too old (version %d, needed is %d): Linux 6.7 and later have it", version, confiningABI)
	}
	return nil
}
