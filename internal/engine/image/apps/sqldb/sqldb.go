// Package sqldb keeps databases for the simulated MySQL and PostgreSQL: SQLite
// in memory (modernc.org/sqlite), written to a data directory inside the
// container after every change. SQLite cannot reach a file: databases are in
// memory, nothing can be attached, and pragmas are refused.
package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"kubetutor/internal/engine/kernel"
)

// extension of a database's file.
const extension = ".sdb"

// pages that a database may have, of 4 KiB.
const pages = 16 << 10

// Errors that callers tell in their own words.
var (
	ErrNoDatabase = errors.New("no such database")
	ErrExists     = errors.New("database exists")
	ErrRefused    = errors.New("statement is not supported")
)

// Store holds the databases of one server.
type Store struct {
	p   *kernel.Process
	dir string

	mu  sync.Mutex
	dbs map[string]*Database
}

// Database is one database. One session at a time uses it: while a transaction
// is open, the others wait.
type Database struct {
	store *Store
	name  string
	turn  chan struct{} // holds a token while nobody uses the database
	db    *sql.DB
	conn  *sql.Conn
}

// Result is what a statement gives.
type Result struct {
	Columns  []string
	Types    []string // declared types of the columns, upper case; may be empty
	Rows     [][]any  // nil, int64, float64, string or []byte
	Affected int64
	LastID   int64
}

// Open reads all databases of a directory in the container.
func Open(ctx context.Context, p *kernel.Process, dir string) (*Store, error) {
	s := &Store{p: p, dir: dir, dbs: map[string]*Database{}}
	entries, err := p.FS().ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), extension)
		if !ok {
			continue
		}
		image, err := p.FS().ReadFile(path.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		if _, err := s.open(ctx, name, image); err != nil {
			return nil, fmt.Errorf("opening database %q: %w", name, err)
		}
	}
	return s, nil
}

// Close frees all databases.
func (s *Store) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.dbs {
		d.close()
	}
	s.dbs = map[string]*Database{}
}

// Names lists the databases.
func (s *Store) Names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := make([]string, 0, len(s.dbs))
	for name := range s.dbs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Get finds a database.
func (s *Store) Get(name string) (*Database, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d, ok := s.dbs[name]; ok {
		return d, nil
	}
	return nil, ErrNoDatabase
}

// Create makes a database.
func (s *Store) Create(ctx context.Context, name string) error {
	if _, err := s.Get(name); err == nil {
		return ErrExists
	}
	if strings.ContainsAny(name, "/\x00") || name == "" || strings.HasPrefix(name, ".") {
		return fmt.Errorf("creating database %q: %w", name, ErrRefused)
	}
	d, err := s.open(ctx, name, nil)
	if err != nil {
		return fmt.Errorf("creating database %q: %w", name, err)
	}
	return d.save()
}

// Drop removes a database and its file.
func (s *Store) Drop(name string) error {
	d, err := s.Get(name)
	if err != nil {
		return err
	}
	s.mu.Lock()
	delete(s.dbs, name)
	s.mu.Unlock()
	d.close()
	return s.p.FS().Remove(d.file())
}

func (s *Store) open(ctx context.Context, name string, image []byte) (*Database, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		db.Close()
		return nil, err
	}
	d := &Database{store: s, name: name, db: db, conn: conn, turn: make(chan struct{}, 1)}
	d.turn <- struct{}{}
	if err := d.confine(ctx, image); err != nil {
		d.close()
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dbs[name] = d
	return d, nil
}

// confine loads the database and shuts every way to the machine's files.
func (d *Database) confine(ctx context.Context, image []byte) error {
	if len(image) > 0 {
		err := d.conn.Raw(func(driver any) error {
			return driver.(interface{ Deserialize([]byte) error }).Deserialize(image)
		})
		if err != nil {
			return err
		}
	}
	for _, pragma := range []string{"temp_store = MEMORY", fmt.Sprintf("max_page_count = %d", pages), "foreign_keys = ON"} {
		if _, err := d.conn.ExecContext(ctx, "PRAGMA "+pragma); err != nil {
			return err
		}
	}
	for id, limit := range map[int]int{sqlite3.SQLITE_LIMIT_ATTACHED: 0, sqlite3.SQLITE_LIMIT_LENGTH: 16 << 20, sqlite3.SQLITE_LIMIT_SQL_LENGTH: 1 << 20} {
		if _, err := sqlite.Limit(d.conn, id, limit); err != nil {
			return err
		}
	}
	return nil
}

func (d *Database) close() {
	d.conn.Close()
	d.db.Close()
}

func (d *Database) file() string { return path.Join(d.store.dir, d.name+extension) }

// save writes the database to its file, by way of a temporary one.
func (d *Database) save() error {
	var image []byte
	err := d.conn.Raw(func(driver any) (err error) {
		image, err = driver.(interface{ Serialize() ([]byte, error) }).Serialize()
		return err
	})
	if err != nil {
		return fmt.Errorf("saving database %q: %w", d.name, err)
	}
	temporary := d.file() + ".new"
	if err := d.store.p.FS().WriteFile(temporary, image, 0o600); err != nil {
		return err
	}
	return d.store.p.FS().Rename(temporary, d.file())
}

// Session is one client's use of a store.
type Session struct {
	Store  *Store
	db     *Database
	held   bool // the session has its turn: it is running something, or a transaction is open
	inside bool // a transaction is open
}

// Use changes the session's database.
func (s *Session) Use(name string) error {
	d, err := s.Store.Get(name)
	if err != nil {
		return err
	}
	s.Leave()
	s.db = d
	return nil
}

// Database is the name of the session's database, or "".
func (s *Session) Database() string {
	if s.db == nil {
		return ""
	}
	return s.db.name
}

// InTransaction reports whether a transaction is open.
func (s *Session) InTransaction() bool { return s.inside }

// Leave rolls an open transaction back.
func (s *Session) Leave() {
	if s.held {
		s.db.conn.ExecContext(context.Background(), "ROLLBACK") // of a database that is gone it fails, and is done
		s.inside = false
		s.release()
	}
}

func (s *Session) release() {
	s.held = false
	s.db.turn <- struct{}{}
}

// refused are statements that could reach beyond the database.
func refused(word string) bool {
	return slices.Contains([]string{"ATTACH", "DETACH", "PRAGMA", "VACUUM"}, word)
}

// Run runs one statement of SQLite's dialect.
func (s *Session) Run(ctx context.Context, statement string) (*Result, error) {
	word := FirstWord(statement)
	if refused(word) {
		return nil, ErrRefused
	}
	if !s.held {
		select {
		case <-s.db.turn:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		s.held = true
	}
	result, err := s.db.run(ctx, statement, word)
	if s.open(word, err) {
		return result, err
	}
	s.release()
	return result, err
}

// open says whether a transaction is open after a statement.
func (s *Session) open(word string, err error) bool {
	switch word {
	case "BEGIN":
		s.inside = s.inside || err == nil
	case "COMMIT", "END", "ROLLBACK":
		s.inside = false
	}
	return s.inside
}

func (d *Database) run(ctx context.Context, statement, word string) (*Result, error) {
	rows, err := d.conn.QueryContext(ctx, statement)
	if err != nil {
		return nil, err
	}
	result, err := collect(rows)
	if err != nil {
		return nil, err
	}
	if word == "SELECT" || word == "VALUES" || word == "EXPLAIN" || word == "BEGIN" {
		return result, nil
	}
	var changed sql.NullInt64
	if err := d.conn.QueryRowContext(ctx, "SELECT changes(), last_insert_rowid()").Scan(&changed, &result.LastID); err != nil {
		return nil, err
	}
	result.Affected = changed.Int64
	if word == "ROLLBACK" {
		return result, nil
	}
	return result, d.save()
}

// maxRows is how many rows a statement may give.
const maxRows = 100_000

func collect(rows *sql.Rows) (*Result, error) {
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	result := &Result{Columns: columns}
	if types, err := rows.ColumnTypes(); err == nil {
		for _, t := range types {
			result.Types = append(result.Types, strings.ToUpper(t.DatabaseTypeName()))
		}
	}
	for rows.Next() {
		row := make([]any, len(columns))
		targets := make([]any, len(columns))
		for i := range row {
			targets[i] = &row[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		if result.Rows = append(result.Rows, row); len(result.Rows) > maxRows {
			return nil, fmt.Errorf("more than %d rows: %w", maxRows, fs.ErrInvalid)
		}
	}
	return result, rows.Err()
}

// Evaluate runs a SELECT that needs no database.
func Evaluate(ctx context.Context, statement string) (*Result, error) {
	if FirstWord(statement) != "SELECT" {
		return nil, ErrRefused
	}
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	d := &Database{conn: conn}
	if err := d.confine(ctx, nil); err != nil {
		return nil, err
	}
	return d.run(ctx, statement, "SELECT")
}
