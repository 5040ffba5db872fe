package review

import (
	"context"
	"errors"
	"time"

	"kubetutor/internal/progress"
)

// ErrElsewhere means that the card that was shown has been rated, suspended or
// buried by another program meanwhile. What that did stands; Next gives another
// card.
var ErrElsewhere = errors.New("another kubetutor has dealt with this card meanwhile: go on with the next one")

// errNothingShown is a fault of the caller's.
var errNothingShown = errors.New("no card is shown: ask for the next one first")

// Session asks cards one after the other. It may be used by one goroutine at a
// time. Other programs may review at the same time: a card that was rated
// elsewhere meanwhile is not asked again.
type Session struct {
	desk  *Desk
	sched *Scheduler
	opts  Options
	begun time.Time

	state
	shown *shown
	past  []step
}

// state is what undo brings back. Its slices and maps are never changed, only
// replaced.
type state struct {
	day      int     // its number
	plan     []entry // what is asked next, in this order
	learning []entry // in steps, the one that is due first comes first
	labs     []entry
	tally    Tally
}

// shown is the card that is asked, and what the ratings would lead to.
type shown struct {
	entry
	from    *[]entry // where it is first
	at      time.Time
	choices [4]progress.CardState
}

// Begin begins a session. It records what mistakes outside of reviews have led
// to.
func (d *Desk) Begin(ctx context.Context, o Options) (*Session, error) {
	s := &Session{desk: d, opts: o, begun: d.now()}
	return s, s.refill(ctx, s.begun)
}

// refill collects what is to be asked on the day of now.
func (s *Session) refill(ctx context.Context, now time.Time) (err error) {
	if s.sched, err = s.desk.Scheduler(ctx); err != nil {
		return err
	}
	if s.opts.Mode != Cram {
		if err := s.desk.settle(ctx, s.sched); err != nil {
			return err
		}
	}
	c, err := s.desk.collect(ctx, s.sched, s.opts, now)
	if err != nil {
		return err
	}
	s.day = c.today.number
	s.plan, s.learning, s.labs = arrange(c.pool.due, c.pool.fresh), c.pool.learning, c.pool.labs
	return nil
}

// settle records what mistakes outside of reviews have led to.
func (d *Desk) settle(ctx context.Context, sched *Scheduler) error {
	list, err := mistakes(ctx, d.Store, sched)
	if err != nil || len(list) == 0 {
		return err
	}
	events := make([]any, len(list))
	for i, r := range list {
		events[i] = r
	}
	_, err = d.Store.RecordAll(ctx, events)
	return err
}

// Next gives the next card, or the same one until it is rated. The error is
// ErrDone where none is left, and ErrWait where only steps are that are not due
// yet.
func (s *Session) Next(ctx context.Context) (Turn, error) {
	now := s.desk.now()
	if s.shown == nil && s.opts.Box > 0 && now.Sub(s.begun) >= s.opts.Box {
		return Turn{}, ErrDone
	}
	if s.shown == nil && s.day != s.sched.days.number(now) {
		if err := s.refill(ctx, now); err != nil {
			return Turn{}, err
		}
	}
	for s.shown == nil {
		from := s.source(now)
		if from == nil {
			return Turn{}, s.end()
		}
		if err := s.show(ctx, from, now); err != nil {
			return Turn{}, err
		}
	}
	return s.turn(now)
}

// source is where the next card comes from: steps that are due, then the plan,
// then hands-on cards; nil where none is left for now.
func (s *Session) source(now time.Time) *[]entry {
	switch {
	case len(s.learning) > 0 && !s.learning[0].row.Due.After(now):
		return &s.learning
	case len(s.plan) > 0:
		return &s.plan
	case len(s.labs) > 0:
		return &s.labs
	}
	return nil
}

func (s *Session) end() error {
	if len(s.learning) > 0 {
		return ErrWait{Until: s.learning[0].row.Due}
	}
	return ErrDone
}

// show shows the first card of a list, unless another program has dealt with it.
func (s *Session) show(ctx context.Context, from *[]entry, now time.Time) error {
	e := (*from)[0]
	changed, err := s.refresh(ctx, &e, now)
	if err != nil {
		return err
	}
	if changed {
		*from = (*from)[1:]
		return nil
	}
	s.shown = &shown{entry: e, from: from}
	return nil
}

// refresh reads how a card stands, and tells whether another program has dealt
// with it. In a cram that does not matter.
func (s *Session) refresh(ctx context.Context, e *entry, now time.Time) (changed bool, err error) {
	if s.opts.Mode == Cram {
		return false, nil
	}
	row, _, err := s.desk.Store.Card(ctx, string(e.ID))
	if err != nil {
		return false, err
	}
	changed = row.Review != e.row.Review || row.Hidden(now)
	row.ID = string(e.ID)
	e.row = row
	return changed, nil
}

// turn computes what the ratings of the shown card lead to, as of now.
func (s *Session) turn(now time.Time) (Turn, error) {
	all, err := s.sched.Choices(s.shown.ID, s.shown.row.CardState, now)
	if err != nil {
		return Turn{}, err
	}
	s.shown.at, s.shown.choices = now, all
	t := Turn{Card: s.shown.Card, State: s.shown.row.CardState, Recall: s.sched.Recall(s.shown.row.CardState, now), Left: s.counts()}
	for i, r := range Ratings() {
		t.Choices[i] = Choice{Rating: r, Due: all[i].Due, Interval: s.sched.interval(all[i], now)}
	}
	return t, nil
}

// counts is what is left today.
func (s *Session) counts() Counts {
	n := Counts{Learning: len(s.learning), HandsOn: len(s.labs)}
	for _, e := range s.plan {
		if isNew(e.row.CardState) {
			n.New++
		} else {
			n.Due++
		}
	}
	return n
}
