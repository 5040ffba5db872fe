package insight

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"kubetutor/internal/course"
	"kubetutor/internal/progress"
	"kubetutor/internal/review"
)

// Log is what insights are computed from: the reviews in short, and the cards.
type Log struct {
	Clock     Clock
	Retention float64 // the one that is aimed at
	course    *course.Course
	reviews   []rating
	cards     []review.Entry
}

// rating is a review in short.
type rating struct {
	track    int // index in the course; -1 where the course does not have the lesson
	day      Day
	recalled bool // not rated again
	took     time.Duration

	// Of reviews that put the memory to the test: how likely it was recalled, the
	// days since the last one, and what was before, see fit.Bins.
	tested                bool
	predicted             float64
	days, reviews, lapses int
}

// Gather reads all reviews and cards of a desk.
func Gather(ctx context.Context, d *review.Desk) (*Log, error) {
	l := newLog(d.Course, ClockOf(d), d.Config.Retention)
	schedule, err := d.Scheduler(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the parameters of reviews: %w", err)
	}
	var g errgroup.Group // the two read different tables
	g.Go(func() error { return d.Store.Reviews(ctx, time.Time{}, l.reader(schedule.Recall).take) })
	g.Go(func() (err error) {
		l.cards, err = d.List(ctx, review.Filter{})
		return err
	})
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("reading the reviews: %w", err)
	}
	return l, nil
}

func newLog(c *course.Course, clock Clock, retention float64) *Log {
	return &Log{Clock: clock, Retention: retention, course: c}
}

// reader takes reviews as they come, oldest first.
type reader struct {
	log     *Log
	tracks  map[string]int // by lesson
	history map[string]history
	recall  func(progress.CardState, time.Time) float64
}

// history is what was before in the life of a card.
type history struct {
	tests  int // reviews a day or more after the one before
	lapses int // of them, forgotten
}

func (l *Log) reader(recall func(progress.CardState, time.Time) float64) *reader {
	r := &reader{log: l, tracks: map[string]int{}, history: map[string]history{}, recall: recall}
	for n, t := range l.course.Tracks {
		for _, lesson := range t.Lessons {
			r.tracks[lesson.ID] = n
		}
	}
	return r
}

// elapsed is how many days a rating came after the one before; 0 for the first.
func (c Clock) elapsed(p progress.Review, day Day) int {
	if p.Before.Last.IsZero() {
		return 0
	}
	return max(int(day-c.Day(p.Before.Last)), 0)
}

// tests tells whether a rating so many days after the one before puts the memory
// to the test. In steps it is only being made.
func tests(p progress.Review, days int) bool {
	return p.Before.Stage == progress.StageReview && days > 0 && p.Before.Stability > 0
}

// take notes a review.
func (r *reader) take(p progress.Review) error {
	day := r.log.Clock.Day(p.At)
	days := r.log.Clock.elapsed(p, day)
	h := r.history[p.Card]
	if days > 0 {
		h.tests++
	}
	if counts(p.Source) {
		r.log.reviews = append(r.log.reviews, r.short(p, day, days, h))
	}
	if days > 0 && p.Rating == int(review.Again) {
		h.lapses++
	}
	r.history[p.Card] = h
	return nil
}

// counts tells whether a rating is a review.
func counts(s progress.Source) bool {
	return s != progress.SourceQuiz && s != progress.SourceLab
}

func (r *reader) short(p progress.Review, day Day, days int, h history) rating {
	track, ok := r.tracks[review.ID(p.Card).Lesson()]
	if !ok {
		track = -1
	}
	out := rating{track: track, day: day, recalled: p.Rating > int(review.Again), took: max(p.Took, 0)}
	if tests(p, days) {
		out.tested = true
		out.predicted = r.recall(p.Before, p.At)
		out.days, out.reviews, out.lapses = days, h.tests+1, h.lapses
	}
	return out
}

// Of computes the insight of a track; "" is all of them.
func (l *Log) Of(track string) Insight {
	i := Insight{Track: track, Today: l.Clock.Today(), Retention: l.Retention}
	reviews := l.of(track)
	i.calendar(reviews)
	i.recall(l.course, reviews)
	i.Calibration = calibrate(reviews)
	for _, c := range l.cards {
		if track == "" || c.Track == track {
			i.card(l.Clock, c)
		}
	}
	i.Stability.Median = l.median(track)
	return i
}

// of are the reviews of a track.
func (l *Log) of(track string) []rating {
	if track == "" {
		return l.reviews
	}
	list := make([]rating, 0, len(l.reviews))
	for _, r := range l.reviews {
		if r.track >= 0 && l.course.Tracks[r.track].ID == track {
			list = append(list, r)
		}
	}
	return list
}
