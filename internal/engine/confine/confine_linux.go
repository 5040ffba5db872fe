package confine

import (
	"fmt"

	"github.com/landlock-lsm/go-landlock/landlock"
	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
)

const (
	read  = ll.AccessFSReadFile | ll.AccessFSReadDir
	write = read | ll.AccessFSWriteFile | ll.AccessFSTruncate | ll.AccessFSRefer |
		ll.AccessFSRemoveDir | ll.AccessFSRemoveFile | ll.AccessFSMakeDir | ll.AccessFSMakeReg |
		ll.AccessFSMakeSock | ll.AccessFSMakeFifo | ll.AccessFSMakeSym
	handled = write | ll.AccessFSExecute | ll.AccessFSMakeChar | ll.AccessFSMakeBlock
)

// Files leaves this process, for the rest of its life, the files below some
// directories, which must exist, and the few that every process may read. It can
// execute nothing. A kernel without Landlock confines what it can, which may be
// nothing.
func Files(dirs ...string) error {
	rules := []landlock.Rule{
		landlock.PathAccess(write, dirs...),
		landlock.PathAccess(ll.AccessFSReadFile|ll.AccessFSWriteFile, "/dev/null").IgnoreIfMissing(),
		landlock.PathAccess(ll.AccessFSReadFile, "/dev/urandom", "/etc/localtime").IgnoreIfMissing(),
		landlock.PathAccess(read, "/usr/share/zoneinfo").IgnoreIfMissing(),
	}
	config := landlock.MustConfig(landlock.AccessFSSet(handled))
	if err := config.BestEffort().RestrictPaths(rules...); err != nil {
		return fmt.Errorf("confining a process to %v: %w", dirs, err)
	}
	return nil
}
