package tui

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/progress"
	"kubetutor/internal/review"
	"kubetutor/internal/review/insight"
)

// Reviews is where a learner reviews: the desk of package review, see
// [ReviewsAt].
type Reviews interface {
	Summary(ctx context.Context, f review.Filter) (review.Summary, error)
	Begin(ctx context.Context, o review.Options) (ReviewSession, error)
	Open(ctx context.Context, c review.Card) (review.Item, error)
	List(ctx context.Context, f review.Filter) ([]review.Entry, error)
	Mark(ctx context.Context, ids []review.ID, m progress.Mark, until time.Time) error
	Fit(ctx context.Context) (bool, error)
	Outlook(ctx context.Context) (ReviewOutlook, error)
}

// ReviewSession asks cards one after the other, as [review.Session] does.
type ReviewSession interface {
	Next(ctx context.Context) (review.Turn, error)
	// Early gives the card that Next would have one wait for.
	Early(ctx context.Context) (review.Turn, error)
	Rate(ctx context.Context, r review.Rating, g review.Given) error
	Undo(ctx context.Context) (t review.Turn, ok bool, err error)
	Suspend(ctx context.Context) error
	Bury(ctx context.Context) error
	Tally() review.Tally
}

// ReviewsAt is a desk of package review. A session goes on with the settings that
// it began with.
func ReviewsAt(d *ReviewDesk) Reviews { return reviewDesk{d} }

type reviewDesk struct{ *ReviewDesk }

// Summary implements Reviews.
func (d reviewDesk) Summary(ctx context.Context, f review.Filter) (review.Summary, error) {
	return d.Desk().Summary(ctx, f)
}

// Open implements Reviews.
func (d reviewDesk) Open(ctx context.Context, c review.Card) (review.Item, error) {
	return d.Desk().Open(ctx, c)
}

// List implements Reviews.
func (d reviewDesk) List(ctx context.Context, f review.Filter) ([]review.Entry, error) {
	return d.Desk().List(ctx, f)
}

// Mark implements Reviews.
func (d reviewDesk) Mark(ctx context.Context, ids []review.ID, m progress.Mark, until time.Time) error {
	return d.Desk().Mark(ctx, ids, m, until)
}

// Begin implements Reviews.
func (d reviewDesk) Begin(ctx context.Context, o review.Options) (ReviewSession, error) {
	s, err := d.Desk().Begin(ctx, o)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Fit implements Reviews.
func (d reviewDesk) Fit(ctx context.Context) (bool, error) { return d.Desk().Fit(ctx) }

// Outlook implements Reviews.
func (d reviewDesk) Outlook(ctx context.Context) (o ReviewOutlook, err error) {
	desk := d.Desk()
	clock := insight.ClockOf(desk)
	if o.Lately, err = insight.Recently(ctx, desk.Store, clock); err != nil {
		return o, err
	}
	tomorrow := progress.CardQuery{
		Stages: []progress.Stage{progress.StageLearning, progress.StageReview, progress.StageRelearning},
		Due:    clock.Begins(clock.Today() + 2).Add(-time.Millisecond), Asked: true, At: clock.Begins(clock.Today() + 1),
	}
	if o.Tomorrow, err = desk.Store.CountCards(ctx, tomorrow); err != nil {
		return o, fmt.Errorf("counting the cards of tomorrow: %w", err)
	}
	s, err := desk.Summary(ctx, review.Filter{})
	o.Next = s.Next
	return o, err
}

// awaits is what awaits the learner in reviews, as the desk told last.
type awaits struct {
	review.Summary
	known bool
}

// awaitsMsg brings it.
type awaitsMsg struct {
	summary review.Summary
	err     error
}

// loadAwaits asks the desk of reviews.
func (c *common) loadAwaits() tea.Cmd {
	if c.o.Review == nil {
		return nil
	}
	return func() tea.Msg {
		s, err := c.o.Review.Summary(c.ctx, review.Filter{})
		return awaitsMsg{s, err}
	}
}

// awaited takes over what awaits the learner.
func (m *Model) awaited(msg awaitsMsg) {
	if msg.err != nil {
		if m.c.ctx.Err() == nil {
			m.notice = fmt.Sprintf(m.c.words.ReviewSlow, msg.err)
		}
		return
	}
	m.c.awaits = awaits{msg.summary, true}
}

// reviewFittedMsg tells how fitting the parameters went.
type reviewFittedMsg struct {
	better bool
	err    error
}

// fitReviews fits the parameters of the schedule to the learner's reviews, where
// there are enough new ones. It takes seconds, in which the learner goes on.
func (c *common) fitReviews() tea.Cmd {
	return func() tea.Msg {
		better, err := c.o.Review.Fit(c.ctx)
		return reviewFittedMsg{better, err}
	}
}

// reviewFitted says it in a line that any key takes away.
func (m *Model) reviewFitted(msg reviewFittedMsg) {
	switch {
	case errors.Is(msg.err, context.Canceled):
	case msg.err != nil:
		m.notice = fmt.Sprintf(m.c.words.ReviewFitFailed, msg.err)
	case msg.better && m.notice == "":
		m.notice = m.c.words.ReviewFitted
	}
}

// reviews shows the page of reviews, as it was left.
func (m *Model) reviews() tea.Cmd {
	if m.c.o.Review == nil {
		return nil
	}
	if m.review == nil {
		m.review = newReviewPage(m.c)
	}
	m.away = false
	return m.show(m.review)
}
