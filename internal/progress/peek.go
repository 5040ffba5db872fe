package progress

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"modernc.org/sqlite"
)

// ErrUnready means that the progress has to be opened with [Open] once before it
// can be peeked at: it is of another version, or has to be repaired.
var ErrUnready = errors.New("the progress has to be brought up to date first: start kubetutor")

// peekLimit is how long Peek waits for somebody who starts or writes: a shell's
// prompt waits for it.
const peekLimit = 500 * time.Millisecond

// Peek opens the progress in dir for reading only, as fast as that can be and
// however many others use it: it makes no progress, brings none up to date,
// examines, repairs and copies nothing. What is recorded fails. Where there is no
// progress yet the error is fs.ErrNotExist; ErrUnready and ErrBusy say what else
// can be in the way.
func Peek(dir string) (*DB, error) {
	d := &DB{dir: dir, now: time.Now}
	if err := d.peek(); err != nil {
		return nil, errors.Join(explain(fmt.Sprintf("looking at the progress in %s", dir), err), d.release())
	}
	return d, nil
}

func (d *DB) peek() error {
	if _, err := os.Stat(d.path()); err != nil {
		return err
	}
	if err := d.enterForReading(); err != nil {
		return err
	}
	for _, name := range []string{markName, readyName} {
		if _, err := os.Stat(filepath.Join(d.dir, name)); err == nil {
			return ErrUnready
		}
	}
	db, err := connectForReading(d.path())
	if err != nil {
		return err
	}
	d.sql = db
	return d.current(context.Background())
}

// enterForReading keeps others from replacing the file while it is read. A lock
// that cannot be taken in time is one of somebody who starts or repairs.
func (d *DB) enterForReading() error {
	d.lock = flock.New(filepath.Join(d.dir, lockName))
	ctx, cancel := context.WithTimeout(context.Background(), peekLimit)
	defer cancel()
	_, err := d.lock.TryRLockContext(ctx, 2*time.Millisecond)
	if errors.Is(err, context.DeadlineExceeded) {
		return ErrBusy
	}
	return lockError(err)
}

// current tells whether the tables and what they hold are of this version.
func (d *DB) current(ctx context.Context) error {
	scripts, err := migrations()
	if err != nil {
		return err
	}
	have, err := version(ctx, d.sql)
	if err == nil && have > len(scripts) {
		err = ErrNewer
	}
	if err == nil && have < len(scripts) {
		err = ErrUnready
	}
	if err != nil {
		return err
	}
	if stale, err := isStale(ctx, d.sql); err != nil || stale {
		return errors.Join(err, ErrUnready)
	}
	return nil
}

// connectForReading opens a file of SQLite that nothing changes, not even the end
// of the connection: the last one that may write would move the log into the
// file.
func connectForReading(path string) (*sql.DB, error) {
	q := url.Values{"mode": {"ro"}, "_pragma": {
		fmt.Sprintf("busy_timeout(%d)", peekLimit.Milliseconds()),
		"query_only(1)",
		"trusted_schema(0)",
	}}
	name := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path), RawQuery: q.Encode()}
	c, err := sqlite.NewConnector(name.String())
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(c), nil
}
