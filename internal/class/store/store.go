// Package store keeps a class in a directory: its events and secrets in a file of
// SQLite, each learner's progress in a directory of their own. It is the first
// class.Store; what all of them must do is in classtest.TestStore.
//
//	class.db             events and secrets
//	learners/ID/data     progress, as package progress keeps it
package store

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"kubetutor/internal/class"
	"kubetutor/internal/durable"
	"kubetutor/internal/progress"
)

// The names in the directory of a class.
const (
	fileName    = "class.db"
	learnersDir = "learners"
	dataDir     = "data"
)

// ErrDamaged means that the class's file is damaged. What learners did is in files
// of their own and not touched by it.
var ErrDamaged = errors.New("the file of the class is damaged: close every kubetutor and put a copy of class.db in its place")

// Store is a class.Store in a directory. It may be used by many goroutines, and by
// many processes at once.
type Store struct {
	dir string
	db  *sql.DB
}

var _ class.Store = (*Store)(nil)

// Open opens the class in dir, and makes both if need be: directories with mode
// 0700, files with 0600. The errors durable.ErrFull, ErrReadOnly and ErrBusy,
// ErrDamaged and class.ErrNewer say what can be done.
func Open(dir string) (*Store, error) {
	s := &Store{dir: dir}
	if err := s.open(); err != nil {
		return nil, errors.Join(explain(fmt.Sprintf("opening the class in %s", dir), err), s.Close())
	}
	return s, nil
}

// Exists tells whether there is a class in a directory, without opening it.
func Exists(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, fileName))
	return err == nil && info.Mode().IsRegular()
}

// LearnerDir is the directory of a learner of the class in dir. An ID that is not
// valid is an error: no path leads out of the class.
func LearnerDir(dir string, who class.LearnerID) (string, error) {
	if !who.Valid() {
		return "", fmt.Errorf("%q is no ID of a learner", class.Clean(string(who), 40))
	}
	return filepath.Join(dir, learnersDir, string(who)), nil
}

func (s *Store) open() error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(s.dir, fileName)
	if err := durable.Touch(path); err != nil {
		return err
	}
	db, err := durable.Connect(path, durable.Journal(s.dir))
	if err != nil {
		return err
	}
	s.db = db
	ctx := context.Background()
	return durable.Write(ctx, db, func(tx *sql.Tx) error { return migrate(ctx, tx) })
}

//go:embed schema.sql
var schema string

// migrate makes the tables. There is one version of them yet.
func migrate(ctx context.Context, tx *sql.Tx) error {
	var version int
	if err := tx.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return err
	}
	switch {
	case version > 1:
		return class.ErrNewer
	case version == 1:
		return nil
	}
	_, err := tx.ExecContext(ctx, schema+`PRAGMA user_version = 1`)
	return err
}

// Close implements class.Store.
func (s *Store) Close() error {
	if s.db == nil {
		return nil
	}
	return s.db.Close()
}

// Append implements class.Store. IDs grow strictly over all processes, even when the
// clock is set back.
func (s *Store) Append(ctx context.Context, after string, e class.Event) (string, error) {
	err := durable.Write(ctx, s.db, func(tx *sql.Tx) error {
		var last sql.NullString
		if err := tx.QueryRowContext(ctx, `SELECT max(id) FROM event`).Scan(&last); err != nil {
			return err
		}
		if last.String > after {
			return class.ErrBehind
		}
		id, err := durable.NextID(e.At, last.String)
		if err != nil {
			return err
		}
		e.ID = id
		_, err = tx.ExecContext(ctx, `INSERT INTO event (id, at, kind, who, data) VALUES (?, ?, ?, ?, ?)`,
			e.ID, e.At.UnixMilli(), e.Kind, string(e.Who), string(e.Data))
		return err
	})
	if err != nil {
		return "", explain("saving to the class", err)
	}
	return e.ID, nil
}

// Events implements class.Store. Those of one moment are read: each is called
// outside of the transaction.
func (s *Store) Events(ctx context.Context, after string, each func(class.Event) error) error {
	events, err := s.eventsAfter(ctx, after)
	if err != nil {
		return explain("reading the class", err)
	}
	for _, e := range events {
		if err := each(e); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) eventsAfter(ctx context.Context, after string) (list []class.Event, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, at, kind, who, data FROM event WHERE id > ? ORDER BY id`, after)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var e class.Event
		var at int64
		var data string
		if err := rows.Scan(&e.ID, &at, &e.Kind, &e.Who, &data); err != nil {
			return nil, err
		}
		e.At, e.Data = time.UnixMilli(at).UTC(), []byte(data)
		list = append(list, e)
	}
	return list, rows.Err()
}

// Progress implements class.Store.
func (s *Store) Progress(_ context.Context, who class.LearnerID) (class.Progress, error) {
	dir, err := LearnerDir(s.dir, who)
	if err != nil {
		return nil, err
	}
	return progress.Open(filepath.Join(dir, dataDir), progress.Small())
}

// Secret implements class.Store. Of two who ask at once, over all processes, one
// makes it.
func (s *Store) Secret(ctx context.Context, name string, make func() ([]byte, error)) (data []byte, err error) {
	err = durable.Write(ctx, s.db, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `SELECT data FROM secret WHERE name = ?`, name).Scan(&data)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if data, err = make(); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO secret (name, data) VALUES (?, ?)`, name, data)
		return err
	})
	if err != nil {
		return nil, explain(fmt.Sprintf("keeping the secret %q of the class", name), err)
	}
	return data, nil
}

// explain says what was attempted and, where it is known, what can be done.
func explain(doing string, err error) error {
	cause := durable.Cause(err)
	if cause == durable.ErrCorrupt {
		cause = ErrDamaged
	}
	if cause == nil || errors.Is(err, cause) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return fmt.Errorf("%s: %w (%w)", doing, cause, err)
}
