package review

import (
	"context"
	"errors"
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

var errUnwritten = errors.New("reviews are not to be had yet") // for the days until this is whole

// Summary says what awaits the learner.
func (d *Desk) Summary(ctx context.Context, f Filter) (Summary, error) {
	return Summary{}, errUnwritten
}

// Begin begins a session.
func (d *Desk) Begin(ctx context.Context, o Options) (*Session, error) { return nil, errUnwritten }

// Mistakes outside of reviews need no call: progress notes them at their cards,
// and Begin records what follows (mistake.go); Summary counts it without
// recording anything, so that it can be asked of a store that only reads.

// Mark puts a mark on cards; until matters for burying only, and is the end of
// the day if zero.
func (d *Desk) Mark(ctx context.Context, ids []ID, m progress.Mark, until time.Time) error {
	return errUnwritten
}

// List lists all cards of the learner: those that were rated, and those that
// what was read and answered has made.
func (d *Desk) List(ctx context.Context, f Filter) ([]Entry, error) { return nil, errUnwritten }

// Open reads what a card asks. The error is ErrNoCard where the course does not
// have it any more.
func (d *Desk) Open(ctx context.Context, c Card) (Item, error) { return Item{}, errUnwritten }

// Fit fits the parameters to the learner's reviews, if there are enough new
// ones, and records what follows. It takes seconds; ok tells whether better ones
// were found.
func (d *Desk) Fit(ctx context.Context) (ok bool, err error) { return false, errUnwritten }
