package tui_test

import (
	"context"
	"slices"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/progress"
	"kubetutor/internal/review"
	"kubetutor/internal/tui"
)

// What follows is asked by package review only, for which a test has a desk of
// its own.

func (s *fakeStore) Card(context.Context, string) (c progress.Card, ok bool, err error) {
	return c, false, nil
}

func (s *fakeStore) Cards(context.Context, progress.CardQuery) ([]progress.Card, error) {
	return nil, nil
}

func (s *fakeStore) CountCards(context.Context, progress.CardQuery) (int, error) { return 0, nil }

func (s *fakeStore) Decks(context.Context) (map[string]progress.Deck, error) { return nil, nil }

func (s *fakeStore) Reviews(_ context.Context, _ time.Time, f func(progress.Review) error) error {
	for _, r := range all[progress.Reviewed](s) {
		if err := f(progress.Review{Reviewed: r}); err != nil {
			return err
		}
	}
	return nil
}

func (s *fakeStore) Weights(context.Context) (f progress.Fit, ok bool, err error) {
	return f, false, nil
}

func (s *fakeStore) RecordAll(ctx context.Context, data []any) (ids []string, err error) {
	for _, d := range data {
		id, err := s.Record(ctx, d)
		if err != nil {
			return ids, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// clock is the time of a test of reviews; every key takes a second.
type clock struct{ at time.Time }

func (c *clock) now() time.Time       { return c.at }
func (c *clock) wait(d time.Duration) { c.at = c.at.Add(d) }

// fakeReviews asks the cards of the lesson of the tests, in a fixed order and
// with fixed intervals.
type fakeReviews struct {
	course *course.Course
	clock  *clock
	deck   []review.ID

	summary  review.Summary
	began    []review.Options
	rated    []fakeRating // those that were taken back left out
	marks    []progress.Mark
	entries  []review.Entry
	fail     error         // of every call that would write
	readFail error         // of looking for the next card
	steps    []review.ID   // are learnt when the deck is done
	step     time.Duration // until then
	leech    review.ID     // becomes one when it is rated
	fits     int
	better   bool
}

type fakeRating struct {
	card   review.ID
	rating review.Rating
	given  review.Given
}

// fakeSession is a session of it.
type fakeSession struct {
	*fakeReviews
	queue []review.ID
	past  []fakePast
	tally review.Tally
}

type fakePast struct {
	queue []review.ID
	tally review.Tally
	rated int
}

func cardID(kind review.Kind, item string) review.ID { return review.NewID(kind, claim, item) }

// withReviews gives options a desk of reviews: a question, a cloze, and more as
// the test says.
func withReviews(o *tui.Options, deck ...review.ID) *fakeReviews {
	ck := &clock{evening()}
	if len(deck) == 0 {
		deck = []review.ID{cardID(review.Question, "scope"), cardID(review.Cloze, "smallest"), cardID(review.Question, "pending-why")}
	}
	f := &fakeReviews{course: o.Course, clock: ck, deck: deck}
	f.summary = review.Summary{Counts: review.Counts{Due: len(deck), New: 2, HandsOn: 1}, Minutes: 4}
	o.Review, o.Now = f, ck.now
	return f
}

func (f *fakeReviews) card(id review.ID) review.Card {
	l, _ := f.course.Lesson(id.Lesson())
	c := review.Card{ID: id, Lesson: l, Page: 1}
	if l != nil {
		c.Track, c.Tags = l.Track.ID, l.Tags
	}
	return c
}

func (f *fakeReviews) Summary(_ context.Context, filter review.Filter) (review.Summary, error) {
	s := f.summary
	if slices.Contains(filter.Kinds, review.Lab) {
		s.Due, s.New = 0, 0
	}
	if slices.Contains(filter.Kinds, review.Question) {
		s.Due, s.HandsOn = s.Due-1, 0
	}
	if slices.Contains(filter.Kinds, review.Cloze) {
		s.Counts = review.Counts{Due: 1}
	}
	return s, f.readFail
}

func (f *fakeReviews) Begin(_ context.Context, o review.Options) (tui.ReviewSession, error) {
	f.began = append(f.began, o)
	return &fakeSession{fakeReviews: f, queue: slices.Clone(f.deck)}, f.readFail
}

func (f *fakeReviews) Open(_ context.Context, c review.Card) (review.Item, error) {
	body, err := c.Lesson.Body()
	item := review.Item{Card: c, Body: body}
	switch c.ID.Kind() {
	case review.Question:
		item.Question, _ = body.Question(c.ID.Item())
	case review.Cloze:
		item.Question, _ = body.Cloze(c.ID.Item())
	case review.Lab:
		item.Lab, _ = body.Lab(c.ID.Item())
	}
	return item, err
}

func (f *fakeReviews) List(context.Context, review.Filter) ([]review.Entry, error) {
	return slices.Clone(f.entries), f.readFail
}

func (f *fakeReviews) Mark(_ context.Context, ids []review.ID, m progress.Mark, _ time.Time) error {
	if f.fail != nil {
		return f.fail
	}
	f.marks = append(f.marks, m)
	for i := range f.entries {
		if e := &f.entries[i]; slices.Contains(ids, e.ID) {
			e.Suspended = m == progress.MarkSuspend
			e.Leech = e.Leech && m != progress.MarkUnsuspend
			e.Buried = time.Time{}
			if m == progress.MarkBury {
				e.Buried = f.clock.at.Add(8 * time.Hour)
			}
		}
	}
	return nil
}

func (f *fakeReviews) Fit(context.Context) (bool, error) {
	f.fits++
	return f.better, nil
}

func (f *fakeReviews) Outlook(context.Context) (o tui.ReviewOutlook, err error) {
	o.Tomorrow, o.Streak.Days = 17, 3
	return o, nil
}

func (s *fakeSession) Next(context.Context) (review.Turn, error) {
	switch {
	case s.readFail != nil:
		return review.Turn{}, s.readFail
	case len(s.queue) == 0 && len(s.steps) > 0:
		return review.Turn{}, review.ErrWait{Until: s.clock.at.Add(s.step)}
	case len(s.queue) == 0:
		return review.Turn{}, review.ErrDone
	}
	return s.turn(s.queue[0]), nil
}

func (s *fakeSession) Early(ctx context.Context) (review.Turn, error) {
	s.queue, s.steps = append(s.queue, s.steps...), nil
	return s.Next(ctx)
}

func (s *fakeSession) turn(id review.ID) review.Turn {
	const day = 24 * time.Hour
	t := review.Turn{
		Card: s.card(id), Left: review.Counts{Due: len(s.queue)}, Recall: 0.87,
		State: progress.CardState{Stage: progress.StageReview, Stability: 7.5, Difficulty: 5.2, Due: evening().Add(-day), Last: evening().Add(-9 * day), Reps: 5, Lapses: 1},
	}
	for i, d := range []time.Duration{10 * time.Minute, 3 * day, 8 * day, 75 * day} {
		t.Choices[i] = review.Choice{Rating: review.Rating(i + 1), Due: s.clock.at.Add(d), Interval: d}
	}
	return t
}

func (s *fakeSession) Rate(_ context.Context, r review.Rating, g review.Given) error {
	if s.fail != nil {
		return s.fail
	}
	s.keep()
	s.rated = append(s.rated, fakeRating{s.queue[0], r, g})
	s.tally.Rated++
	s.tally.Time += g.Took
	if r > review.Again {
		s.tally.Recalled++
	}
	if s.queue[0] == s.leech {
		s.tally.Leeches = []review.ID{s.leech}
	}
	s.queue = s.queue[1:]
	return nil
}

func (s *fakeSession) keep() {
	s.past = append(s.past, fakePast{s.queue, s.tally, len(s.rated)})
}

func (s *fakeSession) Undo(context.Context) (t review.Turn, ok bool, err error) {
	n := len(s.past) - 1
	if s.fail != nil || n < 0 {
		return t, false, s.fail
	}
	p := s.past[n]
	s.past, s.queue, s.tally, s.rated = s.past[:n], p.queue, p.tally, s.rated[:p.rated]
	return s.turn(s.queue[0]), true, nil
}

func (s *fakeSession) Suspend(context.Context) error { return s.mark(progress.MarkSuspend) }
func (s *fakeSession) Bury(context.Context) error    { return s.mark(progress.MarkBury) }

func (s *fakeSession) mark(m progress.Mark) error {
	if s.fail != nil {
		return s.fail
	}
	s.keep()
	s.marks, s.queue = append(s.marks, m), s.queue[1:]
	return nil
}

func (s *fakeSession) Tally() review.Tally { return s.tally }
