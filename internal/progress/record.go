package progress

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"time"

	"kubetutor/internal/durable"
)

// MaxData is the largest Data of an event in bytes of JSON.
const MaxData = 1 << 20

// CardsPerEvent is how many cards are put into one event where it is about many:
// how one stands takes about 300 bytes of [MaxData].
const CardsPerEvent = 1000

// Record implements Recorder. IDs grow strictly, over all processes that write
// to this directory and beyond all imported events, even when the clock is set
// back: their order is the order in which things happened.
func (d *DB) Record(ctx context.Context, data any) (string, error) {
	ids, err := d.RecordAll(ctx, []any{data})
	if err != nil {
		return "", err
	}
	return ids[0], nil
}

// RecordAll implements Recorder, in one transaction.
func (d *DB) RecordAll(ctx context.Context, data []any) ([]string, error) {
	events := make([]Event, len(data))
	for i := range data {
		e, err := d.newEvent(data[i])
		if err != nil {
			return nil, fmt.Errorf("saving progress: %w", err)
		}
		events[i] = e
	}
	err := d.write(ctx, func(tx *sql.Tx) error {
		if err := checkAfter(ctx, tx, data); err != nil {
			return err
		}
		return appendEvents(ctx, tx, events)
	})
	if err != nil {
		return nil, d.watch("saving progress", err)
	}
	ids := make([]string, len(events))
	for i, e := range events {
		ids[i] = e.ID
	}
	return ids, nil
}

// checkAfter refuses ratings of cards that were rated meanwhile. It holds the write
// lock, so that of two programs one is the first.
func checkAfter(ctx context.Context, tx *sql.Tx, data []any) error {
	for _, x := range data {
		r, ok := x.(Reviewed)
		if !ok || r.After == nil {
			continue
		}
		c, err := loadCard(ctx, tx, r.Card)
		if err != nil {
			return err
		}
		if c == nil && *r.After != "" || c != nil && c.Review != *r.After {
			return ErrElsewhere
		}
	}
	return nil
}

func (d *DB) newEvent(data any) (Event, error) {
	kind, err := kindOf(data)
	if err != nil {
		return Event{}, err
	}
	raw, err := json.Marshal(data)
	if err != nil {
		return Event{}, err
	}
	if len(raw) > MaxData {
		return Event{}, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(raw), MaxData)
	}
	return Event{Device: d.device, At: d.now().UTC().Truncate(time.Millisecond), Kind: kind, Data: raw}, nil
}

func kindOf(data any) (Kind, error) {
	switch data.(type) {
	case Position:
		return KindPosition, nil
	case Answer:
		return KindAnswer, nil
	case Judged:
		return KindJudged, nil
	case Attempt:
		return KindAttempt, nil
	case Check:
		return KindCheck, nil
	case Passed:
		return KindPassed, nil
	case Hint:
		return KindHint, nil
	case Solution:
		return KindSolution, nil
	case Failed:
		return KindFailed, nil
	case Reviewed:
		return KindReviewed, nil
	case Unreviewed:
		return KindUnreviewed, nil
	case Marked:
		return KindMarked, nil
	case Rescheduled:
		return KindRescheduled, nil
	case Fitted:
		return KindFitted, nil
	}
	return "", fmt.Errorf("%T is no kind of event", data)
}

// appendEvents gives the events their IDs and adds them, with what follows from
// them.
func appendEvents(ctx context.Context, tx *sql.Tx, events []Event) error {
	if err := rebuildIfStale(ctx, tx); err != nil {
		return err
	}
	var last sql.NullString
	if err := tx.QueryRowContext(ctx, `SELECT max(id) FROM event`).Scan(&last); err != nil {
		return err
	}
	s := newShelf(stored{ctx, tx})
	for i := range events {
		id, err := durable.NextID(events[i].At, last.String)
		if err != nil {
			return err
		}
		events[i].ID, last.String = id, id
		if err := insertEvent(ctx, tx, events[i]); err != nil {
			return err
		}
		if err := s.fold(events[i]); err != nil {
			return err
		}
	}
	return s.save(ctx, tx)
}

func insertEvent(ctx context.Context, tx *sql.Tx, e Event) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO event (id, device, at, kind, data, sum) VALUES (?, ?, ?, ?, ?, ?)`,
		e.ID, e.Device, e.At.UnixMilli(), string(e.Kind), string(e.Data), checksum(e))
	return err
}

// checksum is the CRC-32C of an event: each field with its length before it.
func checksum(e Event) int64 {
	var b []byte
	for _, s := range []string{e.ID, e.Device, string(e.Kind), string(e.Data)} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = binary.AppendVarint(b, e.At.UnixMilli())
	return int64(crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
}
