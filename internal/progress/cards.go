package progress

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

const readingReviews = "reading the reviews"

// Card implements CardReader.
func (d *DB) Card(ctx context.Context, id string) (Card, bool, error) {
	c, err := loadCard(ctx, d.sql, id)
	if err != nil || c == nil {
		return Card{}, false, d.watch(readingReviews, err)
	}
	return *c, true, nil
}

// Cards implements CardReader.
func (d *DB) Cards(ctx context.Context, q CardQuery) ([]Card, error) {
	text, args, err := q.sql()
	if err != nil {
		return nil, err
	}
	rows, err := d.sql.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, d.watch(readingReviews, err)
	}
	defer rows.Close()
	var list []Card
	for rows.Next() {
		c, err := scanCard(rows)
		if err != nil {
			return nil, d.watch(readingReviews, err)
		}
		list = append(list, c)
	}
	return list, d.watch(readingReviews, rows.Err())
}

// sql is the query in SQL, with its arguments.
func (q CardQuery) sql() (string, []any, error) {
	var w where
	for _, in := range []struct {
		column string
		values any
		none   bool
	}{{"id", q.IDs, q.IDs == nil}, {"lesson", q.Lessons, q.Lessons == nil}, {"kind", q.Kinds, q.Kinds == nil}, {"stage", q.Stages, q.Stages == nil}} {
		if err := w.in(in.column, in.values, in.none); err != nil {
			return "", nil, err
		}
	}
	at := toMillis(q.At)
	w.when(!q.Due.IsZero(), "due <= ?", toMillis(q.Due))
	w.when(q.Asked, "suspended = 0 AND buried <= ?", at)
	w.when(q.Marked, "(suspended = 1 OR buried > ?)", at)
	w.when(q.Leeches, "leech = 1")
	w.when(q.Missed, "missed > 0")
	order, ok := map[Order]string{ByID: "id", ByDue: "due, id", ByRecall: "(? - last) / stability DESC, id"}[q.Order]
	if !ok {
		return "", nil, fmt.Errorf("%q is no order of cards", q.Order)
	}
	text := `FROM card` + w.clause() + ` ORDER BY ` + order
	if q.Order == ByRecall {
		w.args = append(w.args, at)
	}
	if q.Limit == 0 {
		return `SELECT ` + cardColumns + ` ` + text, w.args, nil
	}
	// The inner query is answered from the index alone, and the rows of the few that
	// are left are read afterwards.
	args := append(w.args, q.Limit)
	text = `SELECT ` + cardColumns + ` FROM card WHERE id IN (SELECT id ` + text + ` LIMIT ?) ORDER BY ` + order
	if q.Order == ByRecall {
		args = append(args, at)
	}
	return text, args, nil
}

// where collects conditions and their arguments.
type where struct {
	conditions []string
	args       []any
}

func (w *where) when(is bool, condition string, args ...any) {
	if is {
		w.conditions = append(w.conditions, condition)
		w.args = append(w.args, args...)
	}
}

// in asks that the column has one of the values, which are a list of texts.
func (w *where) in(column string, values any, none bool) error {
	if none {
		return nil
	}
	list, err := json.Marshal(values)
	if err != nil {
		return err
	}
	w.when(true, column+" IN (SELECT value FROM json_each(?))", string(list))
	return nil
}

func (w *where) clause() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conditions, " AND ")
}

// Decks implements CardReader.
func (d *DB) Decks(ctx context.Context) (map[string]Deck, error) {
	m := map[string]Deck{}
	err := each(ctx, d, shelfDeck, "", func(lesson string, n Deck) { m[lesson] = n })
	return m, err
}

// CardCounts implements CardReader.
func (d *DB) CardCounts(ctx context.Context, at time.Time) (n CardCounts, err error) {
	ms := toMillis(at)
	err = d.sql.QueryRowContext(ctx, `SELECT
		count(*) FILTER (WHERE asked AND stage = ''),
		count(*) FILTER (WHERE asked AND stage = 'learning'),
		count(*) FILTER (WHERE asked AND stage = 'review'),
		count(*) FILTER (WHERE asked AND stage = 'relearning'),
		count(*) FILTER (WHERE suspended = 1),
		count(*) FILTER (WHERE leech = 1),
		count(*) FILTER (WHERE suspended = 0 AND buried > ?),
		count(*) FILTER (WHERE asked AND stage = 'review' AND due <= ?)
		FROM (SELECT *, suspended = 0 AND buried <= ? AS asked FROM card)`, ms, ms, ms).
		Scan(&n.New, &n.Learning, &n.Review, &n.Relearning, &n.Suspended, &n.Leeches, &n.Buried, &n.Due)
	return n, d.watch(readingReviews, err)
}

// Reviews implements CardReader.
func (d *DB) Reviews(ctx context.Context, since time.Time, f func(Review) error) error {
	rows, err := d.sql.QueryContext(ctx, `SELECT id, data FROM review WHERE at >= ? ORDER BY at, id`, toMillis(since))
	if err != nil {
		return d.watch(readingReviews, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, data string
		if err := rows.Scan(&id, &data); err != nil {
			return d.watch(readingReviews, err)
		}
		r, err := parseLogged(id, data)
		if err != nil {
			return d.watch(readingReviews, err)
		}
		if err := f(r.Review); err != nil {
			return err
		}
	}
	return d.watch(readingReviews, rows.Err())
}

// Weights implements CardReader.
func (d *DB) Weights(ctx context.Context) (f Fit, ok bool, err error) {
	data, err := loadRow(ctx, d.sql, place{shelfFit, ""})
	if err == nil && data != nil {
		ok = true
		if malformed := json.Unmarshal(data, &f); malformed != nil {
			err = errors.Join(ErrDamaged, malformed)
		}
	}
	return f, ok && err == nil, d.watch(readingReviews, err)
}
