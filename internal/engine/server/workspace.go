package server

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"kubetutor/internal/lab/protocol"
)

// maxFile is the largest file of the workspace that the protocol carries, in
// bytes.
const maxFile = 4 << 20

// workspace is the directory of the learner's files. Nothing outside it can be
// reached through it, whatever links the learner made.
type workspace struct{ dir string }

// open opens the workspace, making it if need be.
func (w workspace) open() (*os.Root, error) {
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the workspace: %w", err)
	}
	return os.OpenRoot(w.dir)
}

// wipe removes every file.
func (w workspace) wipe() error {
	if err := makeWritable(w.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("wiping the workspace: %w", err)
	}
	root, err := w.open()
	if err != nil {
		return err
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), ".")
	for _, e := range entries {
		err = errors.Join(err, root.RemoveAll(e.Name()))
	}
	if err != nil {
		return fmt.Errorf("wiping the workspace: %w", err)
	}
	return nil
}

// put writes a file, and the directories that it needs.
func (w workspace) put(name string, data []byte) error {
	if !fs.ValidPath(name) || name == "." {
		return badName(name)
	}
	if len(data) > maxFile {
		return failf(protocol.CodeInvalid, "", "%s is larger than %d MiB", name, maxFile>>20)
	}
	root, err := w.open()
	if err != nil {
		return err
	}
	defer root.Close()
	if dir := path.Dir(name); dir != "." {
		if err := root.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
	}
	if err := root.WriteFile(name, data, 0o644); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

// get reads a regular file.
func (w workspace) get(name string) ([]byte, error) {
	if !fs.ValidPath(name) || name == "." {
		return nil, badName(name)
	}
	root, err := w.open()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	// A pipe would block the open: look first.
	info, err := root.Stat(name)
	if err != nil {
		return nil, notFound(name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, failf(protocol.CodeInvalid, "", "%s is not a file", name)
	}
	if info.Size() > maxFile {
		return nil, failf(protocol.CodeInvalid, "", "%s is larger than %d MiB", name, maxFile>>20)
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, notFound(name, err)
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile))
}

func badName(name string) error {
	return failf(protocol.CodeInvalid, "", "%q is not the name of a file in the workspace", name)
}

func notFound(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return failf(protocol.CodeNotFound, "", "there is no file %s in the workspace", name)
	}
	return failf(protocol.CodeInvalid, "", "reading %s: %v", name, err)
}
