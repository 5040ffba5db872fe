package search

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"kubetutor/internal/course"
)

// version is that of the tables and of how words are made: another one is
// another file.
const version = "2"

const schema = `
CREATE TABLE IF NOT EXISTS source (id TEXT PRIMARY KEY, hash TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS doc (
	id INTEGER PRIMARY KEY, source TEXT NOT NULL, lang TEXT NOT NULL, kind TEXT NOT NULL, lesson TEXT NOT NULL,
	page INTEGER NOT NULL, block INTEGER NOT NULL, name TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
	heading TEXT NOT NULL, folded TEXT NOT NULL -- what is ranked
);
CREATE INDEX IF NOT EXISTS doc_source ON doc (source);
CREATE TABLE IF NOT EXISTS word (length INTEGER, text TEXT, PRIMARY KEY (length, text)) WITHOUT ROWID;
CREATE VIRTUAL TABLE IF NOT EXISTS en USING fts5(title, text, content='', contentless_delete=1, tokenize='ascii');
CREATE VIRTUAL TABLE IF NOT EXISTS zh USING fts5(title, text, content='', contentless_delete=1, tokenize='ascii');
`

// Open opens the index of a course in a directory, which is made if need be, and
// brings it up to date: lessons that changed are read anew. The first time that
// takes a few milliseconds for each lesson. A damaged file is made anew. Where
// the directory cannot be used, or is "", the index is in memory. The error is
// one of ctx, or says why there cannot be an index at all.
func Open(ctx context.Context, dir string, c *course.Course) (*Index, error) {
	if dir != "" {
		x, err := openFile(ctx, fileOf(dir, c), c)
		if err == nil || ctx.Err() != nil {
			return x, err
		}
	}
	x, err := openAt(ctx, ":memory:", c)
	if err != nil {
		return nil, fmt.Errorf("making an index of the lessons: %w", err)
	}
	return x, nil
}

// fileOf names the file of a course by its tracks, so that two courses do not
// take turns in one, while a course that grows stays in its own.
func fileOf(dir string, c *course.Course) string {
	var ids []string
	for _, t := range c.Tracks {
		ids = append(ids, t.ID)
	}
	sum := sha256.Sum256([]byte(strings.Join(ids, "/")))
	return filepath.Join(dir, "search-"+version+"-"+hex.EncodeToString(sum[:4])+".db")
}

// openFile opens a file, and makes it anew where it is damaged.
func openFile(ctx context.Context, name string, c *course.Course) (*Index, error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return nil, err
	}
	x, err := openAt(ctx, dsn(name), c)
	if !damaged(err) {
		return x, err
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(name + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	return openAt(ctx, dsn(name), c)
}

// dsn opens a file for writing at once, and does without waiting for the disk: a
// cache that a power cut damages is made anew.
func dsn(name string) string {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {"busy_timeout(30000)", "journal_mode(wal)", "synchronous(off)"}}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(name), RawQuery: q.Encode()}).String()
}

func damaged(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	code := e.Code() & 0xff
	return code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB || code == sqlite3.SQLITE_ERROR // tables of another form
}

func openAt(ctx context.Context, source string, c *course.Course) (*Index, error) {
	db, err := sql.Open("sqlite", source)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // a database in memory is that of its connection
	x := &Index{db: db}
	_, err = db.ExecContext(ctx, schema)
	if err == nil {
		err = x.update(ctx, c)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return x, nil
}

// match returns at most n rows that an expression matches, in the order in which
// they were written, without what only hits need.
func (x *Index) match(ctx context.Context, lang course.Lang, expression string, n int) (list []row, err error) {
	table := string(lang)
	rows, err := x.db.QueryContext(ctx, `SELECT id, kind, lesson, page, block, name, heading, folded FROM `+table+`
		JOIN doc ON doc.id = `+table+`.rowid WHERE `+table+` MATCH ? LIMIT ?`, expression, n)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.id, &r.kind, &r.lesson, &r.page, &r.block, &r.name, &r.heading, &r.folded); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// count counts the rows that an expression matches, up to a bound.
func (x *Index) count(ctx context.Context, lang course.Lang, expression string, most int) (n int, err error) {
	table := string(lang)
	err = x.db.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM `+table+` WHERE `+table+` MATCH ? LIMIT ?)`, expression, most).Scan(&n)
	return n, err
}

// texts reads what hits need.
func (x *Index) texts(ctx context.Context, rows []row) error {
	for i := range rows {
		r := &rows[i]
		err := x.db.QueryRowContext(ctx, `SELECT title, text FROM doc WHERE id = ?`, r.id).Scan(&r.title, &r.text)
		if err != nil {
			return err
		}
	}
	return nil
}
