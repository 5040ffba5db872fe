package progress

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Cursor is a place in the order in which events came into a store, which is not
// that of their IDs: an import brings old ones. The zero value stands before all
// of them.
type Cursor struct {
	Row int64  `json:"row,omitempty"` // of the event that came last
	ID  string `json:"id,omitempty"`  // its ID
}

// Arrival is an event, and the cursor that stands right behind it.
type Arrival struct {
	Event
	Cursor Cursor
}

// Log is what happened, event by event, for who passes it on.
type Log interface {
	// Since lists the events that came in after a cursor, in the order in which they
	// did, at most limit. A cursor that does not agree with the store, because a
	// repair or a copy took its place, counts as the zero value: then events come
	// again, and none is left out.
	Since(ctx context.Context, after Cursor, limit int) ([]Arrival, error)
	// End is the cursor behind all events that are there.
	End(ctx context.Context) (Cursor, error)
	// Newest is the greatest ID of all events, "" where there are none. What is
	// recorded here from now on has greater ones, even if the clock is set back;
	// what is imported may have smaller ones.
	Newest(ctx context.Context) (id string, err error)
	// Event is the event of an ID; ok is false where it is not there.
	Event(ctx context.Context, id string) (e Event, ok bool, err error)
	// Device is the ULID of this installation, which the events have that were
	// recorded here.
	Device() string
}

var _ Log = (*DB)(nil)

const readingEvents = "reading the events"

// Since implements Log. SQLite numbers rows as they come in, and events are never
// removed, so that the numbers grow.
func (d *DB) Since(ctx context.Context, after Cursor, limit int) ([]Arrival, error) {
	from, err := d.rowOf(ctx, after)
	if err != nil {
		return nil, d.watch(readingEvents, err)
	}
	rows, err := d.sql.QueryContext(ctx, `SELECT id, device, at, kind, data, sum, rowid FROM event WHERE rowid > ? ORDER BY rowid LIMIT ?`, from, limit)
	if err != nil {
		return nil, d.watch(readingEvents, err)
	}
	defer rows.Close()
	var list []Arrival
	for rows.Next() {
		var a Arrival
		if a.Event, err = scanEvent(rows, &a.Cursor.Row); err != nil {
			return nil, d.watch(readingEvents, err)
		}
		a.Cursor.ID = a.ID
		list = append(list, a)
	}
	return list, d.watch(readingEvents, rows.Err())
}

// rowOf is the row of a cursor that agrees with the store, else 0, which is before
// the first.
func (d *DB) rowOf(ctx context.Context, c Cursor) (int64, error) {
	var row int64
	err := d.sql.QueryRowContext(ctx, `SELECT rowid FROM event WHERE rowid = ? AND id = ?`, c.Row, c.ID).Scan(&row)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return row, err
}

// End implements Log.
func (d *DB) End(ctx context.Context) (c Cursor, err error) {
	err = d.sql.QueryRowContext(ctx, `SELECT rowid, id FROM event ORDER BY rowid DESC LIMIT 1`).Scan(&c.Row, &c.ID)
	if errors.Is(err, sql.ErrNoRows) {
		return Cursor{}, nil
	}
	return c, d.watch(readingEvents, err)
}

// Newest implements Log.
func (d *DB) Newest(ctx context.Context) (string, error) {
	var id sql.NullString
	err := d.sql.QueryRowContext(ctx, `SELECT max(id) FROM event`).Scan(&id)
	return id.String, d.watch(readingEvents, err)
}

// Event implements Log.
func (d *DB) Event(ctx context.Context, id string) (e Event, ok bool, err error) {
	rows, err := d.sql.QueryContext(ctx, `SELECT id, device, at, kind, data, sum FROM event WHERE id = ?`, id)
	if err != nil {
		return e, false, d.watch(readingEvents, err)
	}
	defer rows.Close()
	if !rows.Next() {
		return e, false, d.watch(readingEvents, rows.Err())
	}
	if e, err = scanEvent(rows); err != nil {
		return e, false, d.watch(readingEvents, fmt.Errorf("event %s: %w", id, err))
	}
	return e, true, nil
}
