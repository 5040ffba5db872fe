//go:build unix

package yard

import (
	"fmt"
	"os"
)

// temporary is where sockets go when the user has no directory for them. It is a
// directory of its own in one that is everybody's.
func temporary() string { return fmt.Sprintf("/tmp/kubeclass-%d", os.Geteuid()) }
