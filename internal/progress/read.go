package progress

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Last implements Reader.
func (d *DB) Last(ctx context.Context) (Position, bool, error) {
	return d.positionAt(ctx, place{shelfLast, ""})
}

// PositionIn implements Reader.
func (d *DB) PositionIn(ctx context.Context, lesson string) (Position, bool, error) {
	return d.positionAt(ctx, place{shelfPosition, lesson})
}

func (d *DB) positionAt(ctx context.Context, at place) (p Position, ok bool, err error) {
	data, err := loadRow(ctx, d.sql, at)
	if err != nil || data == nil {
		return p, false, d.watch("reading the position", err)
	}
	if err := json.Unmarshal(data, &p); err != nil {
		return p, false, d.watch("reading the position", fmt.Errorf("%w: %w", ErrDamaged, err))
	}
	return p, true, nil
}

// Questions implements Reader.
func (d *DB) Questions(ctx context.Context) (map[string]QuestionState, error) {
	m := map[string]QuestionState{}
	err := each(ctx, d, shelfQuestion, "", func(id string, q question) { m[id] = q.QuestionState })
	return m, err
}

// Labs implements Reader.
func (d *DB) Labs(ctx context.Context) (map[string]LabState, error) {
	m := map[string]LabState{}
	err := each(ctx, d, shelfLab, "", func(id string, l LabState) { m[id] = l })
	return m, err
}

// Lessons implements Reader.
func (d *DB) Lessons(ctx context.Context) (map[string]LessonState, error) {
	m := map[string]LessonState{}
	err := each(ctx, d, shelfLesson, "", func(id string, l LessonState) { m[id] = l })
	return m, err
}

// Pending implements Reader.
func (d *DB) Pending(ctx context.Context) ([]PendingAnswer, error) {
	var list []PendingAnswer
	err := each(ctx, d, shelfPending, "", func(id string, w waiting) {
		list = append(list, PendingAnswer{ID: id, Answer: w.Answer})
	})
	return list, err
}

// each calls f with every row of a kind whose id is at least from, in the order
// of their ids.
func each[T any](ctx context.Context, d *DB, kind, from string, f func(id string, r T)) error {
	rows, err := d.sql.QueryContext(ctx, `SELECT id, data FROM projection WHERE kind = ? AND id >= ? ORDER BY id`, kind, from)
	if err != nil {
		return d.watch("reading the progress", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, data string
		if err := rows.Scan(&id, &data); err != nil {
			return d.watch("reading the progress", err)
		}
		var r T
		if err := json.Unmarshal([]byte(data), &r); err != nil {
			return d.watch("reading the progress", fmt.Errorf("%w: the projection %s %q: %w", ErrDamaged, kind, id, err))
		}
		f(id, r)
	}
	return d.watch("reading the progress", rows.Err())
}

// Days implements Reader. The learner's clock is that of now's location: a day
// is a date there, however many hours it has.
func (d *DB) Days(ctx context.Context, n int, now time.Time) ([]Day, error) {
	days := calendar(n, now)
	if len(days) == 0 {
		return nil, nil
	}
	index := make(map[string]*Day, len(days))
	for i := range days {
		index[days[i].Date.Format(time.DateOnly)] = &days[i]
	}
	from := days[0].Date.Add(-24 * time.Hour)
	err := each(ctx, d, shelfSlot, slotID(from), func(id string, s slot) {
		if day := index[slotDate(id, now.Location())]; day != nil {
			day.add(s)
		}
	})
	return days, err
}

// calendar lists the last n dates, oldest first, today last.
func calendar(n int, now time.Time) []Day {
	days := make([]Day, max(n, 0))
	y, m, today := now.Date()
	for i := range days {
		days[i].Date = midnight(y, m, today-n+1+i, now.Location())
	}
	return days
}

// midnight is the first moment of a date. Where clocks are put forward at
// midnight, time.Date may answer with an hour of the day before.
func midnight(y int, m time.Month, day int, loc *time.Location) time.Time {
	want := time.Date(y, m, day, 12, 0, 0, 0, loc).Day()
	t := time.Date(y, m, day, 0, 0, 0, 0, loc)
	if t.Day() != want {
		t = t.Add(time.Hour)
	}
	return t
}

func slotDate(id string, loc *time.Location) string {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return ""
	}
	return time.Unix(n*slotSeconds, 0).In(loc).Format(time.DateOnly)
}

func (d *Day) add(s slot) {
	d.Answers += s.Answers
	d.Right += s.Right
	d.Labs += s.Labs
	d.Spent += s.Spent
}
