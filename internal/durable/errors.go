package durable

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// What can be in the way of a file, and what its owner can do.
var (
	ErrFull     = errors.New("the disk is full: make room, then try again; everything saved before is safe")
	ErrReadOnly = errors.New("the data directory cannot be written: allow writing to it, or name another one with --data DIR")
	ErrBusy     = errors.New("another kubetutor is writing for too long: wait or close it, then try again")
	ErrCorrupt  = errors.New("the file is damaged")
)

// Cause is the one of the errors above that an error comes from; nil where it comes
// from none of them.
func Cause(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EFBIG):
		return ErrFull
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOTDIR):
		return ErrReadOnly
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return nil
	}
	return sqliteCause(err)
}

// sqliteCause reads SQLite's result code (https://www.sqlite.org/rescode.html).
func sqliteCause(err error) error {
	var se *sqlite.Error
	if !errors.As(err, &se) {
		return nil
	}
	switch se.Code() {
	case sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_SHMSIZE:
		return ErrFull
	case sqlite3.SQLITE_IOERR_SHORT_READ:
		return ErrCorrupt
	}
	switch se.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return ErrFull
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return ErrReadOnly
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return ErrBusy
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return ErrCorrupt
	}
	return nil
}
