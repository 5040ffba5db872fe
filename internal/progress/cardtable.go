package progress

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// logged is a row of the log, with what taking it back needs.
type logged struct {
	Review
	Previous string    `json:",omitempty"` // what Card.Review was before
	Missed   time.Time `json:",omitzero"`  // what Card.Missed was before
}

const cardColumns = `id, stage, step, stability, difficulty, due, last, reps, lapses, suspended, leech, buried, review, missed`

// scanner is a row of a result.
type scanner interface{ Scan(into ...any) error }

func scanCard(r scanner) (c Card, err error) {
	var due, last, buried, missed int64
	err = r.Scan(&c.ID, &c.Stage, &c.Step, &c.Stability, &c.Difficulty, &due, &last, &c.Reps, &c.Lapses,
		&c.Suspended, &c.Leech, &buried, &c.Review, &missed)
	c.Due, c.Last, c.Buried, c.Missed = fromMillis(due), fromMillis(last), fromMillis(buried), fromMillis(missed)
	return c, err
}

// loadCard reads one card; nil where there is none.
func loadCard(ctx context.Context, q querier, id string) (*Card, error) {
	c, err := scanCard(q.QueryRowContext(ctx, `SELECT `+cardColumns+` FROM card WHERE id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &c, err
}

func loadReview(ctx context.Context, q querier, id string) (*logged, error) {
	var data string
	err := q.QueryRowContext(ctx, `SELECT data FROM review WHERE id = ?`, id).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return parseLogged(id, data)
}

func parseLogged(id, data string) (*logged, error) {
	r := new(logged)
	if err := json.Unmarshal([]byte(data), r); err != nil {
		return nil, fmt.Errorf("%w: the review %q: %w", ErrDamaged, id, err)
	}
	return r, nil
}

func saveCards(ctx context.Context, tx *sql.Tx, cards map[string]*Card) error {
	if len(cards) == 0 {
		return nil
	}
	put, err := tx.PrepareContext(ctx, `INSERT OR REPLACE INTO card
		(kind, lesson, `+cardColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer put.Close()
	for _, id := range slices.Sorted(maps.Keys(cards)) { // many are written faster in their order
		c := cards[id]
		kind, lesson := splitCard(c.ID)
		_, err := put.ExecContext(ctx, kind, lesson, c.ID, c.Stage, c.Step, c.Stability, c.Difficulty,
			toMillis(c.Due), toMillis(c.Last), c.Reps, c.Lapses, c.Suspended, c.Leech, toMillis(c.Buried), c.Review, toMillis(c.Missed))
		if err != nil {
			return err
		}
	}
	return nil
}

// splitCard reads kind and lesson out of KIND:LESSON/ITEM.
func splitCard(id string) (kind, lesson string) {
	kind, path, _ := strings.Cut(id, ":")
	lesson, _, _ = strings.Cut(path, "/")
	return kind, lesson
}

func saveReviews(ctx context.Context, tx *sql.Tx, reviews map[string]*logged) error {
	if len(reviews) == 0 {
		return nil
	}
	put, err := tx.PrepareContext(ctx, `INSERT OR REPLACE INTO review (id, card, at, data) VALUES (?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer put.Close()
	for _, id := range slices.Sorted(maps.Keys(reviews)) {
		if err := saveReview(ctx, tx, put, id, reviews[id]); err != nil {
			return err
		}
	}
	return nil
}

// saveReview takes the row away where r is nil.
func saveReview(ctx context.Context, tx *sql.Tx, put *sql.Stmt, id string, r *logged) error {
	if r == nil {
		_, err := tx.ExecContext(ctx, `DELETE FROM review WHERE id = ?`, id)
		return err
	}
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = put.ExecContext(ctx, id, r.Card, toMillis(r.At), string(data))
	return err
}
