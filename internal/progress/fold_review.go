package progress

import "time"

// foldReview changes the projections by an event of reviews.
func (s *shelf) foldReview(e Event) error {
	switch e.Kind {
	case KindReviewed:
		return folding(s, e, (*shelf).reviewed)
	case KindUnreviewed:
		return folding(s, e, (*shelf).unreviewed)
	case KindMarked:
		return folding(s, e, (*shelf).marked)
	case KindRescheduled:
		return folding(s, e, (*shelf).rescheduled)
	case KindFitted:
		return folding(s, e, (*shelf).fitted)
	}
	return nil
}

func (s *shelf) reviewed(e Event, r Reviewed) error {
	c, err := s.card(r.Card)
	if err != nil {
		return err
	}
	history := !r.At.IsZero()
	if !history {
		r.At = e.At
	}
	r.At, r.State = instant(r.At), r.State.normal()
	if r.Source.Mistake() && c.Missed.IsZero() {
		return nil // another program, or another machine, has rated it already
	}
	s.putReview(&logged{Review: Review{ID: e.ID, Reviewed: r, Before: c.CardState}, Previous: c.Review, Missed: c.Missed})
	if r.Source != SourceImport {
		c.Missed = time.Time{}
	}
	if history && r.At.Before(c.Last) {
		return nil
	}
	c.CardState, c.Review = r.State, e.ID
	return nil
}

// unreviewed gives the card back as it was. What new parameters made of it in
// between is lost: the next rating computes with them again.
func (s *shelf) unreviewed(_ Event, u Unreviewed) error {
	r, err := s.review(u.Event)
	if err != nil || r == nil {
		return err
	}
	s.removeReview(u.Event)
	c, err := s.card(r.Card)
	if err != nil || c.Review != u.Event {
		return err
	}
	c.CardState, c.Review, c.Missed = r.Before, r.Previous, later(c.Missed, r.Missed)
	return nil
}

func (s *shelf) marked(_ Event, m Marked) error {
	for _, id := range m.Cards {
		c, err := s.card(id)
		if err != nil {
			return err
		}
		c.mark(m.Mark, instant(m.Until))
	}
	return nil
}

// mark changes what the mark says; one that is not known changes nothing.
func (c *Card) mark(m Mark, until time.Time) {
	switch m {
	case MarkSuspend:
		c.Suspended = true
	case MarkLeech:
		c.Suspended, c.Leech = true, true
	case MarkUnsuspend:
		c.Suspended, c.Leech = false, false
	case MarkBury:
		c.Buried = until
	case MarkUnbury:
		c.Buried = time.Time{}
	case MarkForget:
		*c = Card{ID: c.ID}
	}
}

// rescheduled leaves out cards that were rated or forgotten since they were read.
func (s *shelf) rescheduled(_ Event, r Rescheduled) error {
	for id, state := range r.Cards {
		c, err := s.card(id)
		if err != nil {
			return err
		}
		if state = state.normal(); c.Stage == state.Stage && c.Last.Equal(state.Last) && c.Reps == state.Reps {
			c.CardState = state
		}
	}
	return nil
}

func (s *shelf) fitted(e Event, f Fitted) error {
	last, _, err := row[Fit](s, shelfFit, "")
	if err != nil {
		return err
	}
	*last = Fit{Fitted: f, At: e.At}
	return nil
}

// normal brings a state into the form in which the tables keep it.
func (c CardState) normal() CardState {
	c.Due, c.Last = instant(c.Due), instant(c.Last)
	return c
}

// instant is t in UTC and whole milliseconds.
func instant(t time.Time) time.Time { return fromMillis(toMillis(t)) }

// toMillis is 0 for the zero time.
func toMillis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
