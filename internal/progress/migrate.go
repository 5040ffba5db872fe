package progress

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/oklog/ulid/v2"

	"kubetutor/internal/durable"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrations returns the scripts in their order; the n-th makes version n.
func migrations() ([]string, error) {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	scripts := make([]string, len(names))
	for i, name := range names {
		text, err := migrationFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		scripts[i] = string(text)
	}
	return scripts, nil
}

// migrate brings the file to the newest version, after a copy of what is there.
func (d *DB) migrate(ctx context.Context, scripts []string) error {
	have, err := version(ctx, d.sql)
	switch {
	case err != nil:
		return err
	case have > maxVersion:
		return fmt.Errorf("%w: version %d", ErrDamaged, have)
	case have > len(scripts):
		return ErrNewer
	case have == len(scripts):
		return nil
	case have > 0:
		if err := d.copyNow(ctx, fmt.Sprintf("before-v%d", have+1)); err != nil {
			return err
		}
	}
	return d.write(ctx, func(tx *sql.Tx) error { return migrateTo(ctx, tx, scripts) })
}

// migrateTo runs what is missing; another process may have done it meanwhile.
func migrateTo(ctx context.Context, tx *sql.Tx, scripts []string) error {
	have, err := version(ctx, tx)
	if err != nil {
		return err
	}
	if err := plausible(ctx, tx, have); err != nil {
		return err
	}
	for n := have; n < len(scripts); n++ {
		if _, err := tx.ExecContext(ctx, scripts[n]); err != nil {
			return fmt.Errorf("migration %d: %w", n+1, err)
		}
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", max(have, len(scripts)))); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO meta VALUES ('device', ?) ON CONFLICT DO NOTHING`, ulid.Make().String())
	return err
}

// maxVersion is beyond all versions that there will be: a file that says more
// has a damaged header.
const maxVersion = 1000

// plausible refuses a file that says it is new and has tables.
func plausible(ctx context.Context, tx *sql.Tx, have int) error {
	var tables int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema`).Scan(&tables)
	if err == nil && have == 0 && tables > 0 {
		err = fmt.Errorf("%w: it has tables but no version", ErrDamaged)
	}
	return err
}

// querier is a database or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func version(ctx context.Context, q querier) (n int, err error) {
	err = q.QueryRowContext(ctx, "PRAGMA user_version").Scan(&n)
	return n, err
}

// write runs f in a transaction (see [durable.Write]).
func (d *DB) write(ctx context.Context, f func(*sql.Tx) error) error {
	return durable.Write(ctx, d.sql, f)
}
