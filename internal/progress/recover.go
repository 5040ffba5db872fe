package progress

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"

	"kubetutor/internal/durable"
)

// Recovery tells what Open repaired.
type Recovery struct {
	Events int    // that were saved
	Copy   string // the copy that helped, by its file name; may be empty
	Kept   string // directory with the damaged files
}

// smallFile is up to which size, in bytes, a file is examined at every start.
const smallFile = 1 << 20

// emptied tells whether the file has lost all its contents: SQLite takes an
// empty file for a new one.
func emptied(dir string) bool {
	st, err := os.Stat(filepath.Join(dir, fileName))
	if err != nil || st.Size() > 0 {
		return false
	}
	wal, err := os.Stat(filepath.Join(dir, fileName+"-wal"))
	return len(copies(dir)) > 0 || err == nil && wal.Size() > walHeader
}

// examine looks for damage as far as a start has the time for it: small files
// always, others when damage was met or suspected.
func (d *DB) examine() error {
	mark := filepath.Join(d.dir, markName)
	_, err := os.Stat(mark)
	marked := err == nil
	st, err := os.Stat(d.path())
	if err != nil {
		return err
	}
	ctx := context.Background()
	if marked || st.Size() <= smallFile {
		err = thorough(ctx, d.sql)
	}
	if err != nil || !marked {
		return err
	}
	if err := d.Rebuild(ctx); err != nil { // the events are sound; a projection may not be
		return err
	}
	return os.Remove(mark)
}

// thorough reads everything: the structure, and each event's checksum.
func thorough(ctx context.Context, q querier) error {
	if err := quickCheck(ctx, q); err != nil {
		return err
	}
	return eachEvent(ctx, q, func(Event) error { return nil })
}

func quickCheck(ctx context.Context, q querier) error {
	var found string
	if err := q.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&found); err != nil {
		return err
	}
	if found != "ok" {
		return fmt.Errorf("%w: %s", ErrDamaged, found)
	}
	return nil
}

// repair replaces a damaged file by what can be saved: the newest copy that can
// be read, and every event that can be read in the damaged file and its log.
// The damaged files are kept. It can be interrupted at any moment: the finished
// file is put in place by finishRecovery, now or at the next start.
func (d *DB) repair() error {
	if !d.lock.Locked() {
		return ErrDamaged
	}
	// Closing moves what SQLite can read of the log into the file: take both as
	// they are before that.
	kept, err := keepDamaged(d.dir, d.now(), "", "-wal", "-journal")
	device := ""
	if d.sql != nil {
		device = readDevice(d.sql)
		_ = d.sql.Close()
		d.sql = nil
	}
	if err != nil {
		return err
	}
	found, err := salvage(filepath.Join(kept, fileName))
	if err != nil {
		return err
	}
	rec := Recovery{Kept: kept}
	rec.Copy = addFromCopies(d.dir, found)
	if err := build(filepath.Join(d.dir, readyName), device, found); err != nil {
		return err
	}
	if err := finishRecovery(d.dir); err != nil {
		return err
	}
	rec.Events = len(found)
	d.noteRecovery(rec)
	return d.start()
}

func (d *DB) noteRecovery(rec Recovery) {
	d.recovery = &rec
	d.notes = append(d.notes, fmt.Sprintf(
		"The progress file was damaged and has been repaired: %d events were saved. The damaged file is kept in %s.",
		rec.Events, rec.Kept))
}

// keepDamaged copies the damaged files, named by their suffixes, to a directory
// of their own.
func keepDamaged(dir string, now time.Time, suffixes ...string) (string, error) {
	kept := filepath.Join(dir, "damaged-"+now.UTC().Format(copyStamp))
	for n := 2; ; n++ {
		err := os.Mkdir(kept, 0o700)
		if err == nil {
			break
		}
		if !errors.Is(err, os.ErrExist) {
			return "", err
		}
		kept = filepath.Join(dir, fmt.Sprintf("damaged-%s-%d", now.UTC().Format(copyStamp), n))
	}
	for _, suffix := range suffixes {
		if err := copyFile(filepath.Join(dir, fileName+suffix), filepath.Join(kept, fileName+suffix)); err != nil {
			return "", err
		}
	}
	return kept, syncDir(kept)
}

// addFromCopies adds the events of the newest copy that has any, and names it.
// Copies are read like damaged files: they may be damaged themselves.
func addFromCopies(dir string, found map[string]Event) string {
	for _, name := range slices.Backward(copies(dir)) {
		events, err := salvage(filepath.Join(dir, copiesDir, name))
		if err == nil && len(events) > 0 {
			maps.Copy(found, events)
			return name
		}
	}
	return ""
}

// build writes a new file with the events. It has the name path only once it is
// complete and on disk.
func build(path, device string, events map[string]Event) error {
	tmp := path + ".tmp"
	if err := removeDatabase(tmp); err != nil {
		return err
	}
	if err := durable.Touch(tmp); err != nil {
		return err
	}
	if err := fill(tmp, device, events); err != nil {
		return err
	}
	return renameDurably(tmp, path)
}

func fill(path, device string, events map[string]Event) (err error) {
	db, err := durable.Connect(path, "TRUNCATE") // one file, without a log beside it
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	scripts, err := migrations()
	if err != nil {
		return err
	}
	ctx := context.Background()
	d := DB{sql: db}
	return d.write(ctx, func(tx *sql.Tx) error {
		if err := migrateTo(ctx, tx, scripts); err != nil {
			return err
		}
		if err := keepDevice(ctx, tx, device); err != nil {
			return err
		}
		_, err := addMissing(ctx, tx, slices.Collect(maps.Values(events)))
		return err
	})
}

// readDevice reads who we are; empty where a damaged file does not tell. After
// the repair we are somebody new then, which does no harm.
func readDevice(db *sql.DB) string {
	var id string
	err := db.QueryRow(`SELECT value FROM meta WHERE name = 'device'`).Scan(&id)
	if _, malformed := ulid.ParseStrict(id); err != nil || malformed != nil {
		return ""
	}
	return id
}

func keepDevice(ctx context.Context, tx *sql.Tx, device string) error {
	if device == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, `UPDATE meta SET value = ? WHERE name = 'device'`, device)
	return err
}

// finishRecovery puts a recovered file in its place, if there is one. Doing it
// again after an interruption does no harm.
func finishRecovery(dir string) error {
	ready := filepath.Join(dir, readyName)
	if _, err := os.Stat(ready); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	path := filepath.Join(dir, fileName)
	if err := removeDatabase(path); err != nil {
		return err
	}
	if err := renameDurably(ready, path); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(dir, markName)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func removeDatabase(path string) error {
	for _, suffix := range []string{"-wal", "-shm", "-journal", ""} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// adopt adds the events that SQLite dropped from the log, as far as they are
// missing. A last transaction without an end is what a killed process leaves:
// nobody was told that it is saved. If it is of one event, that is whole and is
// taken, since a log that was cut off looks the same; an import is not, being all
// or nothing.
func (d *DB) adopt(l lost) error {
	ctx := context.Background()
	behind, err := d.missing(ctx, l.behind)
	if err != nil {
		return err
	}
	last, err := d.missing(ctx, l.open)
	if err != nil {
		return err
	}
	if len(last) != 1 {
		last = nil
	}
	switch {
	case len(behind) > 0:
		return d.replace(ctx, behind, last)
	case len(last) > 0:
		return d.write(ctx, func(tx *sql.Tx) error {
			_, err := addMissing(ctx, tx, last)
			return err
		})
	}
	return nil
}

// replace puts a file in place that also has the events that were found behind the
// intact part of the log. To write them to the file itself would overwrite the log
// that they are in: a process killed then would lose them.
func (d *DB) replace(ctx context.Context, behind, last []Event) error {
	rec := Recovery{Events: len(behind)}
	all := map[string]Event{}
	for _, e := range slices.Concat(behind, last) {
		all[e.ID] = e
	}
	err := eachEvent(ctx, d.sql, func(e Event) error { all[e.ID] = e; return nil })
	if err == nil {
		rec.Kept, err = keepDamaged(d.dir, d.now(), "", "-wal")
	}
	if err == nil {
		err = build(filepath.Join(d.dir, readyName), d.device, all)
	}
	if err != nil {
		return err
	}
	_ = d.sql.Close()
	d.sql = nil
	if err := finishRecovery(d.dir); err != nil {
		return err
	}
	d.noteRecovery(rec)
	return d.start()
}

// missing returns those of the events that the file does not have.
func (d *DB) missing(ctx context.Context, events map[string]Event) ([]Event, error) {
	var list []Event
	for id, e := range events {
		var has bool
		if err := d.sql.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM event WHERE id = ?)`, id).Scan(&has); err != nil {
			return nil, err
		}
		if !has {
			list = append(list, e)
		}
	}
	return list, nil
}
