package progress

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Rebuild makes the projections anew from the events.
func (d *DB) Rebuild(ctx context.Context) error {
	err := d.write(ctx, func(tx *sql.Tx) error { return rebuild(ctx, tx) })
	return d.watch("rebuilding the progress", err)
}

// catchUp rebuilds projections of another version.
func (d *DB) catchUp(ctx context.Context) error {
	stale, err := isStale(ctx, d.sql)
	if err != nil || !stale {
		return err
	}
	return d.write(ctx, func(tx *sql.Tx) error { return rebuildIfStale(ctx, tx) })
}

func isStale(ctx context.Context, q querier) (bool, error) {
	var v string
	err := q.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = 'fold'`).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return true, nil
	}
	return v != strconv.Itoa(foldVersion), err
}

// rebuildIfStale is asked in every transaction that writes: another process may
// be of another version.
func rebuildIfStale(ctx context.Context, tx *sql.Tx) error {
	stale, err := isStale(ctx, tx)
	if err != nil || !stale {
		return err
	}
	return rebuild(ctx, tx)
}

func rebuild(ctx context.Context, tx *sql.Tx) error {
	s := emptyShelf()
	if err := eachEvent(ctx, tx, s.fold); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM projection; DELETE FROM card; DELETE FROM review`); err != nil {
		return err
	}
	if err := s.save(ctx, tx); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO meta VALUES ('fold', ?) ON CONFLICT DO UPDATE SET value = excluded.value`,
		strconv.Itoa(foldVersion))
	return err
}

// eachEvent calls f with every event, in the order of their IDs. An event that
// does not agree with its checksum is ErrDamaged.
func eachEvent(ctx context.Context, q querier, f func(Event) error) error {
	rows, err := q.QueryContext(ctx, `SELECT id, device, at, kind, data, sum FROM event ORDER BY id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		e, err := scanEvent(rows)
		if err != nil {
			return err
		}
		if err := f(e); err != nil {
			return err
		}
	}
	return rows.Err()
}

// scanEvent reads a row of id, device, at, kind, data and sum, and what comes after
// them into more.
func scanEvent(rows *sql.Rows, more ...any) (Event, error) {
	var (
		e       Event
		at, sum int64
		data    string
	)
	if err := rows.Scan(append([]any{&e.ID, &e.Device, &at, &e.Kind, &data, &sum}, more...)...); err != nil {
		return e, err
	}
	e.At, e.Data = time.UnixMilli(at).UTC(), []byte(data)
	if checksum(e) != sum {
		return e, fmt.Errorf("%w: event %q", ErrDamaged, e.ID)
	}
	return e, nil
}
