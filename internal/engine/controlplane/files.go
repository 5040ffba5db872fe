package controlplane

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// maxSocketPath is the longest path of a unix socket that works everywhere:
// Linux allows 108 bytes and macOS 104, the final NUL included.
const maxSocketPath = 100

// socketPath names a socket and refuses a path that some system would cut.
func socketPath(dir, name string) (string, error) {
	path := filepath.Join(dir, name)
	if len(path) >= maxSocketPath {
		return "", fmt.Errorf("the socket path %s has %d bytes, the limit is %d: choose a shorter directory for sockets", path, len(path), maxSocketPath)
	}
	return path, nil
}

// removeIfThere removes a file that may be missing.
func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// writeFile writes a private file whole or not at all: readers see the old
// content or the new one, also after a crash.
func writeFile(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return os.Rename(f.Name(), path)
}

// exists says whether something is at path.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
