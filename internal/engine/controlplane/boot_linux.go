package controlplane

import (
	"os"
	"strings"
)

// bootID is the random number that Linux draws at each boot.
func bootID() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
}
