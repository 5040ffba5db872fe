package progress

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
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
	shelfFit      = "fit"      // id "": Fit, the newest
	shelfDeck     = "deck"     // id KIND:LESSON: Deck
)

// place names one row of the projections.
type place struct{ kind, id string }

// shelf holds the rows that a fold reads and changes. Rows that it does not
// have yet come from behind, and what changed goes back with save.
type shelf struct {
	behind  behind
	rows    map[place]any      // a pointer to the row, or nil where there is none
	cards   map[string]*Card   // by ID
	reviews map[string]*logged // by the ID of their event; nil where there is none
}

// behind is where a shelf gets the rows from that it does not have; nil is the
// answer for those that there are not.
type behind interface {
	row(place) ([]byte, error)
	card(id string) (*Card, error)
	review(id string) (*logged, error)
}

// nothing is behind a shelf that begins empty.
type nothing struct{}

func (nothing) row(place) ([]byte, error)      { return nil, nil }
func (nothing) card(string) (*Card, error)     { return nil, nil }
func (nothing) review(string) (*logged, error) { return nil, nil }

// stored is what the tables have.
type stored struct {
	ctx context.Context
	tx  *sql.Tx
}

func (s stored) row(p place) ([]byte, error)       { return loadRow(s.ctx, s.tx, p) }
func (s stored) card(id string) (*Card, error)     { return loadCard(s.ctx, s.tx, id) }
func (s stored) review(id string) (*logged, error) { return loadReview(s.ctx, s.tx, id) }

func newShelf(b behind) *shelf {
	return &shelf{behind: b, rows: map[place]any{}, cards: map[string]*Card{}, reviews: map[string]*logged{}}
}

// emptyShelf begins with nothing.
func emptyShelf() *shelf { return newShelf(nothing{}) }

// card returns a card for changing; a new one has nothing but its ID.
func (s *shelf) card(id string) (*Card, error) {
	if c, ok := s.cards[id]; ok {
		return c, nil
	}
	c, err := s.behind.card(id)
	if err != nil {
		return nil, err
	}
	if c == nil {
		c = &Card{ID: id}
		deck, _, _ := strings.Cut(id, "/")
		d, _, err := row[Deck](s, shelfDeck, deck)
		if err != nil {
			return nil, err
		}
		d.add(fnv1a(fnvBasis, id))
	}
	s.cards[id] = c
	return c, nil
}

// review returns a row of the log; nil where there is none.
func (s *shelf) review(id string) (*logged, error) {
	if r, ok := s.reviews[id]; ok {
		return r, nil
	}
	return s.behind.review(id)
}

func (s *shelf) putReview(r *logged) { s.reviews[r.ID] = r }

func (s *shelf) removeReview(id string) { s.reviews[id] = nil }

// row returns the row for changing; a new one is T's zero value, and had false.
func row[T any](s *shelf, kind, id string) (r *T, had bool, err error) {
	p := place{kind, id}
	if r, ok := s.rows[p].(*T); ok {
		return r, true, nil
	}
	r = new(T)
	if _, removed := s.rows[p]; !removed {
		data, err := s.behind.row(p)
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
	if err := saveCards(ctx, tx, s.cards); err != nil {
		return err
	}
	if err := saveReviews(ctx, tx, s.reviews); err != nil {
		return err
	}
	return s.saveRows(ctx, tx)
}

func (s *shelf) saveRows(ctx context.Context, tx *sql.Tx) error {
	if len(s.rows) == 0 {
		return nil
	}
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
