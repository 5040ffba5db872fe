package anki

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math"
	"time"
)

// find reads the notes that were asked for.
func (c *collection) find(ctx context.Context) (*Found, error) {
	f := &finder{collection: c, Found: Found{Schema: c.schema}, index: map[string]int{}}
	if err := f.countForeign(ctx); err != nil {
		return nil, err
	}
	if err := f.each(ctx, cardsQuery, f.card); err != nil {
		return nil, err
	}
	if err := f.each(ctx, ratingsQuery, f.rating); err != nil {
		return nil, err
	}
	return &f.Found, nil
}

// finder collects what is found.
type finder struct {
	*collection
	Found
	index   map[string]int // of Notes, by GUID
	ratings int
}

// ours is the condition that a note is asked for; its parameters are the length
// of the prefix and the prefix.
const ours = `typeof(guid) = 'text' AND length(guid) <= 300 AND substr(guid, 1, ?) = ?`

func (f *finder) countForeign(ctx context.Context) error {
	return f.QueryRowContext(ctx, `SELECT count(*) FROM notes WHERE NOT (`+ours+`)`, len(f.Prefix), f.Prefix).Scan(&f.Foreign)
}

// A query's columns are cast to what they should be, for SQLite lets any column
// hold anything. A column that is null makes its row as if it was not there.
const (
	cardsQuery = `SELECT guid, CAST(type AS INTEGER), CAST(queue AS INTEGER),
			CAST(CASE WHEN odid <> 0 AND odue <> 0 THEN odue ELSE due END AS INTEGER), CAST(c.ivl AS INTEGER),
			CAST(reps AS INTEGER), CAST(lapses AS INTEGER), CAST(c.left AS INTEGER), coalesce(CAST(substr(c.data, 1, 1000) AS TEXT), '')
		FROM notes n JOIN cards c ON c.nid = n.id WHERE c.ord = 0 AND ` + ours + ` ORDER BY guid`
	ratingsQuery = `SELECT guid, CAST(r.id AS INTEGER), CAST(r.ease AS INTEGER), CAST(r.type AS INTEGER), CAST(r.ivl AS INTEGER),
			CAST(r.lastIvl AS INTEGER), CAST(r.factor AS INTEGER), CAST(r.time AS INTEGER)
		FROM notes n JOIN cards c ON c.nid = n.id JOIN revlog r ON r.cid = c.id WHERE c.ord = 0 AND ` + ours + ` ORDER BY r.id`
)

// each calls do with every row of a query over the notes asked for.
func (f *finder) each(ctx context.Context, query string, do func(*sql.Rows) error) error {
	rows, err := f.QueryContext(ctx, query, len(f.Prefix), f.Prefix)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := do(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (f *finder) card(rows *sql.Rows) error {
	var guid, data string
	var stage, queue, due, ivl, reps, lapses, left int64
	if rows.Scan(&guid, &stage, &queue, &due, &ivl, &reps, &lapses, &left, &data) != nil {
		return nil
	}
	if _, twice := f.index[guid]; twice || !between(float64(stage), float64(New), float64(Relearning)) {
		return nil
	}
	if most := cmp.Or(f.most.notes, MaxNotes); len(f.Notes) == most {
		return fmt.Errorf("%w: it has more than %d notes of this program", ErrTooLarge, most)
	}
	c := Card{
		Stage: Stage(stage), Suspended: queue == -1, Buried: queue < -1, Interval: count(ivl), Left: count(left) % 1000,
		Reps: count(reps), Lapses: count(lapses),
	}
	c.Due = f.due(c.Stage, due)
	c.remember(data, f.Now)
	f.index[guid] = len(f.Notes)
	f.Notes = append(f.Notes, Note{GUID: guid, Card: c})
	return nil
}

// count is a number that cannot be negative, nor larger than Anki has it.
func count(n int64) int { return int(min(max(n, 0), math.MaxInt32)) }

// dueDays is how many days from the beginning of a collection a card may be due:
// FSRS's longest interval is a hundred years.
const dueDays = 200 * 366

// due is when a card is due; zero for a new one, and where it says nothing
// possible. Cards in steps are due at a second, or, over days, on a day.
func (f *finder) due(s Stage, n int64) time.Time {
	switch {
	case s == New || n < 0:
		return time.Time{}
	case n <= dueDays:
		return f.days.begin(int(n))
	case s == Review || n < earliest.Unix() || n > f.Now.AddDate(1, 0, 0).Unix():
		return time.Time{}
	}
	return time.Unix(n, 0)
}

// The types of lines of the log; see RevlogReviewKind in rslib/src/revlog/mod.rs.
const (
	kindFiltered = 3 // early, or crammed if its factor is 0
	kindManual   = 4 // this and later ones are no answers
)

// logged is a line of the log.
type logged struct {
	id, ease, kind, ivl, last, factor, took int64
}

func (f *finder) rating(rows *sql.Rows) error {
	var guid string
	var l logged
	err := rows.Scan(&guid, &l.id, &l.ease, &l.kind, &l.ivl, &l.last, &l.factor, &l.took)
	i, known := f.index[guid]
	if err != nil || !known || !l.answered(f.Now) {
		f.Skipped++
		return nil
	}
	most := cmp.Or(f.most.ratings, MaxRatings)
	if f.ratings++; f.ratings > most {
		return fmt.Errorf("%w: it has more than %d ratings of this program's cards", ErrTooLarge, most)
	}
	c := &f.Notes[i].Card
	c.Log = append(c.Log, l.rating())
	return nil
}

// answered tells whether the line is an answer, at a time that there was.
func (l logged) answered(now time.Time) bool {
	at := time.UnixMilli(l.id)
	crammed := l.kind == kindFiltered && l.factor == 0
	return l.ease >= 1 && l.ease <= 4 && l.kind >= 0 && l.kind < kindManual && !crammed && !at.Before(earliest) && !at.After(now)
}

func (l logged) rating() Rating {
	r := Rating{
		At: time.UnixMilli(l.id).UTC(), Ease: int(l.ease), Stage: Stage(l.kind + 1), Interval: span(l.ivl), Before: span(l.last),
		Took: time.Duration(count(l.took)) * time.Millisecond,
	}
	if l.kind == kindFiltered {
		r.Stage = Review
	}
	if between(float64(l.factor), 100, 1100) {
		r.Difficulty = (float64(l.factor)/1000-0.1)*9 + 1
	}
	return r
}

// span is an interval of the log: days, or seconds, which are negative.
func span(n int64) time.Duration {
	if n >= 0 {
		return time.Duration(min(n, dueDays)) * day
	}
	return time.Duration(min(-max(n, -math.MaxInt32), math.MaxInt32)) * time.Second
}
