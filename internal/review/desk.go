package review

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/progress"
)

// Desk is where a learner reviews. The TUI, the plain mode and the commands have
// one each. It may be used by many goroutines.
type Desk struct {
	Course *course.Course
	Store  progress.Store
	Config Config
	Now    func() time.Time // the learner's clock, in their zone; nil for time.Now
}

func (d *Desk) now() time.Time {
	if d.Now == nil {
		return time.Now()
	}
	return d.Now()
}

// Scheduler is what schedules the learner's cards: with the parameters that were
// fitted to their reviews, by the days of their zone.
func (d *Desk) Scheduler(ctx context.Context) (*Scheduler, error) {
	weights := DefaultWeights()
	fit, ok, err := d.Store.Weights(ctx)
	if err != nil {
		return nil, err
	}
	if ok {
		weights = fit.Weights
	}
	return NewScheduler(d.Config, weights, d.now().Location())
}

// Summary says what awaits the learner. It records nothing.
func (d *Desk) Summary(ctx context.Context, f Filter) (Summary, error) {
	sched, err := d.Scheduler(ctx)
	if err != nil {
		return Summary{}, err
	}
	now := d.now()
	c, err := d.collect(ctx, sched, Options{Filter: f}, now)
	if err != nil {
		return Summary{}, err
	}
	s := Summary{Counts: Counts{Due: len(c.pool.due), New: len(c.pool.fresh), HandsOn: len(c.pool.labs)}}
	for _, e := range c.pool.learning {
		if !e.row.Due.After(now) {
			s.Learning++
		}
	}
	if err := c.beyond(ctx, &s); err != nil {
		return s, err
	}
	s.Minutes, err = c.minutes(ctx, s.Counts)
	return s, err
}

// Mark puts a mark on cards. until matters for burying only, and is the end of
// the day if zero.
func (d *Desk) Mark(ctx context.Context, ids []ID, m progress.Mark, until time.Time) error {
	switch m {
	case progress.MarkBury:
		if until.IsZero() {
			days := calendar{d.now().Location(), d.Config.Rollover}
			until = days.begin(days.number(d.now()) + 1)
		}
	case progress.MarkSuspend, progress.MarkUnsuspend, progress.MarkUnbury, progress.MarkLeech, progress.MarkForget:
		until = time.Time{}
	default:
		return fmt.Errorf("%q is no mark for cards", m)
	}
	if len(ids) == 0 {
		return nil
	}
	_, err := d.Store.Record(ctx, progress.Marked{Cards: texts(ids), Mark: m, Until: until})
	return err
}

// List lists all cards of the learner, in learning order: those that were rated,
// and those that what was read and answered has made. Hands-on cards of a lesson
// come last.
func (d *Desk) List(ctx context.Context, f Filter) ([]Entry, error) {
	in := newScope(d.Course, f)
	rows, err := d.rows(ctx, in)
	if err != nil {
		return nil, err
	}
	books, err := openLibrary(ctx, in, d.Store)
	if err != nil {
		return nil, err
	}
	made := books.without(rows, books.known())
	for _, row := range rows {
		if c, ok := in.card(ID(row.ID)); ok {
			made = append(made, entry{c, row})
		}
	}
	slices.SortFunc(made, books.inOrder(in.lessons))
	list := make([]Entry, len(made))
	for i, e := range made {
		list[i] = e.public()
	}
	return list, nil
}

// rows are the cards of a scope that have a row, as they stand after the mistakes
// that are not recorded yet.
func (d *Desk) rows(ctx context.Context, in scope) ([]progress.Card, error) {
	rows, err := d.Store.Cards(ctx, in.query(progress.CardQuery{}, Kinds()...))
	if err != nil {
		return nil, err
	}
	sched, err := d.Scheduler(ctx)
	if err != nil {
		return nil, err
	}
	missed, err := missedStates(ctx, d.Store, sched)
	for i, row := range rows {
		if state, ok := missed[row.ID]; ok {
			rows[i].CardState = state
		}
	}
	return rows, err
}

func (e entry) public() Entry {
	return Entry{Card: e.Card, State: e.row.CardState, Suspended: e.row.Suspended, Leech: e.row.Leech, Buried: e.row.Buried}
}

// Open reads what a card asks. The error is ErrNoCard where the course does not
// have it any more.
func (d *Desk) Open(_ context.Context, c Card) (Item, error) {
	l, ok := d.Course.Lesson(c.ID.Lesson())
	if !ok {
		return Item{}, fmt.Errorf("%w: %s", ErrNoCard, c.ID)
	}
	body, err := l.Body()
	if err != nil {
		return Item{}, err
	}
	item := Item{Card: c, Body: body}
	switch c.ID.Kind() {
	case Question:
		item.Question, ok = body.Question(c.ID.Item())
	case Cloze:
		item.Question, ok = body.Cloze(c.ID.Item())
	case Lab:
		item.Lab, ok = body.Lab(c.ID.Item())
	default:
		ok = false
	}
	if !ok {
		return Item{}, fmt.Errorf("%w: %s", ErrNoCard, c.ID)
	}
	return item, nil
}
