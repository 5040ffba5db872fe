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

// addMissing adds the events that are not there and rebuilds the projections:
// an added event may be older than those that are there.
func addMissing(ctx context.Context, tx *sql.Tx, events []Event) (n int, err error) {
	add, err := tx.PrepareContext(ctx, `INSERT INTO event (id, device, at, kind, data, sum) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO NOTHING`)
	if err != nil {
		return 0, err
	}
	defer add.Close()
	for _, e := range events {
		res, err := add.ExecContext(ctx, e.ID, e.Device, e.At.UnixMilli(), string(e.Kind), string(e.Data), checksum(e))
		if err != nil {
			return 0, err
		}
		if added, err := res.RowsAffected(); err == nil {
			n += int(added)
		}
	}
	if n == 0 {
		return 0, nil
	}
	return n, rebuild(ctx, tx)
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
		if ulid.Time(id.Time()).After(maxTime) {
			return fmt.Errorf("%s: %q is of a time after the year 9999", f.name, f.id)
		}
	}
	e.At = e.At.UTC().Truncate(time.Millisecond)
	if e.At.Before(time.Unix(0, 0)) || e.At.After(maxTime) {
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
