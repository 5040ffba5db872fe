package yard

import (
	"os"
	"path/filepath"
)

// temporary is where sockets go when the user has no directory for them.
func temporary() string { return filepath.Join(os.TempDir(), "kubeclass") }
