package fleet

import "fmt"

// Remove removes all that a fleet that has been stopped left in its directory.
func Remove(dir string) error {
	if err := removeAll(dir); err != nil {
		return fmt.Errorf("removing what the nodes left: %w", err)
	}
	return nil
}

// Count is how many nodes there are, stopped ones included.
func (f *Fleet) Count() int { return len(f.all()) }
