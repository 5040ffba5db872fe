package progress

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// The kinds of projections.
const (
	shelfLast     = "last"     // id "": Position, the newest of all
	shelfPosition = "position" // id lesson: Position
	shelfLesson   = "lesson"   // id lesson: LessonState
	shelfQuestion = "question" // id LESSON/QUESTION: question
	shelfPending  = "pending"  // id of the answer's event: waiting
	shelfLab      = "lab"      // id LESSON/LAB: LabState
	shelfSlot     = "slot"     // id from slotID: slot
)

// place names one row of the projections.
type place struct{ kind, id string }

// shelf holds the rows that a fold reads and changes. Rows that it does not
// have yet come from load, and what changed goes back with save.
type shelf struct {
	load func(place) ([]byte, error) // nil data where there is no such row
	rows map[place]any               // a pointer to the row, or nil where there is none
}

func newShelf(load func(place) ([]byte, error)) *shelf {
	return &shelf{load: load, rows: map[place]any{}}
}

// emptyShelf begins with nothing.
func emptyShelf() *shelf {
	return newShelf(func(place) ([]byte, error) { return nil, nil })
}

// row returns the row for changing; a new one is T's zero value, and had false.
func row[T any](s *shelf, kind, id string) (r *T, had bool, err error) {
	p := place{kind, id}
	if r, ok := s.rows[p].(*T); ok {
		return r, true, nil
	}
	r = new(T)
	if _, removed := s.rows[p]; !removed {
		data, err := s.load(p)
		if err != nil {
			return nil, false, err
		}
		if had = data != nil; had {
			if err := json.Unmarshal(data, r); err != nil {
				return nil, false, fmt.Errorf("%w: the projection %s %q: %w", ErrDamaged, kind, id, err)
			}
		}
	}
	s.rows[p] = r
	return r, had, nil
}

// remove takes a row away.
func (s *shelf) remove(kind, id string) { s.rows[place{kind, id}] = nil }

// save writes all rows that were touched.
func (s *shelf) save(ctx context.Context, tx *sql.Tx) error {
	put, err := tx.PrepareContext(ctx, `INSERT INTO projection (kind, id, data) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET data = excluded.data`)
	if err != nil {
		return err
	}
	defer put.Close()
	for p, r := range s.rows {
		if err := saveRow(ctx, tx, put, p, r); err != nil {
			return err
		}
	}
	return nil
}

func saveRow(ctx context.Context, tx *sql.Tx, put *sql.Stmt, p place, r any) error {
	if r == nil {
		_, err := tx.ExecContext(ctx, `DELETE FROM projection WHERE kind = ? AND id = ?`, p.kind, p.id)
		return err
	}
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = put.ExecContext(ctx, p.kind, p.id, string(data))
	return err
}

// loadRow reads one row; nil where there is none.
func loadRow(ctx context.Context, q querier, p place) ([]byte, error) {
	var data string
	err := q.QueryRowContext(ctx, `SELECT data FROM projection WHERE kind = ? AND id = ?`, p.kind, p.id).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return []byte(data), err
}
