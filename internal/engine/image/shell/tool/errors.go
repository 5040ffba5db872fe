package tool

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"

	"kubetutor/internal/engine/kernel"
)

// Reason is what strerror(3) says of an error of the file system or the network.
func Reason(err error) string {
	if errors.Is(err, os.ErrDeadlineExceeded) || isTimeout(err) {
		return "Operation timed out"
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errnoText(errno)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "No such file or directory"
	case errors.Is(err, fs.ErrPermission):
		return "Permission denied"
	case errors.Is(err, fs.ErrExist):
		return "File exists"
	case errors.Is(err, fs.ErrClosed):
		return "Bad file descriptor"
	}
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return capital(path.Err.Error())
	}
	return capital(err.Error())
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

func errnoText(errno syscall.Errno) string {
	switch errno {
	case syscall.EHOSTUNREACH:
		return "Host is unreachable"
	case syscall.ETIMEDOUT:
		return "Operation timed out"
	case syscall.EADDRINUSE:
		return "Address already in use"
	case syscall.EXDEV:
		return "Cross-device link"
	case syscall.ENOTEMPTY:
		return "Directory not empty"
	}
	return capital(errno.Error())
}

func capital(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// Missing says whether an error means that there is no such file.
func Missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// ExecReason is why a program cannot be executed, and the exit status for it.
func ExecReason(err error) (code int, why string) {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, kernel.ErrNotFound) {
		return 127, "No such file or directory"
	}
	return 126, Reason(err)
}
