//go:build unix

package yard

import (
	"os"
	"strconv"
)

// temporary is where sockets go when the user has no directory for them. It is a
// directory of its own in one that is everybody's, with a name that is short also
// where users have long numbers.
func temporary() string { return "/tmp/kc-" + strconv.FormatInt(int64(os.Geteuid()), 36) }
