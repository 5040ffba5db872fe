package review

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"kubetutor/internal/progress"
)

// step is something that was done, with what takes it back.
type step struct {
	before state
	shown  shown
	undo   []any // events
}

// Rate records what the learner chose for the card that is shown. It is on disk
// when Rate returns without an error. What follows is what the turn said. The
// error is ErrElsewhere where another program was faster.
func (s *Session) Rate(ctx context.Context, r Rating, g Given) error {
	if !r.Valid() {
		return fmt.Errorf("%d is no rating: they are 1 to 4", r)
	}
	now := s.desk.now()
	if err := s.stillShown(ctx, now); err != nil {
		return err
	}
	e := s.shown.entry
	done := s.doing()
	e.row.CardState = s.shown.chosen(r, now)
	leech := s.isLeech(r, e.row.CardState)
	if s.opts.Mode != Cram {
		id, err := s.record(ctx, progress.Reviewed{
			Card: string(e.ID), Rating: int(r), Source: progress.SourceSession,
			Took: max(g.Took, 0), Right: g.Right, State: e.row.CardState, After: &s.shown.row.Review,
		}, leech)
		if err != nil {
			return err
		}
		e.row.Review, e.row.Suspended = id, leech
		done.undo = append(done.undo, progress.Unreviewed{Event: id})
	}
	if leech {
		done.undo = append(done.undo, progress.Marked{Cards: []string{string(e.ID)}, Mark: progress.MarkUnsuspend})
	}
	s.did(done)
	s.tally = s.tally.with(done.shown.entry, r, g.Took, leech)
	s.keep(e, r)
	return nil
}

// stillShown tells what keeps the shown card from being dealt with.
func (s *Session) stillShown(ctx context.Context, now time.Time) error {
	if s.shown == nil {
		return errNothingShown
	}
	e := s.shown.entry
	changed, err := s.refresh(ctx, &e, now)
	if err != nil || !changed {
		return err
	}
	s.drop()
	return ErrElsewhere
}

// drop takes the shown card out of its list.
func (s *Session) drop() {
	*s.shown.from = (*s.shown.from)[1:]
	s.shown = nil
}

// chosen is what the turn said that a rating leads to; steps count from now on.
func (c *shown) chosen(r Rating, now time.Time) progress.CardState {
	after := c.choices[r-1]
	now = now.Truncate(time.Millisecond).UTC()
	if inSteps(after) {
		after.Due = now.Add(after.Due.Sub(after.Last))
	}
	after.Last = now
	return after
}

// isLeech tells whether a lapse makes the card a leech: at the number of lapses
// that the settings name, and at every half of it after that, as in Anki.
func (s *Session) isLeech(r Rating, after progress.CardState) bool {
	limit := s.desk.Config.Leech
	lapsed := r == Again && after.Lapses > s.shown.row.Lapses
	if s.opts.Mode == Cram || limit == 0 || !lapsed || after.Lapses < limit {
		return false
	}
	return (after.Lapses-limit)%max((limit+1)/2, 1) == 0
}

// record writes a rating, and the mark of a leech with it or not at all. Another
// program may have been faster since stillShown looked.
func (s *Session) record(ctx context.Context, r progress.Reviewed, leech bool) (id string, err error) {
	events := []any{r}
	if leech {
		events = append(events, progress.Marked{Cards: []string{r.Card}, Mark: progress.MarkLeech})
	}
	ids, err := s.desk.Store.RecordAll(ctx, events)
	if errors.Is(err, progress.ErrElsewhere) {
		s.drop()
		return "", ErrElsewhere
	}
	if err != nil {
		return "", err
	}
	return ids[0], nil
}

// doing begins a step.
func (s *Session) doing() step { return step{before: s.state, shown: *s.shown} }

// did ends a step: the card is shown no more.
func (s *Session) did(done step) {
	s.past = append(s.past, done)
	s.drop()
}

// again is how many other cards come before one that was not known in a cram.
const again = 10

// keep has a rated card come back, if it does so today.
func (s *Session) keep(e entry, r Rating) {
	switch {
	case s.opts.Mode == Cram && r == Again:
		s.plan = slices.Insert(slices.Clone(s.plan), min(again, len(s.plan)), e)
	case s.opts.Mode != Cram && !e.row.Suspended && inSteps(e.row.CardState) && e.row.Due.Before(s.sched.days.begin(s.day+1)):
		s.learning = append(slices.Clone(s.learning), e)
		slices.SortFunc(s.learning, byDue)
	}
}

// with is the tally with one more rating.
func (t Tally) with(e entry, r Rating, took time.Duration, leech bool) Tally {
	t.Rated++
	if r > Again {
		t.Recalled++
	}
	if isNew(e.row.CardState) {
		t.New++
	}
	t.Time += max(took, 0)
	t.Kinds = maps.Clone(t.Kinds)
	if t.Kinds == nil {
		t.Kinds = map[Kind]int{}
	}
	t.Kinds[e.ID.Kind()]++
	if leech {
		t.Leeches = append(slices.Clone(t.Leeches), e.ID)
	}
	return t
}

// Suspend suspends the card that is shown.
func (s *Session) Suspend(ctx context.Context) error {
	return s.mark(ctx, progress.MarkSuspend, time.Time{}, func(progress.Card) progress.Marked {
		return progress.Marked{Mark: progress.MarkUnsuspend}
	})
}

// Bury sets the card that is shown aside till tomorrow.
func (s *Session) Bury(ctx context.Context) error {
	return s.mark(ctx, progress.MarkBury, s.sched.days.begin(s.day+1), func(was progress.Card) progress.Marked {
		if was.Buried.IsZero() {
			return progress.Marked{Mark: progress.MarkUnbury}
		}
		return progress.Marked{Mark: progress.MarkBury, Until: was.Buried}
	})
}

// mark puts a mark on the shown card. In a cram it only leaves the session.
func (s *Session) mark(ctx context.Context, m progress.Mark, until time.Time, back func(was progress.Card) progress.Marked) error {
	if err := s.stillShown(ctx, s.desk.now()); err != nil {
		return err
	}
	done := s.doing()
	cards := []string{string(s.shown.ID)}
	if s.opts.Mode != Cram {
		if _, err := s.desk.Store.Record(ctx, progress.Marked{Cards: cards, Mark: m, Until: until}); err != nil {
			return err
		}
		undo := back(s.shown.row)
		undo.Cards = cards
		done.undo = []any{undo}
	}
	s.did(done)
	return nil
}

// Undo takes the last thing back that was done in the session: a rating, a
// suspension or a burial. It gives the card again; ok is false where nothing is
// left to be taken back.
func (s *Session) Undo(ctx context.Context) (t Turn, ok bool, err error) {
	if len(s.past) == 0 {
		return t, false, nil
	}
	last := s.past[len(s.past)-1]
	if len(last.undo) > 0 {
		if _, err := s.desk.Store.RecordAll(ctx, last.undo); err != nil {
			return t, false, err
		}
	}
	s.past = s.past[:len(s.past)-1]
	s.state, s.shown = last.before, &last.shown
	t, err = s.turn(s.desk.now())
	return t, true, err
}

// Tally says what was done so far.
func (s *Session) Tally() Tally {
	t := s.tally
	t.Kinds, t.Leeches = maps.Clone(t.Kinds), slices.Clone(t.Leeches)
	return t
}
