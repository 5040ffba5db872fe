package review

import "context"

// Session asks cards one after the other. It may be used by one goroutine at a
// time. Other programs may review at the same time: a card that was rated
// elsewhere meanwhile is not asked again.
type Session struct{}

// Next gives the next card, or the same one until it is rated. The error is
// ErrDone where none is left, and ErrWait where only steps are that are not due
// yet.
func (s *Session) Next(ctx context.Context) (Turn, error) { return Turn{}, errUnwritten }

// Rate records what the learner chose for the card that is shown. It is on disk
// when Rate returns without an error.
func (s *Session) Rate(ctx context.Context, r Rating, g Given) error { return errUnwritten }

// Undo takes the last thing back that was done in the session: a rating, a
// suspension or a burial. It gives the card again; ok is false where nothing is
// left to be taken back.
func (s *Session) Undo(ctx context.Context) (t Turn, ok bool, err error) {
	return Turn{}, false, errUnwritten
}

// Suspend suspends the card that is shown.
func (s *Session) Suspend(ctx context.Context) error { return errUnwritten }

// Bury sets the card that is shown aside till tomorrow.
func (s *Session) Bury(ctx context.Context) error { return errUnwritten }

// Tally says what was done so far.
func (s *Session) Tally() Tally { return Tally{} }
