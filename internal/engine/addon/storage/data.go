package storage

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// data is where volumes keep what is in them.
type data struct{ dir string }

// path is the directory of a volume. A handle that would lead elsewhere is an
// error: everybody who may write a PersistentVolume can choose one.
func (d data) path(handle string) (string, error) {
	if handle == "" || handle == "." || strings.ContainsAny(handle, `/\`) || !filepath.IsLocal(handle) {
		return "", fmt.Errorf("%q is no handle of a volume", handle)
	}
	return filepath.Join(d.dir, handle), nil
}

// make makes an empty volume, or finds it.
func (d data) make(handle string) error {
	dir, err := d.path(handle)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making volume %s: %w", handle, err)
	}
	return os.Chmod(dir, 0o777) // as the root of a new disk that anybody may use
}

// remove removes a volume with all that is in it.
func (d data) remove(handle string) error {
	dir, err := d.path(handle)
	if err != nil {
		return err
	}
	if os.RemoveAll(dir) == nil {
		return nil
	}
	// There may be directories that we own and may not write to.
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, _ error) error {
		if e != nil && e.IsDir() {
			_ = os.Chmod(path, 0o700) // the next attempt tells what could not be done
		}
		return nil
	})
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("removing volume %s: %w", handle, err)
	}
	return nil
}

// clone makes a volume with the content of another, or finds it made. Links stay
// links, and are not followed: a container may have written one that leads out of
// the volume.
func (d data) clone(handle, from string) error {
	source, err := d.path(from)
	if err != nil {
		return err
	}
	target, err := d.path(handle)
	if err != nil {
		return err
	}
	if _, err := os.Stat(target); err == nil {
		return nil
	}
	if err := d.copy(unfinished+handle, source); err != nil {
		return fmt.Errorf("copying volume %s to %s: %w", from, handle, err)
	}
	return os.Rename(filepath.Join(d.dir, unfinished+handle), target)
}

// unfinished begins the name of a copy that is not complete.
const unfinished = ".copy-"

// copy makes a volume and copies a directory into it.
func (d data) copy(handle, source string) error {
	if err := errors.Join(d.remove(handle), d.make(handle)); err != nil { // what an attempt before this left
		return err
	}
	src, err := os.OpenRoot(source)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenRoot(filepath.Join(d.dir, handle))
	if err != nil {
		return err
	}
	defer dst.Close()
	return copyTree(dst, src)
}

// copyTree copies all of src into dst, which is empty. Directories get their modes
// last, because they may forbid writing.
func copyTree(dst, src *os.Root) error {
	modes := map[string]fs.FileMode{}
	err := fs.WalkDir(src.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if e.IsDir() {
			modes[name] = info.Mode().Perm() | info.Mode()&(fs.ModeSetgid|fs.ModeSticky)
		}
		return copyEntry(dst, src, name, info)
	})
	for name, mode := range modes {
		err = errors.Join(err, dst.Chmod(name, mode))
	}
	return err
}

// copyEntry copies one file, link or directory. Sockets and the like are not
// content.
func copyEntry(dst, src *os.Root, name string, info fs.FileInfo) error {
	switch {
	case name == ".":
		return nil
	case info.IsDir():
		return dst.Mkdir(name, 0o700)
	case info.Mode()&fs.ModeSymlink != 0:
		to, err := src.Readlink(name)
		if err != nil {
			return err
		}
		return dst.Symlink(to, name)
	case info.Mode().IsRegular():
		return copyFile(dst, src, name, info.Mode().Perm())
	default:
		return nil
	}
}

func copyFile(dst, src *os.Root, name string, mode fs.FileMode) error {
	from, err := src.Open(name)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := dst.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Chmod(mode), to.Close())
}
