package fleet

import "fmt"

// Remove removes all that a fleet that has been stopped left in its directory.
func Remove(dir string) error {
	if err := removeAll(dir); err != nil {
		return fmt.Errorf("removing what the nodes left: %w", err)
	}
	return nil
}
