// Package durable keeps what must not be lost in files of SQLite: a commit that has
// returned is on disk. Files may be used by many goroutines and by many processes
// at once.
package durable

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite"
)

// PageSize is the size of a page of every file, in bytes.
const PageSize = 4096

// BusyLimit is how long a transaction waits for that of another process.
const BusyLimit = 10 * time.Second

// Touch makes the file with its mode; SQLite gives its journals the same one.
// It opens no file that is there: closing that again would take away the locks
// that SQLite holds on it in this process (POSIX says so).
func Touch(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// Connect opens a file of SQLite with a journal (see [Journal]) and further pragmas.
//
// synchronous=FULL: a commit is on disk when it returns, also in WAL.
// fullfsync: on macOS, fsync alone does not reach the disk.
// _txlock=immediate: a transaction takes the write lock at its beginning, where
// waiting for it can succeed; a lock that is upgraded later cannot wait.
func Connect(path, journal string, more ...string) (*sql.DB, error) {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": append([]string{
		fmt.Sprintf("busy_timeout(%d)", BusyLimit.Milliseconds()),
		fmt.Sprintf("page_size(%d)", PageSize),
		"journal_mode(" + journal + ")",
		"synchronous(FULL)",
		"fullfsync(1)",
		"foreign_keys(1)",
		"trusted_schema(0)",
	}, more...)}
	name := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path), RawQuery: q.Encode()}
	c, err := sqlite.NewConnector(name.String())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(2) // a long export must not keep an answer waiting
	return db, nil
}

// Write runs f in a transaction that holds the write lock from its beginning. Once
// Write returns nil, what f did is on disk.
func Write(ctx context.Context, db *sql.DB, f func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it does nothing; a failed commit is undone by SQLite itself
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}
