package progress

import (
	"context"
	"database/sql"
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
	var cards []Card
	for rows.Next() {
		c, err := scanCard(rows)
		if err != nil {
			return nil, d.watch(readingReviews, err)
		}
		cards = append(cards, c)
	}
	return cards, d.watch(readingReviews, rows.Err())
}

// sql is the query in SQL, with its arguments.
func (q CardQuery) sql() (string, []any, error) {
	order, ok := map[Order]string{ByID: "id", ByDue: "due, id", ByRecall: "(@at - last) / stability DESC, id"}[q.Order]
	if !ok {
		return "", nil, fmt.Errorf("%q is no order of cards", q.Order)
	}
	from, args := q.from()
	if q.Limit == 0 {
		return `SELECT ` + cardColumns + from + ` ORDER BY ` + order, args, nil
	}
	// The inner query is answered from the index alone; the rows of the few that are
	// left are read afterwards.
	return `SELECT ` + cardColumns + ` FROM card WHERE id IN (SELECT id` + from + ` ORDER BY ` + order +
		` LIMIT @limit) ORDER BY ` + order, append(args, sql.Named("limit", q.Limit)), nil
}

// from names the table and what narrows the choice.
func (q CardQuery) from() (text string, args []any) {
	var conditions []string
	when := func(is bool, condition string) {
		if is {
			conditions = append(conditions, condition)
		}
	}
	in := func(column string, values []string) {
		when(values != nil, column+" IN (SELECT value FROM json_each(@"+column+"))")
		args = append(args, sql.Named(column, list(values)))
	}
	in("id", q.IDs)
	in("lesson", q.Lessons)
	in("kind", q.Kinds)
	in("stage", plain(q.Stages))
	when(!q.Due.IsZero(), "due <= @due")
	when(q.Asked, "suspended = 0 AND buried <= @at")
	when(q.Marked, "(suspended = 1 OR buried > @at)")
	when(q.Leeches, "leech = 1")
	when(q.Missed, "missed > 0")
	args = append(args, sql.Named("due", toMillis(q.Due)), sql.Named("at", toMillis(q.At)))
	text = " FROM card"
	if len(conditions) > 0 {
		text += " WHERE " + strings.Join(conditions, " AND ")
	}
	return text, args
}

// list is a list of texts in JSON, in which form one argument has them all.
func list(texts []string) string {
	data, _ := json.Marshal(texts) // texts can always be written
	return string(data)
}

func plain(stages []Stage) []string {
	if stages == nil {
		return nil
	}
	texts := make([]string, len(stages))
	for i, s := range stages {
		texts[i] = string(s)
	}
	return texts
}

// Decks implements CardReader.
func (d *DB) Decks(ctx context.Context) (map[string]Deck, error) {
	m := map[string]Deck{}
	err := each(ctx, d, shelfDeck, "", func(id string, n Deck) { m[id] = n })
	return m, err
}

// CountCards implements CardReader.
func (d *DB) CountCards(ctx context.Context, q CardQuery) (n int, err error) {
	from, args := q.from()
	err = d.sql.QueryRowContext(ctx, `SELECT count(*)`+from, args...).Scan(&n)
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
