package foreign

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/oklog/ulid/v2"
)

// OwnerKey is the label that tells which engine made a namespace: other learners
// may do their labs on the same cluster.
const OwnerKey = "kubetutor.io/engine"

// ownerFile holds the label's value from before the first namespace is made
// until none is left.
const ownerFile = "owner"

// Owned tells whether the engine whose directory this is may have left
// something in the cluster.
func Owned(dir string) (bool, error) {
	owner, err := (&Cluster{dir: dir}).owner()
	return owner != "", err
}

// owner is who we are, empty while we have made nothing.
func (c *Cluster) owner() (string, error) {
	data, err := os.ReadFile(filepath.Join(c.dir, ownerFile))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("reading who made kubetutor's namespaces: %w", err)
	}
	return strings.TrimSpace(string(data)), nil
}

// own is who we are from now on.
func (c *Cluster) own() (string, error) {
	owner, err := c.owner()
	if owner != "" || err != nil {
		return owner, err
	}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return "", err
	}
	owner = ulid.Make().String()
	return owner, replace(filepath.Join(c.dir, ownerFile), []byte(owner+"\n"))
}

// disown forgets who we are: nothing of ours is left.
func (c *Cluster) disown() error {
	err := os.Remove(filepath.Join(c.dir, ownerFile))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("forgetting who made kubetutor's namespaces: %w", err)
	}
	return nil
}
