package kernel

import (
	"errors"
	"io/fs"
	"runtime"
	"syscall"
)

// errno is the number of an error from the machine's file system. Only Windows has numbers of its own there.
func errno(err error) error {
	var number syscall.Errno
	switch {
	case err == nil:
		return nil
	case runtime.GOOS != "windows" && errors.As(err, &number):
		return number
	case errors.Is(err, fs.ErrNotExist):
		return syscall.ENOENT
	case errors.Is(err, fs.ErrExist):
		return syscall.EEXIST
	case errors.Is(err, fs.ErrPermission):
		return syscall.EACCES
	}
	return syscall.EIO
}

// pathError says which call failed on which of the container's paths.
func pathError(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}
