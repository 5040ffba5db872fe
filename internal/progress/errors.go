package progress

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// The errors that a learner can do something about. Every error of a DB that
// has one of these causes wraps it, and says what to do.
var (
	ErrFull     = errors.New("the disk is full: make room, then try again; everything saved before is safe")
	ErrReadOnly = errors.New("the data directory cannot be written: allow writing to it, or name another one with --data DIR")
	ErrBusy     = errors.New("another kubetutor is writing for too long: wait or close it, then try again")
	ErrDamaged  = errors.New("the progress file is damaged: close every kubetutor and start it again, it then repairs the file")
	ErrNewer    = errors.New("the progress file was written by a newer kubetutor: update this one, or name another directory with --data DIR")
	ErrTooLarge = errors.New("this is too large to be kept")
)

// ErrElsewhere is why a rating was not recorded: see Reviewed.After.
var ErrElsewhere = errors.New("the card was rated elsewhere meanwhile")

// explain says what was attempted and, where the cause is one of the errors
// above, what the learner can do.
func explain(doing string, err error) error {
	if err == nil {
		return nil
	}
	if cause := causeOf(err); cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%s: %w (%w)", doing, cause, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func causeOf(err error) error {
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

// damaged tells whether an error at the start can come from a damaged file.
// Damage has many faces: a wrong byte in the header makes a file read-only for
// SQLite, or takes a table away.
func damaged(err error) bool {
	cause := causeOf(err)
	if cause == ErrFull || cause == ErrBusy {
		return false
	}
	var se *sqlite.Error
	return errors.Is(err, ErrDamaged) || errors.As(err, &se)
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
		return ErrDamaged
	}
	switch se.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return ErrFull
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return ErrReadOnly
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return ErrBusy
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return ErrDamaged
	}
	return nil
}

// watch marks the file for repair at the next start when err says that it is
// damaged, and explains err.
func (d *DB) watch(doing string, err error) error {
	err = explain(doing, err)
	if errors.Is(err, ErrDamaged) {
		markDamaged(d.dir)
	}
	return err
}

func markDamaged(dir string) {
	// Without the mark the damage is found again, only later.
	_ = writeDurably(filepath.Join(dir, markName), nil)
}
