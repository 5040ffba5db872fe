package exchange

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/progress"
	"kubetutor/internal/review"
)

// zone is the learner's in the tests.
func zone() *time.Location { return time.FixedZone("CST", 8*3600) }

func start() time.Time { return time.Date(2026, 11, 21, 10, 30, 0, 0, zone()) }

// world is a learner with the project's own lessons, whose clock the test sets.
type world struct {
	testing.TB
	now  time.Time
	db   *progress.DB
	desk *review.Desk
}

func newWorld(t testing.TB) *world {
	t.Helper()
	c, err := course.OpenDir("../../../lessons")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{TB: t, now: start()}
	clock := func() time.Time { return w.now }
	if w.db, err = progress.Open(t.TempDir(), progress.WithClock(clock)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.db.Close() })
	w.desk = &review.Desk{Course: c, Store: w.db, Config: review.DefaultConfig(), Now: clock}
	return w
}

func (w *world) exporter() *Exporter {
	return &Exporter{Desk: w.desk, Lang: course.English, Words: &i18n.CLIWords(course.English).ExchangeWords, Now: w.now}
}

func (w *world) importer() *Importer { return &Importer{Desk: w.desk, Now: w.now} }

// reads reads all lessons to their ends, and passes all labs: every card is there.
func (w *world) reads() {
	w.Helper()
	var events []any
	for _, l := range w.desk.Course.Lessons() {
		events = append(events, progress.Position{Lesson: l.ID, Page: l.PageCount - 1, Pages: l.PageCount})
		for _, id := range l.LabIDs {
			events = append(events, progress.Attempt{Lab: l.ID + "/" + id, Number: 1}, progress.Passed{Lab: l.ID + "/" + id, Number: 1})
		}
	}
	if _, err := w.db.RecordAll(w.Context(), events); err != nil {
		w.Fatal(err)
	}
}

// studies reviews on some days, and passes over a day in between.
func (w *world) studies(days int) {
	w.Helper()
	for range days {
		w.session()
		w.now = w.now.AddDate(0, 0, 2)
	}
}

func (w *world) session() {
	w.Helper()
	s, err := w.desk.Begin(w.Context(), review.Options{})
	if err != nil {
		w.Fatal(err)
	}
	for n := 0; ; n++ {
		if _, err := s.Next(w.Context()); err != nil {
			return // nothing more for now
		}
		w.now = w.now.Add(7 * time.Second)
		rating := []review.Rating{review.Good, review.Again, review.Easy, review.Good, review.Hard}[n%5]
		right := rating > review.Again
		if err := s.Rate(w.Context(), rating, review.Given{Took: 3 * time.Second, Right: &right}); err != nil {
			w.Fatal(err)
		}
	}
}

func (w *world) export(format Format) []byte {
	w.Helper()
	var b bytes.Buffer
	if _, err := w.exporter().Export(w.Context(), &b, format, review.Filter{}); err != nil {
		w.Fatal(err)
	}
	return b.Bytes()
}

func (w *world) imports(format Format, b []byte, dry bool) Report {
	w.Helper()
	r, err := w.take(format, b, dry)
	if err != nil {
		w.Fatal(err)
	}
	return r
}

func (w *world) take(format Format, b []byte, dry bool) (Report, error) {
	switch r := bytes.NewReader(b); format {
	case APKG:
		return w.importer().Deck(w.Context(), r, r.Size(), dry)
	case CSV:
		return w.importer().Table(w.Context(), r, dry)
	default:
		return w.importer().Log(w.Context(), r, dry)
	}
}

// stands is how all cards and the log stand, without what events are called.
func (w *world) stands() string {
	w.Helper()
	var b bytes.Buffer
	cards, err := w.db.Cards(w.Context(), progress.CardQuery{})
	if err != nil {
		w.Fatal(err)
	}
	for _, c := range cards {
		fmt.Fprintln(&b, c.ID, c.CardState, c.Suspended)
	}
	err = w.db.Reviews(w.Context(), time.Time{}, func(r progress.Review) error {
		fmt.Fprintln(&b, r.Card, r.At.Truncate(time.Second), r.Rating, r.State.Stage)
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	return b.String()
}
