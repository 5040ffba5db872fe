package progress

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"kubetutor/internal/durable"
)

// The files of a data directory.
const (
	fileName  = "progress.db"
	lockName  = "progress.lock"      // shared while a DB is open; exclusive while a file is replaced
	markName  = "progress.damaged"   // the file was found damaged: examine it at the next start
	readyName = "progress.recovered" // a finished recovery that has yet to take the file's place
	copiesDir = "copies"
)

const (
	pageSize  = durable.PageSize
	busyLimit = durable.BusyLimit // how long to wait for another process
)

// DB is a Store in a directory of its own. It may be used by many goroutines,
// and by many processes at once.
type DB struct {
	dir    string
	sql    *sql.DB
	lock   *flock.Flock
	now    func() time.Time
	device string
	notes  []string
	small  bool

	recovery *Recovery

	busy sync.WaitGroup // the day's copy
}

var _ Store = (*DB)(nil)

// Option changes how Open opens.
type Option func(*DB)

// WithClock takes the time of events from now.
func WithClock(now func() time.Time) Option { return func(d *DB) { d.now = now } }

// Small takes little memory, 270 KB in place of 430 with a few hundred events. It is
// for processes that have many learners' progress open at once.
func Small() Option { return func(d *DB) { d.small = true } }

// Open opens the progress in dir, and makes both if need be: the directory with
// mode 0700, its files with 0600. A damaged file is repaired first, as far as
// it can be; Notes then tells what was done. The errors ErrReadOnly, ErrFull,
// ErrBusy, ErrDamaged and ErrNewer say what the learner can do.
func Open(dir string, opts ...Option) (*DB, error) {
	d := &DB{dir: dir, now: time.Now}
	for _, o := range opts {
		o(d)
	}
	if err := d.open(); err != nil {
		err = explain(fmt.Sprintf("opening the progress in %s", dir), err)
		return nil, errors.Join(err, d.release())
	}
	d.busy.Go(func() { d.copyOfTheDay(context.Background()) })
	return d, nil
}

// Notes are sentences for the learner about what Open had to repair.
func (d *DB) Notes() []string { return d.notes }

// Recovered tells what a repair saved; ok is false where the file was sound.
func (d *DB) Recovered() (r Recovery, ok bool) {
	if d.recovery == nil {
		return r, false
	}
	return *d.recovery, true
}

// Device is the ULID of this installation.
func (d *DB) Device() string { return d.device }

// Close waits for the day's copy, if that is being made, and closes the file.
func (d *DB) Close() error {
	d.busy.Wait()
	return d.release()
}

func (d *DB) release() error {
	var err error
	if d.sql != nil {
		err = d.sql.Close()
	}
	if d.lock != nil {
		err = errors.Join(err, d.lock.Close())
	}
	return err
}

func (d *DB) open() error {
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return err
	}
	alone, err := d.enter()
	if err != nil {
		return err
	}
	if !alone {
		return d.start()
	}
	if err := d.startAlone(); err != nil {
		return err
	}
	return d.share()
}

// enter takes the directory's lock: exclusively where nobody else is there, so
// that files may be replaced; else shared.
func (d *DB) enter() (alone bool, err error) {
	d.lock = flock.New(filepath.Join(d.dir, lockName))
	deadline := time.Now().Add(busyLimit)
	for {
		if ok, err := d.lock.TryLock(); ok || err != nil {
			return ok, lockError(err)
		}
		if ok, err := d.lock.TryRLock(); ok || err != nil {
			return false, lockError(err)
		}
		if time.Now().After(deadline) {
			return false, ErrBusy
		}
		time.Sleep(5 * time.Millisecond) // somebody is starting or repairing
	}
}

// lockError lets file systems without locks pass: there SQLite's own locking
// decides, and nothing is repaired.
func lockError(err error) error {
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

// share turns the exclusive lock into a shared one.
func (d *DB) share() error {
	if !d.lock.Locked() {
		return nil
	}
	return lockError(d.lock.RLock())
}

// startAlone starts with the right to replace files.
func (d *DB) startAlone() error {
	if err := finishRecovery(d.dir); err != nil {
		return err
	}
	lost, err := lostInWAL(d.path()) // before SQLite opens, and drops, a damaged log
	if err != nil {
		return err
	}
	err = d.startChecked()
	if damaged(err) {
		err = d.repair()
	}
	if err != nil {
		return err
	}
	return d.adopt(lost)
}

// startChecked starts a file after the examination that it can afford.
func (d *DB) startChecked() error {
	if emptied(d.dir) {
		return ErrDamaged
	}
	if err := d.start(); err != nil {
		return err
	}
	return d.examine()
}

// start connects, brings the file up to date and reads who we are.
func (d *DB) start() error {
	if err := durable.Touch(d.path()); err != nil {
		return err
	}
	db, err := durable.Connect(d.path(), durable.Journal(d.dir), d.pragmas()...)
	if err != nil {
		return err
	}
	if d.small {
		db.SetMaxIdleConns(1)
	}
	d.sql = db
	scripts, err := migrations()
	if err != nil {
		return err
	}
	ctx := context.Background()
	if err := d.migrate(ctx, scripts); err != nil {
		return err
	}
	if err := d.catchUp(ctx); err != nil {
		return err
	}
	if d.device = readDevice(d.sql); d.device == "" {
		return fmt.Errorf("%w: it does not say whose it is", ErrDamaged)
	}
	return nil
}

// pragmas are those beside those of every durable file.
func (d *DB) pragmas() []string {
	if d.small {
		return []string{"cache_size(-128)"} // KB; the file's usual pages are fewer, and the system caches them too
	}
	return nil
}

func (d *DB) path() string { return filepath.Join(d.dir, fileName) }
