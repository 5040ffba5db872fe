package controlplane

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// lockWait is how long to wait for another process to let go of the store.
const lockWait = time.Second

// checkStore reads all of etcd's database in dir, if there is one. etcd itself
// would end the process on a file that it cannot read, from a goroutine where
// nobody can catch that.
func checkStore(dir string) (err error) {
	file := filepath.Join(dir, "member", "snap", "db")
	if !exists(file) {
		return nil
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // the file is mapped and may be cut short
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("reading %s: %v", file, p)
		}
	}()
	db, err := bbolt.Open(file, 0o600, &bbolt.Options{ReadOnly: true, PreLoadFreelist: true, Timeout: lockWait})
	if errors.Is(err, bbolterrors.ErrTimeout) {
		return fmt.Errorf("%w: another process uses %s", errBusy, file)
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", file, err)
	}
	return errors.Join(db.View(readAll), db.Close())
}

// readAll visits every key of every bucket.
func readAll(tx *bbolt.Tx) error {
	return tx.ForEach(func(_ []byte, b *bbolt.Bucket) error {
		return b.ForEach(func(k, v []byte) error {
			if len(k) == 0 {
				return errors.New("a key is empty")
			}
			_ = append([]byte(nil), v...) // touches its pages
			return nil
		})
	})
}
