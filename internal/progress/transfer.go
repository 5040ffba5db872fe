package progress

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"github.com/oklog/ulid/v2"

	"kubetutor/internal/durable"
)

// maxLine is the longest line of an import in bytes: an event of the largest
// size, with room for what stands around its data.
const maxLine = MaxData + 64<<10

// Export implements Store. It writes one moment's events, whatever is recorded
// meanwhile.
func (d *DB) Export(ctx context.Context, w io.Writer) (int, error) {
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	n := 0
	err := eachEvent(ctx, d.sql, func(e Event) error {
		n++
		return enc.Encode(e)
	})
	if err == nil {
		err = out.Flush()
	}
	return n, d.watch("exporting the progress", err)
}

// Import implements Store. An event that is there already is left as it is.
func (d *DB) Import(ctx context.Context, r io.Reader) (int, error) {
	events, err := readEvents(r)
	if err != nil {
		return 0, fmt.Errorf("importing progress: %w; nothing was imported", err)
	}
	n := 0
	err = d.write(ctx, func(tx *sql.Tx) error {
		n, err = addMissing(ctx, tx, events)
		return err
	})
	if err != nil {
		return 0, d.watch("importing progress", err)
	}
	return n, nil
}

// addMissing adds the events that are not there. Where each is newer than all
// before it, as those are that somebody brings while they are recorded elsewhere,
// it is folded like one of this machine; an older one changes what followed from
// those after it, and the projections are rebuilt.
func addMissing(ctx context.Context, tx *sql.Tx, events []Event) (n int, err error) {
	if err := rebuildIfStale(ctx, tx); err != nil {
		return 0, err
	}
	var last sql.NullString
	if err := tx.QueryRowContext(ctx, `SELECT max(id) FROM event`).Scan(&last); err != nil {
		return 0, err
	}
	inOrder, s := true, newShelf(stored{ctx, tx})
	for _, e := range events {
		added, err := addIfMissing(ctx, tx, e)
		if err != nil {
			return 0, err
		}
		if !added {
			continue
		}
		n++
		if inOrder = inOrder && e.ID > last.String; inOrder {
			last.String = e.ID
			err = s.fold(e)
		}
		if err != nil {
			return 0, err
		}
	}
	if inOrder {
		return n, s.save(ctx, tx)
	}
	return n, rebuild(ctx, tx)
}

func addIfMissing(ctx context.Context, tx *sql.Tx, e Event) (added bool, err error) {
	res, err := tx.ExecContext(ctx, `INSERT INTO event (id, device, at, kind, data, sum) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO NOTHING`, e.ID, e.Device, e.At.UnixMilli(), string(e.Kind), string(e.Data), checksum(e))
	if err != nil {
		return false, err
	}
	rows, err := res.RowsAffected()
	return rows > 0, err
}

// readEvents reads JSON lines; empty lines are passed over.
func readEvents(r io.Reader) ([]Event, error) {
	var events []Event
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	n := 0
	for lines.Scan() {
		n++
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		e, err := parseEvent(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		events = append(events, e)
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return nil, fmt.Errorf("line %d: %w: a line has at most %d bytes", n+1, ErrTooLarge, maxLine)
	}
	return events, lines.Err()
}

func parseEvent(line []byte) (Event, error) {
	var e Event
	if !utf8.Valid(line) {
		return e, errors.New("this is no UTF-8 text")
	}
	if err := json.Unmarshal(line, &e); err != nil {
		return e, fmt.Errorf("this is no event: %w", err)
	}
	if err := e.Normalise(); err != nil {
		return e, err
	}
	return e, checkData(e)
}

// Normalise brings an event from elsewhere into the form in which it is stored, or
// says what is wrong with it. It does not look into Data, as Decode does.
func (e *Event) Normalise() error {
	for _, f := range []struct{ name, id string }{{"id", e.ID}, {"device", e.Device}} {
		id, err := ulid.ParseStrict(f.id)
		if err != nil || id.String() != f.id {
			return fmt.Errorf("%s: %q is no ULID", f.name, f.id)
		}
		if ulid.Time(id.Time()).After(durable.MaxTime()) {
			return fmt.Errorf("%s: %q is of a time after the year 9999", f.name, f.id)
		}
	}
	e.At = e.At.UTC().Truncate(time.Millisecond)
	if e.At.Before(time.Unix(0, 0)) || e.At.After(durable.MaxTime()) {
		return fmt.Errorf("at: %s is no time at which events happen", e.At)
	}
	if e.Kind == "" || len(e.Kind) > 64 {
		return fmt.Errorf("kind: %q", e.Kind)
	}
	var data bytes.Buffer
	if err := json.Compact(&data, e.Data); err != nil {
		return fmt.Errorf("data: %w", err)
	}
	if data.Bytes()[0] != '{' {
		return errors.New("data: this is no object")
	}
	if data.Len() > MaxData {
		return fmt.Errorf("data: %w", ErrTooLarge)
	}
	e.Data = data.Bytes()
	return nil
}
